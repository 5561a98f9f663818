import { create } from '@bufbuild/protobuf';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { NodeProtoSchema, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from '../onnx/gen/onnx_pb';
import { valueInfo } from '../onnx/graphBuilder';
import { graphOf, pruneTo, tensorsOf, valuesThatFollow, withGraph } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { NodeView } from '../onnx/nodeView';
import { DataType, dimsOf, intTensor, numberTensor } from '../onnx/tensors';
import { sizeOf } from '../tensor';
import { inferShapes } from './inferShapes';
import { Session } from './session';
import type { TypedTensor } from './session';

/**
 * Numbers that a value of any network may have: 64 MB, such as 64 channels at 512 px. A network of few weights and many channels
 * for each pixel may have more for what comes out, up to 256 MB. A value of a larger network may have more for each of its weights
 * (a StyleGAN3 of 1024 px has 20), as long as it is in proportion to what comes out (100 there; the attention of a picture's pixels
 * to each other needs more).
 */
const modest = { numbers: 2 ** 24, perWeight: 32, perOutput: 4096, pixelwise: { numbers: 2 ** 26, perOutput: 128 } } as const;

/** What shapes are computed from is short, and a long weight's numbers say nothing of a shape. */
const longest = 1024;

/** Reshapes by shapes of reshaped values by ..: each needs one more look at the graph. */
const mostLooks = 200;

/**
 * The shapes of a network's values, as far as they can be told without running it: ONNX Runtime infers them, and what the graph
 * computes from other shapes is computed ahead. Left out are values whose shapes depend on the numbers of a latent code.
 *
 * A wrong stride, pad or scale in a file can ask for any amount of memory, so that a network one of whose values would be too
 * large for its weights is refused before it is run.
 *
 * @param inputs the shape of every input that will be fed
 * @throws UserError naming the value that is too large, and when ONNX Runtime refuses the model.
 */
export async function foreseeShapes(model: ModelProto, inputs: Shapes, name: string): Promise<Shapes> {
  const graph = graphOf(model);
  let outline = outlineOf(model, inputs);
  for (let look = 1; ; look++) {
    const shapes = await knownShapes(outline, name);
    requireModest(graph, shapes, name);
    const known = look < mostLooks ? await instructionsAhead(outline, shapes, name) : [];
    if (known.length === 0) return shapes;
    outline = withConstants(outline, known);
  }
}

/** The network with inputs of the given shapes, and with inputs in the place of long weights. */
function outlineOf(model: ModelProto, inputs: Shapes): ModelProto {
  const graph = graphOf(model);
  const long = graph.initializer.filter((tensor) => sizeOf(dimsOf(tensor)) > longest);
  const replaced = new Set(long.map((tensor) => tensor.name));
  return withGraph(model, {
    initializer: graph.initializer.filter((tensor) => !replaced.has(tensor.name)),
    input: [
      ...graph.input.filter((info) => !replaced.has(info.name)).map((info) => {
        const dims = inputs.get(info.name);
        return dims && info.type?.value.case === 'tensorType' ? valueInfo(info.name, dims, info.type.value.value.elemType) : info;
      }),
      ...long.map((tensor) => valueInfo(tensor.name, dimsOf(tensor), tensor.dataType)),
    ],
  });
}

/** The shapes that ONNX Runtime infers, and those of the graph's inputs and weights. */
async function knownShapes(outline: ModelProto, name: string): Promise<Map<string, readonly number[]>> {
  const graph = graphOf(outline);
  const known = new Map<string, readonly number[]>(graph.initializer.map((tensor) => [tensor.name, dimsOf(tensor)]));
  for (const [value, dims] of await inferShapes(outline, name)) if (dims.every((dim) => typeof dim === 'number')) known.set(value, dims);
  for (const info of graph.input) {
    const dims = info.type?.value.case === 'tensorType' ? info.type.value.value.shape?.dim.map((dim) => (dim.value.case === 'dimValue' ? Number(dim.value.value) : NaN)) : undefined;
    if (dims?.every((dim) => dim >= 0)) known.set(info.name, dims);
  }
  return known;
}

function requireModest(graph: GraphProto, shapes: Shapes, name: string): void {
  const most = mostNumbers(graph, shapes);
  for (const node of graph.node) {
    const large = node.output.find((output) => sizeOf(shapes.get(output) ?? []) > most);
    if (large === undefined) continue;
    throw new UserError(`${name}: the ${node.opType} ${quote(node.name || large)} would give an array of the shape [${shapes.get(large)!.join(', ')}]; expected at most ${most} numbers for a network of its size`);
  }
}

function mostNumbers(graph: GraphProto, shapes: Shapes): number {
  const weights = tensorsOf(graph).reduce((sum, tensor) => sum + sizeOf(dimsOf(tensor)), 0);
  const outputs = graph.output.map((output) => sizeOf(shapes.get(output.name) ?? [Infinity]));
  const known = outputs.filter(Number.isFinite);
  return Math.max(
    modest.numbers,
    Math.min(modest.pixelwise.numbers, modest.pixelwise.perOutput * Math.max(0, ...known)),
    Math.min(modest.perWeight * weights, modest.perOutput * Math.max(...outputs)),
  );
}

/** What is short and says how the first nodes whose outputs are not known are to work: computed from shapes, without the network. */
async function instructionsAhead(outline: ModelProto, shapes: Shapes, name: string): Promise<TensorProto[]> {
  const graph = graphOf(outline);
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  const following = valuesThatFollow(graph, graph.input.map((info) => info.name));
  const isKnown = (value: string) => value === '' || shapes.has(value);
  const blocked = graph.node.filter((node) => !node.output.every(isKnown) && node.input.every(isKnown));
  const wanted = new Set(blocked.flatMap((node) => node.input).filter((value) => value !== '' && !constants.has(value) && !following.has(value) && sizeOf(shapes.get(value)!) <= longest));
  const folded = withFoldedShapes(outline, shapes);
  const makerOf = (values: Iterable<string>) => pruneTo(folded, [...values].map((value) => create(ValueInfoProtoSchema, { name: value })));
  const cheap = [...wanted].filter((value) => isCheap(graphOf(makerOf([value])), shapes));
  if (cheap.length === 0) return [];
  const session = await Session.create(makerOf(cheap), name, { optimize: false, threads: 1 });
  try {
    return Object.entries(await session.runTyped({})).flatMap(([value, tensor]) => constantOf(value, tensor) ?? []);
  } finally {
    await session.release();
  }
}

/** Whether a graph can be run for nothing: it takes no input, and its values are short. */
function isCheap(graph: GraphProto, shapes: Shapes): boolean {
  return graph.input.length === 0 && graph.node.every(({ output }) => output.every((value) => value === '' || sizeOf(shapes.get(value) ?? [Infinity]) <= longest));
}

/** The network with a constant in the place of every `Shape` and `Size` of a value whose shape is known. */
function withFoldedShapes(outline: ModelProto, shapes: Shapes): ModelProto {
  const graph = graphOf(outline);
  const folded = new Map(graph.node.flatMap((node) => {
    const dims = ['Shape', 'Size'].includes(node.opType) && node.output.length === 1 ? shapes.get(node.input[0] ?? '') : undefined;
    return dims ? [[node, foldedShape(node, dims)] as const] : [];
  }));
  return withGraph(outline, { node: graph.node.filter((node) => !folded.has(node)), initializer: [...graph.initializer, ...folded.values()] });
}

function foldedShape(node: NodeProto, dims: readonly number[]): TensorProto {
  const view = new NodeView(node);
  const output = node.output[0]!;
  return node.opType === 'Size' ? intTensor(output, [sizeOf(dims)], []) : intTensor(output, dims.slice(view.int('start', 0), view.int('end', dims.length)));
}

const elementTypes: Readonly<Record<string, DataType>> = { int64: DataType.INT64, int32: DataType.INT32, float32: DataType.FLOAT, bool: DataType.BOOL };

function constantOf(value: string, { data, dims, type }: TypedTensor): TensorProto | undefined {
  const elementType = elementTypes[type];
  if (elementType === undefined) return undefined;
  return numberTensor(value, Array.from(data as ArrayLike<number | bigint | boolean>, Number), dims, elementType);
}

/** The network with some of its values as constants, which the nodes that make them no longer give. */
function withConstants(outline: ModelProto, constants: readonly TensorProto[]): ModelProto {
  const graph = graphOf(outline);
  const known = new Set(constants.map((tensor) => tensor.name));
  const node = graph.node
    .filter(({ output }) => !output.every((value) => value === '' || known.has(value)))
    .map((old) => (old.output.some((value) => known.has(value)) ? create(NodeProtoSchema, { ...old, output: old.output.map((value) => (known.has(value) ? '' : value)) }) : old));
  return withGraph(outline, { node, initializer: [...graph.initializer, ...constants] });
}
