import type { FloatTensor } from '../../src/engine/tensor';
import { Gaussian } from './gaussian';

/** Latent codes, or tangents: [count, layers, size]. */
export function codes(count: number, layers: number, size: number, seed: number): FloatTensor {
  return new Gaussian(seed).tensor([count, layers, size]);
}

/** One sample of a batch. */
export function sampleOf({ data, dims }: FloatTensor, n: number): Float32Array {
  const size = data.length / dims[0]!;
  return data.subarray(n * size, (n + 1) * size);
}

/** The product of the Jacobian of `image` at `ws` with a tangent, in float64. */
export function centralDifference(image: (ws: Float64Array) => Float64Array, ws: Float32Array, tangent: Float32Array): Float64Array {
  const step = 1e-6;
  const shifted = (sign: number) => image(Float64Array.from(ws, (value, i) => value + sign * step * tangent[i]!));
  const minus = shifted(-1);
  return shifted(1).map((value, i) => (value - minus[i]!) / (2 * step));
}
