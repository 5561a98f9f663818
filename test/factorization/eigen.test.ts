import { describe, expect, it } from 'vitest';
import { addDiagonal, cholesky, dot, leadingPencilEigenpairs, multiply, normalized, symmetricEigenpairs, trace } from '../../src/engine/factorization/eigen';
import type { EigenPairs } from '../../src/engine/factorization/eigen';
import { RandomState } from '../../src/engine/generators/randomState';

/** The symmetric pencil A n = lambda B n whose solutions are known. */
interface Pencil {
  readonly size: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** Largest first. */
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** A = L Q diag(values) Q^T L^T and B = L L^T have the eigenvalues `values` and the vectors L^-T q. */
function pencil(values: readonly number[], seed: number): Pencil {
  const size = values.length;
  const random = new RandomState(seed);
  const q = orthonormal(size, random);
  const lower = Float64Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    return i === j ? 1 + random.randomSample() : i > j ? random.randn(1)[0]! / size : 0;
  });
  const images = q.map((vector) => multiply(lower, vector, size));
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) for (let k = 0; k < size; k++) a[i * size + j]! += values[k]! * images[k]![i]! * images[k]![j]!;
  const b = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) b[i * size + j] = dot(lower.subarray(i * size, (i + 1) * size), lower.subarray(j * size, (j + 1) * size));
  return { size, a, b, values, vectors: q.map((vector) => normalized(backSubstituted(lower, vector, size))) };
}

/** Gram and Schmidt's process over random vectors, twice for rounding. */
function orthonormal(size: number, random: RandomState): Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < size) {
    let vector = random.randn(size);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) {
        const share = dot(vector, other);
        vector = vector.map((value, i) => value - share * other[i]!);
      }
    }
    basis.push(normalized(vector));
  }
  return basis;
}

/** L^-T x. */
function backSubstituted(lower: Float64Array, x: Float64Array, size: number): Float64Array {
  const y = x.slice();
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) y[i]! -= lower[k * size + i]! * y[k]!;
    y[i]! /= lower[i * size + i]!;
  }
  return y;
}

/** |A n - lambda B n| as a share of |A n|. */
function residuals({ a, b, size }: Pencil, { values, vectors }: EigenPairs): number[] {
  return vectors.map((n, i) => {
    const an = multiply(a, n, size);
    const bn = multiply(b, n, size);
    const rest = an.map((value, k) => value - values[i]! * bn[k]!);
    return Math.sqrt(dot(rest, rest) / dot(an, an));
  });
}

function expectEigenpairs(problem: Pencil, pairs: EigenPairs, count: number): void {
  expect(pairs.values).toHaveLength(count);
  expect(pairs.vectors).toHaveLength(count);
  expect(Math.max(...residuals(problem, pairs))).toBeLessThan(1e-7);
  for (const vector of pairs.vectors) expect(Math.sqrt(dot(vector, vector))).toBeCloseTo(1, 12);
  pairs.values.forEach((value, i) => expect(value / problem.values[i]!).toBeCloseTo(1, 8));
  expect([...pairs.values].sort((x, y) => y - x)).toEqual(pairs.values);
}

const decaying = (size: number) => Array.from({ length: size }, (_, i) => 50 * 0.93 ** i + 1e-3);

describe('cholesky', () => {
  it('finds the factor of a matrix whose factor is known', () => {
    const lower = cholesky(Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98), 3);
    expect([...lower!]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  it('gives the factor of a random product back', () => {
    const random = new RandomState(3);
    const size = 40;
    const lower = Float64Array.from({ length: size * size }, (_, k) => (k % size > k / size ? 0 : k % (size + 1) === 0 ? 1 + random.randomSample() : random.randn(1)[0]!));
    const product = Float64Array.from({ length: size * size }, (_, k) => dot(lower.subarray(Math.floor(k / size) * size, (Math.floor(k / size) + 1) * size), lower.subarray((k % size) * size, ((k % size) + 1) * size)));
    cholesky(product, size)!.forEach((value, k) => expect(value).toBeCloseTo(lower[k]!, 8));
  });

  it.each([
    ['negative', [1, 2, 2, 1]],
    ['singular', [1, 1, 1, 1]],
    ['not a number', [NaN, 0, 0, 1]],
    ['infinite', [Infinity, 0, 0, 1]],
  ])('has none for a matrix that is %s', (_, entries) => {
    expect(cholesky(Float64Array.from(entries), 2)).toBeUndefined();
  });
});

describe('matrix helpers', () => {
  it('add to the diagonal of a copy, and sum the diagonal', () => {
    const b = Float64Array.of(1, 2, 3, 4);
    expect([...addDiagonal(b, 2, 0.5)]).toEqual([1.5, 2, 3, 4.5]);
    expect([...b]).toEqual([1, 2, 3, 4]);
    expect(trace(b, 2)).toBe(5);
  });

  it('symmetricEigenpairs puts the largest eigenvalue first', () => {
    const { values, vectors } = symmetricEigenpairs(Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, -5), 3);
    [3, 1, -5].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 12));
    expect(Math.abs(vectors[0]![0]! + vectors[0]![1]!)).toBeCloseTo(Math.SQRT2, 12);
    expect(Math.abs(vectors[2]![2]!)).toBeCloseTo(1, 12);
  });
});

