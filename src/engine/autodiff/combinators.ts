import type { Attributes, GraphBuilder, Operand, Value } from '../onnx/graphBuilder';
import { DataType } from '../onnx/tensors';
import { sameDims } from '../tensor';
import type { Rule, RuleContext, TangentTerm } from './rule';
import { UnsupportedNodeError } from './rule';

/*
 * The shapes of rule that most operators share. A rule written with them is a line in a table; broadcasting,
 * the tangent axis and zeros are handled here, once.
 */

/** What a derivative is written in terms of. */
export interface Operands extends Pick<RuleContext, 'g' | 'node'> {
  readonly x: Value;
  readonly y: Value;
  readonly inputs: readonly Value[];
}

/** A factor of the tangent: an expression of the output's shape, or a number. */
export type Derivative = (g: GraphBuilder, operands: Operands) => Operand;

/** y = f(x), element by element: y_dot = f'(x) x_dot. */
export function elementwise(derivative: Derivative): Rule {
  return broadcasting([derivative]);
}

/**
 * y = f(a, b, ..), element by element with NumPy broadcasting: y_dot = sum of (df/da) a_dot, one partial
 * derivative per input, the last one for all inputs that follow. A partial is a number, or an expression that
 * has the output's shape once it is multiplied with the input.
 *
 * Derivatives of a chain of such operators gather in the factors of a few terms, so that a chain costs one
 * multiplication of K tangents for each term and not one for each operator.
 */
export function broadcasting(partials: readonly Derivative[]): Rule {
  return (context) => {
    const { g, node, inputs, outputs, tangents } = context;
    const y = outputs[0]!;
    const terms = tangents.flatMap((tangent, i) => {
      if (tangent === undefined) return [];
      const partial = partials[Math.min(i, partials.length - 1)]!(g, { g, node, inputs, x: inputs[0]!, y });
      return inputTerms(context, tangent, i).map((term) => multiplied(context, term, partial));
    });
    return [addedUp(context, terms)];
  };
}

/** What the tangent of input `index` is the sum of, in as many axes as the output has. */
function inputTerms(context: RuleContext, tangent: Value, index: number): TangentTerm[] {
  const dims = context.shape(context.inputs[index]!);
  const terms = context.terms(index) ?? [{ value: tangent, factor: 1, valueDims: dims, factorDims: [], dims }];
  const axes = context.shape(context.outputs[0]!).length;
  const widened = (some: readonly number[]) => [...range(0, axes - some.length).map(() => 1), ...some];
  return terms.map((term) => ({ ...term, value: align(context, term.value, index), valueDims: widened(term.valueDims) }));
}

function multiplied({ g, outputs, ...context }: RuleContext, term: TangentTerm, partial: Operand): TangentTerm {
  if (partial === 1) return term;
  const factor = term.factor === 1 ? partial : g.mul(term.factor, partial);
  if (typeof partial === 'number') return { ...term, factor };
  const dims = context.shape(outputs[0]!);
  // Of what a rule has made up no more is known than that it fits the output.
  const partialDims = context.inputs.includes(partial) ? context.shape(partial) : dims;
  return { ...term, factor, factorDims: broadcastDims(term.factorDims, partialDims), dims };
}

/** The shape of two shapes that broadcast, as NumPy has it. */
function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return range(0, rank).map((axis) => Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1));
}

/** Emits the sum of the terms in the output's full shape. */
function addedUp(context: RuleContext, terms: readonly TangentTerm[]): Value {
  const { g, outputs } = context;
  const dims = context.shape(outputs[0]!);
  const sum = sumOf(g, terms.map(({ value, factor }) => (typeof factor === 'number' ? scale(g, value, factor) : g.mul(value, factor))));
  if (!terms.some((term) => sameDims(term.dims, dims))) return g.expand(sum, [1, ...dims]);
  context.recordTerms(sum, terms);
  return sum;
}

/** y_dot follows from the tangent of the first input; the others (a scale, a shape, axes) must not depend on the latent code. */
export function linear(apply: (context: RuleContext, tangent: Value) => Value): Rule {
  return (context) => [apply(context, onlyFirst(context))];
}

