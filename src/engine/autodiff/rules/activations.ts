import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import { broadcasting, elementwise, onlyFirst, sameAs } from '../combinators';
import type { Rule, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

const abs = (g: GraphBuilder, x: Value) => g.node('Abs', [x]);

/** The derivative of x sigmoid(u) with respect to x. */
function gated(g: GraphBuilder, x: Value, u: Value, slopeOfU: Value): Value {
  const gate = g.sigmoid(u);
  return g.mul(gate, g.add(1, g.mul(g.mul(x, slopeOfU), g.sub(1, gate))));
}

/** x Phi(x), with the normal distribution; and its approximation with tanh, 0.5 (1 + tanh u) = sigmoid(2 u). */
const gelu = elementwise((g, { x, node }) => {
  const square = g.square(x);
  if (node.string('approximate', 'none') === 'tanh') {
    const twice = 2 * Math.sqrt(2 / Math.PI);
    const u = g.mul(x, g.add(twice, g.mul(twice * 0.044715, square)));
    return gated(g, x, u, g.add(twice, g.mul(twice * 0.134145, square)));
  }
  const density = g.mul(1 / Math.sqrt(2 * Math.PI), g.exp(g.mul(-0.5, square)));
  const distribution = g.add(0.5, g.mul(0.5, g.node('Erf', [g.mul(x, Math.SQRT1_2)])));
  return g.add(distribution, g.mul(x, density));
});

const identity = elementwise(() => 1);

/** Dropout at inference: the identity, and a mask. */
const dropout: Rule = (context) => {
  onlyFirst(context);
  const training = context.inputs[2] ? context.constantInts(context.inputs[2]) : [0];
  if (!training) throw new UnsupportedNodeError('its training_mode input is computed at run time');
  if (training[0] !== 0) throw new UnsupportedNodeError('it is in training mode');
  return [identity(context)[0], undefined];
};

/** The root of the smallest normal float32: at zero, where the derivative has no end, a tangent of zero stays zero. */
const smallestRoot = 2 ** -63;

/** Functions of one element: each line is the derivative. */
export const activationRules: RuleTable = {
  Abs: elementwise((g, { x }) => g.sign(x)),
  Neg: elementwise(() => -1),
  Identity: identity,
  Dropout: dropout,
  Exp: elementwise((_, { y }) => y),
  Log: elementwise((g, { x }) => g.reciprocal(x)),
  Sqrt: elementwise((g, { y }) => g.div(0.5, g.node('Max', [y, smallestRoot]))),
  Reciprocal: elementwise((g, { y }) => g.neg(g.square(y))),
  Sin: elementwise((g, { x }) => g.cos(x)),
  Cos: elementwise((g, { x }) => g.neg(g.sin(x))),
  Tan: elementwise((g, { y }) => g.add(1, g.square(y))),
  Asin: elementwise((g, { x }) => g.reciprocal(g.sqrt(g.sub(1, g.square(x))))),
  Acos: elementwise((g, { x }) => g.neg(g.reciprocal(g.sqrt(g.sub(1, g.square(x)))))),
  Atan: elementwise((g, { x }) => g.reciprocal(g.add(1, g.square(x)))),
  Sinh: elementwise((g, { x }) => g.node('Cosh', [x])),
  Cosh: elementwise((g, { x }) => g.node('Sinh', [x])),
  Tanh: elementwise((g, { y }) => g.sub(1, g.square(y))),
  Asinh: elementwise((g, { x }) => g.reciprocal(g.sqrt(g.add(g.square(x), 1)))),
  Acosh: elementwise((g, { x }) => g.reciprocal(g.sqrt(g.sub(g.square(x), 1)))),
  Atanh: elementwise((g, { x }) => g.reciprocal(g.sub(1, g.square(x)))),
  Sigmoid: elementwise((g, { y }) => g.mul(y, g.sub(1, y))),
  Softplus: elementwise((g, { x }) => g.sigmoid(x)),
  Softsign: elementwise((g, { x }) => g.reciprocal(g.square(g.add(1, abs(g, x))))),
  Erf: elementwise((g, { x }) => g.mul(2 / Math.sqrt(Math.PI), g.exp(g.neg(g.square(x))))),
  Relu: elementwise((g, { x }) => g.where(g.greater(x, 0), 1, 0)),
  LeakyRelu: elementwise((g, { x, node }) => g.where(g.less(x, 0), node.float('alpha', 0.01), 1)),
  ThresholdedRelu: elementwise((g, { x, node }) => g.where(g.greater(x, node.float('alpha', 1)), 1, 0)),
  Elu: elementwise((g, { x, y, node }) => g.where(g.less(x, 0), g.add(y, node.float('alpha', 1)), 1)),
  Celu: elementwise((g, { x, node }) => g.where(g.less(x, 0), g.exp(g.div(x, node.float('alpha', 1))), 1)),
  Selu: elementwise((g, { x, y, node }) => {
    const alpha = node.float('alpha', 1.6732632);
    const gamma = node.float('gamma', 1.0507010);
    return g.where(g.less(x, 0), g.add(y, alpha * gamma), gamma);
  }),
  Gelu: gelu,
  Mish: elementwise((g, { x }) => {
    const gate = g.node('Tanh', [g.node('Softplus', [x])]);
    return g.add(gate, g.mul(g.mul(x, g.sigmoid(x)), g.sub(1, g.square(gate))));
  }),
  Swish: elementwise((g, { x, node }) => {
    const slope = node.float('alpha', 1);
    return gated(g, x, g.mul(slope, x), g.value(slope));
  }),
  Shrink: elementwise((g, { x, node }) => g.where(g.greater(abs(g, x), node.float('lambd', 0.5)), 1, 0)),
  HardSigmoid: elementwise((g, { y, node }) => g.where(g.and(g.greater(y, 0), g.less(y, 1)), node.float('alpha', 0.2), 0)),
  HardSwish: elementwise((g, { x }) => g.where(g.less(abs(g, x), 3), g.add(g.div(x, 3), 0.5), g.where(g.less(x, 0), 0, 1))),
  Clip: broadcasting([
    (g, { x, y }) => sameAs(g, x, y),
    (g, { inputs: [x, minimum] }) => g.where(g.less(x!, minimum!), 1, 0),
    (g, { inputs: [x, , maximum] }) => g.where(g.greater(x!, maximum!), 1, 0),
  ]),
};
