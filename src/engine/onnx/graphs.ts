import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorShapeProto_DimensionSchema, TypeProtoSchema, TypeProto_TensorSchema, ValueInfoProtoSchema } from './gen/onnx_pb';
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, ValueInfoProto } from './gen/onnx_pb';
import { valueInfo } from './graphBuilder';
import type { Dimension } from './graphBuilder';
import { dimsOf } from './tensors';
import type { DataType } from './tensors';

/** The shape of each value of a graph, by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export function graphOf(model: ModelProto): GraphProto {
  if (!model.graph) throw new Error('the model has no graph');
  return model.graph;
}

/** The version of the standard operator set that the model was written for. */
export function opsetOf(model: ModelProto): number {
  const standard = model.opsetImport.find((entry) => isStandard(entry.domain));
  return Number(standard?.version ?? 1);
}

/** Whether a domain is that of ONNX's own operators, which files write in two ways. */
export function isStandard(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** Every name that is in use in a graph and in the graphs inside its nodes: a name means one thing in all of them. */
export function valueNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const node of graph.node) {
    for (const name of [node.name, ...node.input, ...node.output]) names.add(name);
    for (const inner of innerGraphs(node)) for (const name of valueNames(inner)) names.add(name);
  }
  for (const { name } of [...graph.initializer, ...graph.input, ...graph.output]) names.add(name);
  return names;
}

/** The values that a node reads: its inputs, and for an If or a Loop what the graphs inside it take from outside. */
export function valuesRead(node: NodeProto): string[] {
  return [...node.input, ...innerGraphs(node).flatMap(valuesTakenFromOutside)].filter((name) => name !== '');
}

function valuesTakenFromOutside(graph: GraphProto): string[] {
  const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap(({ output }) => output)));
  return [...graph.node.flatMap(valuesRead), ...graph.output.map(({ name }) => name)].filter((name) => !own.has(name));
}

/** The graphs that a node holds: branches, bodies of loops. */
export function innerGraphs(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
}

/** What to replace wherever it stands: also in the attributes of nodes, and in the graphs inside them. */
export interface GraphChange {
  readonly tensor?: (tensor: TensorProto) => TensorProto;
  readonly attribute?: (attribute: AttributeProto) => AttributeProto;
  readonly value?: (info: ValueInfoProto) => ValueInfoProto;
}

/** A copy of a graph with its parts replaced. What no change touches is shared, not copied. */
export function changedGraph(graph: GraphProto, change: GraphChange): GraphProto {
  const { tensor = same, attribute = same, value = same } = change;
  const changedAttribute = (old: AttributeProto): AttributeProto => {
    const { t, tensors, g, graphs } = old;
    if (!t && !g && tensors.length === 0 && graphs.length === 0) return attribute(old);
    return attribute(create(AttributeProtoSchema, {
      ...old,
      ...(t ? { t: tensor(t) } : {}),
      ...(g ? { g: changedGraph(g, change) } : {}),
      tensors: tensors.map(tensor),
      graphs: graphs.map((inner) => changedGraph(inner, change)),
    }));
  };
  return create(GraphProtoSchema, {
    ...graph,
    node: graph.node.map((node) => (node.attribute.length === 0 ? node : create(NodeProtoSchema, { ...node, attribute: node.attribute.map(changedAttribute) }))),
    initializer: graph.initializer.map(tensor),
    input: graph.input.map(value),
    output: graph.output.map(value),
    valueInfo: graph.valueInfo.map(value),
  });
}

function same<T>(part: T): T {
  return part;
}

/** Every tensor that a graph holds: its weights, the constants in its nodes, and those of the graphs inside them. */
export function tensorsOf(graph: GraphProto): TensorProto[] {
  const found: TensorProto[] = [];
  changedGraph(graph, { tensor: (tensor) => (found.push(tensor), tensor) });
  return found;
}

/** The values that change with the numbers in some inputs, those that know only of their shapes left out. */
export function valuesThatFollow(graph: GraphProto, inputs: readonly string[]): Set<string> {
  const following = new Set(inputs);
  for (const node of graph.node) {
    if (node.opType === 'Shape' || node.opType === 'Size' || !valuesRead(node).some((name) => following.has(name))) continue;
    for (const output of node.output) if (output !== '') following.add(output);
  }
  return following;
}

/** The constant that a name stands for: a weight, or the value of a Constant node. */
export function constantTensor(graph: GraphProto, name: string): TensorProto | undefined {
  const weight = graph.initializer.find((tensor) => tensor.name === name);
  return weight ?? producerOf(graph, name, 'Constant')?.attribute.find((attribute) => attribute.name === 'value')?.t;
}

/** The node that computes a value; undefined where there is none, or none of that operator. */
export function producerOf(graph: GraphProto, value: string, opType?: string): NodeProto | undefined {
  const node = value === '' ? undefined : graph.node.find(({ output }) => output.includes(value));
  return opType === undefined || node?.opType === opType ? node : undefined;
}

