import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { RandomState } from '../generators/randomState';

/** Eigenpairs, the largest eigenvalue first; vectors have unit norm. */
export interface EigenPairs {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** Up to this size all eigenpairs are computed; above it only the wanted ones are (Lanczos). */
const fullDecompositionSize = 256;

/**
 * Leading eigenpairs of the symmetric pencil A n = lambda B n, both [n, n] in C order, A positive
 * semi-definite, B positive definite. B = L L^T turns it into the symmetric problem of L^-1 A L^-T
 * (Golub and Van Loan, Matrix Computations, 8.7.2).
 *
 * Where B is singular to working precision, the smallest multiple of its mean diagonal that makes it definite
 * is added. Vectors have unit Euclidean norm. Fewer than `count` are returned where A has a lower rank.
 */
export function leadingPencilEigenpairs(a: Float64Array, b: Float64Array, size: number, count: number, full = size <= fullDecompositionSize): EigenPairs {
  const lower = definiteCholesky(b, size);
  const apply = (x: Float64Array) => solveLower(lower, multiply(a, solveUpper(lower, x, size), size), size);
  const pairs = full ? fullDecomposition(apply, size) : lanczos(apply, size, count);
  // Beside the mean energies of A and B, not the largest eigenvalue: a direction that B hardly sees makes that one huge.
  const rankFloor = 1e-12 * (trace(a, size) / trace(b, size));
  const kept = pairs.values.slice(0, count).filter((value) => value > rankFloor);
  return { values: kept, vectors: kept.map((_, i) => normalized(solveUpper(lower, pairs.vectors[i]!, size))) };
}

/** B = L L^T with L lower triangular, [n, n] in C order; undefined when B is not positive definite. */
export function cholesky(b: Float64Array, size: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = b[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
      if (i > j) lower[i * size + j] = sum / lower[j * size + j]!;
      else if (sum > 0 && Number.isFinite(sum)) lower[i * size + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return lower;
}

function definiteCholesky(b: Float64Array, size: number): Float64Array {
  const mean = trace(b, size) / size;
  for (let jitter = 0; jitter < 1; jitter = jitter === 0 ? 1e-14 : jitter * 10) {
    const lower = cholesky(addDiagonal(b, size, jitter * mean), size);
    if (lower) return lower;
  }
  throw new RangeError('the outside Gram matrix is zero or not finite');
}

/** B + value I. */
export function addDiagonal(b: Float64Array, size: number, value: number): Float64Array {
  const sum = b.slice();
  for (let i = 0; i < size; i++) sum[i * size + i]! += value;
  return sum;
}

export function trace(b: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += b[i * size + i]!;
  return sum;
}

/** L^-1 x. */
function solveLower(lower: Float64Array, x: Float64Array, size: number): Float64Array {
  const y = x.slice();
  for (let i = 0; i < size; i++) {
    let sum = y[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * size + k]! * y[k]!;
    y[i] = sum / lower[i * size + i]!;
  }
  return y;
}

/** L^-T x. */
function solveUpper(lower: Float64Array, x: Float64Array, size: number): Float64Array {
  const y = x.slice();
  for (let i = size - 1; i >= 0; i--) {
    const value = (y[i]! /= lower[i * size + i]!);
    for (let k = 0; k < i; k++) y[k]! -= lower[i * size + k]! * value;
  }
  return y;
}

/** A x. */
export function multiply(a: Float64Array, x: Float64Array, size: number): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += a[i * size + k]! * x[k]!;
    y[i] = sum;
  }
  return y;
}

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

export function normalized(x: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(x, x));
  return x.map((value) => value / norm);
}

/** Eigenpairs of a symmetric matrix, [n, n] in C order, the largest eigenvalue first. */
export function symmetricEigenpairs(matrix: Float64Array, size: number): EigenPairs {
  const rows = Array.from({ length: size }, (_, i) => Array.from(matrix.subarray(i * size, (i + 1) * size)));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return {
    values: order.map((i) => realEigenvalues[i]!),
    vectors: order.map((i) => Float64Array.from(eigenvectorMatrix.getColumn(i))),
  };
}

function fullDecomposition(apply: (x: Float64Array) => Float64Array, size: number): EigenPairs {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const unit = new Float64Array(size);
    unit[i] = 1;
    matrix.set(apply(unit), i * size);
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i] = (matrix[i * size + j]! + matrix[j * size + i]!) / 2;
  }
  return symmetricEigenpairs(matrix, size);
}

/** Relative residual at which an eigenpair of the Lanczos process counts as found. */
const lanczosTolerance = 1e-10;

/**
 * Leading eigenpairs of a symmetric operator by the Lanczos process with full reorthogonalisation (Golub and
 * Van Loan, 10.1 and 10.3.1). The start is fixed, so that the same matrix gives the same vectors. Where the
 * process runs dry early, it starts again beside what it has: an eigenvalue may occur more than once.
 */
function lanczos(apply: (x: Float64Array) => Float64Array, size: number, count: number): EigenPairs {
  const random = new RandomState(0);
  const basis: Float64Array[] = [normalized(random.randn(size))];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  for (;;) {
    const last = basis[basis.length - 1]!;
    const next = apply(last);
    diagonal.push(dot(next, last));
    orthogonalize(next, basis);
    const beta = Math.sqrt(dot(next, next));
    const steps = diagonal.length;
    const exhausted = steps === size;
    const dry = beta <= Math.abs(diagonal[0]!) * 1e-14;
    if (exhausted || (steps >= 2 * count && (dry || steps % 10 === 0))) {
      const ritz = symmetricEigenpairs(tridiagonal(diagonal, offDiagonal), steps);
      const residual = (i: number) => Math.abs(beta * ritz.vectors[i]![steps - 1]!);
      const found = ritz.values.slice(0, count).every((value, i) => residual(i) <= lanczosTolerance * Math.max(value, ritz.values[0]! * 1e-3));
      if (exhausted || found) return ritzPairs(ritz, basis, Math.min(count, steps));
    }
    offDiagonal.push(dry ? 0 : beta);
    basis.push(normalized(dry ? orthogonalize(random.randn(size), basis) : next));
  }
}

/** Takes the components along an orthonormal basis out of x, in place; twice, for rounding. */
function orthogonalize(x: Float64Array, basis: readonly Float64Array[]): Float64Array {
  for (let pass = 0; pass < 2; pass++) for (const vector of basis) subtract(x, vector, dot(x, vector));
  return x;
}

function ritzPairs(ritz: EigenPairs, basis: readonly Float64Array[], count: number): EigenPairs {
  const vectors = ritz.vectors.slice(0, count).map((weights) => {
    const vector = new Float64Array(basis[0]!.length);
    weights.forEach((weight, k) => subtract(vector, basis[k]!, -weight));
    return normalized(vector);
  });
  return { values: ritz.values.slice(0, count), vectors };
}

/** x -= factor y, in place. */
function subtract(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! -= factor * y[i]!;
}

function tridiagonal(diagonal: readonly number[], offDiagonal: readonly number[]): Float64Array {
  const size = diagonal.length;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    matrix[i * size + i] = diagonal[i]!;
    if (i + 1 < size) matrix[i * size + i + 1] = matrix[(i + 1) * size + i] = offDiagonal[i]!;
  }
  return matrix;
}
