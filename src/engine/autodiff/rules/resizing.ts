import type { Value } from '../../onnx/graphBuilder';
import { axesOf, copyNode, firstLength, folded, integers, joined, refuse, sameNode } from '../combinators';
import type { RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

/**
 * Resize is linear in x, but for the constant that stands in for what lies outside. Where the graph says sizes and not
 * scales, the size of the batch that the tangents join is another one than the graph's.
 */
function resize(context: RuleContext, batch: Value): Value {
  const { g, inputs, node, outputs } = context;
  const before = context.shape(inputs[0]!);
  const after = context.shape(outputs[0]!);
  if (before[0] !== after[0]) throw new UnsupportedNodeError('it resizes the batch axis');
  refuse(context, 'keep_aspect_ratio_policy', 'not_larger');
  refuse(context, 'keep_aspect_ratio_policy', 'not_smaller');
  const outside = node.has('extrapolation_value') ? { extrapolation_value: { float: 0 } } : {};
  if (!inputs[3]) return sameNode(context, batch, outside);
  const sizes = axesOf(node.ints('axes'), before.length).map((axis) => (axis === 0 ? firstLength(g, batch) : g.ints([after[axis]!])));
  return copyNode(context, [batch, inputs[1]!, inputs[2]!, joined(g, sizes)], outside);
}

/** GridSample: every tangent is sampled at the same places, `[N, .., 2]`. */
function gridSample(context: RuleContext, batch: Value): Value {
  const { g, inputs: [, grid] } = context;
  const dims = context.shape(grid!);
  const tangentCount = g.node('Div', [firstLength(g, batch), g.ints([dims[0]!])]);
  const repeated = g.node('Expand', [g.unsqueeze(grid!, [0]), joined(g, [tangentCount, g.ints(dims)])]);
  return copyNode(context, [batch, g.reshape(repeated, [-1, ...dims.slice(1)])]);
}

/** AffineGrid: its size has the batch that the tangents join. */
function affineGrid(context: RuleContext, batch: Value): Value {
  const { g } = context;
  const size = integers(context, 1, 'size')!;
  return copyNode(context, [batch, joined(g, [firstLength(g, batch), g.ints(size.slice(1))])]);
}

/** Operators that resample a picture or trade its resolution for channels. */
export const resizingRules: RuleTable = {
  Resize: folded(resize),
  Upsample: folded(resize),
  GridSample: folded(gridSample),
  AffineGrid: folded(affineGrid),
  DepthToSpace: folded(sameNode),
  SpaceToDepth: folded(sameNode),
  Col2Im: folded(sameNode),
};
