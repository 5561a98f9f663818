import { congruence, lessTransposedProduct, product, transposedProduct } from '../runtime/linearAlgebra';
import type { DenseMatrix } from '../runtime/linearAlgebra';
import { leadingEigenpairs } from './krylov';
import { addDiagonal, normalized, trace } from './matrixArithmetic';
import { symmetricEigenpairs } from './symmetricEigen';
import type { EigenPairs } from './symmetricEigen';

/** How a pencil is solved. */
export interface SolveOptions {
  /** Vectors near the leading ones, as those of a problem that differs little: fewer steps find the same. */
  readonly start?: readonly Float64Array[] | undefined;
  /** All eigenpairs are computed, and the leading ones taken. Default: where that takes less. */
  readonly full?: boolean;
}

/** Up to this size all eigenpairs take no longer than some of them. */
const fullDecompositionSize = 48;

/** Nor do they take longer than this share of them. */
const fullDecompositionShare = 1 / 3;

/**
 * Leading eigenpairs of the symmetric pencil A n = lambda B n, both [n, n] in C order, A positive
 * semi-definite, B positive definite. B = L L^T turns it into the symmetric problem of L^-1 A L^-T
 * (Golub and Van Loan, Matrix Computations, 8.7.2).
 *
 * Where B is singular to working precision, the smallest multiple of its mean diagonal that makes it definite
 * is added. Vectors have unit Euclidean norm. Fewer than `count` are returned where A has a lower rank. Without
 * a start the same matrices give the same bytes.
 *
 * @throws RangeError where B is zero, or one of them not finite
 */
export async function leadingPencilEigenpairs(a: Float64Array, b: Float64Array, size: number, count: number, { start, full }: SolveOptions = {}): Promise<EigenPairs> {
  if (!Number.isFinite(trace(a, size))) throw new RangeError('the inside Gram matrix is not finite');
  const whitener = square(await definiteWhitener(b, size), size);
  const matrix = square(a, size);
  const pairs = full ?? (size <= fullDecompositionSize || count > size * fullDecompositionShare)
    ? symmetricEigenpairs((await transposedProduct(await product(whitener, matrix), whitener)).data, size)
    : await leadingEigenpairs({
      size,
      count,
      apply: (rows) => congruence(rows, whitener, matrix),
      start: start && (await whitened(start, square(b, size), whitener)),
    });
  // Beside the mean energies of A and B, not the largest eigenvalue: a direction that B hardly sees makes that one huge.
  const rankFloor = 1e-12 * (trace(a, size) / trace(b, size));
  const values = pairs.values.slice(0, count).filter((value) => value > rankFloor);
  if (values.length === 0) return { values, vectors: [] };
  const vectors = await product(stacked(pairs.vectors.slice(0, values.length), size), whitener);
  return { values, vectors: values.map((_, i) => normalized(vectors.data.subarray(i * size, (i + 1) * size))) };
}

/** L^T n of vectors n, as rows; B = L L^T, so that this is L^-1 B n. */
async function whitened(vectors: readonly Float64Array[], b: DenseMatrix, whitener: DenseMatrix): Promise<DenseMatrix> {
  const fitting = vectors.filter(({ length }) => length === b.rows);
  if (fitting.length === 0) return { data: new Float64Array(0), rows: 0, columns: b.rows };
  return transposedProduct(await product(stacked(fitting, b.rows), b), whitener);
}

function square(data: Float64Array, size: number): DenseMatrix {
  return { data, rows: size, columns: size };
}

/** Vectors as the rows of a matrix. */
function stacked(vectors: readonly Float64Array[], size: number): DenseMatrix {
  const data = new Float64Array(vectors.length * size);
  vectors.forEach((vector, i) => { data.set(vector, i * size); });
  return { data, rows: vectors.length, columns: size };
}

async function definiteWhitener(b: Float64Array, size: number): Promise<Float64Array> {
  const mean = trace(b, size) / size;
  for (let jitter = 0; jitter < 1; jitter = jitter === 0 ? 1e-14 : jitter * 10) {
    const inverse = await inverseCholesky(addDiagonal(b, size, jitter * mean), size);
    if (inverse) return inverse;
  }
  throw new RangeError('the outside Gram matrix is zero or not finite');
}

/** Factors of this size are computed here; larger ones are put together from them by products. */
const blockSize = 64;

/**
 * L^-1, where B = L L^T with L lower triangular, [n, n] in C order; undefined when B is not positive definite.
 *
 * With B in four blocks, L11 is the factor of B11, L21 = B21 L11^-T, L22 that of B22 - L21 L21^T, and the
 * inverse has -L22^-1 L21 L11^-1 below its diagonal: all but the small factors are products of matrices.
 */
export async function inverseCholesky(b: Float64Array, size: number): Promise<Float64Array | undefined> {
  if (size <= blockSize) return inverseOfSmallFactor(b, size);
  const first = Math.ceil(size / 2 / blockSize) * blockSize;
  const rest = size - first;
  const upper = await inverseCholesky(block(b, size, 0, 0, first, first).data, first);
  if (!upper) return undefined;
  const panel = await transposedProduct(block(b, size, first, 0, rest, first), square(upper, first));
  const lower = await inverseCholesky((await lessTransposedProduct(block(b, size, first, first, rest, rest), panel, panel)).data, rest);
  if (!lower) return undefined;
  const corner = await product(square(lower, rest), await product(panel, square(upper, first)));
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < first; i++) inverse.set(upper.subarray(i * first, (i + 1) * first), i * size);
  for (let i = 0; i < rest; i++) {
    const row = (first + i) * size;
    for (let j = 0; j < first; j++) inverse[row + j] = -corner.data[i * first + j]!;
    inverse.set(lower.subarray(i * rest, (i + 1) * rest), row + first);
  }
  return inverse;
}

/** A copy of rows `top` .. and columns `left` .. of a matrix [size, size]. */
function block(matrix: Float64Array, size: number, top: number, left: number, rows: number, columns: number): DenseMatrix {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) data.set(matrix.subarray((top + i) * size + left, (top + i) * size + left + columns), i * columns);
  return { data, rows, columns };
}

function inverseOfSmallFactor(b: Float64Array, size: number): Float64Array | undefined {
  const lower = choleskyFactor(b, size);
  return lower && inverseOfLower(lower, size);
}

function choleskyFactor(b: Float64Array, size: number): Float64Array | undefined {
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

/** The inverse of a lower triangular matrix, row by row. */
function inverseOfLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const scale = 1 / lower[i * size + i]!;
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k]! * scale;
      for (let j = 0; j <= k; j++) inverse[i * size + j]! -= factor * inverse[k * size + j]!;
    }
    inverse[i * size + i] = scale;
  }
  return inverse;
}
