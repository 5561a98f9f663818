import type { GraphProto, ModelProto, NodeProto } from '../../onnx/gen/onnx_pb';
import { constantTensor, graphOf, producerOf } from '../../onnx/graphs';
import { NodeView } from '../../onnx/nodeView';
import { floatsOf } from '../../onnx/tensors';

/** The values of black and white, and how they were found, as a person would say it. */
export interface FoundRange {
  readonly range: readonly [black: number, white: number];
  readonly how: string;
}

/** What the values of bounded operators lie between. */
const bounded: Readonly<Record<string, readonly [number, number]>> = {
  Tanh: [-1, 1], Sigmoid: [0, 1], HardSigmoid: [0, 1], Softsign: [-1, 1], Sin: [-1, 1], Cos: [-1, 1],
};

/** Operators whose first input has the values that their output has, or wider ones that are cut to the same ends. */
const passing = new Set([
  'Identity', 'Cast', 'Dropout', 'Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'DepthToSpace', 'SpaceToDepth', 'Slice', 'Gather', 'Expand', 'Tile',
  'Upsample', 'AveragePool', 'MaxPool', 'Round', 'Floor', 'Ceil',
]);

/**
 * The range that a network ends in, where its last operators tell: tanh, a sigmoid or a clamp, and scales and shifts by numbers
 * after it. Undefined where they do not.
 */
export function structuralRange(model: ModelProto, output: string): FoundRange | undefined {
  const found = lastBound(graphOf(model), output);
  return found && { range: [rounded(found.range[0]), rounded(found.range[1])], how: `by the ${found.opType} that the network ends in` };
}

interface Bound {
  readonly range: readonly [number, number];
  readonly opType: string;
}

function lastBound(graph: GraphProto, value: string): Bound | undefined {
  const steps: ((value: number) => number)[] = [];
  for (let node = producerOf(graph, value); node;) {
    const ends = endsOf(graph, node);
    if (ends) {
      const bound = narrower({ range: ends, opType: node.opType }, node.opType === 'Clip' ? lastBound(graph, node.input[0]!) : undefined);
      const [a, b] = bound.range.map((end) => steps.reduceRight((number, step) => step(number), end)) as [number, number];
      return a === b ? undefined : { ...bound, range: [Math.min(a, b), Math.max(a, b)] };
    }
    const passed = stepBack(graph, node);
    if (!passed) return undefined;
    if (passed.step) steps.push(passed.step);
    node = producerOf(graph, passed.value);
  }
  return undefined;
}

/** A clamp, or what its input lies between where the clamp cuts nothing off. */
function narrower(clamp: Bound, inner: Bound | undefined): Bound {
  return inner && inner.range[0] >= clamp.range[0] && inner.range[1] <= clamp.range[1] && inner.range[1] - inner.range[0] < clamp.range[1] - clamp.range[0] ? inner : clamp;
}

function endsOf(graph: GraphProto, node: NodeProto): readonly [number, number] | undefined {
  if (Object.hasOwn(bounded, node.opType)) return bounded[node.opType];
  if (node.opType === 'Min' || node.opType === 'Max') return clampOf(graph, node);
  if (node.opType !== 'Clip') return undefined;
  const view = new NodeView(node);
  const limit = (input: number, name: string) => (node.input[input] ? uniform(graph, node.input[input]) : view.has(name) ? view.float(name, 0) : undefined);
  const [low, high] = [limit(1, 'min'), limit(2, 'max')];
  return isRange(low, high) ? [low!, high!] : undefined;
}

/** The ends of a clamp that is written as a minimum of a maximum, or the other way round. */
function clampOf(graph: GraphProto, outer: NodeProto): readonly [number, number] | undefined {
  const [outerEnd, value] = splitConstant(graph, outer);
  const inner = producerOf(graph, value, outer.opType === 'Min' ? 'Max' : 'Min');
  const innerEnd = inner && splitConstant(graph, inner)[0];
  const [low, high] = outer.opType === 'Min' ? [innerEnd, outerEnd] : [outerEnd, innerEnd];
  return isRange(low, high) ? [low!, high!] : undefined;
}

/** The constant among a node's two inputs, and the other one. */
function splitConstant(graph: GraphProto, { input: [first = '', second = ''] }: NodeProto): [number | undefined, string] {
  const constant = uniform(graph, second);
  return constant === undefined ? [uniform(graph, first), second] : [constant, first];
}

