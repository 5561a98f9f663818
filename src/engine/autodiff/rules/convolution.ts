import type { Value } from '../../onnx/graphBuilder';
import { sameDims, sizeOf } from '../../tensor';
import { copyNode, foldThrough, multilinear, range, spread, sumOf, toShape } from '../combinators';
import type { Rule, RuleContext, RuleTable } from '../rule';

/**
 * A convolution is bilinear in x and w and linear in its bias. The tangents of x join the batch; those of a
 * weight that depends on the latent code join the output channels, group by group; those of the bias spread
 * over the picture.
 */
function convolution(weightTangentsToChannels: (context: RuleContext, tangent: Value) => Value, shortcut: (context: RuleContext) => Value | undefined = () => undefined): Rule {
  return multilinear(
    (context, tangent) => shortcut(context) ?? foldThrough(context, tangent, (batch) => copyNode(context, [batch, context.inputs[1]!])),
    (context, tangent) => channelsToTangents(context, copyNode(context, [context.inputs[0]!, weightTangentsToChannels(context, tangent)])),
    spreadBias,
  );
}

/** A 1 x 1 convolution to this many times fewer channels, as that to colours is, goes through its input's terms one by one. */
const narrowing = 4;

/**
 * The tangents of a 1 x 1 convolution of a sum of products, of which it has constant weights. Where a term is a tangent for each
 * channel times a picture, or a tangent of a picture times a factor for each channel, the weights are multiplied by what is smaller,
 * and no picture is for each tangent. Undefined for other convolutions, and where that would take more products.
 */
function throughTerms(context: RuleContext): Value | undefined {
  const { g, inputs: [x, weight], outputs: [y] } = context;
  const terms = context.terms(0);
  const [n, channels, ...space] = context.shape(x!);
  const [outputs] = context.shape(weight!);
  if (!terms || !isPointwise(context) || n !== 1 || outputs! * narrowing > channels!) return undefined;
  const pixels = sizeOf(space);
  const matrix = g.reshape(weight!, [outputs!, channels!]);
  const isPicture = (dims: readonly number[]) => sizeOf(dims) === channels! * pixels;
  const isVector = (dims: readonly number[]) => sizeOf(dims) === channels && (dims.at(-space.length - 1) ?? 1) === channels;
  const products = terms.map(({ value, factor, valueDims, factorDims, dims }) => {
    if (isVector(valueDims) && isPicture(factorDims)) {
      return g.matmul(g.reshape(g.mul(g.reshape(value, [-1, 1, channels!]), matrix), [-1, channels!]), g.reshape(g.value(factor), [channels!, pixels]));
    }
    const isFolded = isPicture(valueDims) && isVector(factorDims);
    const weights = isFolded ? g.mul(matrix, g.reshape(g.value(factor), [1, channels!])) : matrix;
    const product = isFolded || factor === 1 ? value : g.mul(value, factor);
    const pictures = isPicture(dims) ? product : g.expand(product, [1, ...context.shape(x!)]);
    return g.matmul(weights, g.reshape(pictures, [-1, channels!, pixels]));
  });
  return sumOf(g, products.map((product) => toShape(context, product, y!)));
}

/** Whether each pixel of the output depends on the same pixel of the input alone. */
function isPointwise({ node, inputs: [x, weight], outputs: [y], ...context }: RuleContext): boolean {
  const [, perGroup, ...kernel] = context.shape(weight!);
  const [, channels, ...space] = context.shape(x!);
  const isWhole = node.int('group', 1) === 1 && perGroup === channels;
  // With a kernel of 1 and the same size, there are neither strides nor pads, unless they make up for each other.
  return isWhole && kernel.every((size) => size === 1) && (node.ints('strides') ?? []).every((step) => step === 1) && sameDims(space, context.shape(y!).slice(2));
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
export const convolutionRules: RuleTable = { Conv: convolution(convWeight, throughTerms), ConvTranspose: convolution(convTransposeWeight) };
