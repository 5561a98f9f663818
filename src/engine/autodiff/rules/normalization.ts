import type { Value } from '../../onnx/graphBuilder';
import { axesOf, ofFirst, range, rankOf, shifted } from '../combinators';
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

/**
 * y = scale (x - m) / s + bias, with the mean m and the standard deviation s over the axes from `first` on.
 * With n = (x - m) / s and c = x_dot - mean(x_dot): y_dot = scale / s (c - n mean(n c)).
 */
function standardizing(first: (context: RuleContext) => number, scaleOf: (context: RuleContext) => Value): Rule {
  return ofFirst((context, tangent) => {
    const { g, inputs, node, outputs } = context;
    if (outputs.slice(1).some((output) => output !== '')) throw new UnsupportedNodeError('its mean and deviation are outputs too');
    const axes = range(first(context), rankOf(context));
    const behind = axes.map((axis) => axis + 1);
    const centred = g.sub(inputs[0]!, g.meanOver(inputs[0]!, axes));
    const inverse = g.reciprocal(g.sqrt(g.add(g.meanOver(g.square(centred), axes), node.float('epsilon', 1e-5))));
    const normal = g.mul(centred, inverse);
    const change = g.sub(tangent, g.meanOver(tangent, behind));
    const across = g.sub(change, g.mul(normal, g.meanOver(g.mul(change, normal), behind)));
    return g.mul(across, g.mul(scaleOf(context), inverse));
  });
}

/** A weight per channel, `[C]`, ready to be multiplied with `[N, C, ..]`. */
function perChannel(context: RuleContext, weight: Value): Value {
  return context.g.reshape(weight, [-1, ...range(2, rankOf(context)).map(() => 1)]);
}

/** BatchNormalization at inference is an affine map of each channel: scale / sqrt(variance + epsilon). */
const batchNormalization = ofFirst((context, tangent) => {
  const { g, node, inputs: [, scale, , , variance] } = context;
  if (node.int('training_mode', 0) === 1) throw new UnsupportedNodeError('it is in training mode');
  const factor = g.div(scale!, g.sqrt(g.add(variance!, node.float('epsilon', 1e-5))));
  return g.mul(tangent, perChannel(context, factor));
});

/** Operators that divide by a sum or a deviation. */
export const normalizationRules: RuleTable = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: standardizing(() => 2, (context) => perChannel(context, context.inputs[1]!)),
  LayerNormalization: standardizing(
    (context) => shifted(context.node.int('axis', -1), rankOf(context)) - 1,
    (context) => context.inputs[1]!,
  ),
  Softmax: ofFirst((context, tangent) => context.g.mul(context.outputs[0]!, logSoftmax(context, tangent, context.outputs[0]!))),
  LogSoftmax: ofFirst((context, tangent) => logSoftmax(context, tangent, context.g.exp(context.outputs[0]!))),
};
