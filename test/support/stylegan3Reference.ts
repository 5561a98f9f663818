import type { FloatTensor } from '../../src/engine/tensor';
import { tensorAt } from './stylegan2Checkpoint';
import type { TorchModule } from './stylegan2Checkpoint';
import { signalsOf } from './stylegan3Checkpoint';
import type { Signal, StyleGan3Options } from './stylegan3Checkpoint';

/*
 * StyleGAN3's synthesis in float64, one sample at a time, as its paper defines it (Karras et al., "Alias-Free Generative
 * Adversarial Networks", 2021, appendix C): weights are modulated for the sample at hand, the up-sampled picture is
 * zeros between pixels that are filtered, and what is not kept of the down-sampled one is computed all the same. No
 * shortcut that the importer takes is taken here, and only tensors are read from the checkpoint: what is a setting
 * there comes from the options.
 */

/** Pictures or feature maps of one sample, [channels, size, size]. */
export interface Maps {
  readonly data: Float64Array;
  readonly channels: number;
  readonly size: number;
}

/** A 3x3 matrix, row by row. */
export type Matrix = readonly number[];

const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** A synthesis network whose forward passes are computed naively. */
export class StyleGan3Reference {
  private readonly signals: readonly Signal[];
  /** The number of units that a clamp has changed. */
  clamped = 0;

  constructor(
    private readonly network: TorchModule,
    private readonly options: StyleGan3Options,
  ) {
    this.signals = signalsOf(options);
  }

  /** The picture of one `ws` [layers, wDim]. */
  synthesize(ws: ArrayLike<number>, transform: Matrix = identity): Maps {
    const { wDim, outputScale } = this.options;
    const code = (layer: number) => Float64Array.from({ length: wDim }, (_, i) => ws[layer * wDim + i]!);
    let x = this.features(code(0), transform);
    for (let i = 0; i < this.signals.length; i++) x = this.layer(i, x, code(i + 1));
    return { ...x, data: x.data.map((value) => value * outputScale) };
  }

