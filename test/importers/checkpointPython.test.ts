import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { asTensor, at, elements } from './checkpointValues';
import { numpyValues, pythonValues } from './pythonPickles';

const protocols = [2, 3, 4, 5] as const;

function decode(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

describe.each(protocols)('what Python writes at protocol %i', (protocol) => {
  const value = readCheckpoint(decode(pythonValues[protocol]), 'python.pkl');

  it.each([
    ['ints', [0, 255, 256, 65536, -1, -(2 ** 31), 2 ** 31, 2 ** 40, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 70n)]],
    ['floats', [0.5, -0, Infinity, NaN]],
    ['text', 'ä€😀'],
    ['long text', 'x'.repeat(300)],
    ['bytes', new Uint8Array([0, 255])],
    ['no bytes', new Uint8Array()],
    ['bytearray', new Uint8Array([120, 121])],
    ['tuples', [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
    ['sets', [new Set([1, 2]), new Set([3]), new Set()]],
    ['constants', [null, true, false]],
    ['shared', [['shared'], ['shared']]],
    ['namespace', { kind: 'object', moduleName: 'argparse', className: 'Namespace', args: [], state: new Map([['lr', 0.002]]) }],
    ['complex', { kind: 'object', moduleName: protocol === 2 ? '__builtin__' : 'builtins', className: 'complex', args: [1, 2], state: null }],
    ['counter', new Map([['a', 2], ['b', 1]])],
    ['default', new Map([['k', [1]]])],
  ])('reads %s', (key, expected) => {
    expect(at(value, key)).toEqual(expected);
  });

  it('keeps the order of a dictionary and shares what the file shares', () => {
    expect([...(at(value, 'ordered') as Map<string, number>)]).toEqual([['b', 1], ['a', 2]]);
    const [first, second] = at(value, 'shared') as unknown[];
    expect(first).toBe(second);
  });
});

describe.each(protocols)('what NumPy writes at protocol %i', (protocol) => {
  const value = readCheckpoint(decode(numpyValues[protocol]), 'numpy.pkl');

  it.each([
    ['c', 'float32', [2, 3], [3, 1], [0, 1, 2, 3, 4, 5]],
    ['f', 'float64', [2, 3], [1, 2], [0, 1, 2, 3, 4, 5]],
    ['half', 'float16', [3], [1], [1, -2.5, 65504]],
    ['int64', 'int64', [2], [1], [-1, 2 ** 40]],
    ['bool', 'bool', [2], [1], [1, 0]],
    ['empty', 'float32', [0, 3], [3, 1], []],
    ['zero-d', 'int16', [], [], [7]],
  ])('reads the array %s', (key, elementType, dims, strides, numbers) => {
    const array = at(value, key);
    expect(array).toMatchObject({ kind: 'tensor', elementType, dims, strides, offset: 0 });
    expect(elements(array)).toEqual(numbers);
  });

  it('reads numbers and booleans', () => {
    expect(at(value, 'scalars')).toEqual([0.5, 0.1, -3, true, 1.5, 4000000000]);
  });
});

describe('older spellings', () => {
  it('reads the names of NumPy 1', () => {
    const modern = Buffer.from(decode(numpyValues[2])).toString('latin1');
    const older = Buffer.from(modern.replaceAll('cnumpy._core.', 'cnumpy.core.'), 'latin1');
    expect(older.length).toBeLessThan(modern.length);
    expect(elements(at(readCheckpoint(older, 'numpy.pkl'), 'c'))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('takes a Buffer as well as a Uint8Array, and copies no array', () => {
    const file = Buffer.from(decode(numpyValues[3]));
    expect(asTensor(at(readCheckpoint(file, 'numpy.pkl'), 'c')).storage.buffer).toBe(file.buffer);
  });
});
