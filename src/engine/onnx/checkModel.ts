import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { sizeOf } from '../tensor';
import { TensorProto_DataLocation as DataLocation } from './gen/onnx_pb';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from './gen/onnx_pb';
import { graphOf, innerGraphs, isStandard, valuesRead, withGraph } from './graphs';
import { functionKey } from './functions';
import { DataType, dimsOf, elementBytes } from './tensors';

/** A network of a thousand layers has some ten thousand nodes. */
const maximumNodes = 2 ** 16;
/** An If within an If within a Loop; more is no generator. */
const maximumDepth = 8;
/** An exporter writes one for each kind of module. */
const maximumFunctions = 2 ** 10;

/** The number of the field of GraphProto that this project does not read. */
const sparseInitializer = 15;

/** Bytes of one element, as `raw_data` holds them; types that are not listed are not looked into. */
const rawBytes: typeof elementBytes = { ...elementBytes, [DataType.COMPLEX64]: 8, [DataType.COMPLEX128]: 16 };

/**
 * What the integers of an attribute may be, whatever the operator; wide of all that generators have, and narrow enough
 * that products of two do not overflow. ONNX Runtime divides by some of them without a look.
 */
const attributeRanges: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  group: [1n, 65536n],
  num_groups: [1n, 65536n],
  kernel_shape: [1n, 65536n],
  strides: [1n, 65536n],
  dilations: [1n, 65536n],
  pads: [-65536n, 65536n],
  output_padding: [0n, 65536n],
  output_shape: [0n, 65536n],
  blocksize: [1n, 1024n],
};

/** Whether weights may lie in other files, to be read later. */
export interface ModelCheck {
  readonly externalData?: boolean;
}

/**
 * Checks the file of a stranger before ONNX Runtime sees it, which trusts what its attributes say: that its graph is one (every
 * value is made once, and before it is used), that tensors have the data that their shapes ask for, and that attributes
 * are in a sane range. Whether its values fit the memory is another question (see `foreseeShapes`).
 *
 * @returns the model, its nodes in an order in which each comes after those that it reads from.
 * @throws UserError naming the node or the tensor.
 */
export function checkModel(model: ModelProto, name: string, { externalData = false }: ModelCheck = {}): ModelProto {
  const graph = graphOf(model);
  const look = { name, externalData, size: sizer(model, name), nodes: 0 };
  checkGraph(graph, look, 0);
  for (const { node } of model.functions) checkNodes(node, look, 1);
  const node = inOrder(graph, name);
  return node === graph.node ? model : withGraph(model, { node: [...node] });
}

interface Look extends Required<ModelCheck> {
  readonly name: string;
  /** The number of nodes that a node stands for. */
  readonly size: (node: NodeProto) => number;
  /** How many were seen. */
  nodes: number;
}

function checkGraph(graph: GraphProto, look: Look, depth: number): void {
  if (depth > maximumDepth) throw new UserError(`${look.name} has graphs nested more than ${maximumDepth} deep; expected an image generator`);
  if (graph.$unknown?.some(({ no }) => no === sparseInitializer)) throw new UserError(`${look.name} keeps weights as sparse tensors; expected dense ones: export it again without them`);
  for (const tensor of graph.initializer) checkTensor(tensor, look);
  checkNodes(graph.node, look, depth);
}

function checkNodes(nodes: readonly NodeProto[], look: Look, depth: number): void {
  for (const node of nodes) {
    look.nodes += look.size(node);
    if (look.nodes > maximumNodes) throw new UserError(`${look.name} has more than ${maximumNodes} nodes, its functions written out; expected an image generator`);
    for (const attribute of node.attribute) {
      const { t, tensors, g, graphs } = attribute;
      checkRange(attribute, node, look.name);
      for (const tensor of t ? [t, ...tensors] : tensors) checkTensor(tensor, look);
      for (const inner of g ? [g, ...graphs] : graphs) checkGraph(inner, look, depth + 1);
    }
  }
}

/**
 * The nodes that a node stands for once ONNX Runtime has written out the functions of the file: a few functions that
 * each use the next one twice stand for millions.
 *
 * @throws UserError where a function uses itself.
 */
function sizer({ functions }: ModelProto, name: string): (node: NodeProto) => number {
  if (functions.length > maximumFunctions) throw new UserError(`${name} has ${functions.length} functions; expected at most ${maximumFunctions}`);
  const definitions = new Map(functions.map((definition) => [functionKey(definition.domain, definition.name, definition.overload), definition]));
  const known = new Map<FunctionProto, number | 'open'>();
  const sizeOfNode = ({ domain, opType, overload }: NodeProto): number => {
    const definition = definitions.get(functionKey(domain, opType, overload));
    if (!definition) return 1;
    const size = known.get(definition);
    if (size === 'open') throw new UserError(`${name}: the function ${quote(opType)} uses itself; expected a valid ONNX graph`);
    if (size !== undefined) return size;
    known.set(definition, 'open');
    const total = sizeOfNodes(definition.node);
    known.set(definition, total);
    return total;
  };
  const sizeOfNodes = (nodes: readonly NodeProto[]): number => nodes.reduce((sum, node) => sum + sizeOfNode(node) + sizeOfNodes(innerGraphs(node).flatMap((inner) => inner.node)), 0);
  return sizeOfNode;
}

