import type { Value } from '../../onnx/graphBuilder';
import { copyNode, foldThrough, multilinear, range, spread, toShape } from '../combinators';
import type { Rule, RuleContext, RuleTable } from '../rule';

/**
 * A convolution is bilinear in x and w and linear in its bias. The tangents of x join the batch; those of a
 * weight that depends on the latent code join the output channels, group by group; those of the bias spread
 * over the picture.
 */
function convolution(weightTangentsToChannels: (context: RuleContext, tangent: Value) => Value): Rule {
  return multilinear(
    (context, tangent) => foldThrough(context, tangent, (batch) => copyNode(context, [batch, context.inputs[1]!])),
    (context, tangent) => channelsToTangents(context, copyNode(context, [context.inputs[0]!, weightTangentsToChannels(context, tangent)])),
    spreadBias,
  );
}

/** Conv: `[K, M, C/G, ..]` to `[G K M/G, C/G, ..]`. */
function convWeight(context: RuleContext, tangent: Value): Value {
  const { g } = context;
  const [m, ...rest] = context.shape(context.inputs[1]!);
  const groups = context.node.int('group', 1);
  const split = g.reshape(tangent, [-1, groups, m! / groups, ...rest]);
  return g.reshape(g.transpose(split, [1, 0, ...range(2, rest.length + 3)]), [-1, ...rest]);
}

/** ConvTranspose: `[K, C, M/G, ..]` to `[C, K M/G, ..]`. */
function convTransposeWeight(context: RuleContext, tangent: Value): Value {
  const { g } = context;
  const [c, , ...kernel] = context.shape(context.inputs[1]!);
  const ordered = g.transpose(tangent, [1, 0, ...range(2, kernel.length + 3)]);
  return g.reshape(ordered, [c!, -1, ...kernel]);
}

/** `[N, G K M/G, ..]` to `[K, N, M, ..]`. */
function channelsToTangents(context: RuleContext, channels: Value): Value {
  const { g, outputs } = context;
  const [n, m, ...space] = context.shape(outputs[0]!);
  const groups = context.node.int('group', 1);
  const split = g.reshape(channels, [n!, groups, -1, m! / groups, ...space]);
  return toShape(context, g.transpose(split, [2, 0, 1, ...range(3, space.length + 4)]), outputs[0]!);
}

function spreadBias(context: RuleContext, tangent: Value): Value {
  const dims = context.shape(context.outputs[0]!);
  const column = context.g.reshape(tangent, [-1, 1, dims[1]!, ...dims.slice(2).map(() => 1)]);
  return spread(context, column);
}

/** Convolutions over `[N, C, ..]` pictures. */
export const convolutionRules: RuleTable = { Conv: convolution(convWeight), ConvTranspose: convolution(convTransposeWeight) };
