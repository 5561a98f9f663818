import type { Value } from '../../onnx/graphBuilder';
import { axesOf, copyNode, firstLength, folded, joined, sameNode } from '../combinators';
import type { RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

/**
 * Resize is linear in x. Where the graph says sizes and not scales, the size of the batch that the tangents
 * join is another one than the graph's.
 */
function resize(context: RuleContext, batch: Value): Value {
  const { g, inputs, node, outputs } = context;
  const before = context.shape(inputs[0]!);
  const after = context.shape(outputs[0]!);
  if (before[0] !== after[0]) throw new UnsupportedNodeError('it resizes the batch axis');
  refuse(context, 'coordinate_transformation_mode', 'tf_crop_and_resize');
  refuse(context, 'keep_aspect_ratio_policy', 'not_larger');
  refuse(context, 'keep_aspect_ratio_policy', 'not_smaller');
  if (!inputs[3]) return sameNode(context, batch);
  const sizes = axesOf(node.ints('axes'), before.length).map((axis) => (axis === 0 ? firstLength(g, batch) : g.ints([after[axis]!])));
  return copyNode(context, [batch, inputs[1]!, inputs[2]!, joined(g, sizes)]);
}

function refuse({ node }: RuleContext, attribute: string, value: string): void {
  if (node.string(attribute, '') === value) throw new UnsupportedNodeError(`its ${attribute} is ${value}`);
}

/** Operators that change the resolution of a picture. */
export const resizingRules: RuleTable = {
  Resize: folded(resize),
  Upsample: folded(resize),
};
