import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inverseCholesky, leadingPencilEigenpairs } from '../../src/engine/factorization/eigen';
import { addDiagonal, dot, multiply, normalized, trace } from '../../src/engine/factorization/matrixArithmetic';
import { symmetricEigenpairs } from '../../src/engine/factorization/symmetricEigen';
import type { EigenPairs } from '../../src/engine/factorization/symmetricEigen';
import * as linearAlgebra from '../../src/engine/runtime/linearAlgebra';
import { RandomState } from '../../src/engine/generators/randomState';

vi.mock('../../src/engine/runtime/linearAlgebra', async (original) => ({ ...(await original<typeof linearAlgebra>()) }));

afterEach(() => {
  vi.restoreAllMocks();
});

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

/** The factor of a product that is known, and the product. */
function factored(size: number, seed: number): { lower: Float64Array; product: Float64Array } {
  const random = new RandomState(seed);
  const lower = Float64Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    return i === j ? 1 + random.randomSample() : i > j ? random.randn(1)[0]! / Math.sqrt(size) : 0;
  });
  const row = (i: number) => lower.subarray(i * size, (i + 1) * size);
  return { lower, product: Float64Array.from({ length: size * size }, (_, k) => dot(row(Math.floor(k / size)), row(k % size))) };
}

describe('inverseCholesky', () => {
  it('inverts the factor of a matrix whose factor is known', async () => {
    // [2 0 0; 6 1 0; -8 5 3], inverted by hand.
    const inverse = await inverseCholesky(Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98), 3);
    [1 / 2, 0, 0, -3, 1, 0, 19 / 3, -5 / 3, 1 / 3].forEach((value, k) => { expect(inverse![k]).toBeCloseTo(value, 12); });
  });

  // Around the sizes at which a matrix is taken apart, once and more often.
  it.each([1, 2, 63, 64, 65, 127, 128, 129, 200, 300])('inverts the factor of a product of size %d', async (size) => {
    const { lower, product } = factored(size, size);
    const inverse = (await inverseCholesky(product, size))!;
    for (let j = 0; j < size; j++) {
      const column = multiply(inverse, Float64Array.from({ length: size }, (_, i) => lower[i * size + j]!), size);
      column.forEach((value, i) => { if (Math.abs(value - (i === j ? 1 : 0)) > 1e-9) expect.fail(`entry ${i}, ${j} is ${value}`); });
    }
    inverse.forEach((value, k) => { if (k % size > Math.floor(k / size) && value !== 0) expect.fail(`entry ${k} above the diagonal is ${value}`); });
  });

  it.each([0, 40, 64, 100, 149])('has none where row %d makes the matrix indefinite', async (at) => {
    const { product } = factored(150, 1);
    product[at * 151]! -= 10;
    expect(await inverseCholesky(product, 150)).toBeUndefined();
  });

  it.each([
    ['negative', [1, 2, 2, 1]],
    ['singular', [1, 1, 1, 1]],
    ['not a number', [NaN, 0, 0, 1]],
    ['infinite', [Infinity, 0, 0, 1]],
  ])('has none for a matrix that is %s', async (_, entries) => {
    expect(await inverseCholesky(Float64Array.from(entries), 2)).toBeUndefined();
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

/** X X^T / rows of random X [size, rows], the rows of falling length. */
function gramOf(size: number, rows: number, random: RandomState): Float64Array {
  const x = Matrix.zeros(size, rows);
  for (let j = 0; j < rows; j++) {
    const column = random.randn(size);
    for (let i = 0; i < size; i++) x.set(i, j, column[i]! * 0.97 ** j + 0.1 * column[(i + j) % size]!);
  }
  return Float64Array.from(x.mmul(x.transpose()).div(rows).to1DArray());
}

function fullSolution(a: Float64Array, b: Float64Array, size: number): EigenPairs {
  const lower = new CholeskyDecomposition(Matrix.from1DArray(size, size, b)).lowerTriangularMatrix;
  const inverse = Matrix.eye(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = inverse.get(i, j);
      for (let k = j; k < i; k++) sum -= lower.get(i, k) * inverse.get(k, j);
      inverse.set(i, j, sum / lower.get(i, i));
    }
  }
  const whitened = inverse.mmul(Matrix.from1DArray(size, size, a)).mmul(inverse.transpose());
  const { values, vectors } = symmetricEigenpairs(Float64Array.from(whitened.to1DArray()), size);
  return { values, vectors: vectors.slice(0, 10).map((vector) => normalized(Float64Array.from(inverse.transpose().mmul(Matrix.columnVector(vector)).to1DArray()))) };
}

describe('leadingPencilEigenpairs', () => {
  describe.each([40, 130, 300])('of size %d', (size) => {
    const problem = pencil(decaying(size), size);

    it('solves it by a full decomposition', async () => {
      const pairs = await leadingPencilEigenpairs(problem.a, problem.b, size, 8, { full: true });
      expectEigenpairs(problem, pairs, 8);
      pairs.vectors.forEach((vector, i) => expect(Math.abs(dot(vector, problem.vectors[i]!))).toBeGreaterThan(0.999999));
    });

    it('solves it in a Krylov space', async () => {
      const pairs = await leadingPencilEigenpairs(problem.a, problem.b, size, 8, { full: false });
      expectEigenpairs(problem, pairs, 8);
      pairs.vectors.forEach((vector, i) => expect(Math.abs(dot(vector, problem.vectors[i]!))).toBeGreaterThan(0.9999));
    });

    it('gives the same numbers again', async () => {
      const [once, again] = await Promise.all([0, 1].map(() => leadingPencilEigenpairs(problem.a, problem.b, size, 5)));
      expect(again).toEqual(once);
    });
  });

  it.each([true, false])('separates clustered eigenvalues (full: %s)', async (full) => {
    const size = 130;
    const clustered = [5, 4.999, 4.998, 3, 2.9995, 2.999, ...Array.from({ length: size - 6 }, (_, i) => 1 / (1 + i))];
    const problem = pencil(clustered, 4);
    expectEigenpairs(problem, await leadingPencilEigenpairs(problem.a, problem.b, size, 6, { full }), 6);
  });

  it.each([true, false])('counts an eigenvalue as often as it occurs (full: %s)', async (full) => {
    const size = 60;
    const problem = pencil([3, 3, 3, 2, 2, ...Array.from({ length: size - 5 }, () => 0.5)], 5);
    const pairs = await leadingPencilEigenpairs(problem.a, problem.b, size, 6, { full });
    expectEigenpairs(problem, pairs, 6);
    const gram = pairs.vectors.map((x) => pairs.vectors.map((y) => dot(x, multiply(problem.b, y, size))));
    gram.forEach((row, i) => row.forEach((value, j) => expect(value / Math.sqrt(row[i]! * gram[j]![j]!)).toBeCloseTo(i === j ? 1 : 0, 7)));
  });

  it.each([true, false])('gives as many pairs as A has rank (full: %s)', async (full) => {
    const size = 90;
    const problem = pencil([7, 5, 3, ...Array.from({ length: size - 3 }, () => 0)], 6);
    expectEigenpairs(problem, await leadingPencilEigenpairs(problem.a, problem.b, size, 20, { full }), 3);
  });

  it.each([true, false])('gives no pair where A is zero (full: %s)', async (full) => {
    const { b, size } = pencil(decaying(20), 7);
    expect(await leadingPencilEigenpairs(new Float64Array(size * size), b, size, 4, { full })).toEqual({ values: [], vectors: [] });
  });

  it.each([true, false])('gives at most as many pairs as there are unknowns (full: %s)', async (full) => {
    const problem = pencil(decaying(12), 8);
    expectEigenpairs(problem, await leadingPencilEigenpairs(problem.a, problem.b, 12, 50, { full }), 12);
  });

  it.each([true, false])('solves a problem of one unknown (full: %s)', async (full) => {
    const { values, vectors } = await leadingPencilEigenpairs(Float64Array.of(6), Float64Array.of(2), 1, 3, { full });
    expect(values).toHaveLength(1);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(Math.abs(vectors[0]![0]!)).toBe(1);
  });

  it.each([true, false])('finds as many vectors as are wanted where all of them are solutions (full: %s)', async (full) => {
    const problem = pencil(Array.from({ length: 40 }, () => 2), 10);
    expectEigenpairs(problem, await leadingPencilEigenpairs(problem.a, problem.b, 40, 6, { full }), 6);
  });

  it.each([true, false])('makes a singular B definite by the least that is needed (full: %s)', async (full) => {
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
    expect(await inverseCholesky(b, size)).toBeUndefined();
    const { values, vectors } = await leadingPencilEigenpairs(a, b, size, 1, { full });
    expect(Math.abs(dot(vectors[0]!, q[0]!))).toBeGreaterThan(0.99999);
    expect(values[0]).toBeGreaterThan(1e6);
  });

  it.each([true, false])('refuses an A that is not a number (full: %s)', async (full) => {
    await expect(leadingPencilEigenpairs(new Float64Array(100 * 100).fill(NaN), addDiagonal(new Float64Array(100 * 100), 100, 1), 100, 4, { full })).rejects.toThrow(/inside .* not finite/);
  });

  // The decomposition is ml-matrix's own, from its own Cholesky factor.
  it.each([130, 512])('agrees with the full decomposition at size %d', async (size) => {
    const random = new RandomState(size);
    // Gram matrices of few and of many rows, the latter with a regularisation like the one of the method.
    const [a, b] = [gramOf(size, size / 2, random), addDiagonal(gramOf(size, 3 * size, random), size, 0.5)];
    const expected = fullSolution(a, b, size);
    const { values, vectors } = await leadingPencilEigenpairs(a, b, size, 8);
    vectors.forEach((vector, i) => {
      expect(values[i]! / expected.values[i]!).toBeCloseTo(1, 8);
      expect(Math.abs(dot(vector, expected.vectors[i]!))).toBeGreaterThan(1 - 1e-9);
    });
  });

  describe('with a start', () => {
    const size = 200;
    const problem = pencil(decaying(size), 11);
    const random = new RandomState(12);
    const aside = (share: number) => problem.vectors.slice(0, 6).map((vector) => normalized(random.randn(size).map((noise, i) => vector[i]! + (share * noise) / Math.sqrt(size))));
    const leading = (count: number) => (pairs: EigenPairs) => {
      expect(pairs.vectors).toHaveLength(count);
      pairs.vectors.forEach((vector, i) => { expect(Math.abs(dot(vector, problem.vectors[i]!))).toBeGreaterThan(1 - 1e-8); });
      pairs.values.forEach((value, i) => { expect(value / problem.values[i]!).toBeCloseTo(1, 8); });
    };

    it.each([
      ['the solution', () => problem.vectors.slice(0, 6)],
      ['vectors near it', () => aside(0.2)],
      ['vectors far from it', () => aside(5)],
      ['solutions that are not among the leading ones', () => problem.vectors.slice(50, 56)],
      ['one vector', () => [problem.vectors[3]!]],
      ['the same vector again and again', () => Array.from({ length: 6 }, () => problem.vectors[0]!)],
      ['more vectors than are wanted', () => problem.vectors.slice(0, 40)],
      ['zeros', () => [new Float64Array(size)]],
      ['no vector', () => []],
      ['vectors of another size', () => [new Float64Array(size + 1).fill(1)]],
    ])('finds the same from %s', async (_, start) => {
      leading(6)(await leadingPencilEigenpairs(problem.a, problem.b, size, 6, { start: start() }));
    });

    it('finds what its start knows nothing of', async () => {
      // A and B are diagonal: what the start does not have, no power of the operator brings in.
      const values = decaying(size);
      const [a, b] = [new Float64Array(size * size), addDiagonal(new Float64Array(size * size), size, 1)];
      values.forEach((value, i) => { a[i * size + i] = value; });
      const start = Array.from({ length: 6 }, () => random.randn(size).fill(0, 0, size / 2));
      const pairs = await leadingPencilEigenpairs(a, b, size, 6, { start });
      pairs.values.forEach((value, i) => { expect(value / values[i]!).toBeCloseTo(1, 8); });
    });

    it('takes fewer steps from near the solution', async () => {
      const applied = vi.spyOn(linearAlgebra, 'congruence');
      const steps = async (start?: Float64Array[]) => {
        applied.mockClear();
        await leadingPencilEigenpairs(problem.a, problem.b, size, 6, { start });
        return applied.mock.calls.length;
      };
      expect(await steps(aside(0.05))).toBeLessThan(await steps());
    });
  });

  it.each([['zero', 0], ['not a number', NaN]])('refuses a B that is %s', async (_, value) => {
    await expect(leadingPencilEigenpairs(Float64Array.of(1, 0, 0, 1), new Float64Array(4).fill(value), 2, 1)).rejects.toThrow(/zero or not finite/);
  });
});
