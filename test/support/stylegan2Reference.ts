import { tensorAt } from './stylegan2Checkpoint';
import type { StyleGan2Options, TorchModule } from './stylegan2Checkpoint';

/*
 * StyleGAN2 in float64, one sample at a time, as its papers define it (Karras et al., "Analyzing and Improving the
 * Image Quality of StyleGAN", 2020, section 2.2 and appendix B): every convolution has its weights modulated and
 * demodulated for the sample at hand, and every up-sampling puts zeros between the pixels and filters them. No
 * shortcut that the importer takes is taken here, and only tensors are read from the checkpoint: what is a setting
 * there comes from the options.
 */

/** Pictures or feature maps of one sample, [channels, size, size]. */
export interface Maps {
  readonly data: Float64Array;
  readonly channels: number;
  readonly size: number;
}

export interface ReferencePictures {
  readonly image: Maps;
  /** The picture after each block that adds to it, by resolution. */
  readonly pictures: ReadonlyMap<number, Maps>;
  /** The number of units that a clamp changed. */
  readonly clamped: number;
}

/** A generator whose forward passes are computed naively. */
export class StyleGan2Reference {
  private clamped = 0;

  constructor(
    private readonly network: TorchModule,
    private readonly options: StyleGan2Options,
  ) {}

  /** The latent code of one z and, for a conditional network, one label: [wDim]. */
  map(z: ArrayLike<number>, label?: ArrayLike<number>): Float64Array {
    const parts = [secondMomentNormalized(Float64Array.from(z))];
    if (label) parts.push(secondMomentNormalized(this.dense('mapping.embed', Float64Array.from(label))));
    let x = Float64Array.from(parts.flatMap((part) => [...part]));
    for (let i = 0; i < this.options.mappingLayers; i++) {
      x = this.dense(`mapping.fc${i}`, x, 0.01).map((value) => Math.SQRT2 * leakyRelu(value));
    }
    return x;
  }

  /** The picture of one `ws` [layers, wDim]. */
  synthesize(ws: ArrayLike<number>): ReferencePictures {
    const { architecture, resolution: whole, wDim } = this.options;
    const code = (layer: number) => Float64Array.from({ length: wDim }, (_, i) => ws[layer * wDim + i]!);
    const pictures = new Map<number, Maps>();
    this.clamped = 0;
    let layer = 0;
    let x = this.maps('synthesis.b4.const');
    let image: Maps | undefined;
    for (let resolution = 4; resolution <= whole; resolution *= 2) {
      const block = `synthesis.b${resolution}`;
      if (resolution === 4) {
        x = this.styled(`${block}.conv1`, x, code(layer++), 1, 1);
      } else {
        const before = x;
        const branch = architecture === 'resnet' ? Math.SQRT1_2 : 1;
        x = this.styled(`${block}.conv0`, x, code(layer++), 2, 1);
        x = this.styled(`${block}.conv1`, x, code(layer++), 1, branch);
        if (architecture === 'resnet') x = sum(x, this.shortcut(`${block}.skip`, before));
      }
      if (image) image = this.upsampled(image, 0);
      if (architecture !== 'skip' && resolution !== whole) continue;
      const colours = this.toRgb(`${block}.torgb`, x, code(layer));
      image = image ? sum(image, colours) : colours;
      pictures.set(resolution, image);
    }
    return { image: image!, pictures, clamped: this.clamped };
  }

  /** A modulated, demodulated convolution with noise, bias, activation and clamp. */
  private styled(name: string, x: Maps, w: Float64Array, up: number, branchGain: number): Maps {
    const weights = demodulated(modulated(this.weights(`${name}.weight`), this.dense(`${name}.affine`, w)));
    // NVlabs' layers correlate, but those that up-sample convolve.
    const y = up === 1 ? correlated(padded(x, 1, 1), weights) : correlated(this.upsampled(x, 1), flipped(weights));
    const bias = this.values(`${name}.bias`);
    const { data: noise } = this.options.useNoise ? this.maps(`${name}.noise_const`) : { data: [] };
    const strength = this.options.useNoise ? this.values(`${name}.noise_strength`)[0]! : 0;
    const activation = this.options.activation === 'relu' ? (value: number) => Math.max(0, value) : this.options.activation === 'lrelu' ? leakyRelu : (value: number) => value;
    const gain = (this.options.activation === 'linear' ? 1 : Math.SQRT2) * branchGain;
    const pixels = y.size ** 2;
    return this.clampedTo(branchGain, { ...y, data: y.data.map((value, i) => gain * activation(value + strength * (noise[i % pixels] ?? 0) + bias[Math.floor(i / pixels)]!)) });
  }

  private toRgb(name: string, x: Maps, w: Float64Array): Maps {
    const style = this.dense(`${name}.affine`, w).map((value) => value / Math.sqrt(x.channels));
    const y = correlated(x, modulated(this.weights(`${name}.weight`), style));
    const bias = this.values(`${name}.bias`);
    return this.clampedTo(1, { ...y, data: y.data.map((value, i) => value + bias[Math.floor(i / y.size ** 2)]!) });
  }

  /** The residual branch: up-sampled, then a plain 1x1 convolution. */
  private shortcut(name: string, x: Maps): Maps {
    const weights = this.weights(`${name}.weight`);
    const gain = Math.SQRT1_2 / Math.sqrt(x.channels);
    return correlated(this.upsampled(x, 0), { ...weights, data: weights.data.map((value) => value * gain) });
  }

  private clampedTo(gain: number, x: Maps): Maps {
    if (this.options.convClamp === null) return x;
    const limit = this.options.convClamp * gain;
    this.clamped += x.data.filter((value) => Math.abs(value) > limit).length;
    return { ...x, data: x.data.map((value) => Math.min(limit, Math.max(-limit, value))) };
  }