describe('leadingPencilEigenpairs', () => {
  describe.each([40, 130, 300])('of size %d', (size) => {
    const problem = pencil(decaying(size), size);

    it('solves it by a full decomposition', () => {
      const pairs = leadingPencilEigenpairs(problem.a, problem.b, size, 8, true);
      expectEigenpairs(problem, pairs, 8);
      pairs.vectors.forEach((vector, i) => expect(Math.abs(dot(vector, problem.vectors[i]!))).toBeGreaterThan(0.999999));
    });

    it('solves it by the Lanczos process', () => {
      const pairs = leadingPencilEigenpairs(problem.a, problem.b, size, 8, false);
      expectEigenpairs(problem, pairs, 8);
      pairs.vectors.forEach((vector, i) => expect(Math.abs(dot(vector, problem.vectors[i]!))).toBeGreaterThan(0.9999));
    });

    it('gives the same numbers again', () => {
      const [once, again] = [0, 1].map(() => leadingPencilEigenpairs(problem.a, problem.b, size, 5));
      expect(again).toEqual(once);
    });
  });

  it.each([true, false])('separates clustered eigenvalues (full: %s)', (full) => {
    const size = 130;
    const clustered = [5, 4.999, 4.998, 3, 2.9995, 2.999, ...Array.from({ length: size - 6 }, (_, i) => 1 / (1 + i))];
    const problem = pencil(clustered, 4);
    expectEigenpairs(problem, leadingPencilEigenpairs(problem.a, problem.b, size, 6, full), 6);
  });

  it.each([true, false])('counts an eigenvalue as often as it occurs (full: %s)', (full) => {
    const size = 60;
    const problem = pencil([3, 3, 3, 2, 2, ...Array.from({ length: size - 5 }, () => 0.5)], 5);
    const pairs = leadingPencilEigenpairs(problem.a, problem.b, size, 6, full);
    expectEigenpairs(problem, pairs, 6);
    const gram = pairs.vectors.map((x) => pairs.vectors.map((y) => dot(x, multiply(problem.b, y, size))));
    gram.forEach((row, i) => row.forEach((value, j) => expect(value / Math.sqrt(row[i]! * gram[j]![j]!)).toBeCloseTo(i === j ? 1 : 0, 7)));
  });

  it.each([true, false])('gives as many pairs as A has rank (full: %s)', (full) => {
    const size = 90;
    const problem = pencil([7, 5, 3, ...Array.from({ length: size - 3 }, () => 0)], 6);
    expectEigenpairs(problem, leadingPencilEigenpairs(problem.a, problem.b, size, 20, full), 3);
  });

  it.each([true, false])('gives no pair where A is zero (full: %s)', (full) => {
    const { b, size } = pencil(decaying(20), 7);
    expect(leadingPencilEigenpairs(new Float64Array(size * size), b, size, 4, full)).toEqual({ values: [], vectors: [] });
  });

  it.each([true, false])('gives at most as many pairs as there are unknowns (full: %s)', (full) => {
    const problem = pencil(decaying(12), 8);
    expectEigenpairs(problem, leadingPencilEigenpairs(problem.a, problem.b, 12, 50, full), 12);
  });

  it.each([true, false])('solves a problem of one unknown (full: %s)', (full) => {
    const { values, vectors } = leadingPencilEigenpairs(Float64Array.of(6), Float64Array.of(2), 1, 3, full);
    expect(values).toHaveLength(1);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(Math.abs(vectors[0]![0]!)).toBe(1);
  });

  it.each([true, false])('finds as many vectors as are wanted where all of them are solutions (full: %s)', (full) => {
    const problem = pencil(Array.from({ length: 40 }, () => 2), 10);
    expectEigenpairs(problem, leadingPencilEigenpairs(problem.a, problem.b, 40, 6, full), 6);
  });

  it.each([true, false])('makes a singular B definite by the least that is needed (full: %s)', (full) => {
    // B misses one direction completely, in which A is small: that direction comes first all the same.
    const size = 30;
    const q = orthonormal(size, new RandomState(9));
    const [a, b] = [new Float64Array(size * size), new Float64Array(size * size)];
    q.forEach((vector, k) => {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          a[i * size + j]! += (k === 0 ? 0.01 : 1 / k) * vector[i]! * vector[j]!;
          if (k > 0) b[i * size + j]! += vector[i]! * vector[j]!;
        }
      }
    });
    expect(cholesky(b, size)).toBeUndefined();
    const { values, vectors } = leadingPencilEigenpairs(a, b, size, 1, full);
    expect(Math.abs(dot(vectors[0]!, q[0]!))).toBeGreaterThan(0.99999);
    expect(values[0]).toBeGreaterThan(1e6);
  });

  it.each([['zero', 0], ['not a number', NaN]])('refuses a B that is %s', (_, value) => {
    expect(() => leadingPencilEigenpairs(Float64Array.of(1, 0, 0, 1), new Float64Array(4).fill(value), 2, 1)).toThrow(/zero or not finite/);
  });
});
