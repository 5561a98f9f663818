import type { Region } from '../../shared/region';
import { requirePixels } from '../../shared/region';
import { UserError } from '../../shared/userError';
import type { NpyArray } from '../npy';
import { regularised } from './directions';
import { leadingPencilEigenpairs } from './eigen';
import { GramAccumulator } from './gram';
import { createJacobianStore } from './jacobianStore';

/**
 * Directions from a Jacobian that was computed elsewhere, as the authors' compute_direction.py solves it.
 *
 * @param jacobian [N, H, W, C, d], or [H, W, C, d]; the Grams of N samples are averaged
 * @param tau 0, or the authors' `--full_rank` 1e-3
 * @returns [directions, d], the largest eigenvalue first, unit norm
 */
export async function solveJacobian(jacobian: NpyArray, name: string, region: Region, tau: number): Promise<{ dims: number[]; data: Float32Array; eigenvalues: readonly number[] }> {
  const [samples, height, width, channels, size] = requireJacobian(jacobian, name);
  if (!jacobian.data.every(Number.isFinite)) throw new UserError(`${name} holds numbers that are not finite; expected a Jacobian without NaN and infinities`);
  const mask = requirePixels(region, width, height);
  const accumulator = await GramAccumulator.create(size, [mask]);
  const length = height * width * channels * size;
  try {
    for (let n = 0; n < samples; n++) {
      const store = await createJacobianStore(size, height * width * channels, Infinity);
      await store.write(0, transposed(jacobian.data.subarray(n * length, (n + 1) * length), height * width, channels, size));
      await accumulator.add(store);
    }
  } finally {
    await accumulator.release();
  }
  const { inside, outside } = accumulator.grams();
  if (outside.every((value) => value === 0)) throw new UserError(`${name} is zero outside the region: there is nothing to keep still`);
  if (inside.every((value) => value === 0)) throw new UserError(`${name} is zero inside the region: there is nothing to change`);
  const { values, vectors } = await leadingPencilEigenpairs(inside, regularised(outside, size, tau), size, size, { full: true });
  const data = new Float32Array(vectors.length * size);
  vectors.forEach((vector, i) => data.set(vector, i * size));
  return { dims: [vectors.length, size], data, eigenvalues: values };
}

/** The shape [N, H, W, C, d] of a Jacobian, N being 1 where it is left out. Throws UserError for another shape. */
export function requireJacobian({ dims }: NpyArray, name: string): readonly [number, number, number, number, number] {
  const full = dims.length === 4 ? [1, ...dims] : dims;
  if (full.length !== 5 || full.includes(0)) throw new UserError(`${name} has the shape [${dims.join(', ')}]; expected a Jacobian [N, H, W, C, d]`);
  return full as [number, number, number, number, number];
}

/** [pixels, channels, d] to [d, channels, pixels]. */
function transposed(values: Float32Array, pixels: number, channels: number, size: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let p = 0, from = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < size; k++) result[(k * channels + c) * pixels + p] = values[from++]!;
    }
  }
  return result;
}