function checkRange(attribute: AttributeProto, node: NodeProto, name: string): void {
  const range = Object.hasOwn(attributeRanges, attribute.name) ? attributeRanges[attribute.name] : undefined;
  if (!range || (!isStandard(node.domain))) return;
  const odd = (attribute.i === undefined ? attribute.ints : [attribute.i, ...attribute.ints]).find((value) => value < range[0] || value > range[1]);
  if (odd !== undefined) throw new UserError(`${name}: ${attribute.name} of ${label(node)} is ${odd}; expected ${range[0]} to ${range[1]}`);
}

function checkTensor(tensor: TensorProto, { name, externalData }: Look): void {
  const what = `${name}: the tensor ${quote(tensor.name)}`;
  const dims = dimsOf(tensor);
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || !Number.isSafeInteger(sizeOf(dims))) {
    throw new UserError(`${what} has the shape [${dims.join(', ')}]; expected whole numbers from 0`);
  }
  if (tensor.dataLocation === DataLocation.EXTERNAL) {
    if (externalData) return;
    throw new UserError(`${what} lies in another file; expected a network in one file`);
  }
  const bytes = rawBytes[tensor.dataType];
  const expected = bytes === undefined ? undefined : sizeOf(dims) * bytes;
  if (tensor.rawData.length > 0 && expected !== undefined && tensor.rawData.length !== expected) {
    throw new UserError(`${what} has ${tensor.rawData.length} bytes; expected the ${expected} of its shape [${dims.join(', ')}]`);
  }
  const typed = tensor.floatData.length + tensor.int32Data.length + tensor.int64Data.length + tensor.doubleData.length + tensor.uint64Data.length + tensor.stringData.length;
  // Complex numbers are two entries, numbers of four bits share one.
  if (tensor.rawData.length === 0 && sizeOf(dims) > 2 * typed) throw new UserError(`${what} has ${typed} numbers; expected the ${sizeOf(dims)} of its shape [${dims.join(', ')}]`);
}

/** The nodes of a graph, each after those whose values it reads; the order of the file where that is one. */
function inOrder(graph: GraphProto, name: string): readonly NodeProto[] {
  const known = new Set(['', ...graph.input.map((input) => input.name), ...graph.initializer.map((tensor) => tensor.name)]);
  requireSingleMakers(graph, known, name);
  const readers = new Map<string, NodeProto[]>();
  const missing = new Map<NodeProto, number>();
  for (const node of graph.node) {
    const values = [...new Set(valuesRead(node))].filter((value) => !known.has(value));
    missing.set(node, values.length);
    for (const value of values) readers.set(value, [...(readers.get(value) ?? []), node]);
  }
  // Kahn's algorithm: what waits for nothing goes first, and sets free what waited for it alone.
  const order = graph.node.filter((node) => missing.get(node) === 0);
  for (const node of order) {
    for (const reader of node.output.flatMap((output) => readers.get(output) ?? [])) {
      const left = missing.get(reader)! - 1;
      missing.set(reader, left);
      if (left === 0) order.push(reader);
    }
  }
  if (order.length < graph.node.length) throw new UserError(whatIsMissing(graph, known, order, name));
  return isOrdered(graph.node, readers) ? graph.node : order;
}

function requireSingleMakers(graph: GraphProto, known: ReadonlySet<string>, name: string): void {
  const made = new Set<string>();
  for (const node of graph.node) {
    for (const output of node.output) {
      if (output !== '' && (made.has(output) || known.has(output))) throw new UserError(`${name}: the value ${quote(output)} is made twice, the second time by ${label(node)}; expected a valid ONNX graph`);
      made.add(output);
    }
  }
}

function whatIsMissing(graph: GraphProto, known: ReadonlySet<string>, order: readonly NodeProto[], name: string): string {
  const made = new Set(graph.node.flatMap(({ output }) => output));
  for (const node of graph.node) {
    const stranger = valuesRead(node).find((value) => !known.has(value) && !made.has(value));
    if (stranger !== undefined) return `${name}: ${label(node)} reads ${quote(stranger)}, which nothing makes; expected a valid ONNX graph`;
  }
  const placed = new Set(order);
  return `${name}: ${label(graph.node.find((node) => !placed.has(node))!)} reads what is made of its own output; expected a graph without cycles`;
}

/** Whether no node comes after one that reads its values. */
function isOrdered(nodes: readonly NodeProto[], readers: ReadonlyMap<string, readonly NodeProto[]>): boolean {
  const place = new Map(nodes.map((node, i) => [node, i]));
  return nodes.every((node, i) => node.output.every((output) => (readers.get(output) ?? []).every((reader) => place.get(reader)! > i)));
}

function label(node: NodeProto): string {
  return `the ${node.opType} ${quote(node.name || (node.output[0] ?? ''))}`;
}
