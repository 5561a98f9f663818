import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../onnx/gen/onnx_pb';
import type { GraphProto, ModelProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../onnx/graphBuilder';
import { fedInputs, graphOf, opsetOf, tensorValues, valueNames, valuesThatFollow, withGraph } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { DataType } from '../onnx/tensors';
import type { FloatTensor } from '../tensor';
import { Session } from './session';
import type { TypedTensor } from './session';

/** Integers that a graph computes from constants and shapes, by name. */
export type Integers = ReadonlyMap<string, readonly number[]>;

/** What a run of a network tells about it. */
export interface ProbeResult {
  /** The shape of every value for these inputs. */
  readonly shapes: Shapes;
  /**
   * The integers (and truth values, as 0 and 1) that the graph computes from its constants and from shapes and that say how
   * something is reshaped, cut or indexed. They are the same for all inputs of these shapes.
   */
  readonly integers: Integers;
  readonly outputs: Readonly<Record<string, TypedTensor>>;
}

/** Inputs of operators that say how something is done, by operator; those called Reduce.. have their axes second. */
const instructions: Readonly<Record<string, readonly number[]>> = {
  AffineGrid: [1], CenterCropPad: [1], ConstantOfShape: [0], CumSum: [1], Dropout: [2], Expand: [1], Gather: [1], GatherElements: [1], GatherND: [1], If: [0], OneHot: [1],
  Pad: [1, 3], Reshape: [1], Resize: [1, 2, 3], ScatterElements: [1], ScatterND: [1], Slice: [1, 2, 3, 4], Split: [1], Squeeze: [1], Tile: [1, 2],
  TopK: [1], Trilu: [1], Unsqueeze: [1], Upsample: [1],
};

/** Longer lists are no shapes or axes. */
const mostIntegers = 4096;

/**
 * A network with a `Shape` node behind each value: right for every operator, also those whose shapes are computed inside
 * the graph, and without keeping the values themselves in memory.
 */
export class Probe {
  private constructor(
    private readonly session: Session,
    private readonly outputs: readonly string[],
    private readonly shapeOf: ReadonlyMap<string, string>,
    private readonly integers: readonly string[],
  ) {}

  /** @throws UserError when ONNX Runtime refuses the model. */
  static async create(model: ModelProto, name: string): Promise<Probe> {
    const graph = graphOf(model);
    const g = new GraphBuilder(valueNames(graph), opsetOf(model));
    const shapeOf = new Map(tensorValues(graph).map((value) => [value, g.node('Shape', [value], {}, `${value}_shape`)]));
    const outputs = graph.output.map((output) => output.name);
    const integers = carriedIntegers(graph).filter((value) => !outputs.includes(value));
    const probe = withGraph(model, {
      node: [...graph.node, ...g.nodes],
      output: [
        ...graph.output,
        ...[...shapeOf.values()].map((output) => valueInfo(output, [`rank_${output}`], DataType.INT64)),
        ...integers.map((value) => create(ValueInfoProtoSchema, { name: value })),
      ],
    });
    return new Probe(await Session.create(probe, name, { optimize: false }), outputs, shapeOf, integers);
  }

  /** @throws UserError when ONNX Runtime fails in the network. */
  async run(feeds: Readonly<Record<string, FloatTensor>>): Promise<ProbeResult> {
    const results = await this.session.runTyped(feeds);
    const shapes = new Map<string, readonly number[]>(Object.entries(feeds).map(([input, tensor]) => [input, tensor.dims]));
    for (const [value, output] of this.shapeOf) shapes.set(value, numbersOf(results[output]));
    const integers = new Map(this.integers.flatMap((value) => {
      const tensor = results[value];
      const isList = tensor && ['int64', 'int32', 'bool'].includes(tensor.type) && tensor.data.length <= mostIntegers;
      return isList ? [[value, numbersOf(tensor)] as const] : [];
    }));
    return { shapes, integers, outputs: Object.fromEntries(this.outputs.flatMap((output) => (results[output] ? [[output, results[output]]] : []))) };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * What one run of a network tells about it.
 *
 * @throws UserError when ONNX Runtime refuses the model, or fails in it.
 */
export async function probeModel(model: ModelProto, feeds: Readonly<Record<string, FloatTensor>>, name: string): Promise<ProbeResult> {
  const probe = await Probe.create(model, name);
  try {
    return await probe.run(feeds);
  } finally {
    await probe.release();
  }
}

/** The shape of every value of a graph for the given inputs, found by running it once. */
export async function probeShapes(model: ModelProto, feeds: Readonly<Record<string, FloatTensor>>, name: string): Promise<Shapes> {
  return (await probeModel(model, feeds, name)).shapes;
}

/** Values that say how something is done, are computed inside the graph, and do not change with the numbers that it is given. */
function carriedIntegers(graph: GraphProto): string[] {
  const following = valuesThatFollow(graph, fedInputs(graph).map(({ name }) => name));
  const producers = new Map(graph.node.flatMap((node) => node.output.map((output) => [output, node.opType] as const)));
  const named = graph.node.flatMap(({ opType, input }) => (instructions[opType] ?? (opType.startsWith('Reduce') ? [1] : [])).map((index) => input[index] ?? ''));
  return [...new Set(named)].filter((value) => {
    const opType = producers.get(value);
    return value !== '' && opType !== undefined && opType !== 'Constant' && !opType.startsWith('Random') && !following.has(value);
  });
}

function numbersOf(tensor: TypedTensor | undefined): number[] {
  return Array.from((tensor?.data ?? []) as ArrayLike<number | bigint | boolean>, Number);
}
