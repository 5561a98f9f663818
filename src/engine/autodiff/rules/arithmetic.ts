import { DataType } from '../../onnx/tensors';
import { align, broadcasting, sameAs, smallest } from '../combinators';
import type { Derivative } from '../combinators';
import type { Rule, RuleTable } from '../rule';

const one: Derivative = () => 1;

/** Mean(a, b, ..) of n inputs. */
const mean: Rule = (context) => broadcasting([() => 1 / context.inputs.length])(context);

/** Max(a, b, ..) and Min(a, b, ..) of n inputs: the tangent of the input that the output is, the first one of several. */
const chosen: Rule = (context) => broadcasting(context.inputs.map((input, i): Derivative => (g, { y, inputs }) => {
  const unlikeEarlier = inputs.slice(0, i).map((earlier) => g.sub(1, sameAs(g, earlier, y)));
  const factors = i > 0 && i === inputs.length - 1 ? unlikeEarlier : [...unlikeEarlier, sameAs(g, input, y)];
  return factors.reduce((product, factor) => g.mul(product, factor));
}))(context);

/** b a^(b - 1). The exponent may be an integer, also beside a base that is not. At a = 0, where a root has no slope, a tangent of zero stays zero. */
const powerSlope: Derivative = (g, { inputs: [base, exponent] }) => {
  const b = g.node('Cast', [exponent!], { to: DataType.FLOAT });
  const nonzero = g.where(g.less(g.node('Abs', [base!]), smallest), smallest, base!);
  return g.mul(b, g.pow(nonzero, g.sub(b, 1)));
};

/** Where(c, a, b): c picks between the tangents as it picks between the values. */
const where: Rule = (context) => {
  const { g, inputs, outputs, tangents } = context;
  const [, a, b] = tangents.map((tangent, i) => (tangent === undefined ? 0 : align(context, tangent, i)));
  // A condition and branches of fewer axes than the output broadcast; the tangent has the output's full shape.
  return [g.expand(g.where(inputs[0]!, a!, b!), [1, ...context.shape(outputs[0]!)])];
};

/** Operators of several inputs with broadcasting: one partial derivative per input. */
export const arithmeticRules: RuleTable = {
  Add: broadcasting([one]),
  Sum: broadcasting([one]),
  Mean: mean,
  Sub: broadcasting([one, () => -1]),
  Mul: broadcasting([(_, { inputs }) => inputs[1]!, (_, { inputs }) => inputs[0]!]),
  Div: broadcasting([
    (g, { inputs }) => g.reciprocal(inputs[1]!),
    (g, { inputs, y }) => g.neg(g.div(y, inputs[1]!)),
  ]),
  Pow: broadcasting([powerSlope, (g, { x, y }) => g.mul(y, g.log(x))]),
  Mod: broadcasting([one, (g, { x, y, inputs }) => g.div(g.sub(y, x), inputs[1]!)]), // x - b trunc(x / b)
  Max: chosen,
  Min: chosen,
  PRelu: broadcasting([
    (g, { inputs: [x, slope] }) => g.where(g.less(x!, 0), slope!, 1),
    (g, { x }) => g.node('Min', [x, 0]),
  ]),
  Where: where,
};
