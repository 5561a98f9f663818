import type { FloatTensor } from '../../src/engine/tensor';
import { Gaussian } from './gaussian';
import { radialFilter, separableFilter } from './lowpassFilters';
import { dict, float, numpyFloat, pickled } from './pickleWriter';
import type { PickleValue } from './pickleWriter';
import { filled, fullyConnected, init, mappingModule, moduleValue, torchModule } from './stylegan2Checkpoint';
import type { StyleGan2Options, TorchModule } from './stylegan2Checkpoint';

/** A StyleGAN3 generator with random weights. */
export interface StyleGan3Options extends Pick<StyleGan2Options, 'zDim' | 'cDim' | 'wDim' | 'mappingLayers' | 'imgChannels' | 'convClamp' | 'seed'> {
  /** Pixels along one side. */
  readonly resolution: number;
  /** A layer of cutoff f has min(channelBase / 2 / f, channelMax) channels. */
  readonly channelBase: number;
  readonly channelMax: number;
  /** Without the Fourier features and the layer to colours. */
  readonly numLayers: number;
  readonly numCritical: number;
  readonly firstCutoff: number;
  readonly firstStopband: number;
  readonly lastStopbandRel: number;
  readonly marginSize: number;
  readonly outputScale: number;
  /** 3 in configuration T, 1 in R. */
  readonly convKernel: number;
  readonly filterSize: number;
  readonly lreluUpsampling: number;
  /** Of configuration R. */
  readonly useRadialFilters: boolean;
}

const configurationT: StyleGan3Options = {
  resolution: 512, zDim: 512, cDim: 0, wDim: 512, mappingLayers: 2, channelBase: 32768, channelMax: 512, imgChannels: 3, numLayers: 14, numCritical: 2,
  firstCutoff: 2, firstStopband: 2 ** 2.1, lastStopbandRel: 2 ** 0.3, marginSize: 10, outputScale: 0.25, convKernel: 3, filterSize: 6, lreluUpsampling: 2,
  useRadialFilters: false, convClamp: 256, seed: 0,
};

/** Twice the channels, kernels of 1x1 and radial filters. */
const configurationR: StyleGan3Options = { ...configurationT, channelBase: 65536, channelMax: 1024, convKernel: 1, useRadialFilters: true };

/** The generators that NVlabs published, by what is the same as `train.py`'s arguments for them. */
export const stylegan3Presets = {
  'afhqv2-t-512': configurationT,
  'afhqv2-r-512': configurationR,
  'ffhq-t-1024': { ...configurationT, resolution: 1024 },
  'ffhq-r-1024': { ...configurationR, resolution: 1024 },
} as const satisfies Readonly<Record<string, StyleGan3Options>>;

export type StyleGan3Preset = keyof typeof stylegan3Presets;

/** A checkpoint as NVlabs' `train.py` writes it, of a published generator or of configuration T with some options of its own. */
export function stylegan3Checkpoint(options: StyleGan3Preset | Partial<StyleGan3Options> = {}): Uint8Array {
  return checkpointOf3(stylegan3Generator(options));
}

/** A generator with random weights, to be looked at or changed before it is written. */
export function stylegan3Generator(options: StyleGan3Preset | Partial<StyleGan3Options> = {}): TorchModule {
  const o = optionsOf(options);
  const random = new Gaussian(o.seed);
  const numWs = o.numLayers + 2;
  const shared = { z_dim: o.zDim, c_dim: o.cDim, w_dim: o.wDim, img_resolution: o.resolution, img_channels: o.imgChannels };
  return torchModule('Generator', {
    modules: { synthesis: synthesisModule(random, o, numWs), mapping: mappingModule(random, o, numWs) },
    attributes: { ...shared, num_ws: numWs, ...init([], { ...shared, channel_base: o.channelBase, channel_max: o.channelMax, conv_kernel: o.convKernel }) },
  });
}

/** The file that holds `generator`. */
export function checkpointOf3(generator: TorchModule): Uint8Array {
  const value = moduleValue(generator, { halfPrecisionWeights: false, channelsLast: false }, 'networks_stylegan3');
  return pickled(dict({ G: null, D: null, G_ema: value, training_set_kwargs: null, augment_pipe: null }));
}

