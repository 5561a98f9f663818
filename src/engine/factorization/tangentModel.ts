import { create } from '@bufbuild/protobuf';
import { forwardMode } from '../autodiff/forwardMode';
import { constantIntegers } from '../onnx/constantIntegers';
import { NodeProtoSchema } from '../onnx/gen/onnx_pb';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { graphOf, opsetOf, pruneTo, valueNames, withGraph } from '../onnx/graphs';
import { withMinimalFiltering } from '../onnx/minimalFiltering';
import { deepestLast } from '../onnx/nodeOrder';
import { withPolyphase } from '../onnx/polyphase';
import { splitModel } from '../onnx/splitModel';
import type { Generator } from '../generators/generator';
import type { Readout } from './presets';

/** A model that ends in rows of the Jacobian, or, for central differences, of the image. */
export interface RowModel {
  readonly model: ModelProto;
  /** What the rows are linear in: tangents `[K, ..]`, or latent codes. */
  readonly input: Value;
  /** `[K, rows]` */
  readonly output: Value;
  /** The second name of the latent input, for layers that are not edited; undefined where there is none. */
  readonly frozenInput: Value | undefined;
}

/** The same in two parts, so that what all tangents at one latent code share is computed once. */
export interface LinearRows {
  /** Computes the values that the rows are linear with, from one latent code. */
  readonly fixed: ModelProto;
  /** Takes those values, by their names, and the tangents. */
  readonly model: ModelProto;
}

/** The tangents as a linear network and the network of its factors; undefined where it is linear as it is. */
export function linearRows({ model, input }: RowModel): LinearRows | undefined {
  const split = splitModel(model, input);
  return split && { fixed: deepestLast(split.fixed), model: deepestLast(split.varying) };
}

/** The same network with its convolutions in the forms in which a CPU is fastest; libraries for GPUs choose forms of their own. */
export function inFastForm(model: ModelProto): ModelProto {
  const changed = withPolyphase(withMinimalFiltering(model));
  return changed === model ? model : deepestLast(changed);
}

/** The tangents of the image with respect to the edited layers, reduced to Jacobian rows. */
export function tangentRows(generator: Generator, editedLayers: readonly number[], readout: Readout): RowModel {
  const { input, output, dims } = generator.latentInput;
  const { model, frozenInput } = freezeLayers(generator.synthesis, input, dims, editedLayers);
  const shapes = frozenInput === undefined ? generator.shapes : new Map(generator.shapes).set(frozenInput, dims);
  const tangent = forwardMode(model, { input, output, shapes, integers: generator.integers });
  const rows = withReadout(tangent.model, tangent.tangentOutput, generator, readout);
  return { ...rows, model: deepestLast(rows.model), input: tangent.tangentInput, frozenInput: graphOf(rows.model).input.some(({ name }) => name === frozenInput) ? frozenInput : undefined };
}

/** The image itself reduced in the same way, for central differences. */
export function imageRows(generator: Generator, readout: Readout): RowModel {
  const { input, output } = generator.latentInput;
  return { ...withReadout(generator.synthesis, output, generator, readout), input, frozenInput: undefined };
}

/**
 * Splits the latent input in two: nodes that pick layers that are not edited read `<input>_frozen`. What
 * comes before the first edited layer then has no tangent and costs none.
 */
function freezeLayers(model: ModelProto, input: Value, dims: readonly number[], editedLayers: readonly number[]): { model: ModelProto; frozenInput: Value | undefined } {
  const graph = graphOf(model);
  const layerCount = dims[1]!;
  const indices = constantIntegers(graph);
  const frozenInput = new GraphBuilder(valueNames(graph)).freshName(`${input}_frozen`);
  const picksFrozen = (node: (typeof graph.node)[number]) => {
    const axis = node.attribute.find(({ name }) => name === 'axis')?.i;
    const layers = indices.get(node.input[1] ?? '');
    return node.opType === 'Gather' && node.input[0] === input && axis === 1n && layers?.every((layer) => !editedLayers.includes(layer < 0 ? layer + layerCount : layer)) === true;
  };
  const hasLayers = dims.length === 3;
  if (!hasLayers || !graph.node.some(picksFrozen)) return { model, frozenInput: undefined };
  const node = graph.node.map((old) => (picksFrozen(old) ? create(NodeProtoSchema, { ...old, input: [frozenInput, ...old.input.slice(1)] }) : old));
  return { model: withGraph(model, { node, input: [...graph.input, valueInfo(frozenInput, dims)] }), frozenInput };
}

/** Appends the reduction of `[.., C, H, W]` pictures to `[K, rows]`. */
function withReadout(model: ModelProto, picture: Value, generator: Generator, readout: Readout): { model: ModelProto; output: Value } {
  const { resolution, channels } = generator.description;
  const graph = graphOf(model);
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  let x = g.reshape(picture, [-1, channels, resolution, resolution]);
  if (readout.resolution < resolution) x = reduce(g, x, resolution, readout);
  if (readout.channels === 'sum') x = g.sumOver(x, [1]);
  const kept = readout.channels === 'sum' ? 1 : channels;
  const rows = kept * readout.resolution ** 2;
  const output = g.node('Reshape', [x, g.ints([-1, rows])], {}, 'rows');
  const whole = withGraph(model, { node: [...graph.node, ...g.nodes], initializer: [...graph.initializer, ...g.initializers] });
  return { model: pruneTo(whole, [valueInfo(output, ['K', rows])]), output };
}

function reduce(g: GraphBuilder, x: Value, resolution: number, readout: Readout): Value {
  const factor = resolution / readout.resolution;
  if (readout.reduction === 'area' && Number.isInteger(factor)) {
    return g.node('AveragePool', [x], { kernel_shape: [factor, factor], strides: [factor, factor] });
  }
  if (readout.reduction === 'area') {
    const shares = areaShares(resolution, readout.resolution);
    const rows = g.weight('area', shares, [readout.resolution, resolution]);
    return g.matmul(g.matmul(rows, x), g.transpose(rows, [1, 0]));
  }
  // Nearest as PyTorch's interpolate takes it: pixel floor(i * scale).
  const picks = g.ints(Array.from({ length: readout.resolution }, (_, i) => Math.floor((i * resolution) / readout.resolution)));
  return g.node('Gather', [g.node('Gather', [x, picks], { axis: 2 }), picks], { axis: 3 });
}

/** How much of each of `from` pixels lies in each of `to` larger ones, [to, from]; every row adds up to 1. */
function areaShares(from: number, to: number): Float32Array {
  const shares = new Float32Array(to * from);
  const length = from / to;
  for (let i = 0; i < to; i++) {
    for (let j = 0; j < from; j++) {
      const overlap = Math.min((i + 1) * length, j + 1) - Math.max(i * length, j);
      shares[i * from + j] = Math.max(overlap, 0) / length;
    }
  }
  return shares;
}
