import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AttributeProtoSchema, NodeProtoSchema, TensorProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import { attribute } from '../../src/engine/onnx/graphBuilder';
import { NodeView } from '../../src/engine/onnx/nodeView';
import { DataType, dimsOf, floatTensor, floatsOf, intTensor, integersOf, scalarTensor } from '../../src/engine/onnx/tensors';

describe('the numbers of a tensor', () => {
  it('are read from the bytes that we write', () => {
    const floats = floatTensor('a', Float32Array.of(1, -2.5, 3e8), [3, 1]);
    expect([floatsOf(floats), dimsOf(floats), integersOf(floats)]).toEqual([Float32Array.of(1, -2.5, 3e8), [3, 1], undefined]);
    const integers = intTensor('b', [1, -2, 2 ** 40], [1, 3]);
    expect([integersOf(integers), dimsOf(integers), floatsOf(integers)]).toEqual([[1, -2, 2 ** 40], [1, 3], undefined]);
  });

  it('are read from wherever a file keeps them', () => {
    expect(integersOf(create(TensorProtoSchema, { dataType: DataType.INT64, dims: [2n], int64Data: [5n, -6n] }))).toEqual([5, -6]);
    expect(integersOf(create(TensorProtoSchema, { dataType: DataType.INT32, dims: [2n], int32Data: [5, -6] }))).toEqual([5, -6]);
    expect(integersOf(create(TensorProtoSchema, { dataType: DataType.INT32, dims: [1n], rawData: Uint8Array.of(0xfe, 0xff, 0xff, 0xff) }))).toEqual([-2]);
    expect(floatsOf(create(TensorProtoSchema, { dataType: DataType.FLOAT, dims: [2n], floatData: [0.5, -6] }))).toEqual(Float32Array.of(0.5, -6));
  });

  it('are a view where they lie on whole numbers, and a copy elsewhere', () => {
    const file = new Uint8Array(16);
    new DataView(file.buffer).setFloat32(4, 1.5, true);
    new DataView(file.buffer).setFloat32(9, 2.5, true);
    const at = (offset: number) => floatsOf(create(TensorProtoSchema, { dataType: DataType.FLOAT, dims: [1n], rawData: file.subarray(offset, offset + 4) }))!;
    expect([...at(4), ...at(9)]).toEqual([1.5, 2.5]);
    expect(at(4).buffer).toBe(file.buffer);
    expect(at(9).buffer).not.toBe(file.buffer);
  });

  it.each([
    [DataType.FLOAT, 4],
    [DataType.DOUBLE, 8],
    [DataType.INT64, 8],
    [DataType.BOOL, 1],
  ])('as a scalar of type %d take %d bytes', (type, bytes) => {
    const { dims, dataType, rawData } = scalarTensor('s', 1, type);
    expect([dims, dataType, rawData.length]).toEqual([[], type, bytes]);
    expect(rawData.some((byte) => byte !== 0)).toBe(true);
  });
});

describe('a view of a node', () => {
  const proto = create(NodeProtoSchema, {
    opType: 'Conv', domain: 'd', input: ['x', 'w'], output: ['', 'y'],
    attribute: [attribute('axis', 0), attribute('alpha', { float: 0 }), attribute('mode', ''), attribute('pads', []), attribute('strides', [2, 3])],
  });
  const view = new NodeView(proto);

  it('reads attributes, zero and empty ones too, and defaults where there are none', () => {
    expect([view.int('axis', 7), view.int('group', 7)]).toEqual([0, 7]);
    expect([view.float('alpha', 0.5), view.float('beta', 0.5)]).toEqual([0, 0.5]);
    expect([view.string('mode', 'none'), view.string('auto_pad', 'none')]).toEqual(['', 'none']);
    expect([view.ints('pads'), view.ints('strides'), view.ints('dilations')]).toEqual([[], [2, 3], undefined]);
    expect([view.has('axis'), view.has('group')]).toEqual([true, false]);
  });

  it('takes numbers that a file leaves out for zero', () => {
    const bare = new NodeView(create(NodeProtoSchema, { attribute: [create(AttributeProtoSchema, { name: 'a' })] }));
    expect([bare.int('a', 7), bare.float('a', 7), bare.string('a', 'x')]).toEqual([0, 0, '']);
  });

  it('is called by its name, its first output or its operator', () => {
    expect(view.label).toBe('y');
    expect(new NodeView({ ...proto, name: 'conv1' }).label).toBe('conv1');
    expect(new NodeView({ ...proto, output: [''] }).label).toBe('Conv');
  });

  it('is copied with other inputs, outputs and attributes', () => {
    const copy = new NodeView(view.copy(['a'], ['b'], { axis: 4, group: 2 }));
    expect(copy.proto).toMatchObject({ opType: 'Conv', domain: 'd', name: '', input: ['a'], output: ['b'] });
    expect([copy.int('axis', 9), copy.int('group', 9), copy.ints('strides')]).toEqual([4, 2, [2, 3]]);
    expect(view.int('axis', 9)).toBe(0);
  });
});
