import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/engine/npy';
import { UserError } from '../../src/shared/userError';

const savedByNumpy = readFileSync('test/fixtures/stylegan2-nvlabs/z.npy');

/** A file as NumPy lays it out; `data` in hexadecimal. */
function file(descr: string, shape: string, data: string, { fortran = false, version = 1 } = {}): Buffer {
  return withHeader(`{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`, data, version);
}

function withHeader(dictionary: string, data: string, version = 1): Buffer {
  const prefix = version === 1 ? 10 : 12;
  const header = Buffer.from(`${dictionary.padEnd(128 - prefix - 1)}\n`);
  const start = Buffer.alloc(prefix);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, header, Buffer.from(data, 'hex')]);
}

describe('readNpy', () => {
  it('reads what NumPy has saved', () => {
    const { dims, data, elementType } = readNpy(savedByNumpy, 'z.npy');
    expect([dims, elementType, data.length]).toEqual([[4, 32], 'float32', 128]);
    expect(data[0]).toBe(Math.fround(1.764052345967664));
  });

  // The data of numpy arrays [[-2, -0.5, 1], [2.5, 4, 5.5]], [[0, 40, 80], [120, 160, 200]] and [[-2, -1, 0], [1, 2, 3]].
  const floats = [-2, -0.5, 1, 2.5, 4, 5.5];
  const counts = [0, 40, 80, 120, 160, 200];
  const signed = [-2, -1, 0, 1, 2, 3];
  it.each([
    ['<f2', 'float16', '00c000b8003c004100448045', floats],
    ['<f4', 'float32', '000000c0000000bf0000803f00002040000080400000b040', floats],
    ['<f8', 'float64', '00000000000000c0000000000000e0bf000000000000f03f000000000000044000000000000010400000000000001640', floats],
    ['|b1', 'bool', '000100010200', [0, 1, 0, 1, 1, 0]],
    ['|u1', 'uint8', '00285078a0c8', counts],
    ['<u2', 'uint16', '0000280050007800a000c800', counts],
    ['<u4', 'uint32', '00000000280000005000000078000000a0000000c8000000', counts],
    ['<u8', 'uint64', '0000000000000000280000000000000050000000000000007800000000000000a000000000000000c800000000000000', counts],
    ['|i1', 'int8', 'feff00010203', signed],
    ['<i2', 'int16', 'feffffff0000010002000300', signed],
    ['<i4', 'int32', 'feffffffffffffff00000000010000000200000003000000', signed],
    ['<i8', 'int64', 'feffffffffffffffffffffffffffffff0000000000000000010000000000000002000000000000000300000000000000', signed],
  ])('reads %s', (descr, elementType, data, expected) => {
    for (const version of [1, 2, 3]) {
      const array = readNpy(file(`'${descr}'`, '(2, 3)', data, { version }), 'a.npy');
      expect(array.dims).toEqual([2, 3]);
      expect(array.elementType).toBe(elementType);
      expect([...array.data]).toEqual(expected);
    }
  });

  it('turns Fortran order into C order', () => {
    const stored = Array.from({ length: 2 * 3 * 4 }, (_, n) => n);
    // Element [i, j, k] stands at i + 2 j + 6 k.
    const expected = [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => i + 2 * j + 6 * k)));
    const { data } = readNpy(file("'|u1'", '(2, 3, 4)', Buffer.from(stored).toString('hex'), { fortran: true }), 'a.npy');
    expect([...data]).toEqual(expected);
  });

  it('reads scalars, empty arrays, unaligned bytes and the headers of old writers', () => {
    expect(readNpy(file("'<f4'", '()', '00004040'), 'a')).toMatchObject({ dims: [], data: Float32Array.of(3) });
    expect(readNpy(file("'<f4'", '(2, 0, 3)', ''), 'a')).toMatchObject({ dims: [2, 0, 3], data: new Float32Array() });
    const shifted = Buffer.concat([Buffer.of(0), file("'<f4'", '(1,)', '00004040')]).subarray(1);
    expect([...readNpy(shifted, 'a').data]).toEqual([3]);
    expect(readNpy(withHeader(`{"shape": (3L, 1L), "fortran_order": False, "descr": "|u1"}`, '010203'), 'a').dims).toEqual([3, 1]);
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', Buffer.alloc(0), 'a.npy: not a NumPy array file (.npy)'],
    ['a zip file', Buffer.from('PK\x03\x04 and so on'), 'a.npy: not a NumPy array file (.npy)'],
    ['an unknown version', Buffer.from('\x93NUMPY\x04\x00\x10\x00', 'latin1'), 'a.npy: .npy format version 4 is unknown, versions 1 to 3 can be read'],
    ['a file that ends in its first bytes', savedByNumpy.subarray(0, 8), 'a.npy: cut short, the header ends after 8 bytes'],
    ['a file that ends in its header', savedByNumpy.subarray(0, 100), 'a.npy: cut short, the header needs 128 bytes and the file has 100'],
    ['a file that ends in its data', savedByNumpy.subarray(0, 300), 'a.npy: cut short, shape (4, 32) of float32 needs 512 bytes of data and the file has 172'],
    ['big-endian data', file("'>f4'", '(2,)', '0000000000000000'), `a.npy: is big-endian (">f4"), save it as little-endian: array.astype('<f4')`],
    ['Python objects', file("'|O'", '(1,)', '80'), 'a.npy: holds Python objects, an array of numbers is needed'],
    ['records', file("'|V8'", '(2,)', '00'), 'a.npy: holds records, an array of plain numbers is needed'],
    ['structures', file("[('a', '<f4')]", '(2,)', '00'), 'a.npy: holds records with fields, an array of plain numbers is needed'],
    ['complex numbers', file("'<c8'", '(2,)', '00'), `a.npy: element type "<c8" cannot be read, save it as float32: array.astype('<f4')`],
    ['texts', file("'<U5'", '(2,)', '00'), 'a.npy: element type "<U5" cannot be read'],
    ['a name of Object', file("'|constructor'", '(2,)', '00'), 'a.npy: element type "|constructor" cannot be read'],
    ['an enormous shape', file("'<f4'", '(4294967296, 4294967296)', '00'), 'a.npy: shape (4294967296, 4294967296) of float32 is too large'],
    ['an enormous axis beside an empty one', file("'<f4'", '(0, 99999999999999999999)', ''), 'is too large'],
    ['a negative axis', file("'<f4'", '(-1,)', '00'), 'a.npy: its .npy header cannot be read'],
    ['many axes', file("'|u1'", `(${'1,'.repeat(33)})`, '00'), 'a.npy: has 33 axes, at most 32 are possible'],
    ['a header without order', withHeader("{'descr': '<f4', 'shape': (1,)}", '00000000'), 'a.npy: its .npy header cannot be read'],
    ['a header of nonsense', withHeader('hello', '00'), 'a.npy: its .npy header cannot be read: "hello"'],
    ['digits without an end', withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1'.repeat(60)}x`, ''), 'a.npy: its .npy header cannot be read'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'a.npy')).toThrow(UserError);
    expect(() => readNpy(bytes, 'a.npy')).toThrow(message);
    expect(() => readNpy(bytes, 'a.npy')).toThrow(/^a\.npy: .+$/);
  });
});

