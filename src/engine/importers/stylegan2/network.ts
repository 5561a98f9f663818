import { UserError } from '../../../shared/userError';
import type { NamedNetwork, Weight } from '../namedNetwork';
import { activationGain, activations, readDense, scaled } from '../stylegan/dense';
import type { Activation, DenseLayer } from '../stylegan/dense';

const architectures = ['skip', 'resnet', 'orig'] as const;

/** How a block's picture is made: NVlabs' `architecture`. */
export type Architecture = (typeof architectures)[number];

/** A modulated convolution. */
export interface SynthesisLayer {
  readonly name: string;
  readonly affine: DenseLayer;
  /** [out, in, kernel, kernel] */
  readonly weight: Weight;
  readonly bias: Float32Array;
  readonly upsample: boolean;
  readonly activation: Activation;
  /** Multiplies the activation. */
  readonly gain: number;
  /** The largest magnitude of the output, as float16 checkpoints are trained with. */
  readonly clamp: number | undefined;
  /** Constant noise times its strength, [resolution, resolution]; undefined where there is none. */
  readonly noise: Float32Array | undefined;
}

/** The 1x1 convolution to colours: modulated, not demodulated. */
export interface ToRgbLayer {
  readonly name: string;
  readonly affine: DenseLayer;
  readonly weight: Weight;
  readonly bias: Float32Array;
  readonly clamp: number | undefined;
}

export interface SynthesisBlock {
  readonly resolution: number;
  /** The learned 4x4 input, [channels, 4, 4]; the first block only. */
  readonly constant: Weight | undefined;
  readonly conv0: SynthesisLayer | undefined;
  readonly conv1: SynthesisLayer;
  readonly toRgb: ToRgbLayer | undefined;
  /** The 1x1 convolution of the residual branch, its gain multiplied in; `resnet` only. */
  readonly skip: Weight | undefined;
  readonly architecture: Architecture;
}

/** The synthesis network of a StyleGAN2 generator, read from its tensors. */
export interface SynthesisNetwork {
  readonly blocks: readonly SynthesisBlock[];
  readonly wDim: number;
  readonly channels: number;
  readonly resolution: number;
  /** The FIR filter of every up-sampling step, [taps, taps], its sum 1. */
  readonly filter: Weight;
}

const residualGain = Math.SQRT1_2;

/**
 * Reads the synthesis network from tensors with NVlabs' names (`b4.const`, `b8.conv0.affine.weight`, ..).
 * Sizes come from the tensors' shapes; what the tensors do not tell (clamps, activations, the architecture)
 * comes from the settings, with StyleGAN2's defaults.
 *
 * @throws UserError that names the block, tensor or setting that is missing or does not fit the others.
 */
export function readSynthesis(network: NamedNetwork): SynthesisNetwork {
  const resolutions = blockResolutions(network);
  const resolution = resolutions.at(-1)!;
  const common: Common = {
    wDim: network.weight('b4.conv1.affine.weight', ['channels', 'w_dim']).dims[1]!,
    channels: network.weight(`b${resolution}.torgb.weight`, ['colours', 'channels', 1, 1]).dims[0]!,
    resolution,
    architecture: derivedArchitecture(network, resolutions),
  };
  const blocks: SynthesisBlock[] = [];
  for (const size of resolutions) blocks.push(readBlock(network.part(`b${size}`), size, blocks.at(-1)?.conv1.weight.dims[0], common));
  return {
    blocks,
    wDim: common.wDim,
    channels: common.channels,
    resolution,
    filter: readFilter(network, resolutions),
  };
}

/** What all blocks share. */
interface Common {
  readonly wDim: number;
  readonly channels: number;
  readonly resolution: number;
  /** Of blocks that do not say it themselves. */
  readonly architecture: Architecture;
}

function blockResolutions(network: NamedNetwork): number[] {
  const found = new Set([...network.tensors.keys()].flatMap((name) => /^b(\d{1,6})\./.exec(name)?.[1] ?? []).map(Number));
  if (found.size === 0) throw new UserError(`${network.file} has no synthesis blocks b4, b8, ..: expected a StyleGAN2 generator`);
  const largest = Math.max(...found, network.number('img_resolution') ?? 4);
  const expected: number[] = [];
  for (let resolution = 4; resolution <= largest; resolution *= 2) expected.push(resolution);
  const missing = expected.find((resolution) => !found.has(resolution));
  if (missing !== undefined) {
    throw new UserError(`${network.file} has no block ${network.fullName(`b${missing}`)}: a generator of ${largest} px has one for each power of two from 4 to ${largest}`);
  }
  const odd = [...found].find((resolution) => !expected.includes(resolution));
  if (odd !== undefined) throw new UserError(`${network.file} has a block ${network.fullName(`b${odd}`)}: expected one for each power of two from 4 on`);
  return expected;
}

function derivedArchitecture(network: NamedNetwork, resolutions: readonly number[]): Architecture {
  if (resolutions.some((resolution) => network.hasPart(`b${resolution}.skip`))) return 'resnet';
  const early = resolutions.slice(0, -1);
  return early.length === 0 || early.some((resolution) => network.hasPart(`b${resolution}.torgb`)) ? 'skip' : 'orig';
}