/** Operators whose outputs are no tensors, and so have no shape. */
const sequenceOperators = new Set(['SequenceConstruct', 'SequenceEmpty', 'SequenceInsert', 'SequenceErase', 'SequenceMap', 'SplitToSequence', 'Optional', 'ZipMap', 'DictVectorizer']);

/** The values that the nodes of a graph compute, those left out that are no tensors. */
export function tensorValues(graph: GraphProto): string[] {
  return graph.node.filter(({ opType }) => !sequenceOperators.has(opType)).flatMap(({ output }) => output).filter((output) => output !== '');
}

/** Inputs that the caller must feed: those that no initializer gives a value. */
export function fedInputs(graph: GraphProto): ValueInfoProto[] {
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  return graph.input.filter((input) => !constants.has(input.name));
}

/** The declared dimensions of a graph input or output; undefined where the file does not say. */
export function declaredDims(info: ValueInfoProto): Dimension[] | undefined {
  if (info.type?.value.case !== 'tensorType') return undefined;
  return info.type.value.value.shape?.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : (d.value.value ?? '')));
}

/** The element type of a graph input or output; undefined where it is no tensor. */
export function elementTypeOf({ type }: ValueInfoProto): DataType | undefined {
  return type?.value.case === 'tensorType' ? (type.value.value.elemType) : undefined;
}

/**
 * A copy of `model` without what it says of the shapes of its values, the inputs' excepted: exporters get them wrong, and ONNX
 * Runtime then refuses the file. Sizes of inputs that are not positive, which stand for any, are left open.
 */
export function withoutDeclaredShapes(model: ModelProto): ModelProto {
  const graph = graphOf(model);
  const shapeless = (info: ValueInfoProto) => withShape(info, () => undefined);
  const open = (info: ValueInfoProto) => withShape(info, (shape) => shape && { ...shape, dim: shape.dim.map((dim) => (dim.value.case === 'dimValue' && dim.value.value <= 0n ? create(TensorShapeProto_DimensionSchema) : dim)) });
  return withGraph(model, { input: graph.input.map(open), output: graph.output.map(shapeless), valueInfo: graph.valueInfo.map(shapeless) });
}

function withShape(info: ValueInfoProto, change: (shape: TensorShapeProto | undefined) => TensorShapeProto | undefined): ValueInfoProto {
  if (info.type?.value.case !== 'tensorType') return info;
  const { elemType, shape } = info.type.value.value;
  const changed = change(shape);
  const value = create(TypeProto_TensorSchema, { elemType, ...(changed ? { shape: changed } : {}) });
  return create(ValueInfoProtoSchema, { ...info, type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }) });
}

/** The name of the batch size in the graphs that this project writes. */
export const batchSize = 'N';

/** The shapes that a file records for one sample: of its weights, and of its values where `value_info` has them. */
export function recordedShapes(graph: GraphProto): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(graph.initializer.map((tensor) => [tensor.name, dimsOf(tensor)]));
  for (const info of graph.valueInfo) {
    const dims = declaredDims(info)?.map((dim) => (dim === batchSize ? 1 : dim));
    if (dims?.every((dim) => typeof dim === 'number')) shapes.set(info.name, dims);
  }
  return shapes;
}

/** A copy of `model` that records the shapes of its float32 values in its `value_info`. Weights are shared, not copied. */
export function recordShapes(model: ModelProto, shapes: ReadonlyMap<string, readonly Dimension[]>): ModelProto {
  return withGraph(model, { valueInfo: [...shapes].map(([name, dims]) => valueInfo(name, dims)) });
}

/** A copy of `model` with parts of its graph replaced. Weights are shared, not copied. */
export function withGraph(model: ModelProto, parts: Partial<Omit<GraphProto, '$typeName' | '$unknown'>>): ModelProto {
  return create(ModelProtoSchema, { ...model, graph: create(GraphProtoSchema, { ...graphOf(model), ...parts }) });
}

/**
 * A copy of `model` that computes only the named outputs: nodes and weights that they do not need are left
 * out. Weights are shared, not copied.
 */
export function pruneTo(model: ModelProto, outputs: readonly ValueInfoProto[]): ModelProto {
  const graph = graphOf(model);
  const needed = new Set(outputs.map((output) => output.name));
  const kept: NodeProto[] = [];
  for (const node of [...graph.node].reverse()) {
    if (!node.output.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const value of valuesRead(node)) needed.add(value);
  }
  return withGraph(model, {
    node: kept.reverse(),
    output: [...outputs],
    input: graph.input.filter((input) => needed.has(input.name)),
    initializer: graph.initializer.filter((tensor) => needed.has(tensor.name)),
    valueInfo: graph.valueInfo.filter((info) => needed.has(info.name)),
  });
}