describe('writeNpy', () => {
  it('writes the bytes that NumPy writes', () => {
    const { dims, data } = readNpy(savedByNumpy, 'z.npy');
    expect(Buffer.from(writeNpy(dims, data)).equals(savedByNumpy)).toBe(true);
    expect(Buffer.from(writeNpy([], Float32Array.of(3))).equals(file("'<f4'", '()', '00004040'))).toBe(true);
    expect(Buffer.from(writeNpy([1], Float32Array.of(3))).equals(file("'<f4'", '(1,)', '00004040'))).toBe(true);
  });

  it('aligns the data to 64 bytes, whatever the shape', () => {
    for (let axes = 0; axes < 30; axes++) {
      const dims = Array.from({ length: axes }, () => 1);
      const bytes = writeNpy(dims, Float32Array.of(7));
      expect((bytes.length - 4) % 64).toBe(0);
      expect(bytes[bytes.length - 5]).toBe(0x0a);
      expect(readNpy(bytes, 'a')).toEqual({ dims, data: Float32Array.of(7), elementType: 'float32' });
    }
  });

  it('writes a view without its surroundings', () => {
    const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect([...readNpy(writeNpy([2], view), 'a').data]).toEqual([2, 3]);
  });

  it('wants as many numbers as the shape says', () => {
    expect(() => writeNpy([2, 2], new Float32Array(3))).toThrow(RangeError);
  });
});
