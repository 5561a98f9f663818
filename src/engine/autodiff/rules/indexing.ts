import type { Value } from '../../onnx/graphBuilder';
import { axisFirst, axisLast, copyNode, linear, perTangent, sameNode, shiftedAxis, zerosLike } from '../combinators';
import { alongAxis, picked } from '../picking';
import { sizeOf } from '../../tensor';
import type { Rule, RuleContext, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

const gatherElements = linear((context, tangent) => {
  const { inputs: [, indices] } = context;
  return picked(context, tangent, alongAxis(context, indices!, context.shape(indices!), shiftedAxis(context) - 1));
});

/** The largest elements along an axis, in order; where they were is the second output. */
const topK = linear((context, tangent) => picked(context, tangent, alongAxis(context, context.output(1), context.shape(context.outputs[0]!), shiftedAxis(context, -1) - 1)));

/** The tangents of the data and of the updates, zeros where one of them has none. Other reductions than a sum are not linear. */
function scattered(context: RuleContext): { data: Value; updates: Value } {
  const { node, tangents: [data, , updates] } = context;
  const reduction = node.string('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw new UnsupportedNodeError(`its reduction is ${reduction}`);
  return { data: data ?? zerosLike(context, 0, updates!), updates: updates ?? zerosLike(context, 2, data!) };
}

const scatterElements: Rule = (context) => {
  const { g, inputs: [, indices] } = context;
  const { data, updates } = scattered(context);
  return [copyNode(context, [data, perTangent(g, indices!, context.shape(indices!), data), updates], { axis: shiftedAxis(context) })];
};

const scatterND: Rule = (context) => {
  const { data, updates } = scattered(context);
  return [axisFirst(context, copyNode(context, [axisLast(context, data, 0), context.inputs[1]!, axisLast(context, updates, 2)]))];
};

/** The operator does the same to everything behind its axes, where the tangents can stand. */
const withAxisLast = linear((context, tangent) => axisFirst(context, sameNode(context, axisLast(context, tangent))));

/** Compress: the elements, or the slices along an axis, where a condition holds. */
const compress = linear((context, tangent) => {
  const { g, node, inputs: [x] } = context;
  if (node.has('axis')) return sameNode(context, tangent, { axis: shiftedAxis(context) });
  return sameNode(context, g.reshape(tangent, [-1, sizeOf(context.shape(x!))]), { axis: 1 });
});

/** Operators that read or write elements at positions that do not depend on the latent code. */
export const indexingRules: RuleTable = {
  Gather: linear((context, tangent) => sameNode(context, tangent, { axis: shiftedAxis(context) })),
  GatherElements: gatherElements,
  GatherND: withAxisLast,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: scatterND,
  TopK: topK,
  Compress: compress,
  ReverseSequence: withAxisLast,
};
