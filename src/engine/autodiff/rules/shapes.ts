import type { Value } from '../../onnx/graphBuilder';
import { DataType, otherFloats } from '../../onnx/tensors';
import { align, axesOf, copyNode, flat, integers, joined, linear, range, rankOf, reshaping, sameNode, shifted, shiftedAxis, zerosLike } from '../combinators';
import type { Rule, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

const transpose = linear((context, tangent) => {
  const perm = context.node.ints('perm') ?? range(0, rankOf(context)).reverse();
  return context.g.transpose(tangent, [0, ...perm.map((axis) => axis + 1)]);
});

const expand = linear((context, tangent) => context.g.expand(align(context, tangent, 0), [1, ...context.shape(context.outputs[0]!)]));

const tile = linear((context, tangent) => copyNode(context, [tangent, joined(context.g, [context.g.ints([1]), context.inputs[1]!])]));

const cumSum = linear((context, tangent) => {
  const [axis] = integers(context, 1, 'axis')!;
  return copyNode(context, [tangent, context.g.int(shifted(axis!, rankOf(context)))]);
});

const concat: Rule = (context) => {
  const { tangents } = context;
  const like = tangents.find((tangent) => tangent !== undefined)!;
  const parts = tangents.map((tangent, i) => tangent ?? zerosLike(context, i, like));
  return [copyNode(context, parts, { axis: shiftedAxis(context) })];
};

const split: Rule = (context) => {
  const { g, node, inputs, outputs, tangents } = context;
  const names = outputs.map((output) => g.freshName(`${output}_dot`));
  g.addNode(node.copy([tangents[0]!, ...inputs.slice(1)], names, { axis: shiftedAxis(context) }));
  return names;
};

/** Slice: starts, ends and steps stay as they are; the axes move. Before opset 10 they are attributes. */
const slice = linear((context, tangent) => {
  const { g, inputs, node } = context;
  const count = node.ints('starts')?.length ?? context.shape(inputs[1]!)[0]!;
  const axes = (integers(context, 3, 'axes') ?? range(0, count)).map((axis) => shifted(axis, rankOf(context)));
  if (node.has('starts')) return copyNode(context, [tangent], { axes });
  // Axes have the element type of starts, ends and steps.
  const int64 = (value: Value) => g.node('Cast', [value], { to: DataType.INT64 });
  return copyNode(context, [tangent, int64(inputs[1]!), int64(inputs[2]!), g.ints(axes), ...(inputs[4] ? [int64(inputs[4])] : [])]);
});

/**
 * Padding with a constant pads the tangent with zeros; reflected and repeated edges carry their tangents.
 * Before opset 11 pads are an attribute; with axes (opset 18) the pads are those of the axes alone.
 */
const pad = linear((context, tangent) => {
  const { g, inputs, node } = context;
  const rank = rankOf(context);
  const fixed = node.ints('pads');
  if (fixed) return copyNode(context, [tangent], { pads: [0, ...fixed.slice(0, rank), 0, ...fixed.slice(rank)], value: { float: 0 } });
  const axes = integers(context, 3, 'axes');
  if (axes) return copyNode(context, [tangent, inputs[1]!, '', g.ints(axes.map((axis) => shifted(axis, rank)))]);
  const sides = g.node('Concat', [g.reshape(g.ints([0, 0]), [2, 1]), g.reshape(inputs[1]!, [2, -1])], { axis: 1 });
  return copyNode(context, [tangent, g.reshape(sides, [-1])]);
});

/** Elements that become integers or truth values are constant almost everywhere. */
const cast: Rule = (context) => {
  const type: DataType = context.node.int('to', DataType.FLOAT);
  return (type === DataType.FLOAT || otherFloats.includes(type) ? linear(sameNode) : flat)(context);
};

/** CastLike: the type may be known from the second input, which has a tangent only where it is a float32 itself. */
const castLike: Rule = (context) => {
  const { inputs: [, like], tangents: [tangent, other] } = context;
  if (tangent === undefined) return [undefined];
  const type = other === undefined ? context.elementType(like!) : DataType.FLOAT;
  if (type === undefined) throw new UnsupportedNodeError('what it casts to is not known');
  if (type === DataType.FLOAT) return [tangent];
  if (otherFloats.includes(type)) throw new UnsupportedNodeError('it does not compute in float32');
  return [undefined];
};

const centerCropPad = linear((context, tangent) => {
  const axes = axesOf(context.node.ints('axes'), rankOf(context)).map((axis) => axis + 1);
  return sameNode(context, tangent, { axes });
});

/** Operators that move, copy, add up or drop elements: linear, with axes to shift behind the tangent axis. */
export const shapeRules: RuleTable = {
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  CumSum: cumSum,
  Trilu: linear(sameNode), // of the last two axes
  CenterCropPad: centerCropPad,
  Cast: cast,
  CastLike: castLike,
};
