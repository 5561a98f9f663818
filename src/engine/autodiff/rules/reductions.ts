import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import { awayFromZero, axesOf, copyNode, integers, linear, rankOf, sameAs, toShape } from '../combinators';
import { extreme } from '../picking';
import type { RuleContext, RuleTable } from '../rule';

/** The axes that are reduced, which must be known when the graph is transformed; an empty list may stand for all. */
function reducedAxes(context: RuleContext): number[] {
  const given = integers(context, 1, 'axes') ?? [];
  return axesOf(given.length > 0 || context.node.int('noop_with_empty_axes', 0) === 1 ? given : undefined, rankOf(context));
}

function sumOver(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return axes.length === 0 ? x : g.sumOver(x, axes);
}

/** y is a sum (a mean) over axes: so is its tangent. */
function sumLike(reduce: (g: GraphBuilder, x: Value, axes: readonly number[]) => Value) {
  return linear((context, tangent) => {
    const axes = reducedAxes(context).map((axis) => axis + 1);
    return toShape(context, reduce(context.g, tangent, axes), context.outputs[0]!);
  });
}

/** y_dot = sum of (dy/dx) x_dot over the reduced axes; y comes with those axes kept, to broadcast against x. */
function reduction(slope: (g: GraphBuilder, x: Value, y: Value, context: RuleContext) => Value) {
  return linear((context, tangent) => {
    const { g, inputs: [x], outputs: [y] } = context;
    const axes = reducedAxes(context);
    const kept = g.reshape(y!, context.shape(x!).map((dim, axis) => (axes.includes(axis) ? 1 : dim)));
    const sum = sumOver(g, g.mul(tangent, slope(g, x!, kept, context)), axes.map((axis) => axis + 1));
    return toShape(context, sum, y!);
  });
}

/** The product of the other elements, also where some are zero: that of all which are not, unless another one is. */
function productOfOthers(g: GraphBuilder, x: Value, context: RuleContext): Value {
  const isZero = sameAs(g, x, 0);
  const nonzero = g.add(x, isZero);
  const product = copyNode(context, [nonzero, ...context.inputs.slice(1)], { keepdims: 1 });
  const otherZeros = g.sub(sumOver(g, isZero, reducedAxes(context)), isZero);
  return g.where(g.greater(otherZeros, 0.5), 0, g.div(product, nonzero));
}

/** Operators that make one number of the elements along some axes: each line is the derivative by an element. */
export const reductionRules: RuleTable = {
  ReduceSum: sumLike(sumOver),
  ReduceMean: sumLike((g, x, axes) => (axes.length === 0 ? x : g.meanOver(x, axes))),
  ReduceSumSquare: reduction((g, x) => g.mul(2, x)),
  ReduceL1: reduction((g, x) => g.sign(x)),
  ReduceL2: reduction((g, x, y) => g.div(x, awayFromZero(g, y))),
  ReduceLogSum: reduction((g, _, y) => g.exp(g.neg(y))),
  ReduceLogSumExp: reduction((g, x, y) => g.exp(g.sub(x, y))),
  ReduceProd: reduction((g, x, _, context) => productOfOthers(g, x, context)),
  ReduceMax: linear((context, tangent) => extreme(context, tangent, reducedAxes(context), 'ArgMax')),
  ReduceMin: linear((context, tangent) => extreme(context, tangent, reducedAxes(context), 'ArgMin')),
};
