import type { Operand, Value } from '../../onnx/graphBuilder';
import { sizeOf } from '../../tensor';
import { align, axesOf, linear, multilinear, range, rankOf, refuse, shiftedAxis, spread, sumOf, toShape } from '../combinators';
import type { Rule, RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

/** The axes that a softmax adds up: one, or before opset 13 every axis from that one on. */
function softmaxAxes(context: RuleContext): number[] {
  const rank = rankOf(context);
  const [axis] = axesOf([context.node.int('axis', context.opset < 13 ? 1 : -1)], rank);
  return context.opset < 13 ? range(axis!, rank) : [axis!];
}

/** y = log softmax x: y_dot = x_dot - sum of softmax(x) x_dot. */
function logSoftmax(context: RuleContext, tangent: Value, softmax: Value): Value {
  const { g } = context;
  return g.sub(tangent, g.sumOver(g.mul(tangent, softmax), softmaxAxes(context).map((axis) => axis + 1)));
}

/** What standardizing x over axes works out: n = (x - m) / s, and 1 / s, with the mean m (or zero) and the standard deviation s around it. */
interface Standardized {
  readonly normal: Value;
  readonly inverse: Value;
}

function standardized({ g, inputs: [x] }: RuleContext, axes: readonly number[], epsilon: number, centre: boolean): Standardized {
  const centred = centre ? g.sub(x!, g.meanOver(x!, axes)) : x!;
  const variance = g.meanOver(g.square(centred), axes);
  const inverse = g.reciprocal(g.sqrt(epsilon === 0 ? variance : g.add(variance, epsilon)));
  return { normal: g.mul(centred, inverse), inverse };
}

/** With c = x_dot - mean(x_dot): n_dot = 1 / s (c - n mean(n c)), here times a factor, m_dot = mean(x_dot), and d(1 / s) = -1 / s^2 mean(n c). */
function throughStandardization({ g }: RuleContext, { normal, inverse }: Standardized, tangent: Value, axes: readonly number[], centre: boolean) {
  const behind = axes.map((axis) => axis + 1);
  const mean = g.meanOver(tangent, behind);
  const change = centre ? g.sub(tangent, mean) : tangent;
  const along = g.meanOver(g.mul(change, normal), behind);
  return {
    normal: (factor: Operand) => g.mul(g.sub(change, g.mul(normal, along)), factor === 1 ? inverse : g.mul(factor, inverse)),
    mean: () => mean,
    inverse: () => g.neg(g.mul(along, g.square(inverse))),
  };
}

interface Standardizing {
  readonly axes: (context: RuleContext) => number[];
  readonly epsilon?: number;
  readonly centre?: boolean;
  /** Weight `index` (1: scale, 2: bias) or, with the tangent axis in front, its tangent, so that it broadcasts against x. */
  readonly weight?: (context: RuleContext, weight: Value, index: number, isTangent: boolean) => Value;
}

/** y = scale n + bias, n being x standardized over some axes; the mean and 1 / s may be outputs as well. */
function standardizing({ axes: axesFor, epsilon = 1e-5, centre = true, weight = (_, value) => value }: Standardizing): Rule {
  return (context) => {
    const { g, inputs, node, tangents: [x, scale, bias] } = context;
    const axes = axesFor(context);
    const parts = standardized(context, axes, epsilon === 0 ? 0 : node.float('epsilon', epsilon), centre);
    const through = x === undefined ? undefined : throughStandardization(context, parts, x, axes, centre);
    const factor = inputs[1] ? weight(context, inputs[1], 1, false) : 1;
    const terms = [
      ...(through ? [through.normal(factor)] : []),
      ...(scale === undefined ? [] : [g.mul(weight(context, scale, 1, true), parts.normal)]),
      ...(bias === undefined ? [] : [spread(context, weight(context, bias, 2, true))]),
    ];
    return [sumOf(g, terms), ...(through ? [through.mean(), through.inverse()] : [])];
  };
}

/** A weight per channel, `[C]`, or its tangent `[K, C]`, so that it broadcasts against `[N, C, ..]`. */
function perChannel(context: RuleContext, weight: Value, _: number, isTangent: boolean): Value {
  const channels = context.shape(context.inputs[0]!)[1]!;
  return context.g.reshape(weight, [...(isTangent ? [-1, 1] : []), channels, ...range(2, rankOf(context)).map(() => 1)]);
}

/** A weight of the last axes, or its tangent. */
function perElement(context: RuleContext, weight: Value, index: number, isTangent: boolean): Value {
  return isTangent ? align(context, weight, index) : weight;
}

/** The axes from the node's on. */
function trailingAxes(context: RuleContext): number[] {
  return range(shiftedAxis(context, -1) - 1, rankOf(context));
}

/**
 * GroupNormalization: each of the groups that the channels fall into is standardized, with a weight for each channel or,
 * before opset 21, for each group.
 */
const groupNormalization: Rule = (context) => {
  const { g, node, opset, inputs: [x, ...weights] } = context;
  const dims = context.shape(x!);
  const groups = node.int('num_groups', 1);
  const [n, c] = dims as [number, number];
  const grouped = [n, groups, c / groups, ...dims.slice(2)];
  const apart = g.reshape(x!, grouped);
  const ranks = dims.slice(2).map(() => 1);
  const inGroups: RuleContext = {
    ...context,
    inputs: [apart, ...weights],
    tangents: context.tangents.map((tangent, i) => (i === 0 && tangent !== undefined ? g.reshape(tangent, [-1, ...grouped]) : tangent)),
    shape: (value) => (value === apart || value === context.outputs[0] ? grouped : context.shape(value)),
  };
  const [tangent] = standardizing({
    axes: () => range(2, grouped.length),
    weight: (_, value, __, isTangent) => g.reshape(value, [...(isTangent ? [-1, 1] : []), groups, opset < 21 ? 1 : c / groups, ...ranks]),
  })(inGroups);
  return [toShape(context, tangent!, context.outputs[0]!)];
};

/** BatchNormalization at inference: y = scale (x - mean) / s + bias, s = sqrt(variance + epsilon), for each channel. */
function batchNormalization(context: RuleContext): ReturnType<Rule> {
  const { g, node, inputs: [x, scale, , mean, variance] } = context;
  refuse(context, 'training_mode', 1);
  // Older operator sets have no such attribute: there, a node that gives the new means and variances standardizes by the batch.
  if (context.opset < 14 && node.proto.output.filter((output) => output !== '').length > 1) throw new UnsupportedNodeError('it is in training mode');
  const inverse = g.reciprocal(g.sqrt(g.add(variance!, node.float('epsilon', 1e-5))));
  const factor = perChannel(context, g.mul(scale!, inverse), 1, false);
  const normal = () => g.mul(g.sub(x!, perChannel(context, mean!, 3, false)), perChannel(context, inverse, 4, false));
  const channel = (tangent: Value, index: number) => perChannel(context, tangent, index, true);
  return multilinear(
    (_, tangent) => g.mul(tangent, factor),
    (_, tangent, i) => g.mul(channel(tangent, i), normal()),
    (_, tangent, i) => spread(context, channel(tangent, i)),
    (_, tangent, i) => spread(context, g.neg(g.mul(channel(tangent, i), factor))),
    (_, tangent, i) => g.mul(g.mul(channel(tangent, i), perChannel(context, g.mul(-0.5, g.mul(scale!, g.square(inverse))), 4, false)), normal()),
  )(context);
}

/** y = x / |x| along an axis, with the sum of magnitudes or the Euclidean norm: y_dot = (x_dot - y sum(d x_dot)) / |x|, d being that of the norm by x; zero stays zero. */
const lpNormalization = linear((context, tangent) => {
  const { g, node, inputs: [x], outputs: [y] } = context;
  const p = node.int('p', 2);
  const axis = shiftedAxis(context, -1);
  const size = p === 1 ? g.sumOver(g.node('Abs', [x!]), [axis - 1]) : g.sqrt(g.sumOver(g.square(x!), [axis - 1]));
  const growth = g.sumOver(g.mul(tangent, p === 1 ? g.sign(x!) : y!), [axis]);
  return g.mul(g.sub(tangent, g.mul(y!, growth)), g.where(g.greater(size, 0), g.reciprocal(size), 0));
});

/** y = x s^-beta, s = bias + alpha / size (sum of x^2 over neighbouring channels): y_dot = s^-beta x_dot - 2 alpha beta / size y / s (sum of x x_dot). */
const localResponseNormalization = linear((context, tangent) => {
  const { g, node, inputs: [x], outputs: [y] } = context;
  const [size, alpha, beta] = [node.int('size', 1), node.float('alpha', 1e-4), node.float('beta', 0.75)];
  const dims = context.shape(x!);
  const before = Math.floor((size - 1) / 2);
  const meanOfNeighbours = (value: Value) => g.node('AveragePool', [g.reshape(value, [-1, 1, dims[1]!, sizeOf(dims.slice(2))])], {
    kernel_shape: [size, 1], pads: [before, 0, size - 1 - before, 0], count_include_pad: 1,
  });
  const s = g.add(node.float('bias', 1), g.mul(alpha, g.reshape(meanOfNeighbours(g.square(x!)), dims)));
  const change = toShape(context, meanOfNeighbours(g.mul(tangent, x!)), y!);
  return g.sub(g.mul(tangent, g.pow(s, -beta)), g.mul(change, g.mul(2 * alpha * beta, g.div(y!, s))));
});

/** Operators that divide by a sum or a deviation. */
export const normalizationRules: RuleTable = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: standardizing({ axes: (context) => range(2, rankOf(context)), weight: perChannel }),
  LayerNormalization: standardizing({ axes: trailingAxes, weight: perElement }),
  GroupNormalization: groupNormalization,
  RMSNormalization: standardizing({ axes: trailingAxes, weight: perElement, centre: false }),
  MeanVarianceNormalization: standardizing({ axes: (context) => axesOf(context.node.ints('axes') ?? [0, 2, 3], rankOf(context)), epsilon: 0 }),
  LpNormalization: lpNormalization,
  LRN: localResponseNormalization,
  Softmax: linear((context, tangent) => context.g.mul(context.outputs[0]!, logSoftmax(context, tangent, context.outputs[0]!))),
  LogSoftmax: linear((context, tangent) => logSoftmax(context, tangent, context.g.exp(context.outputs[0]!))),
};