  /**
   * Twice the size: zeros after each pixel, the filter times 4, and `margin` more pixels on each side for a
   * convolution that follows. The filter is placed as in NVlabs' `upfirdn2d.upsample2d`.
   */
  private upsampled(x: Maps, margin: number): Maps {
    const size = 2 * x.size;
    const spread = new Float64Array(x.channels * size * size);
    x.data.forEach((value, i) => {
      const [channel, row, column] = [Math.floor(i / x.size ** 2), Math.floor(i / x.size) % x.size, i % x.size];
      spread[(channel * size + 2 * row) * size + 2 * column] = value;
    });
    const taps = this.options.resampleFilter;
    const total = taps.reduce((whole, tap) => whole + tap, 0);
    const last = taps.length - 1;
    // A convolution, not a correlation: the filter is turned round.
    const filter = Float64Array.from({ length: taps.length ** 2 }, (_, i) =>
      (4 * taps[last - Math.floor(i / taps.length)]! * taps[last - (i % taps.length)]!) / total ** 2);
    const wide = padded({ data: spread, channels: x.channels, size }, margin + Math.floor((taps.length + 1) / 2), margin + Math.floor((taps.length - 2) / 2));
    const filtered = channelsOf(wide).map((channel) => correlated(channel, { data: filter, outputs: 1, inputs: 1, kernel: taps.length }));
    return { data: Float64Array.from(filtered.flatMap(({ data }) => [...data])), channels: x.channels, size: filtered[0]!.size };
  }

  private dense(name: string, x: Float64Array, learningRate = 1): Float64Array {
    const weight = this.values(`${name}.weight`);
    const gain = learningRate / Math.sqrt(x.length);
    return this.values(`${name}.bias`).map((bias, output) => x.reduce((total, value, i) => total + gain * weight[output * x.length + i]! * value, bias * learningRate));
  }

  private values(name: string): Float64Array {
    return Float64Array.from(tensorAt(this.network, name).data);
  }

  private maps(name: string): Maps {
    const { data, dims } = tensorAt(this.network, name);
    return { data: Float64Array.from(data), channels: dims.length === 3 ? dims[0]! : 1, size: dims.at(-1)! };
  }

  private weights(name: string): Weights {
    const { data, dims } = tensorAt(this.network, name);
    return { data: Float64Array.from(data), outputs: dims[0]!, inputs: dims[1]!, kernel: dims[2]! };
  }
}

/** [outputs, inputs, kernel, kernel] */
interface Weights {
  readonly data: Float64Array;
  readonly outputs: number;
  readonly inputs: number;
  readonly kernel: number;
}

/** x / sqrt(mean of its squares). */
function secondMomentNormalized(x: Float64Array): Float64Array {
  const moment = x.reduce((total, value) => total + value * value, 0) / x.length;
  return x.map((value) => value / Math.sqrt(moment + 1e-8));
}

function leakyRelu(value: number): number {
  return value < 0 ? 0.2 * value : value;
}

/** w' = s_i w */
function modulated(weights: Weights, style: Float64Array): Weights {
  const taps = weights.kernel ** 2;
  return { ...weights, data: weights.data.map((value, i) => value * style[Math.floor(i / taps) % weights.inputs]!) };
}

/** w'' = w' / sqrt(sum over inputs and taps of w'^2 + 1e-8) */
function demodulated(weights: Weights): Weights {
  const length = weights.inputs * weights.kernel ** 2;
  const norms = Array.from({ length: weights.outputs }, (_, output) =>
    Math.sqrt(weights.data.subarray(output * length, (output + 1) * length).reduce((total, value) => total + value * value, 0) + 1e-8));
  return { ...weights, data: weights.data.map((value, i) => value / norms[Math.floor(i / length)]!) };
}

/** Each kernel turned by 180 degrees, which makes a correlation a convolution. */
function flipped(weights: Weights): Weights {
  const taps = weights.kernel ** 2;
  return { ...weights, data: weights.data.map((_, i) => weights.data[i - (i % taps) + taps - 1 - (i % taps)]!) };
}

function padded(x: Maps, before: number, after: number): Maps {
  const size = x.size + before + after;
  const data = new Float64Array(x.channels * size * size);
  x.data.forEach((value, i) => {
    const [channel, row, column] = [Math.floor(i / x.size ** 2), Math.floor(i / x.size) % x.size, i % x.size];
    data[(channel * size + row + before) * size + column + before] = value;
  });
  return { data, channels: x.channels, size };
}

/** The correlation of x with each output's kernels, where they lie wholly within x. */
function correlated(x: Maps, weights: Weights): Maps {
  const { outputs, inputs, kernel } = weights;
  const size = x.size - kernel + 1;
  const data = new Float64Array(outputs * size * size);
  for (let i = 0; i < data.length; i++) {
    const [output, row, column] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
    let total = 0;
    for (let input = 0; input < inputs; input++) {
      for (let dy = 0; dy < kernel; dy++) {
        for (let dx = 0; dx < kernel; dx++) {
          total += weights.data[((output * inputs + input) * kernel + dy) * kernel + dx]! * x.data[(input * x.size + row + dy) * x.size + column + dx]!;
        }
      }
    }
    data[i] = total;
  }
  return { data, channels: outputs, size };
}

function channelsOf(x: Maps): Maps[] {
  const pixels = x.size ** 2;
  return Array.from({ length: x.channels }, (_, channel) => ({ data: x.data.subarray(channel * pixels, (channel + 1) * pixels), channels: 1, size: x.size }));
}

function sum(a: Maps, b: Maps): Maps {
  return { ...a, data: a.data.map((value, i) => value + b.data[i]!) };
}