  /** The Fourier features that the layers start from. */
  features(w: Float64Array, transform: Matrix = identity): Maps {
    const { size, samplingRate, cutoff } = this.signals[0]!;
    const [frequencies, phases, weight] = ['freqs', 'phases', 'weight'].map((name) => tensorAt(this.network, `synthesis.input.${name}`)) as [FloatTensor, FloatTensor, FloatTensor];
    const channels = phases.data.length;
    const [a, b, c, d] = this.dense('synthesis.input.affine', w) as unknown as [number, number, number, number];
    const length = Math.hypot(a, b);
    const [cos, sin, moveX, moveY] = [a / length, b / length, c / length, d / length];
    const turned = product([cos, -sin, 0, sin, cos, 0, 0, 0, 1], product([1, 0, -moveX, 0, 1, -moveY, 0, 0, 1], transform));
    const waves = new Float64Array(channels * size * size);
    for (let n = 0; n < channels; n++) {
      const [fx, fy] = [frequencies.data[2 * n]!, frequencies.data[2 * n + 1]!];
      const along = [0, 1, 2].map((column) => fx * turned[column]! + fy * turned[3 + column]!) as [number, number, number];
      const excess = (Math.hypot(along[0], along[1]) - cutoff) / (samplingRate / 2 - cutoff);
      const amplitude = Math.min(1, Math.max(0, 1 - excess));
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++) {
          const [x, y] = [(column + 0.5 - size / 2) / samplingRate, (row + 0.5 - size / 2) / samplingRate];
          waves[(n * size + row) * size + column] = amplitude * Math.sin(2 * Math.PI * (along[0] * x + along[1] * y + along[2] + phases.data[n]!));
        }
      }
    }
    const data = new Float64Array(waves.length);
    for (let out = 0; out < channels; out++) {
      for (let n = 0; n < channels; n++) {
        const factor = weight.data[out * channels + n]! / Math.sqrt(channels);
        for (let i = 0; i < size * size; i++) data[out * size * size + i]! += factor * waves[n * size * size + i]!;
      }
    }
    return { data, channels, size };
  }

  private layer(index: number, x: Maps, w: Float64Array): Maps {
    const { numLayers, lreluUpsampling, convClamp } = this.options;
    const [from, to] = [this.signals[Math.max(index - 1, 0)]!, this.signals[index]!];
    const name = `synthesis.L${index}_${to.size}_${to.channels}`;
    const isColours = index === numLayers;
    const bias = tensorAt(this.network, `${name}.bias`).data;
    const convolved = this.convolved(name, x, this.dense(`${name}.affine`, w), isColours);
    const biased = mapped(convolved, (value, channel) => value + bias[channel]!);
    const between = Math.max(from.samplingRate, to.samplingRate) * (isColours ? 1 : lreluUpsampling);
    const [up, down] = [between / from.samplingRate, between / to.samplingRate];
    const [upFilter, downFilter] = [this.filter(`${name}.up_filter`), this.filter(`${name}.down_filter`)];
    const length = (to.size - 1) * down + downFilter.size + upFilter.size - 1;
    const before = Math.floor((length - biased.size * up + up) / 2);
    const wide = filtered(padded(stuffed(biased, up), before, length), { ...upFilter, data: upFilter.data.map((tap) => tap * up * up) });
    const active = mapped(wide, (value) => this.limited(isColours ? value : Math.SQRT2 * (value < 0 ? 0.2 * value : value), convClamp));
    return every(filtered(active, downFilter), down, to.size);
  }

  private limited(value: number, clamp: number | null): number {
    if (clamp === null || Math.abs(value) <= clamp) return value;
    this.clamped++;
    return Math.sign(value) * clamp;
  }

  /** The convolution with the modulated and, but for the one to colours, demodulated weight; one tap less than the kernel's of zeros on each side. */
  private convolved(name: string, x: Maps, affine: Float64Array, isColours: boolean): Maps {
    const weight = tensorAt(this.network, `${name}.weight`);
    const [outputs, inputs, kernel] = weight.dims as [number, number, number];
    const inputGain = 1 / Math.sqrt(tensorAt(this.network, `${name}.magnitude_ema`).data[0]!);
    const perOutput = inputs * kernel * kernel;
    const meanSquare = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0) / values.length;
    const style = isColours ? affine.map((value) => value / Math.sqrt(perOutput)) : affine.map((value) => value / Math.sqrt(meanSquare(affine)));
    const wide = padded(x, kernel - 1, x.size + 2 * (kernel - 1));
    const size = wide.size - kernel + 1;
    const data = new Float64Array(outputs * size * size);
    for (let o = 0; o < outputs; o++) {
      const raw = Float64Array.from(weight.data.subarray(o * perOutput, (o + 1) * perOutput));
      const unit = isColours ? raw : raw.map((value) => value / Math.sqrt(meanSquare(raw)));
      const modulated = unit.map((value, i) => value * style[Math.floor(i / (kernel * kernel))]!);
      const energy = modulated.reduce((sum, value) => sum + value * value, 0);
      const taps = isColours ? modulated : modulated.map((value) => value / Math.sqrt(energy + 1e-8));
      for (let i = 0; i < perOutput; i++) {
        const [channel, dy, dx] = [Math.floor(i / (kernel * kernel)), Math.floor(i / kernel) % kernel, i % kernel];
        for (let row = 0; row < size; row++) {
          for (let column = 0; column < size; column++) {
            data[(o * size + row) * size + column]! += inputGain * taps[i]! * wide.data[(channel * wide.size + row + dy) * wide.size + column + dx]!;
          }
        }
      }
    }
    return { data, channels: outputs, size };
  }

  /** A filter as [size, size]; one tap of 1 where there is none. */
  private filter(name: string): Filter {
    const [, parent = '', key = ''] = /^(.*)\.([^.]*)$/.exec(name) ?? [];
    const tensor = parent.split('.').reduce((module, part) => module.modules.get(part)!, this.network).buffers.get(key);
    if (!tensor) return { data: Float64Array.of(1), size: 1 };
    return tensor.dims.length === 2 ? { data: Float64Array.from(tensor.data), size: tensor.dims[0]! } : outerSquare(tensor.data);
  }

  private dense(name: string, x: Float64Array): Float64Array {
    const weight = tensorAt(this.network, `${name}.weight`);
    const bias = tensorAt(this.network, `${name}.bias`).data;
    return Float64Array.from(bias, (value, o) => value + x.reduce((sum, entry, i) => sum + entry * weight.data[o * x.length + i]!, 0) / Math.sqrt(x.length));
  }
}

