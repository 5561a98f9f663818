import { describe, expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../src/engine/halfFloat';

const INFINITY_BITS = 0x7c00;

describe('halfToFloat', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 5.960464477539063e-8],
    [0x03ff, 6.097555160522461e-5],
    [0x0400, 6.103515625e-5],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7c01, NaN],
    [0xfe00, NaN],
  ])('gives 0x%s its value', (bits, value) => {
    expect(halfToFloat(bits)).toBe(value);
  });
});

describe('floatToHalf', () => {
  it('gives every half back', () => {
    const changed = Array.from({ length: 0x10000 }, (_, bits) => bits)
      .filter((bits) => (bits & 0x7fff) <= INFINITY_BITS)
      .filter((bits) => floatToHalf(halfToFloat(bits)) !== bits);
    expect(changed).toEqual([]);
  });

  it('rounds to the nearest, and in the middle to the even one', () => {
    const wrong = Array.from({ length: 0x7bff }, (_, bits) => bits).filter((bits) => {
      const [low, high] = [halfToFloat(bits), halfToFloat(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const step = (high - low) / 1024;
      return floatToHalf(middle - step) !== bits || floatToHalf(middle) !== even || floatToHalf(middle + step) !== bits + 1;
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
    [2 ** -25, 0],
    [-(2 ** -25), 0x8000],
    [2 ** -25 + 2 ** -40, 1],
    [1e-40, 0],
  ])('writes %s', (value, bits) => {
    expect(floatToHalf(value)).toBe(bits);
  });
});