/** The tangent of the first input, which must be the only one. */
export function onlyFirst({ tangents: [first, ...others] }: RuleContext): Value {
  if (first === undefined || others.some((other) => other !== undefined)) {
    throw new UnsupportedNodeError('an input other than its first depends on the latent code');
  }
  return first;
}

/** y is linear in each of its inputs: y_dot = f(a_dot, b, ..) + f(a, b_dot, ..) + .. */
export function multilinear(...partials: readonly ((context: RuleContext, tangent: Value, index: number) => Value)[]): Rule {
  return (context) => {
    const terms = context.tangents.flatMap((tangent, i) =>
      (tangent === undefined ? [] : [partials[Math.min(i, partials.length - 1)]!(context, tangent, i)]));
    return [sumOf(context.g, terms)];
  };
}

/** y only moves the elements of x: the tangent moves the same way, into the output's shape. */
export const reshaping: Rule = linear((context, tangent) => toShape(context, tangent, context.outputs[0]!));

/** Rules whose outputs are constant almost everywhere: comparisons, rounding, shapes. */
export const flat: Rule = ({ outputs }) => outputs.map(() => undefined);

/**
 * y is linear in x and treats the entries of x's first axis alike, as convolutions, pooling and resizing treat
 * a batch: the K tangents join that axis, and part again afterwards.
 */
export function folded(apply: (context: RuleContext, batch: Value) => Value): Rule {
  return linear((context, tangent) => foldThrough(context, tangent, (batch) => apply(context, batch)));
}

/** `[K, N, ..]` to `[K N, ..]`, through `apply`, and back to `[K, ..output shape]`. */
export function foldThrough(context: RuleContext, tangent: Value, apply: (batch: Value) => Value): Value {
  const { g, inputs, outputs } = context;
  const batch = g.reshape(tangent, [-1, ...context.shape(inputs[0]!).slice(1)]);
  return toShape(context, apply(batch), outputs[0]!);
}

/** The tangent of input `index` with its tangent axis behind the others, `[.., K]`. */
export function axisLast(context: RuleContext, tangent: Value, index = 0): Value {
  return context.g.transpose(tangent, [...range(1, rankOf(context, index) + 1), 0]);
}

/** A tangent of the output `[.., K]` as `[K, ..]`. */
export function axisFirst({ g, outputs, ...context }: RuleContext, tangent: Value): Value {
  const rank = context.shape(outputs[0]!).length;
  return g.transpose(tangent, [rank, ...range(0, rank)]);
}

/** The node itself with its first input replaced, and other attributes where given. */
export function sameNode(context: RuleContext, first: Value, changed: Attributes = {}): Value {
  return copyNode(context, [first, ...context.inputs.slice(1)], changed);
}

/** The node itself on other inputs. */
export function copyNode({ g, node }: RuleContext, inputs: readonly Value[], changed: Attributes = {}): Value {
  const output = g.freshName(`${node.proto.output[0] ?? node.opType}_dot`);
  g.addNode(node.copy(inputs, [output], changed));
  return output;
}

/**
 * Inserts axes of length 1 behind the tangent axis of input `index`, so that it broadcasts from the right
 * against `rank` axes (those of the output unless given) as the input itself does.
 */
export function align({ g, inputs, outputs, ...context }: RuleContext, tangent: Value, index: number, rank = context.shape(outputs[0]!).length): Value {
  return g.unsqueeze(tangent, range(0, rank - context.shape(inputs[index]!).length).map((axis) => axis + 1));
}

/** The tangent, aligned with the output, in the output's full shape. */
export function spread({ g, outputs, ...context }: RuleContext, tangent: Value): Value {
  return g.expand(tangent, [1, ...context.shape(outputs[0]!)]);
}

/** The tangent in the shape of `value`, the K axis first. */
export function toShape({ g, ...context }: RuleContext, tangent: Value, value: Value): Value {
  return g.reshape(tangent, [-1, ...context.shape(value)]);
}