/** Ends of a million stand for none. */
function isRange(low: number | undefined, high: number | undefined): boolean {
  return low !== undefined && high !== undefined && low < high && Math.max(-low, high) < 1e6;
}

/** What a node's output is made of, and how each number of it changes on the way; undefined where that depends on more than one number. */
function stepBack(graph: GraphProto, node: NodeProto): { value: string; step?: (value: number) => number } | undefined {
  const [first = '', second = ''] = node.input;
  const keeps = passing.has(node.opType) || (node.opType === 'Resize' && new NodeView(node).string('mode', 'nearest') !== 'cubic');
  if (keeps) return { value: first };
  if (node.opType === 'Neg') return { value: first, step: (value) => -value };
  const [left, right] = [uniform(graph, first), uniform(graph, second)];
  switch (node.opType) {
    case 'Add':
      if (right !== undefined) return { value: first, step: (value) => value + right };
      return left === undefined ? undefined : { value: second, step: (value) => value + left };
    case 'Sub':
      if (right !== undefined) return { value: first, step: (value) => value - right };
      return left === undefined ? undefined : { value: second, step: (value) => left - value };
    case 'Mul':
      if (right !== undefined) return { value: first, step: (value) => value * right };
      return left === undefined ? undefined : { value: second, step: (value) => value * left };
    case 'Div':
      return right === undefined || right === 0 ? undefined : { value: first, step: (value) => value / right };
    default: return undefined;
  }
}

/** The number that a constant holds, once or again and again; undefined where it holds several, or is no constant of floats. */
function uniform(graph: GraphProto, name: string): number | undefined {
  const tensor = constantTensor(graph, name);
  const view = tensor ? undefined : producerOf(graph, name, 'Constant');
  const attribute = view?.attribute.find((candidate) => candidate.name === 'value_float');
  if (attribute) return attribute.f ?? 0;
  const values = tensor && floatsOf(tensor);
  const value = values?.[0];
  return value !== undefined && values!.length <= 4096 && values!.every((other) => other === value) ? value : undefined;
}

/** float32 constants leave their traces: 0.9999999 is 1. */
function rounded(value: number): number {
  return Number(value.toPrecision(6)) || 0;
}

/** As many numbers as are sorted to find the ends. */
const mostNumbers = 2 ** 17;

/** Outputs without a bound overshoot: this share of the numbers may lie beyond each end. */
const overshoot = 0.01;

/**
 * The range that images of some samples speak for: one of those in use where their values fit it, or else what they lie in.
 *
 * @param images finite numbers of one or several images
 */
export function measuredRange(images: readonly Float32Array[]): FoundRange {
  const total = images.reduce((sum, image) => sum + image.length, 0);
  const step = Math.max(1, Math.ceil(total / mostNumbers));
  const values = Float32Array.from(images.flatMap((image) => Array.from({ length: Math.ceil(image.length / step) }, (_, i) => image[i * step]!))).sort();
  const at = (share: number) => values[Math.min(values.length - 1, Math.max(0, Math.round(share * (values.length - 1))))]!;
  const [least, most] = [values[0]!, values.at(-1)!];
  const seen = `from ${images.length} ${images.length === 1 ? 'sample' : 'samples'}, whose values lie between ${Number(least.toPrecision(3))} and ${Number(most.toPrecision(3))}`;
  return { range: commonRange(at(overshoot), at(1 - overshoot), least, most), how: `measured ${seen}` };
}

/** @param low with `high`: the ends but for what overshoots */
function commonRange(low: number, high: number, least: number, most: number): readonly [number, number] {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const isPositive = low >= -0.05 * reach;
  if (isPositive && reach <= 1.5) return [0, 1];
  if (isPositive && high > 24 && most <= 300) return [0, 255];
  // Cut off, or nearly so, at a half: an unbounded picture of -1..1 would not end there on both sides.
  if (!isPositive && Math.max(-least, most) <= 0.505 && Math.min(-least, most) >= 0.42) return [-0.5, 0.5];
  if (!isPositive && reach <= 2) return [-1, 1];
  return low < high ? [-roundedUp(-low), roundedUp(high)] : [low - 1, high + 1];
}

/** The next number of two digits: 1234 to 1300, -1234 to -1200. */
function roundedUp(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Number((Math.ceil(value / unit) * unit).toPrecision(2));
}
