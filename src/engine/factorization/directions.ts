import { leadingPencilEigenpairs } from './eigen';
import type { RegionGrams } from './gram';
import { addDiagonal, trace } from './matrixArithmetic';
import { canonicalSign } from '../../shared/direction/directionFile';
import type { LatentSpace } from '../../shared/direction/directionFile';

/** A direction in latent space before it is measured or saved. */
export interface Direction {
  readonly space: LatentSpace;
  /** The layers that the direction edits. */
  readonly layers: readonly number[];
  /** One row for each of `layers`, [layers, d]. In w the rows are the same, of norm 1; in w+ they have norm 1 together. */
  readonly rows: readonly Float64Array[];
  /** 1 for the largest eigenvalue. */
  readonly rank: number;
  readonly eigenvalue: number;
}

/** Which directions are wanted. */
export interface DirectionOptions {
  readonly space: LatentSpace;
  /** The layers that the directions edit. */
  readonly layers: readonly number[];
  readonly tau: number;
  readonly count: number;
  /** Solutions of a similar problem, as of a region that was moved a little, see `unknownsOf`. Those of another size are passed over. */
  readonly start?: readonly Float64Array[] | undefined;
}

/**
 * The leading directions of M_f n = lambda (M_b + tau trace(M_b) I) n, the largest eigenvalue first (Zhu et
 * al. 2022, equation 6, with the regularisation of the authors' code). Fewer than `count` where the region has
 * fewer degrees of freedom.
 */
export async function solveDirections(grams: RegionGrams, { space, layers, tau, count, start }: DirectionOptions): Promise<Direction[]> {
  const { size, inside, outside } = grams;
  const { values, vectors } = await leadingPencilEigenpairs(inside, regularised(outside, size, tau), size, Math.min(count, size), { start });
  return vectors.map((vector, i) => ({ space, layers, rows: rowsOf(vector, space, layers.length), rank: i + 1, eigenvalue: values[i]! }));
}

/** A direction as a vector of unknowns, of unit norm: [d] in w, [layers x d] in w+. */
export function unknownsOf({ rows, space }: Direction): Float64Array {
  return space === 'w' ? rows[0]! : Float64Array.from(rows.flatMap((row) => Array.from(row)));
}

/** M_b + tau trace(M_b) I. */
export function regularised(outside: Float64Array, size: number, tau: number): Float64Array {
  return addDiagonal(outside, size, tau * trace(outside, size));
}

/** The rows of a solution vector, its sign as direction files have it. */
function rowsOf(vector: Float64Array, space: LatentSpace, layerCount: number): Float64Array[] {
  const signed = Float64Array.from(canonicalSign(Array.from(vector)));
  if (space === 'w') return Array.from({ length: layerCount }, () => signed);
  const length = vector.length / layerCount;
  return Array.from({ length: layerCount }, (_, i) => signed.subarray(i * length, (i + 1) * length));
}