/** A value `[..]` that does not depend on the latent code, `[K, ..]` times, K being that of the tangent `like`. */
export function perTangent(g: GraphBuilder, value: Value, dims: readonly number[], like: Value): Value {
  return g.node('Expand', [value, joined(g, [firstLength(g, like), g.ints(dims)])]);
}

/** A tangent of zeros for input `index`, with the tangent axis of `like`. */
export function zerosLike({ g, inputs, ...context }: RuleContext, index: number, like: Value): Value {
  return zeros(g, context.shape(inputs[index]!), like);
}

/** Zeros `[K, ..dims]`, K being that of the tangent `like`. */
export function zeros(g: GraphBuilder, dims: readonly number[], like: Value): Value {
  return g.node('ConstantOfShape', [joined(g, [firstLength(g, like), g.ints(dims)])]);
}

/** The length of the first axis as a list of one integer: K, or K N, which are known at run time only. */
export function firstLength(g: GraphBuilder, value: Value): Value {
  return g.node('Gather', [g.node('Shape', [value]), g.ints([0])]);
}

/** Lists of integers as one list. */
export function joined(g: GraphBuilder, lists: readonly Value[]): Value {
  return g.node('Concat', lists, { axis: 0 });
}

export function scale(g: GraphBuilder, x: Value, factor: number): Value {
  if (factor === 1) return x;
  return factor === -1 ? g.neg(x) : g.mul(x, factor);
}

export function sumOf(g: GraphBuilder, terms: readonly Value[]): Value {
  return terms.reduce((total, term) => g.add(total, term));
}

/** 1 where a = b and 0 elsewhere; operator sets before 11 compare integers only. */
export function sameAs(g: GraphBuilder, a: Operand, b: Operand): Value {
  if (g.opset >= 11) return g.node('Cast', [g.equal(a, b)], { to: DataType.FLOAT });
  return g.sub(1, g.node('Abs', [g.sign(g.sub(a, b))]));
}

/** x, which is not negative, as a denominator of what is 0 where x is. */
export function awayFromZero(g: GraphBuilder, x: Value): Value {
  return g.node('Max', [x, smallest]);
}

/** The smallest normal float32. */
export const smallest = 2 ** -126;

/** Refuses an attribute that is set to `value`. */
export function refuse({ node }: RuleContext, attribute: string, value: string | number): void {
  const set = typeof value === 'string' ? node.string(attribute, '') : node.int(attribute, 0);
  if (set === value) throw new UnsupportedNodeError(`its ${attribute} is ${value}`);
}

/** The rank of input `index`. */
export function rankOf(context: RuleContext, index = 0): number {
  return context.shape(context.inputs[index]!).length;
}

/** The integers of input `index`, or of the attribute that older operator sets have in its place. */
export function integers(context: RuleContext, index: number, name: string): readonly number[] | undefined {
  const attribute = context.node.ints(name);
  if (attribute) return attribute;
  const input = context.inputs[index];
  if (input === undefined || input === '') return undefined;
  const values = context.constantInts(input);
  if (!values) throw new UnsupportedNodeError(`its ${name} input is computed at run time`);
  return values;
}

/** The position of `axis` behind the tangent axis. */
export function shifted(axis: number, rank: number): number {
  return (axis < 0 ? axis + rank : axis) + 1;
}

/** The node's axis, which counts from `fallback` where it is left out, behind the tangent axis. */
export function shiftedAxis(context: RuleContext, fallback = 0): number {
  return shifted(context.node.int('axis', fallback), rankOf(context));
}

/** Normalises axes to 0..rank-1; every axis where the list is left out. ONNX Runtime does not look at those of every operator. */
export function axesOf(axes: readonly number[] | undefined, rank: number): number[] {
  const positions = axes ? axes.map((axis) => (axis < 0 ? axis + rank : axis)) : range(0, rank);
  if (positions.some((axis) => axis < 0 || axis >= rank)) throw new UnsupportedNodeError(`its axes [${axes!.join(', ')}] are not among the ${rank} of its input`);
  return positions;
}

/** The integers from `start` to `end - 1`; none where `end` does not exceed `start`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);
}