/** All options, those that are left out as in configuration T. */
export function optionsOf(options: StyleGan3Preset | Partial<StyleGan3Options>): StyleGan3Options {
  return typeof options === 'string' ? stylegan3Presets[options] : { ...configurationT, ...options };
}

/** One of the signals between the layers; frequencies in periods to the length of one image side. */
export interface Signal {
  readonly channels: number;
  /** Pixels along one side. */
  readonly size: number;
  readonly samplingRate: number;
  readonly cutoff: number;
  readonly halfWidth: number;
}

/** What each layer makes (Karras et al. 2021, appendix C.1): cutoffs and stopbands grow geometrically up to the critically sampled layers. */
export function signalsOf(o: StyleGan3Options): Signal[] {
  const lastCutoff = o.resolution / 2;
  const grown = (first: number, last: number, i: number) => first * (last / first) ** Math.min(i / (o.numLayers - o.numCritical), 1);
  return Array.from({ length: o.numLayers + 1 }, (_, i) => {
    const cutoff = grown(o.firstCutoff, lastCutoff, i);
    const stopband = grown(o.firstStopband, lastCutoff * o.lastStopbandRel, i);
    const samplingRate = 2 ** Math.ceil(Math.log2(Math.min(stopband * 2, o.resolution)));
    return {
      channels: i === o.numLayers ? o.imgChannels : Math.round(Math.min(o.channelBase / 2 / cutoff, o.channelMax)),
      size: i >= o.numLayers - 1 ? o.resolution : samplingRate + 2 * o.marginSize,
      samplingRate,
      cutoff,
      halfWidth: Math.max(stopband, samplingRate / 2) - cutoff,
    };
  });
}

function synthesisModule(random: Gaussian, o: StyleGan3Options, numWs: number): TorchModule {
  const signals = signalsOf(o);
  const layers = signals.map((signal, i) => [`L${i}_${signal.size}_${signal.channels}`, layerModule(random, o, i, signals[Math.max(i - 1, 0)]!, signal)] as const);
  const shared = { w_dim: o.wDim, img_resolution: o.resolution, img_channels: o.imgChannels };
  return torchModule('SynthesisNetwork', {
    modules: { input: inputModule(random, o, signals[0]!), ...Object.fromEntries(layers) },
    attributes: {
      ...shared, num_ws: numWs, num_layers: o.numLayers, num_critical: o.numCritical, margin_size: o.marginSize, output_scale: o.outputScale, num_fp16_res: 4,
      layer_names: layers.map(([name]) => name), ...init([], shared),
    },
  });
}

function inputModule(random: Gaussian, o: StyleGan3Options, { channels, samplingRate, cutoff }: Signal): TorchModule {
  const affine = fullyConnected(random, o.wDim, 4, {});
  // NVlabs' start from no rotation; a rotation that w changes is what training makes of it.
  affine.parameters.set('bias', { data: Float32Array.of(1, 0.1, 0.05, -0.02), dims: [4] });
  return torchModule('SynthesisInput', {
    parameters: { weight: random.tensor([channels, channels]) },
    buffers: {
      transform: { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), dims: [3, 3] },
      freqs: withinDisc(random.tensor([channels, 2]), cutoff),
      phases: squashed(random.tensor([channels])),
    },
    modules: { affine: { ...affine, parameters: new Map([...affine.parameters].map(([name, tensor]) => [name, name === 'weight' ? scaledBy(tensor, 0.2) : tensor])) } },
    attributes: { w_dim: o.wDim, channels, sampling_rate: numpyFloat(samplingRate), bandwidth: numpyFloat(cutoff), ...init([], { w_dim: o.wDim, channels }) },
  });
}

/** Frequencies of a uniform disc: a normal distribution's, each at its length r moved to r / (r exp(r^2 / 4)). */
function withinDisc({ data, dims }: FloatTensor, radius: number): FloatTensor {
  const lengths = Array.from({ length: dims[0]! }, (_, i) => Math.hypot(data[2 * i]!, data[2 * i + 1]!));
  return { data: data.map((value, i) => (radius * value) / (lengths[Math.floor(i / 2)]! * Math.exp(lengths[Math.floor(i / 2)]! ** 2 / 4))), dims };
}

