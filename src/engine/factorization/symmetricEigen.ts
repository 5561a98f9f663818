import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Eigenpairs, the largest eigenvalue first; vectors have unit norm. */
export interface EigenPairs {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
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
