import type { Value } from '../onnx/graphBuilder';
import { DataType, intTensor } from '../onnx/tensors';
import { sizeOf } from '../tensor';
import { range, toShape } from './combinators';
import type { RuleContext } from './rule';

/*
 * Tangents of operators whose outputs are elements of their input. Where they are is worked out once, for all tangents.
 */

/** The tangents of the elements of the first input at `indices`, which count through it in C order: `[K, ..shape of the indices]`. */
export function picked({ g, inputs, ...context }: RuleContext, tangent: Value, indices: Value): Value {
  return g.node('Gather', [g.reshape(tangent, [-1, sizeOf(context.shape(inputs[0]!))]), indices], { axis: 1 });
}

/** The tangents of the largest (smallest) elements along axes: of the first of them where several are as large. */
export function extreme(context: RuleContext, tangent: Value, axes: readonly number[], choose: 'ArgMax' | 'ArgMin'): Value {
  if (axes.length === 0) return tangent;
  const { g, inputs: [x], outputs: [y] } = context;
  const dims = context.shape(x!);
  const inner = [...axes].sort((a, b) => a - b);
  const outer = range(0, dims.length).filter((axis) => !axes.includes(axis));
  const order = [...outer, ...inner];
  const rows = g.reshape(order.every((axis, i) => axis === i) ? x! : g.transpose(x!, order), [-1, sizeOf(inner.map((axis) => dims[axis]!))]);
  const places = (some: readonly number[]) => g.addInitializer(intTensor(g.freshName('places'), placesAlong(dims, some)));
  const winners = g.node('Gather', [places(inner), g.node(choose, [rows], { axis: 1, keepdims: 0 })]);
  return toShape(context, picked(context, tangent, g.add(places(outer), winners)), y!);
}

/** Where the elements along some axes are, counted through the whole tensor, the other axes at 0. */
function placesAlong(dims: readonly number[], axes: readonly number[]): number[] {
  return axes.reduce<number[]>((places, axis) => places.flatMap((place) => range(0, dims[axis]!).map((i) => place + i * strideOf(dims, axis))), [0]);
}

function strideOf(dims: readonly number[], axis: number): number {
  return sizeOf(dims.slice(axis + 1));
}

/**
 * Positions along one axis of the first input, one for each place of the shape `dims` of the other axes, as positions in
 * the whole of it. Negative ones count from the end.
 */
export function alongAxis(context: RuleContext, positions: Value, dims: readonly number[], axis: number): Value {
  const { g, inputs: [x] } = context;
  const whole = context.shape(x!);
  const wide = g.node('Cast', [positions], { to: DataType.INT64 });
  const wrapped = g.where(g.less(wide, g.int(0)), g.add(wide, g.int(whole[axis]!)), wide);
  const others = range(0, dims.length).filter((other) => other !== axis && dims[other]! > 1);
  return others.reduce((sum, other) => g.add(sum, line(other)), g.mul(wrapped, g.int(strideOf(whole, axis))));

  function line(other: number): Value {
    const steps = range(0, dims[other]!).map((i) => i * strideOf(whole, other));
    return g.addInitializer(intTensor(g.freshName('places'), steps, dims.map((dim, i) => (i === other ? dim : 1))));
  }
}