/** Between -1/2 and 1/2. */
function squashed({ data, dims }: FloatTensor): FloatTensor {
  return { data: data.map((value) => Math.tanh(value) / 2), dims };
}

function scaledBy({ data, dims }: FloatTensor, factor: number): FloatTensor {
  return { data: data.map((value) => value * factor), dims };
}

function layerModule(random: Gaussian, o: StyleGan3Options, index: number, from: Signal, to: Signal): TorchModule {
  const isColours = index === o.numLayers;
  const isCritical = index >= o.numLayers - o.numCritical;
  const kernel = isColours ? 1 : o.convKernel;
  const filters = filtersOf(o, index, from, to);
  return torchModule('SynthesisLayer', {
    parameters: { weight: random.tensor([to.channels, from.channels, kernel, kernel]), bias: random.tensor([to.channels], 0.2) },
    // Fourier features have a mean square of about 1/2 and the layers' outputs of 1, before the filters take some of it.
    buffers: { magnitude_ema: filled([], index === 0 ? 0.5 : 0.8 + 0.05 * (index % 5)), ...filters.tensors },
    modules: { affine: fullyConnected(random, o.wDim, from.channels, { biasMean: 1 }) },
    attributes: {
      w_dim: o.wDim, is_torgb: isColours, is_critically_sampled: isCritical, use_fp16: to.samplingRate * 16 > o.resolution,
      in_channels: from.channels, out_channels: to.channels, in_sampling_rate: from.samplingRate, out_sampling_rate: to.samplingRate, tmp_sampling_rate: filters.samplingRate,
      in_cutoff: numpyFloat(from.cutoff), out_cutoff: numpyFloat(to.cutoff), in_half_width: numpyFloat(from.halfWidth), out_half_width: numpyFloat(to.halfWidth),
      conv_kernel: kernel, conv_clamp: o.convClamp, magnitude_ema_beta: 0.999,
      up_factor: filters.up, up_taps: filters.upTaps, down_factor: filters.down, down_taps: filters.downTaps, down_radial: filters.isRadial,
      padding: paddingOf(filters, kernel, from.size, to.size),
      ...init([], { w_dim: o.wDim, is_torgb: isColours, is_critically_sampled: isCritical, filter_size: float(o.filterSize) }),
    },
  });
}

interface Filters {
  readonly up: number;
  readonly down: number;
  readonly upTaps: number;
  readonly downTaps: number;
  readonly isRadial: boolean;
  /** Between the filters. */
  readonly samplingRate: number;
  readonly tensors: Readonly<Record<string, FloatTensor>>;
}

function filtersOf(o: StyleGan3Options, index: number, from: Signal, to: Signal): Filters {
  const isColours = index === o.numLayers;
  const samplingRate = Math.max(from.samplingRate, to.samplingRate) * (isColours ? 1 : o.lreluUpsampling);
  const [up, down] = [samplingRate / from.samplingRate, samplingRate / to.samplingRate];
  const [upTaps, downTaps] = [up, down].map((factor) => (factor > 1 && !isColours ? o.filterSize * factor : 1)) as [number, number];
  const isRadial = o.useRadialFilters && index < o.numLayers - o.numCritical;
  const design = (taps: number, { cutoff, halfWidth }: Signal) => ({ taps, cutoff, width: 2 * halfWidth, samplingRate });
  return {
    up, down, upTaps, downTaps, isRadial, samplingRate,
    tensors: {
      ...(upTaps > 1 ? { up_filter: separableFilter(design(upTaps, from)) } : {}),
      ...(downTaps > 1 ? { down_filter: (isRadial ? radialFilter : separableFilter)(design(downTaps, to)) } : {}),
    },
  };
}

/** As NVlabs keeps it: before and behind in x, then in y. */
function paddingOf({ up, down, upTaps, downTaps }: Filters, kernel: number, inSize: number, outSize: number): PickleValue {
  const total = (outSize - 1) * down + 1 - (inSize + kernel - 1) * up + upTaps + downTaps - 2;
  const before = Math.floor((total + up) / 2);
  return [before, total - before, before, total - before];
}
