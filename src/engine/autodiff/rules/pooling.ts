import type { Value } from '../../onnx/graphBuilder';
import { sizeOf } from '../../tensor';
import { awayFromZero, folded, linear, perTangent, range, rankOf, refuse, sameNode, toShape, zeros } from '../combinators';
import { extreme, picked } from '../picking';
import type { RuleContext, RuleTable } from '../rule';

/** The axes of a picture. */
function space(context: RuleContext): number[] {
  return range(2, rankOf(context));
}

/** Each element of y is one of x: its tangent, too. The operator itself tells which one. */
const maxPool = linear((context, tangent) => picked(context, tangent, winners(context)));

/** Where the largest elements are in x, counted row by row; a graph that unpools may have them counted column by column. */
function winners(context: RuleContext): Value {
  const { g, node, inputs } = context;
  if (node.int('storage_order', 0) === 0) return context.output(1);
  const indices = g.freshName('indices');
  g.addNode(node.copy(inputs, [g.freshName('pooled'), indices], { storage_order: 0 }));
  return indices;
}

/** MaxUnpool: elements go to the places, counted in the whole of y, that its second input names. */
const maxUnpool = linear((context, tangent) => {
  const { g, inputs: [x, indices], outputs: [y] } = context;
  const count = sizeOf(context.shape(x!));
  const places = perTangent(g, g.reshape(indices!, [-1]), [count], tangent);
  const ground = zeros(g, [sizeOf(context.shape(y!))], tangent);
  const scattered = g.node(context.opset < 11 ? 'Scatter' : 'ScatterElements', [ground, places, g.reshape(tangent, [-1, count])], { axis: 1 });
  return toShape(context, scattered, y!);
});

/** y = (sum of |x|^p)^(1/p), over windows or the picture: y_dot = (sum of |x|^(p-1) sign(x) x_dot) / y^(p-1). */
function lpPool(sum: (context: RuleContext, products: Value) => Value) {
  return linear((context, tangent) => {
    const { g, node, inputs: [x], outputs: [y] } = context;
    const p = node.int('p', 2);
    const slope = p === 2 ? x! : g.mul(g.sign(x!), g.pow(g.node('Abs', [x!]), p - 1));
    const total = toShape(context, sum(context, g.mul(tangent, slope)), y!);
    return g.div(total, awayFromZero(g, g.pow(y!, p - 1)));
  });
}

/** The sums over the windows of a pooling operator, which are a convolution of each channel with ones. */
function sumOfWindows(context: RuleContext, products: Value): Value {
  const { g, node, inputs: [x] } = context;
  refuse(context, 'ceil_mode', 1);
  const kernel = node.ints('kernel_shape')!;
  const ones = g.weight('ones', new Float32Array(sizeOf(kernel)).fill(1), [1, 1, ...kernel]);
  const attributes = ['strides', 'pads', 'dilations'].flatMap((name) => (node.has(name) ? [[name, node.ints(name)!] as const] : []));
  const channels = g.reshape(products, [-1, 1, ...context.shape(x!).slice(2)]);
  return g.node('Conv', [channels, ones], { ...Object.fromEntries(attributes), auto_pad: node.string('auto_pad', 'NOTSET'), kernel_shape: kernel });
}

/** Operators that make one number of a window, or of the whole picture. */
export const poolingRules: RuleTable = {
  AveragePool: folded(sameNode),
  MaxPool: maxPool,
  LpPool: lpPool(sumOfWindows),
  GlobalAveragePool: folded(sameNode),
  GlobalMaxPool: linear((context, tangent) => extreme(context, tangent, space(context), 'ArgMax')),
  GlobalLpPool: lpPool((context, products) => context.g.sumOver(products, space(context).map((axis) => axis + 1))),
  MaxUnpool: maxUnpool,
};
