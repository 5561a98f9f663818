import type { Value } from '../../onnx/graphBuilder';
import { align, copyNode, multilinear, range, rankOf, scale, toShape } from '../combinators';
import type { Rule, RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

/** MatMul: batches broadcast, and the tangent axis is one more batch axis; vectors become matrices for it. */
const matMul = multilinear(
  (context, tangent) => {
    const { g, inputs, outputs } = context;
    if (rankOf(context, 0) > 1) return g.matmul(align(context, tangent, 0, largerRank(context)), inputs[1]!);
    return toShape(context, g.matmul(asMatrix(context, tangent, [1, -1]), inputs[1]!), outputs[0]!);
  },
  (context, tangent) => {
    const { g, inputs, outputs } = context;
    if (rankOf(context, 1) > 1) return g.matmul(inputs[0]!, align(context, tangent, 1, largerRank(context)));
    return toShape(context, g.matmul(inputs[0]!, asMatrix(context, tangent, [-1, 1])), outputs[0]!);
  },
);

function largerRank(context: RuleContext): number {
  return Math.max(rankOf(context, 0), rankOf(context, 1));
}

/** The K tangents of a vector, `[K, n]`, as K matrices of one row or column, behind the batch axes of the other operand. */
function asMatrix(context: RuleContext, tangent: Value, matrix: readonly number[]): Value {
  // 0 keeps the length of the tangent axis.
  return context.g.reshape(tangent, [0, ...range(2, largerRank(context)).map(() => 1), ...matrix]);
}

/** Gemm: alpha A' B' + beta C, where A' and B' may be transposed. */
const gemm: Rule = multilinear(
  (context, tangent) => {
    const { g, node, inputs, outputs } = context;
    const transposed = node.int('transA', 0) === 1;
    const inner = context.shape(inputs[0]!)[transposed ? 0 : 1]!;
    // One product with the tangents' rows one below the other. C, which older operator sets require, counts nothing.
    const rows = g.reshape(transposed ? g.transpose(tangent, [0, 2, 1]) : tangent, [-1, inner]);
    return toShape(context, copyNode(context, [rows, inputs[1]!, g.scalar(0)], { transA: 0, beta: { float: 0 } }), outputs[0]!);
  },
  (context, tangent) => {
    const { g, node, inputs } = context;
    const left = node.int('transA', 0) === 1 ? g.transpose(inputs[0]!, [1, 0]) : inputs[0]!;
    const right = node.int('transB', 0) === 1 ? g.transpose(tangent, [0, 2, 1]) : tangent;
    return scale(g, g.matmul(left, right), node.float('alpha', 1));
  },
  (context, tangent) => {
    const { g, node, outputs } = context;
    return g.expand(scale(g, align(context, tangent, 2), node.float('beta', 1)), [1, ...context.shape(outputs[0]!)]);
  },
);

/** Einsum is linear in each operand: K is one more letter, before those of the operand and of the output. */
const einsum: Rule = multilinear((context, tangent, index) => {
  const [operands, output] = context.node.string('equation', '').replaceAll(' ', '').split('->');
  const letter = [...letters].find((candidate) => !operands!.includes(candidate));
  if (letter === undefined) throw new UnsupportedNodeError('its equation uses every letter');
  const lettered = operands!.split(',').map((operand, i) => (i === index ? letter + operand : operand));
  return copyNode(context, context.inputs.with(index, tangent), { equation: `${lettered.join(',')}->${letter}${output ?? impliedOutput(operands!)}` });
});

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** What an equation without an arrow gives: the axes that the ellipsis stands for, then the letters that occur once, in alphabetical order. */
function impliedOutput(operands: string): string {
  const once = [...letters].filter((letter) => operands.split(letter).length === 2);
  return (operands.includes('...') ? '...' : '') + once.join('');
}

/** Matrix products. */
export const matrixRules: RuleTable = { MatMul: matMul, Gemm: gemm, Einsum: einsum };
