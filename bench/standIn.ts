import { createJacobianStore } from '../src/engine/factorization/jacobianStore';
import type { JacobianStore } from '../src/engine/factorization/jacobianStore';
import { RandomState } from '../src/engine/generators/randomState';

/** Waves that a made-up picture is the sum of. */
const waves = 6;

/** Their mean number along a side of the picture. */
const frequency = 6;

/** What a stand-in has in common with the Jacobian that it stands for. */
export interface StandInShape {
  readonly tangents: number;
  /** Pixels along a side of the readout. */
  readonly resolution: number;
  readonly channels: number;
}

/**
 * A full-sized Jacobian of made-up numbers, since that of a large generator takes minutes. Its columns are smooth pictures, so
 * that its singular values fall off as those of a generator do and solving for directions takes as many steps.
 *
 * @param sample makes another one
 */
export async function standInJacobian({ tangents, resolution, channels }: StandInShape, sample: number): Promise<JacobianStore> {
  const random = new RandomState(sample);
  const pixels = resolution ** 2;
  const store = await createJacobianStore(tangents, channels * pixels, Infinity);
  for (let t = 0; t < tangents; t++) {
    const field = smoothField(random, resolution);
    const column = new Float32Array(channels * pixels);
    const colour = random.randn(channels);
    for (let c = 0; c < channels; c++) for (let i = 0; i < pixels; i++) column[c * pixels + i] = colour[c]! * field[i]!;
    await store.write(t, column);
  }
  return store;
}

/** A sum of waves, the faster the fainter, [resolution, resolution]. */
function smoothField(random: RandomState, resolution: number): Float64Array {
  const field = new Float64Array(resolution ** 2);
  for (let wave = 0; wave < waves; wave++) {
    const [fx = 0, fy = 0, px = 0, py = 0] = random.randn(4);
    const along = (f: number, phase: number) => Float64Array.from({ length: resolution }, (_, i) => Math.cos((2 * Math.PI * frequency * f * i) / resolution + Math.PI * phase));
    const [x, y] = [along(fx, px), along(fy, py)];
    const size = 1 / (1 + (frequency * fx) ** 2 + (frequency * fy) ** 2);
    for (let i = 0, at = 0; i < resolution; i++) for (let j = 0; j < resolution; j++, at++) field[at]! += size * y[i]! * x[j]!;
  }
  return field;
}
