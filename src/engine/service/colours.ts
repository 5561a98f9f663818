import type { FloatTensor } from '../tensor';

/** The mean of a picture's channel and how far it varies about it. */
interface Tone {
  readonly mean: number;
  readonly deviation: number;
}

/** A linear map for each channel. */
export type ColourMap = readonly { readonly gain: number; readonly offset: number }[];

/** A smaller picture of hardly any contrast is not blown up to noise. */
const largestGain = 8;

/**
 * The map that gives a generator's smaller picture the colours of its whole one, both [1, C, H, W] of the same latent code. The sum of
 * a StyleGAN2's RGB outputs up to a resolution is paler and darker than the picture: the later outputs are more than detail.
 */
export function colourMap(smaller: FloatTensor, whole: FloatTensor): ColourMap {
  const [small, large] = [tonesOf(smaller, 1), tonesOf(whole, whole.dims[3]! / smaller.dims[3]!)];
  return small.map(({ mean, deviation }, channel) => {
    const wanted = large[channel]!;
    const gain = deviation > 0 ? Math.min(largestGain, wanted.deviation / deviation) : 1;
    return { gain, offset: wanted.mean - gain * mean };
  });
}

/** A picture [1, C, H, W] in other colours. */
export function recoloured({ data, dims }: FloatTensor, map: ColourMap): FloatTensor {
  const pixels = dims[2]! * dims[3]!;
  return { dims, data: data.map((value, i) => { const { gain, offset } = map[Math.floor(i / pixels)]!; return gain * value + offset; }) };
}

/** Of each channel, averaged over blocks of `block` x `block` pixels. */
function tonesOf({ data, dims: [, channels, height, width] }: FloatTensor, block: number): Tone[] {
  return Array.from({ length: channels! }, (_, channel) => toneOf(averaged(data.subarray(channel * height! * width!, (channel + 1) * height! * width!), width!, block)));
}

function toneOf(values: Float32Array): Tone {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

function averaged(plane: Float32Array, width: number, block: number): Float32Array {
  if (block === 1) return plane;
  const columns = Math.floor(width / block);
  const means = new Float32Array(columns * Math.floor(plane.length / width / block));
  for (let i = 0; i < means.length; i++) {
    const corner = Math.floor(i / columns) * block * width + (i % columns) * block;
    let sum = 0;
    for (let row = corner; row < corner + block * width; row += width) for (let k = row; k < row + block; k++) sum += plane[k]!;
    means[i] = sum / block ** 2;
  }
  return means;
}