/** `inputs`: the channels of the block before; undefined for the first block. */
function readBlock(block: NamedNetwork, resolution: number, inputs: number | undefined, common: Common): SynthesisBlock {
  const architecture = block.choice('architecture', architectures) ?? common.architecture;
  const residual = architecture === 'resnet' && inputs !== undefined;
  const constant = inputs === undefined ? block.weight('const', ['channels', 4, 4]) : undefined;
  const conv0 = inputs === undefined ? undefined : readLayer(block.part('conv0'), `b${resolution}.conv0`, { resolution, inputs, wDim: common.wDim, upsample: true, gain: 1 });
  const middle = (conv0?.weight ?? constant)!.dims[0]!;
  const conv1 = readLayer(block.part('conv1'), `b${resolution}.conv1`, { resolution, inputs: middle, wDim: common.wDim, upsample: false, gain: residual ? residualGain : 1 });
  const outputs = conv1.weight.dims[0]!;
  const hasToRgb = resolution === common.resolution || architecture === 'skip';
  return {
    resolution,
    constant,
    conv0,
    conv1,
    toRgb: hasToRgb ? readToRgb(block.part('torgb'), `b${resolution}.torgb`, outputs, common) : undefined,
    skip: residual ? readSkip(block.part('skip'), outputs, inputs) : undefined,
    architecture,
  };
}

interface LayerSizes {
  readonly resolution: number;
  readonly inputs: number;
  readonly wDim: number;
  readonly upsample: boolean;
  /** Of the block's branch, on top of the activation's. */
  readonly gain: number;
}

function readLayer(layer: NamedNetwork, name: string, { resolution, inputs, wDim, upsample, gain }: LayerSizes): SynthesisLayer {
  const activation = layer.choice('activation', activations) ?? 'lrelu';
  const weight = layer.weight('weight', ['outputs', inputs, 'kernel', 'kernel']);
  const clamp = readClamp(layer);
  return {
    name,
    affine: readDense(layer.part('affine'), { inputs: wDim, outputs: inputs }),
    weight,
    bias: layer.weight('bias', [weight.dims[0]!]).data,
    upsample,
    activation,
    gain: (layer.number('act_gain') ?? activationGain(activation)) * gain,
    clamp: clamp === undefined ? undefined : clamp * gain,
    noise: readNoise(layer, resolution),
  };
}

function readClamp(layer: NamedNetwork): number | undefined {
  const clamp = layer.number('conv_clamp');
  if (clamp !== undefined && clamp < 0) throw new UserError(`${layer.file}: the setting ${layer.fullName('conv_clamp')} is ${clamp}; expected a positive number, or none`);
  return clamp;
}

function readNoise(layer: NamedNetwork, resolution: number): Float32Array | undefined {
  const hasNoise = layer.has('noise_strength') || layer.has('noise_const');
  if (!layer.flag('use_noise', hasNoise)) return undefined;
  const strength = layer.weight('noise_strength', []).data[0]!;
  const noise = layer.weight('noise_const', [resolution, resolution]);
  return strength === 0 ? undefined : noise.data.map((value) => value * strength);
}

function readToRgb(layer: NamedNetwork, name: string, inputs: number, { wDim, channels }: Common): ToRgbLayer {
  const weight = layer.weight('weight', [channels, inputs, 1, 1]);
  const gain = layer.number('weight_gain') ?? 1 / Math.sqrt(inputs);
  const affine = readDense(layer.part('affine'), { inputs: wDim, outputs: inputs });
  return {
    name,
    affine: { ...affine, weight: scaled(affine.weight, gain), bias: affine.bias.map((value) => value * gain) },
    weight,
    bias: layer.weight('bias', [channels]).data,
    clamp: readClamp(layer),
  };
}

function readSkip(layer: NamedNetwork, outputs: number, inputs: number): Weight {
  const weight = layer.weight('weight', [outputs, inputs, 1, 1]);
  return scaled(weight, (layer.number('weight_gain') ?? 1 / Math.sqrt(inputs)) * residualGain);
}

/** NVlabs' networks have four taps. */
const tapCounts = { least: 2, most: 64 };

/**
 * The filter of all steps that up-sample. A block's second convolution has one as well, which it does not use.
 *
 * @throws UserError where they are not all the same.
 */
function readFilter(network: NamedNetwork, resolutions: readonly number[]): Weight {
  const names = resolutions.flatMap((resolution) => ['', 'conv0.', 'skip.'].map((part) => `b${resolution}.${part}resample_filter`));
  const present = names.filter((name) => network.has(name));
  const filters = present.map((name) => readTaps(network, name));
  const [first = defaultFilter()] = filters;
  const odd = filters.findIndex((filter) => !isSame(filter, first));
  if (odd >= 0) {
    throw new UserError(`${network.file}: the tensor ${network.fullName(present[odd]!)} differs from ${network.fullName(present[0]!)}; expected one filter for all that up-samples`);
  }
  return first;
}

/** A filter as [taps, taps]; NVlabs' `setup_filter` keeps one of eight or more taps as [taps], to be used in both directions. */
function readTaps(network: NamedNetwork, name: string): Weight {
  const { dims } = network.tensors.get(name)!;
  if (dims.some((size) => size < tapCounts.least || size > tapCounts.most)) {
    throw new UserError(`${network.file}: the tensor ${network.fullName(name)} has the shape [${dims.join(', ')}]; expected ${tapCounts.least} to ${tapCounts.most} taps in each direction`);
  }
  return dims.length === 1 ? outerSquare(network.weight(name, ['taps']).data) : network.weight(name, ['taps', 'taps']);
}

function outerSquare(taps: Float32Array): Weight {
  return { data: Float32Array.from({ length: taps.length ** 2 }, (_, i) => taps[Math.floor(i / taps.length)]! * taps[i % taps.length]!), dims: [taps.length, taps.length] };
}

function isSame(a: Weight, b: Weight): boolean {
  return a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);
}

/** [1, 3, 3, 1] in both directions, normalised. */
function defaultFilter(): Weight {
  const taps = [1, 3, 3, 1];
  return { data: Float32Array.from(taps.flatMap((a) => taps.map((b) => (a * b) / 64))), dims: [4, 4] };
}
