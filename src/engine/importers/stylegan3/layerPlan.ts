import { UserError } from '../../../shared/userError';
import type { NamedNetwork, Weight } from '../namedNetwork';
import type { Resampling } from './resampling';

/** The sizes of a layer and the filters around its activation. */
export interface LayerPlan {
  /** As NVlabs calls it, number, size and channels: `L3_52_512`. */
  readonly name: string;
  /** Of what the layer computes, in samples to the length of one image side; above the image's own where that is no power of two. */
  readonly samplingRate: number;
  readonly resampling: Resampling;
}

/** The sizes of all layers. */
export interface SynthesisPlan {
  /** Pixels along one side of the image. */
  readonly resolution: number;
  /** Pixels along one side of the Fourier features, margin included. */
  readonly inputSize: number;
  readonly inputSamplingRate: number;
  /** The last one makes the colours. */
  readonly layers: readonly LayerPlan[];
}

/** NVlabs' networks have 15. */
const layerCounts = { least: 2, most: 64 };
const largestSize = 8192;
const largestFactor = 8;
/** NVlabs' layers double the rate at most. */
const largestGrowth = 4;
const mostTaps = 96;
/** NVlabs' `filter_size`, for checkpoints without settings. */
const tapsOfStep = 6;

/**
 * The sizes of a StyleGAN3 synthesis network. Each layer's is in its name, and how much it up- and down-samples around
 * its activation is in its settings or, where a checkpoint has none, in the lengths of its filters. Sampling rates
 * follow from the last layer's, which is the image's resolution (Karras et al. 2021, appendix C.1).
 *
 * @throws UserError where a layer is missing, or a size, filter or setting cannot be.
 */
export function readPlan(network: NamedNetwork): SynthesisPlan {
  const names = layerNames(network);
  const sizes = names.map((name) => sizeOfLayer(network, name));
  const resolution = sizes.at(-1)!;
  const stated = network.number('img_resolution') ?? resolution;
  if (stated !== resolution) throw new UserError(`${network.file}: the setting ${network.fullName('img_resolution')} is ${stated}, but the last layer ${network.fullName(names.at(-1)!)} makes ${resolution} px; expected the same`);
  // The first layer's output has the rate and the margin of its input.
  const inputSize = sizes[0]!;
  const resamplings = names.map((name, i) => readResampling(network, name, sizes[i - 1] ?? inputSize, sizes[i]!));
  const growth = resamplings.map(({ up, down }) => up / down);
  const lastRate = 2 ** Math.ceil(Math.log2(resolution));
  const inputSamplingRate = network.number('input.sampling_rate') ?? lastRate / growth.reduce((product, factor) => product * factor, 1);
  if (!(inputSamplingRate > 0 && inputSamplingRate <= largestSize)) {
    throw new UserError(`${network.file}: the setting ${network.fullName('input.sampling_rate')} is ${inputSamplingRate}; expected a positive number of at most ${largestSize}`);
  }
  let samplingRate = inputSamplingRate;
  const layers = resamplings.map((resampling, i) => {
    samplingRate *= growth[i]!;
    return { name: names[i]!, samplingRate, resampling };
  });
  return { resolution, inputSize, inputSamplingRate, layers };
}

/** The names of the layers in order; there must be one for each number. */
function layerNames(network: NamedNetwork): string[] {
  const byNumber = new Map<number, string>();
  for (const tensor of network.tensors.keys()) {
    const [, name, number] = /^(L(\d{1,4})_\d{1,6}_\d{1,6})\./.exec(tensor) ?? [];
    if (name === undefined) continue;
    const known = byNumber.get(Number(number));
    if (known !== undefined && known !== name) throw new UserError(`${network.file} has two layers ${number}, ${network.fullName(known)} and ${network.fullName(name)}; expected one`);
    byNumber.set(Number(number), name);
  }
  const count = Math.max(...byNumber.keys(), (network.number('num_layers') ?? -1), 0) + 1;
  if (count < layerCounts.least || count > layerCounts.most) {
    throw new UserError(`${network.file}: its synthesis network has ${count} layers L0_.., L1_..; expected ${layerCounts.least} to ${layerCounts.most}`);
  }
  return Array.from({ length: count }, (_, i) => {
    const name = byNumber.get(i);
    if (name === undefined) throw new UserError(`${network.file} has no layer ${network.fullName(`L${i}`)}_..; expected one for each number from 0 to ${count - 1}`);
    return name;
  });
}

function sizeOfLayer(network: NamedNetwork, name: string): number {
  const size = Number(name.split('_')[1]);
  if (size < 1 || size > largestSize) throw new UserError(`${network.file}: the layer ${network.fullName(name)} is of ${size} px by its name; expected 1 to ${largestSize}`);
  return size;
}

function readResampling(network: NamedNetwork, name: string, inputSize: number, outputSize: number): Resampling {
  const layer = network.part(name);
  const kernel = layer.weight('weight', ['outputs', 'inputs', 'kernel', 'kernel']).dims[2]!;
  if (kernel > mostTaps) throw new UserError(`${layer.file}: the tensor ${layer.fullName('weight')} has kernels of ${kernel} by ${kernel}; expected at most ${mostTaps}`);
  const up = readFactor(layer, 'up_factor', 'up_filter');
  const down = readFactor(layer, 'down_factor', 'down_filter');
  if (Math.max(up, down) % Math.min(up, down) !== 0 || up > largestGrowth * down) {
    throw new UserError(`${layer.file}: the layer ${network.fullName(name)} up-samples by ${up} and down-samples by ${down}; expected one to divide the other, and a rate that grows at most by ${largestGrowth}`);
  }
  const upFilter = readFilter(layer, 'up_filter', up, ['taps']);
  const downFilter = readFilter(layer, 'down_filter', down, layer.tensors.get('down_filter')?.dims.length === 2 ? ['taps', 'taps'] : ['taps']);
  return { inputSize, outputSize, kernel, up, down, upFilter: upFilter.data, downFilter };
}

/** How many steps a filter makes of one, by the layer's settings or else by the filter's length. */
function readFactor(layer: NamedNetwork, setting: string, filter: string): number {
  const stated = layer.number(setting);
  const dims = layer.tensors.get(filter)?.dims;
  const factor = stated ?? (dims ? dims[0]! / tapsOfStep : 1);
  if (Number.isInteger(factor) && factor >= 1 && factor <= largestFactor) return factor;
  if (stated !== undefined) throw new UserError(`${layer.file}: the setting ${layer.fullName(setting)} is ${stated}; expected a whole number from 1 to ${largestFactor}`);
  throw new UserError(`${layer.file}: the tensor ${layer.fullName(filter)} has the shape [${dims!.join(', ')}]; without the setting ${layer.fullName(setting)} expected ${tapsOfStep} taps for each of 1 to ${largestFactor} steps`);
}

/** A filter, which may be left out where the rate stays as it is. */
function readFilter(layer: NamedNetwork, name: string, factor: number, shape: readonly string[]): Weight {
  const filter = factor === 1 ? layer.optionalWeight(name, shape) : layer.weight(name, shape);
  const taps = filter?.dims[0] ?? 1;
  if (taps < factor || taps > mostTaps) {
    throw new UserError(`${layer.file}: the tensor ${layer.fullName(name)} has the shape [${filter!.dims.join(', ')}]; expected ${factor} to ${mostTaps} taps for a factor of ${factor}`);
  }
  return filter ?? { data: Float32Array.of(1), dims: [1] };
}
