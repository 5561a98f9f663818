import { UserError } from '../../../shared/userError';
import type { NamedNetwork, Weight } from '../namedNetwork';
import { readDense, scaled } from '../stylegan/dense';
import type { DenseLayer } from '../stylegan/dense';
import { readPlan } from './layerPlan';
import type { LayerPlan, SynthesisPlan } from './layerPlan';
import type { Resampling } from './resampling';

/** The Fourier features that the network starts from. */
export interface FourierInput {
  /** From w to (r_c, r_s, t_x, t_y), the learned rotation and translation. */
  readonly affine: DenseLayer;
  /** [channels, 2], in periods to the length of one image side. */
  readonly frequencies: Weight;
  /** [channels], in periods. */
  readonly phases: Float32Array;
  /** [channels, channels], its gain multiplied in. */
  readonly weight: Weight;
  /** [3, 3], from places on the image that is asked for to places on the one that would be made. */
  readonly transform: Weight;
  /** Pixels along one side, margin included. */
  readonly size: number;
  readonly samplingRate: number;
  /** Frequencies above this one fade out until half the sampling rate. */
  readonly bandwidth: number;
}

/** A modulated convolution and a filtered leaky ReLU, or, for the last layer, the convolution to colours. */
export interface SynthesisLayer {
  readonly name: string;
  /** Pixels along one side of the image that the layer's sampling rate is enough for. */
  readonly resolution: number;
  readonly toColours: boolean;
  readonly affine: DenseLayer;
  /** [out, in, kernel, kernel]; of mean square 1 for each output channel, but for the one to colours. */
  readonly weight: Weight;
  readonly bias: Float32Array;
  /** What makes up for the magnitude that the layer's input had on average in training. */
  readonly inputGain: number;
  readonly resampling: Resampling;
  /** The largest magnitude after the activation; undefined where there is none. */
  readonly clamp: number | undefined;
}

/** The synthesis network of a StyleGAN3 generator, read from its tensors. */
export interface SynthesisNetwork {
  readonly input: FourierInput;
  readonly layers: readonly SynthesisLayer[];
  readonly wDim: number;
  readonly channels: number;
  readonly resolution: number;
  readonly outputScale: number;
  /** Whether it is made to be equivariant to rotation (configuration R), by kernels of 1x1, or to translation alone (T). */
  readonly rotates: boolean;
}

/** NVlabs' defaults, for checkpoints without settings. */
const defaults = { bandwidth: 2, clamp: 256, outputScale: 0.25 };
const largestInputSize = 1024;

/**
 * Reads the synthesis network from tensors with NVlabs' names (`input.freqs`, `L0_36_512.weight`, ..). Sizes come from
 * the tensors' names and shapes; what they do not tell comes from the settings, with StyleGAN3's defaults.
 *
 * @throws UserError that names the layer, tensor or setting that is missing or does not fit the others.
 */
export function readSynthesis(network: NamedNetwork): SynthesisNetwork {
  const plan = readPlan(network);
  const input = readInput(network.part('input'), plan);
  const wDim = input.affine.weight.dims[1]!;
  const layers: SynthesisLayer[] = [];
  for (const layer of plan.layers) {
    const inputs = layers.at(-1)?.weight.dims[0] ?? input.weight.dims[0]!;
    layers.push(readLayer(network.part(layer.name), layer, { inputs, wDim, resolution: plan.resolution, toColours: layer === plan.layers.at(-1) }));
  }
  return {
    input,
    layers,
    wDim,
    channels: layers.at(-1)!.weight.dims[0]!,
    resolution: plan.resolution,
    outputScale: network.number('output_scale') ?? defaults.outputScale,
    rotates: plan.layers[0]!.resampling.kernel === 1,
  };
}

function readInput(input: NamedNetwork, { inputSize, inputSamplingRate }: SynthesisPlan): FourierInput {
  if (inputSize > largestInputSize) throw new UserError(`${input.file}: its Fourier features ${input.fullName('weight')} are of ${inputSize} px, as its first layer; expected at most ${largestInputSize}`);
  const weight = input.weight('weight', ['channels', 'channels']);
  const channels = weight.dims[0]!;
  const bandwidth = input.number('bandwidth') ?? defaults.bandwidth;
  if (!(bandwidth > 0 && bandwidth < inputSamplingRate / 2)) {
    throw new UserError(`${input.file}: the setting ${input.fullName('bandwidth')} is ${bandwidth}; expected more than 0 and less than ${inputSamplingRate / 2}, half the sampling rate`);
  }
  return {
    affine: readDense(input.part('affine'), { inputs: 'w_dim', outputs: 4 }),
    frequencies: input.weight('freqs', [channels, 2]),
    phases: input.weight('phases', [channels]).data,
    weight: scaled(weight, 1 / Math.sqrt(channels)),
    transform: input.optionalWeight('transform', [3, 3]) ?? { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), dims: [3, 3] },
    size: inputSize,
    samplingRate: inputSamplingRate,
    bandwidth,
  };
}

interface LayerContext {
  readonly inputs: number;
  readonly wDim: number;
  readonly resolution: number;
  readonly toColours: boolean;
}

function readLayer(layer: NamedNetwork, { name, samplingRate, resampling }: LayerPlan, { inputs, wDim, resolution, toColours }: LayerContext): SynthesisLayer {
  const { kernel } = resampling;
  const weight = layer.weight('weight', ['outputs', inputs, kernel, kernel]);
  const affine = readDense(layer.part('affine'), { inputs: wDim, outputs: inputs });
  const colourGain = 1 / Math.sqrt(inputs * kernel ** 2);
  return {
    name,
    resolution: Math.max(1, Math.min(Math.round(samplingRate), resolution)),
    toColours,
    affine: toColours ? { ...affine, weight: scaled(affine.weight, colourGain), bias: affine.bias.map((value) => value * colourGain) } : affine,
    weight: toColours ? weight : normalized(weight),
    bias: layer.weight('bias', [weight.dims[0]!]).data,
    inputGain: readInputGain(layer),
    resampling,
    clamp: readClamp(layer),
  };
}

/** The weight divided by its root mean square, output channel by output channel. */
function normalized({ data, dims }: Weight): Weight {
  const size = data.length / dims[0]!;
  const unit = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += data[i]! ** 2;
    const gain = 1 / Math.sqrt(sum / size);
    for (let i = start; i < start + size; i++) unit[i] = data[i]! * gain;
  }
  return { data: unit, dims };
}

function readInputGain(layer: NamedNetwork): number {
  const magnitude = layer.weight('magnitude_ema', []).data[0]!;
  if (!(magnitude > 0 && magnitude < Infinity)) throw new UserError(`${layer.file}: the tensor ${layer.fullName('magnitude_ema')} is ${magnitude}; expected a positive number, the mean square of the layer's input`);
  return 1 / Math.sqrt(magnitude);
}

/** None in a file that says so; the default in one that does not say. */
function readClamp(layer: NamedNetwork): number | undefined {
  const clamp = layer.settings.has('conv_clamp') ? layer.number('conv_clamp') : defaults.clamp;
  if (clamp !== undefined && clamp < 0) throw new UserError(`${layer.file}: the setting ${layer.fullName('conv_clamp')} is ${clamp}; expected a positive number, or none`);
  return clamp;
}
