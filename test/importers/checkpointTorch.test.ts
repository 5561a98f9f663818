import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { asTensor, at, elements } from './checkpointValues';
import { binary, bytesOf, call, dict, float32, integer, legacyBlob, named, pickle, storage, tensor, text, tuple, uint32 } from './pickleBuilder';
import { torchZip, zip } from './zipBuilder';

const six = float32(0, 1, 2, 3, 4, 5);
const stored = { key: '7', count: 6, bytes: six };

describe('the legacy container', () => {
  it('binds the storages that follow the object', () => {
    const object = dict({ all: tensor(storage('FloatStorage', '7', 6), 0, [2, 3], [3, 1]), part: tensor(storage('FloatStorage', '7', 6), 4, [2], [1]) });
    const value = readCheckpoint(legacyBlob(object, [stored]), 'x.pth');
    expect(elements(at(value, 'all'))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(elements(at(value, 'part'))).toEqual([4, 5]);
    expect(asTensor(at(value, 'all')).storage).toBe(asTensor(at(value, 'part')).storage);
  });

  it('reads a part of a storage', () => {
    const part = storage('FloatStorage', '7', 6, tuple(text('8'), integer(2), integer(3)));
    expect(elements(readCheckpoint(legacyBlob(tensor(part, 1, [2], [1]), [stored]), 'x.pth'))).toEqual([3, 4]);
  });

  it('takes the class for a module that was saved with its source', () => {
    const layer = bytesOf(tuple(text('module'), named('torch.nn.modules.linear', 'Linear'), text('linear.py'), text('import os')), 'Q)\x81', dict({ training: '\x89' }), 'b');
    expect(readCheckpoint(legacyBlob(layer, []), 'x.pth')).toMatchObject({ className: 'Linear', state: new Map([['training', false]]) });
  });

  it('takes pickles of a newer protocol', () => {
    const blob = Buffer.from(legacyBlob(tensor(storage('FloatStorage', '7', 6), 0, [6], [1]), [stored]));
    const newer = Buffer.from(blob.toString('latin1').replaceAll('\x80\x02', '\x80\x05'), 'latin1');
    expect(elements(readCheckpoint(newer, 'x.pth'))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a blob within a pickle', () => {
  const blob = legacyBlob(storage('FloatStorage', '7', 6), [stored]);
  const loaded = call('torch.storage', '_load_from_bytes', binary(blob));

  it('may be a storage, and becomes a view of the file', () => {
    const file = pickle(tensor(loaded, 1, [2, 2], [2, 1]));
    const value = asTensor(readCheckpoint(file, 'x.pkl'));
    expect(elements(value)).toEqual([1, 2, 3, 4]);
    expect(value.storage.buffer).toBe(file.buffer);
  });

  it('may be a tensor, and that of a parameter', () => {
    const inner = call('torch.storage', '_load_from_bytes', binary(legacyBlob(tensor(storage('FloatStorage', '7', 6), 5, [], []), [stored])));
    const parameter = call('torch._utils', '_rebuild_parameter', inner, '\x88', call('collections', 'OrderedDict'));
    expect(elements(readCheckpoint(pickle(parameter), 'x.pkl'))).toEqual([5]);
    const withState = call('torch._utils', '_rebuild_parameter_with_state', inner, '\x88', call('collections', 'OrderedDict'), '}');
    expect(elements(readCheckpoint(pickle(withState), 'x.pkl'))).toEqual([5]);
  });

  it('may be a zip archive', () => {
    const inner = torchZip(pickle(storage('FloatStorage', '0', 6)), { 0: six });
    expect(elements(readCheckpoint(pickle(tensor(call('torch.storage', '_load_from_bytes', binary(inner)), 0, [6], [1])), 'x.pkl'))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('may stand alone, as a storage', () => {
    expect(readCheckpoint(pickle(loaded), 'x.pkl')).toMatchObject({ kind: 'storage', elementType: 'float32', bytes: six });
  });

  it('may be a text of Python 2', () => {
    const object = call('torch.storage', '_load_from_bytes', bytesOf('T', uint32(blob.length), blob));
    expect(elements(readCheckpoint(pickle(tensor(object, 0, [2], [3])), 'x.pkl'))).toEqual([0, 3]);
  });
});

describe('the zip container', () => {
  const object = pickle(tensor(storage('FloatStorage', '0', 6), 0, [2, 3], [3, 1]));

  it.each([false, true])('is read, its storages as views (zip64: %s)', (zip64) => {
    const file = torchZip(object, { 0: six }, [], { zip64 });
    const value = asTensor(readCheckpoint(file, 'x.pt'));
    expect(elements(value)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(value.storage.buffer).toBe(file.buffer);
  });

  it('may do without a byte order, as older ones do, and have entries that are not used', () => {
    const entries = [{ name: 'm/data.pkl', data: object }, { name: 'm/data/0', data: six }, { name: 'm/data/1', data: six }, { name: 'm/version', data: '3\n' }];
    expect(elements(readCheckpoint(zip(entries), 'x.pt'))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('element types', () => {
  const bytes = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const read = (object: Uint8Array, data: Uint8Array) => readCheckpoint(torchZip(pickle(object), { 0: data }), 'x.pt');

  it.each<[string, string, ArrayBufferView, number[]]>([
    ['FloatStorage', 'float32', new Float32Array([0.5, -1]), [0.5, -1]],
    ['DoubleStorage', 'float64', new Float64Array([0.5, -1]), [0.5, -1]],
    ['HalfStorage', 'float16', new Uint16Array([0x3800, 0xbc00]), [0.5, -1]],
    ['BFloat16Storage', 'bfloat16', new Uint16Array([0x3f00, 0xbf80]), [0.5, -1]],
    ['LongStorage', 'int64', new BigInt64Array([-5n, 2n ** 40n]), [-5, 2 ** 40]],
    ['IntStorage', 'int32', new Int32Array([-5, 70000]), [-5, 70000]],
    ['ShortStorage', 'int16', new Int16Array([-5, 300]), [-5, 300]],
    ['CharStorage', 'int8', new Int8Array([-5, 7]), [-5, 7]],
    ['ByteStorage', 'uint8', new Uint8Array([250, 7]), [250, 7]],
    ['BoolStorage', 'bool', new Uint8Array([1, 0]), [1, 0]],
  ])('reads a %s', (type, elementType, data, numbers) => {
    const value = read(tensor(storage(type, '0', 2), 0, [2], [1]), bytes(data));
    expect(value).toMatchObject({ elementType });
    expect(elements(value)).toEqual(numbers);
  });

  it.each(['torch.storage\nUntypedStorage', 'torch\nUntypedStorage', 'torch.storage\n_UntypedStorage'])('reads an untyped storage by the dtype of its tensor (%j)', (name) => {
    const [moduleName = '', className = ''] = name.split('\n');
    const untyped = bytesOf(tuple(text('storage'), named(moduleName, className), text('0'), text('cpu'), 'K\x08'), 'Q');
    const value = call('torch._utils', '_rebuild_tensor_v3', untyped, 'K\x01', tuple('K\x01'), tuple('K\x01'), '\x89', '}', named('torch', 'int32'));
    expect(elements(read(value, bytes(new Int32Array([1, -2]))))).toEqual([-2]);
  });

  it('reads a tensor that was saved with attributes, and the oldest way to rebuild one', () => {
    const args = tuple(storage('FloatStorage', '0', 6), 'K\x05', tuple('K\x01'), tuple('K\x01'));
    const plain = bytesOf(named('torch._utils', '_rebuild_tensor'), args, 'R');
    expect(elements(read(plain, six))).toEqual([5]);
    const subclass = call('torch._tensor', '_rebuild_from_type_v2', named('torch._utils', '_rebuild_tensor'), named('torch.nn.parameter', 'Parameter'), args, '}');
    expect(elements(read(subclass, six))).toEqual([5]);
  });
});
