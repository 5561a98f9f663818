import { UserError } from '../../../shared/userError';
import type { Probe, ProbeResult } from '../../runtime/probe';
import { toFloatTensor } from '../../runtime/session';
import { sizeOf } from '../../tensor';
import type { FloatTensor } from '../../tensor';
import { standardZ } from '../randomState';
import type { LatentInput } from './latentInput';

/** How a network treats several samples. */
export interface Behaviour {
  /** Whether it takes one sample at a time, whatever its file says. */
  readonly fixedBatch: boolean;
  /** Why, where the file says otherwise. */
  readonly reason?: string;
  /** The images of the samples that were made, in no order. */
  readonly images: readonly Float32Array[];
}

/** Activations of one sample above which a network is large, and looked at with fewer samples: 512 MB. */
const largeActivations = 2 ** 27;

/** Samples of a batch may differ by rounding from what they are alone, by this share of the values' mean magnitude. */
const tolerance = 1e-3;

/** Latent codes of seeds, `[seeds, ..]` in the shape that the network takes, the same for every layer. */
export function sampleCodes(dims: readonly number[], seeds: readonly number[]): FloatTensor {
  const size = sizeOf(dims);
  const length = dims.length === 3 ? dims[2]! : size;
  const data = new Float32Array(seeds.length * size);
  seeds.forEach((seed, n) => {
    const code = standardZ(seed, length);
    for (let at = 0; at < size; at += length) data.set(code, n * size + at);
  });
  return { data, dims: [seeds.length, ...dims.slice(1)] };
}

/**
 * Runs a network on a batch of samples, unless its file says that it takes one at a time, and compares the last sample with what it
 * is alone: a reshape to one sample fails, normalization over the batch makes another image, and a network that was written down
 * for one sample may repeat the image of the first one. A large network is run once more, on two samples.
 *
 * @param first what the sample of seed 0 gave alone
 * @param wanted whether the images of other samples are of interest
 * @throws UserError when the image holds numbers that are not finite.
 */
export async function observe(probe: Probe, first: ProbeResult, latent: LatentInput, output: string, wanted: boolean, path: string): Promise<Behaviour> {
  const activations = [...first.shapes.values()].reduce((sum, dims) => sum + sizeOf(dims), 0);
  const others = activations > largeActivations ? [1] : [1, 2, 3];
  const alone = finite(imagesOf(first, output, 1), [0], path);
  const { together, ...batch } = latent.fixedBatch ? { fixedBatch: true, together: undefined } : await tryBatch(probe, latent, output, [...others, 0], alone[0]!);
  if (together) return { ...batch, images: finite(together, [...others, 0], path) };
  const images = [...alone];
  // A large network that failed in a batch was run often enough.
  for (const seed of wanted && (latent.fixedBatch || others.length > 1) ? others : []) {
    images.push(...finite(imagesOf(await probe.run({ [latent.input]: sampleCodes(latent.dims, [seed]) }), output, 1), [seed], path));
  }
  return { ...batch, images };
}

/** @param alone the image of the last seed */
async function tryBatch(probe: Probe, latent: LatentInput, output: string, seeds: readonly number[], alone: Float32Array): Promise<Omit<Behaviour, 'images'> & { together?: Float32Array[] }> {
  const result = await probe.run({ [latent.input]: sampleCodes(latent.dims, seeds) }).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (!result) return { fixedBatch: true, reason: 'the network fails on several at once, though its file says that it takes them' };
  const { data } = toFloatTensor(result.outputs[output]!);
  if (data.length !== alone.length * seeds.length) return { fixedBatch: true, reason: 'the network gives one image, however many latent codes it takes' };
  if (!agree(data.subarray(-alone.length), alone)) return { fixedBatch: true, reason: 'the image of a sample depends on the others of its batch' };
  return { fixedBatch: false, together: imagesOf(result, output, seeds.length) };
}

function agree(together: Float32Array, alone: Float32Array): boolean {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < alone.length; i++) {
    difference += Math.abs(together[i]! - alone[i]!);
    magnitude += Math.abs(alone[i]!);
  }
  return difference <= tolerance * magnitude;
}

function imagesOf(result: ProbeResult, output: string, count: number): Float32Array[] {
  const { data } = toFloatTensor(result.outputs[output]!);
  const size = data.length / count;
  return Array.from({ length: count }, (_, n) => data.subarray(n * size, (n + 1) * size));
}

function finite(images: readonly Float32Array[], seeds: readonly number[], path: string): readonly Float32Array[] {
  const broken = images.findIndex((image) => !image.every(Number.isFinite));
  if (broken >= 0) throw new UserError(`${path} gives an image with numbers that are not finite (seed ${seeds[broken]!}): expected one that can be shown`);
  return images;
}
