import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto, ValueInfoProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Attributes, Value } from '../../src/engine/onnx/graphBuilder';
import { DataType, intTensor } from '../../src/engine/onnx/tensors';
import { sizeOf } from '../../src/engine/tensor';
import { seededRandom } from '../shared/seededRandom';
import type { Subject } from './oracle';

/** A float input of the node under test; it depends on the latent code where it is active. */
export interface FloatInput {
  readonly kind: 'float';
  readonly active: boolean;
  readonly dims: readonly number[];
  /** The values, or the interval that they are drawn from. */
  readonly values: readonly number[] | { readonly from: number; readonly to: number };
}

interface IntegerInput {
  readonly kind: 'integers';
  readonly values: readonly (number | bigint)[];
  readonly dims: readonly number[];
  readonly type: DataType;
  /** Whether the graph computes them, so that the transform cannot know them. */
  readonly computed: boolean;
}

interface AbsentInput {
  readonly kind: 'absent';
}

export type NodeInput = FloatInput | IntegerInput | AbsentInput;

/** The operator set of cases that name none. */
export const defaultOpset = 17;

/** One node, to be differentiated. */
export interface RuleCase {
  readonly op: string;
  readonly note?: string;
  readonly opset?: number;
  readonly inputs: readonly NodeInput[];
  readonly attributes?: Attributes;
  /** The number of outputs (1). */
  readonly outputs?: number;
  /** The number of further outputs, which the operator demands and nothing reads (0). */
  readonly unread?: number;
  /**
   * What becomes of outputs that are not floats: `cast` makes them so. `flat` adds an element of the latent
   * code as well, so that something is left to differentiate; `muted` also multiplies them by zero.
   */
  readonly end?: 'cast' | 'flat' | 'muted';
}

const everywhere = { from: -1.2, to: 1.2 };
export const positive = { from: 0.5, to: 2 };

/** An input that depends on the latent code. */
export function x(dims: readonly number[], values: FloatInput['values'] = everywhere): NodeInput {
  return { kind: 'float', active: true, dims, values };
}

/** A weight. */
export function w(dims: readonly number[], values: FloatInput['values'] = everywhere): NodeInput {
  return { kind: 'float', active: false, dims, values };
}

export function ints(values: readonly (number | bigint)[], dims: readonly number[] = [values.length]): NodeInput {
  return { kind: 'integers', values, dims, type: DataType.INT64, computed: false };
}

export function int32s(values: readonly number[], dims: readonly number[] = [values.length]): NodeInput {
  return { kind: 'integers', values, dims, type: DataType.INT32, computed: false };
}

export function uint8s(values: readonly number[], dims: readonly number[] = [values.length]): NodeInput {
  return { kind: 'integers', values, dims, type: DataType.UINT8, computed: false };
}

/** Integers that are known at run time only. */
export function computed(values: readonly number[]): NodeInput {
  return { kind: 'integers', values, dims: [values.length], type: DataType.INT64, computed: true };
}

/** Truth values. */
export function bools(values: readonly (0 | 1)[], dims: readonly number[] = [values.length]): NodeInput {
  return { kind: 'integers', values, dims, type: DataType.BOOL, computed: false };
}

export const absent: NodeInput = { kind: 'absent' };

/** Numbers of which no two are close, in no order, for operators that choose among them. */
export function distinct(dims: readonly number[]): NodeInput {
  const count = sizeOf(dims);
  return x(dims, Array.from({ length: count }, (_, i) => 0.06 * ((53 * i + 7) % count) - 0.03 * count));
}

/** The case itself and, where several of its inputs are active, the cases in which one of them is active alone. */
export function variants(whole: RuleCase): RuleCase[] {
  const active = whole.inputs.flatMap((input, i) => (input.kind === 'float' && input.active ? [i] : []));
  if (active.length <= 1) return [whole];
  return [whole, ...active.map((only) => ({
    ...whole,
    note: `${whole.note ?? ''} (only input ${only} active)`.trim(),
    inputs: whole.inputs.map((input, i) => (input.kind === 'float' ? { ...input, active: i === only } : input)),
  }))];
}

/** A model of one node whose active inputs are parts of one latent code. */
export function oneNode({ op, opset = defaultOpset, inputs, attributes = {}, outputs = 1, unread = 0, end }: RuleCase): Subject {
  const g = new GraphBuilder([], opset);
  const point: number[] = [];
  const names = inputs.map((input, i) => {
    if (input.kind === 'absent') return '';
    if (input.kind === 'integers') return integerValue(g, input, i);
    const values = floatValues(input, i);
    if (!input.active) return g.weight(`weight${i}`, Float32Array.from(values), input.dims);
    point.push(...values);
    return partOfLatent(g, point.length - values.length, input.dims);
  });
  const results = Array.from({ length: outputs }, (_, i) => `result${i}`);
  g.emit(op, names, attributes, [...results, ...Array.from({ length: unread }, (_, i) => `unread${i}`)]);
  for (const result of results) g.outputs.push(floatInfo(ended(g, result, end)));
  if (point.length === 0) point.push(0.5); // what the node does not depend on, the output still does
  g.input('latent', [1, point.length]);
  return { model: withOpset(g.build('one node'), opset), input: 'latent', point: Float32Array.from(point), dims: [1, point.length] };
}

export function withOpset(model: ModelProto, opset: number): ModelProto {
  model.opsetImport[0]!.version = BigInt(opset);
  return model;
}

/** A float output whose shape the model does not declare. */
export function floatInfo(name: string): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType: DataType.FLOAT } } } });
}

/** Values on a grid of 0.2 that keeps off zero, halves, and the values of the other inputs, so that small steps cross no kink. */
function floatValues({ dims, values }: FloatInput, index: number): readonly number[] {
  if (!('from' in values)) return values;
  const random = seededRandom(index + 1);
  const first = Math.ceil(values.from / 0.2);
  const count = Math.floor(values.to / 0.2) - first;
  return Array.from({ length: sizeOf(dims) }, () => 0.2 * (first + Math.floor(random() * count)) + 0.07 + 0.03 * (index % 3));
}

function integerValue(g: GraphBuilder, { values, dims, type, computed: hidden }: IntegerInput, index: number): Value {
  const name = g.addInitializer({ ...intTensor(`integers${index}`, [], dims), dataType: type, rawData: integerBytes(values, type) });
  return hidden ? g.node('Identity', [name]) : name;
}

function integerBytes(values: readonly (number | bigint)[], type: DataType): Uint8Array {
  if (type === DataType.BOOL || type === DataType.UINT8) return Uint8Array.from(values, Number);
  return new Uint8Array((type === DataType.INT32 ? Int32Array.from(values, Number) : BigInt64Array.from(values, BigInt)).buffer);
}

function partOfLatent(g: GraphBuilder, offset: number, dims: readonly number[]): Value {
  const indices = Array.from({ length: sizeOf(dims) }, (_, i) => offset + i);
  const part = g.node('Gather', ['latent', g.addInitializer(intTensor(g.freshName('part'), indices, dims))], { axis: 1 });
  return g.reshape(part, dims);
}

function ended(g: GraphBuilder, result: Value, end: RuleCase['end']): Value {
  if (end === undefined) return result;
  const float = g.node('Cast', [result], { to: DataType.FLOAT });
  if (end === 'cast') return float;
  return g.add(end === 'muted' ? g.mul(float, 0) : float, g.node('Gather', ['latent', g.ints([0])], { axis: 1 }));
}
