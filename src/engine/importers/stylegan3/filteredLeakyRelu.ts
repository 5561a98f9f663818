import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import type { Weight } from '../namedNetwork';
import { gained } from '../stylegan/dense';
import { polyphase } from './resampling';
import type { Band, Polyphase, Resampling } from './resampling';

/** The part of what a layer's convolution gets that its output depends on, along one axis. */
export interface ConvolutionWindow {
  /** From pixel `start` to pixel `end - 1`. */
  readonly start: number;
  readonly end: number;
  /** Zeros before and behind it. */
  readonly pads: readonly [number, number];
}

/** The layer that crops its margin away need not compute all of it. */
export function convolutionWindow(resampling: Resampling): ConvolutionWindow {
  const { inputSize, kernel } = resampling;
  const { start, end } = isIdentity(resampling) ? { start: 0, end: inputSize } : polyphase(resampling);
  // Sample i of the convolution covers the pixels i - (kernel - 1) to i.
  const window = { start: Math.max(0, start - (kernel - 1)), end: Math.min(inputSize, end) };
  return { ...window, pads: [window.start + kernel - 1 - start, end - window.end] };
}

/** What a layer's filters are made for. */
export interface FilteredLayer {
  readonly name: string;
  readonly channels: number;
  readonly resampling: Resampling;
}

/**
 * Up-sampling, an activation and down-sampling of what the convolution makes of its window, [N, channels, ..], to
 * [N, channels, outputSize, outputSize] (NVlabs' `filtered_lrelu`). The up-sampled picture never exists as a whole: its
 * phases, each about as large as the input, are made, activated and filtered down one after the other.
 */
export function emitFiltered(g: GraphBuilder, layer: FilteredLayer, x: Value, activation: (phase: Value) => Value): Value {
  const { resampling } = layer;
  if (isIdentity(resampling)) return activation(x);
  const plan = polyphase(resampling);
  const filters = new DepthwiseFilters(g, layer);
  const up = { name: 'up', taps: { data: gained(resampling.upFilter, resampling.up), dims: [resampling.upFilter.length] } };
  const down = { name: 'down', taps: resampling.downFilter };
  const upBands = plan.up.map((band) => fitted(band, plan.end - plan.start, plan.phaseLength, plan.upStride)!);
  const downBands = plan.down.map((bands) => bands.map((band) => fitted(band, plan.phaseLength, plan.partLength, 1)));
  const isRadial = down.taps.dims.length === 2;
  const parts = new Sums(g);
  for (const [p, rowBands] of downBands.entries()) {
    if (rowBands.every((band) => band === undefined)) continue;
    const rows = filters.convolve(up, x, upBands[p], undefined);
    const columns = new Sums(g);
    for (const [q, columnBands] of downBands.entries()) {
      if (columnBands.every((band) => band === undefined)) continue;
      const phase = activation(filters.convolve(up, rows, undefined, upBands[q]));
      for (const [t, column] of columnBands.entries()) {
        if (!column) continue;
        if (isRadial) rowBands.forEach((row, s) => row && parts.add(s * plan.parts + t, filters.convolve(down, phase, row, column)));
        else columns.add(t, filters.convolve(down, phase, undefined, column));
      }
    }
    columns.values.forEach((value, t) => rowBands.forEach((row, s) => row && parts.add(s * plan.parts + t, filters.convolve(down, value, row, undefined))));
  }
  return interleaved(g, parts.values, plan, resampling.outputSize);
}

/** Whether nothing comes before the activation and nothing after it, as in the layer to colours. */
function isIdentity({ inputSize, outputSize, kernel, up, down, upFilter, downFilter }: Resampling): boolean {
  return up === 1 && down === 1 && upFilter.length === 1 && upFilter[0] === 1 && downFilter.data.length === 1 && downFilter.data[0] === 1 && outputSize === inputSize + kernel - 1;
}

/** Sums that grow term by term. */
class Sums {
  readonly values: Value[] = [];

  constructor(private readonly g: GraphBuilder) {}

  add(index: number, term: Value): void {
    const sum = this.values[index];
    this.values[index] = sum === undefined ? term : this.g.add(sum, term);
  }
}

/** A band with as many zeros around it, in the signal and among the taps, that a convolution gives the right length. */
interface FittedBand {
  /** Places in the filter; -1 for a tap that is zero. */
  readonly taps: readonly number[];
  readonly stride: number;
  readonly pads: readonly [number, number];
}

/** Undefined for a band without taps. */
function fitted({ first, taps }: Band, inputs: number, outputs: number, stride: number): FittedBand | undefined {
  if (taps.length === 0) return undefined;
  const after = (outputs - 1) * stride + first + taps.length - inputs;
  const zeros = (count: number) => Array.from({ length: Math.max(0, count) }, () => -1);
  return { taps: [...zeros(first), ...taps, ...zeros(-after)], stride, pads: [Math.max(0, -first), Math.max(0, after)] };
}

interface NamedFilter {
  readonly name: string;
  /** [taps] or [taps, taps] */
  readonly taps: Weight;
}

const wholeAxis: FittedBand = { taps: [0], stride: 1, pads: [0, 0] };

/** Convolutions of each channel with the same filter. */
class DepthwiseFilters {
  private readonly weights = new Map<string, Value>();

  constructor(
    private readonly g: GraphBuilder,
    private readonly layer: FilteredLayer,
  ) {}

  /** Along the rows' axis, the columns' axis or, for a filter [taps, taps], both. */
  convolve({ name, taps }: NamedFilter, x: Value, rows: FittedBand = wholeAxis, columns: FittedBand = wholeAxis): Value {
    const shape = [rows.taps.length, columns.taps.length];
    const pads = [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]];
    const key = `${name} ${rows.taps.join()} ${columns.taps.join()} ${shape.join()}`;
    const weight = this.weights.get(key) ?? this.weight(name, kernelOf(taps, rows, columns), shape);
    this.weights.set(key, weight);
    return this.g.node('Conv', [x, weight], { group: this.layer.channels, kernel_shape: shape, strides: [rows.stride, columns.stride], pads }, name);
  }

  private weight(name: string, kernel: Float32Array, shape: readonly number[]): Value {
    const { channels } = this.layer;
    const data = new Float32Array(channels * kernel.length);
    for (let c = 0; c < channels; c++) data.set(kernel, c * kernel.length);
    return this.g.weight(`${this.layer.name}.${name}`, data, [channels, 1, ...shape]);
  }
}

function kernelOf({ data, dims }: Weight, rows: FittedBand, columns: FittedBand): Float32Array {
  const width = dims.length === 2 ? dims[1]! : 0;
  return Float32Array.from(rows.taps.flatMap((row) => columns.taps.map((column) => (row < 0 || column < 0 ? 0 : data[width === 0 ? row + column : row * width + column]!))));
}

/** The samples of the parts in turns, [N, C, size, size]. */
function interleaved(g: GraphBuilder, values: readonly Value[], { parts, partLength }: Polyphase, size: number): Value {
  if (parts === 1) return values[0]!;
  const all = g.node('DepthToSpace', [g.node('Concat', values, { axis: 1 })], { blocksize: parts });
  if (parts * partLength === size) return all;
  return g.node('Slice', [all, g.ints([0, 0]), g.ints([size, size]), g.ints([2, 3])]);
}