/** Taps [size, size]. */
export interface Filter {
  readonly data: Float64Array;
  readonly size: number;
}

export function outerSquare(taps: ArrayLike<number>): Filter {
  const size = taps.length;
  return { data: Float64Array.from({ length: size * size }, (_, i) => taps[Math.floor(i / size)]! * taps[i % size]!), size };
}

function mapped({ data, channels, size }: Maps, change: (value: number, channel: number) => number): Maps {
  return { data: data.map((value, i) => change(value, Math.floor(i / (size * size)))), channels, size };
}

/** A map of another size, with the rows of each channel as `fill` makes them of the channel's. */
function redrawn({ data: source, channels, size }: Maps, newSize: number, fill: (plane: Float64Array, from: Float64Array) => void): Maps {
  const data = new Float64Array(channels * newSize * newSize);
  for (let c = 0; c < channels; c++) fill(data.subarray(c * newSize * newSize, (c + 1) * newSize * newSize), source.subarray(c * size * size, (c + 1) * size * size));
  return { data, channels, size: newSize };
}

/** `factor` - 1 zeros behind each pixel of each row and column. */
export function stuffed(x: Maps, factor: number): Maps {
  const size = x.size * factor;
  return redrawn(x, size, (plane, from) => {
    for (let i = 0; i < from.length; i++) plane[Math.floor(i / x.size) * factor * size + (i % x.size) * factor] = from[i]!;
  });
}

/** `before` zeros in front, or pixels less where it is negative, and `size` pixels in all. */
export function padded(x: Maps, before: number, size: number): Maps {
  const [start, end] = [Math.max(0, before), Math.min(size, before + x.size)];
  return redrawn(x, size, (plane, from) => {
    for (let row = start; row < end; row++) plane.set(from.subarray((row - before) * x.size + start - before, (row - before) * x.size + end - before), row * size + start);
  });
}

/** The convolution, where the filter lies within the picture: each pixel but the zeros is spread over what it reaches. */
export function filtered(x: Maps, filter: Filter): Maps {
  const size = x.size - filter.size + 1;
  return redrawn(x, size, (plane, from) => {
    for (let i = 0; i < from.length; i++) {
      const value = from[i]!;
      if (value !== 0) spread(plane, size, value, { row: Math.floor(i / x.size), column: i % x.size }, filter);
    }
  });
}

/** Adds to each pixel of a plane what the filter takes there of a pixel of the picture at a place. */
function spread(plane: Float64Array, size: number, value: number, { row, column }: { readonly row: number; readonly column: number }, filter: Filter): void {
  const last = filter.size - 1;
  const [firstColumn, endColumn] = [Math.max(0, column - last), Math.min(size, column + 1)];
  for (let y = Math.max(0, row - last); y < Math.min(size, row + 1); y++) {
    const tapOf = (last - row + y) * filter.size + last - column;
    for (let x = firstColumn; x < endColumn; x++) plane[y * size + x]! += value * filter.data[tapOf + x]!;
  }
}

/** Every `step`-th pixel, `size` of them. */
export function every(x: Maps, step: number, size: number): Maps {
  return redrawn(x, size, (plane, from) => {
    for (let i = 0; i < plane.length; i++) plane[i] = from[Math.floor(i / size) * step * x.size + (i % size) * step]!;
  });
}

export function product(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, i) => [0, 1, 2].reduce((sum, k) => sum + a[Math.floor(i / 3) * 3 + k]! * b[3 * k + (i % 3)]!, 0));
}
