import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { floatToHalf } from '../../src/engine/halfFloat';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto, TensorProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { inSinglePrecision } from '../../src/engine/onnx/singlePrecision';
import { DataType, floatTensor, floatsOf } from '../../src/engine/onnx/tensors';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openBare } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';

let opened: OpenedGenerator | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

// Numbers that every one of the types holds exactly.
const weight = new Gaussian(1).tensor([4, 12], 0.3).data.map((value) => Math.round(value * 16) / 16);

const bits = new DataView(new ArrayBuffer(4));
const floatToBrain = (value: number) => (bits.setFloat32(0, value), bits.getUint16(0));

/** The numbers of a weight in another type, in either of the places where a file may keep them. */
function stored(values: Float32Array, type: DataType, raw: boolean): Partial<TensorProto> {
  if (type === DataType.DOUBLE) {
    const wide = Float64Array.from(values);
    return raw ? { rawData: new Uint8Array(wide.buffer) } : { rawData: new Uint8Array(0), doubleData: [...wide] };
  }
  const words = Uint16Array.from(values, type === DataType.FLOAT16 ? floatToHalf : floatToBrain);
  return raw ? { rawData: new Uint8Array(words.buffer) } : { rawData: new Uint8Array(0), int32Data: [...words] };
}

/** tanh(z A + c 0.5) with everything in another type: input, weight, a constant node, a filled tensor, a cast and the output. */
function network(type: DataType, raw: boolean): ModelProto {
  const g = new GraphBuilder();
  const as = (tensor: TensorProto, values: Float32Array) => ({ ...tensor, ...stored(values, type, raw), dataType: type });
  const z = g.input('z', ['N', 4], type);
  g.addInitializer(as(floatTensor('weight', weight, [4, 12]), weight));
  const valued = (number: number, dims: readonly number[]) => create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t: as(floatTensor('t', Float32Array.of(number), dims), Float32Array.of(number)) });
  g.emit('Constant', [], {}, ['half']);
  g.nodes.at(-1)!.attribute.push(valued(0.5, []));
  g.emit('ConstantOfShape', [g.ints([1, 12])], {}, ['ones']);
  g.nodes.at(-1)!.attribute.push(valued(1, [1]));
  const shift = g.node('Mul', ['ones', 'half']);
  const counted = g.node('Cast', [g.node('Cast', [shift], { to: DataType.FLOAT })], { to: type });
  const flat = g.node('Tanh', [g.add(g.matmul(z, 'weight'), counted)]);
  g.output('image', g.reshape(flat, [-1, 3, 2, 2]), ['N', 3, 2, 2], type);
  return g.build('other');
}

describe.each([
  [DataType.FLOAT16, 'computed in float32; the file is float16'],
  [DataType.BFLOAT16, 'computed in float32; the file is bfloat16'],
  [DataType.DOUBLE, 'computed in float32; the file is double in part'],
])('a network of type %d', (type, note) => {
  it.each([true, false])('becomes a float32 one (its numbers as bytes: %s)', async (raw) => {
    opened = await openBare(network(type, raw));
    const { generator } = opened;
    expect(generator.notes).toContain(note);
    const ws = new Gaussian(2).tensor([3, 1, 4]);
    const flat = Array.from({ length: 36 }, (_, i) => ws.data.subarray(4 * Math.floor(i / 12), 4 * Math.floor(i / 12) + 4).reduce((sum, value, j) => sum + value * weight[j * 12 + (i % 12)]!, 0.5));
    expect(differenceOf((await generator.synthesize(ws)).data, flat.map(Math.tanh)).relative).toBeLessThan(1e-5);
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout: { resolution: 2, reduction: 'area', channels: 'rgb' } });
    const products = await runner.products({ data: ws.data.subarray(0, 4), dims: [1, 1, 4] }, { data: Float32Array.of(1, 0, 0, 0), dims: [1, 1, 4] });
    await runner.release();
    expect(differenceOf(products, flat.slice(0, 12).map((value, k) => (1 - Math.tanh(value) ** 2) * weight[k]!)).relative).toBeLessThan(1e-5);
  });
});

describe('a network of float32', () => {
  it('stays as it is', () => {
    const model = linearNetwork({ input: ['N', 4], resolution: 2 }, weight);
    expect(inSinglePrecision(model)).toEqual({ model, from: [] });
    expect(inSinglePrecision(model).model).toBe(model);
  });

  it('may compute in half precision inside', async () => {
    const g = new GraphBuilder();
    const half = g.node('Cast', [g.input('z', ['N', 12])], { to: DataType.FLOAT16 });
    const factor = { ...floatTensor('factor', Float32Array.of(3), []), ...stored(Float32Array.of(3), DataType.FLOAT16, true), dataType: DataType.FLOAT16 };
    const back = g.node('Cast', [g.mul(half, g.addInitializer(factor))], { to: DataType.FLOAT });
    g.output('image', g.reshape(back, [-1, 3, 2, 2]), ['N', 3, 2, 2]);
    const model = g.build('mixed');
    opened = await openBare(model);
    const { generator } = opened;
    const ws = await generator.sample([0]);
    // In half precision three quarters of these would be rounded.
    expect((await generator.synthesize(ws)).data).toEqual(ws.data.map((value) => value * 3));
    expect(floatsOf(graphOf(generator.synthesis).initializer.find(({ name }) => name === 'factor')!)).toEqual(Float32Array.of(3));
    expect(floatsOf(graphOf(model).initializer.find(({ name }) => name === 'factor')!)).toBeUndefined();
  });
});
