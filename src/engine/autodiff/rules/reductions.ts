import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import { axesOf, flat, integers, ofFirst, rankOf, toShape } from '../combinators';
import type { RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

/** The axes that are reduced, which must be known when the graph is transformed. */
function reducedAxes(context: RuleContext): number[] {
  const given = integers(context, 1, 'axes') ?? [];
  if (given.length > 0) return axesOf(given, rankOf(context));
  if (context.node.int('noop_with_empty_axes', 0) === 1) throw new UnsupportedNodeError('it reduces no axis');
  return axesOf(undefined, rankOf(context));
}

/** y is a sum (a mean) over axes: so is its tangent. */
function sumLike(reduce: (g: GraphBuilder, x: Value, axes: readonly number[]) => Value) {
  return ofFirst((context, tangent) => {
    const axes = reducedAxes(context).map((axis) => axis + 1);
    return toShape(context, reduce(context.g, tangent, axes), context.outputs[0]!);
  });
}

/** y_dot = sum of (dy/dx) x_dot over the reduced axes; y comes with those axes kept, to broadcast against x. */
function reduction(slope: (g: GraphBuilder, x: Value, y: Value) => Value) {
  return ofFirst((context, tangent) => {
    const { g, inputs: [x], outputs: [y] } = context;
    const axes = reducedAxes(context);
    const kept = g.reshape(y!, context.shape(x!).map((dim, axis) => (axes.includes(axis) ? 1 : dim)));
    const sum = g.sumOver(g.mul(tangent, slope(g, x!, kept)), axes.map((axis) => axis + 1));
    return toShape(context, sum, y!);
  });
}

/** Operators that make one number of the elements along some axes: each line is the derivative by an element. */
export const reductionRules: RuleTable = {
  ReduceSum: sumLike((g, x, axes) => g.sumOver(x, axes)),
  ReduceMean: sumLike((g, x, axes) => g.meanOver(x, axes)),
  ReduceSumSquare: reduction((g, x) => g.mul(2, x)),
  ReduceL1: reduction((g, x) => g.sign(x)),
  ReduceL2: reduction((g, x, y) => g.div(x, y)),
  ReduceLogSum: reduction((g, _, y) => g.exp(g.neg(y))),
  ReduceLogSumExp: reduction((g, x, y) => g.exp(g.sub(x, y))),
  ArgMax: flat,
  ArgMin: flat,
};
