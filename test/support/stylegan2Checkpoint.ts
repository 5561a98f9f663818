import { floatToHalf, halfToFloat } from '../../src/engine/halfFloat';
import type { FloatTensor } from '../../src/engine/tensor';
import { Gaussian } from './gaussian';
import { contiguousStrides, dict, emptySet, float, numpyFloat, orderedDict, pickled, tuple } from './pickleWriter';
import type { PersistentValue, PickleValue, TensorValue } from './pickleWriter';

/** What a training run saves, and what people cut out of it. */
export type Snapshot = 'G_ema' | 'training' | 'bare' | 'G' | 'D';

/** A generator with random weights. */
export interface StyleGan2Options {
  /** Pixels along one side, a power of two from 4. */
  readonly resolution: number;
  readonly zDim: number;
  readonly cDim: number;
  readonly wDim: number;
  readonly mappingLayers: number;
  /** A block at r px has min(channelBase / r, channelMax) channels. */
  readonly channelBase: number;
  readonly channelMax: number;
  readonly architecture: 'skip' | 'resnet' | 'orig';
  readonly imgChannels: number;
  readonly convClamp: number | null;
  /** As many of the largest resolutions are marked to be run in float16. */
  readonly numFp16Res: number;
  /** Stores all tensors as float16. */
  readonly halfPrecisionWeights: boolean;
  /** Stores convolution weights with the input channels running fastest, as PyTorch's `channels_last` does. */
  readonly channelsLast: boolean;
  /** Of the synthesis layers; the mapping network has `lrelu`. */
  readonly activation: string;
  readonly useNoise: boolean;
  /** The standard deviation of the layers' noise strengths. */
  readonly noiseStrength: number;
  readonly resampleFilter: readonly number[];
  readonly snapshot: Snapshot;
  readonly seed: number;
}

/** NVlabs' defaults for 256 px: about 100 MB of weights. */
export const defaultOptions: StyleGan2Options = {
  resolution: 256, zDim: 512, cDim: 0, wDim: 512, mappingLayers: 8, channelBase: 32768, channelMax: 512, architecture: 'skip', imgChannels: 3,
  convClamp: 256, numFp16Res: 4, halfPrecisionWeights: false, channelsLast: false, activation: 'lrelu', useNoise: true, noiseStrength: 0.2,
  resampleFilter: [1, 3, 3, 1], snapshot: 'G_ema', seed: 0,
};

/** A PyTorch module: its tensors, its children, and all else that it keeps. */
export interface TorchModule {
  readonly className: string;
  readonly parameters: Map<string, FloatTensor>;
  readonly buffers: Map<string, FloatTensor>;
  readonly modules: Map<string, TorchModule>;
  readonly attributes: Map<string, PickleValue>;
}

/** A checkpoint as NVlabs' `train.py` writes it (`torch_utils.persistence` of the StyleGAN2-ADA and StyleGAN3 repositories). */
export function stylegan2Checkpoint(options: Partial<StyleGan2Options> = {}): Uint8Array {
  return checkpointOf(stylegan2Generator(options), options);
}

/** A generator with random weights, to be looked at or changed before it is written. */
export function stylegan2Generator(options: Partial<StyleGan2Options> = {}): TorchModule {
  const o = { ...defaultOptions, ...options };
  const generator = generatorModule(new Gaussian(o.seed), o);
  if (o.halfPrecisionWeights) roundToHalf(generator);
  return generator;
}

/** The file that holds `generator`; the other networks of a training snapshot are made up. */
export function checkpointOf(generator: TorchModule, options: Partial<StyleGan2Options> = {}): Uint8Array {
  const o = { ...defaultOptions, ...options };
  const value = () => moduleValue(generator, o);
  const other = (module: TorchModule) => moduleValue(module, o);
  switch (o.snapshot) {
    case 'bare':
      return pickled(value());
    case 'G':
      return pickled(dict({ G: value(), D: other(discriminatorModule(new Gaussian(o.seed + 2), o)) }));
    case 'D':
      return pickled(dict({ D: other(discriminatorModule(new Gaussian(o.seed + 2), o)) }));
    case 'G_ema':
      return pickled(dict({ G: null, D: null, G_ema: value(), training_set_kwargs: null, augment_pipe: null }));
    case 'training':
      return pickled(dict({
        G: other(generatorModule(new Gaussian(o.seed + 1), o)),
        D: other(discriminatorModule(new Gaussian(o.seed + 2), o)),
        G_ema: value(),
        training_set_kwargs: trainingSet(o),
        augment_pipe: other(augmentPipe()),
      }));
  }
}

/** The module of that dotted name. */
export function moduleAt(module: TorchModule, path: string): TorchModule {
  return path === '' ? module : path.split('.').reduce((inner, name) => existing(inner.modules.get(name), path), module);
}

/** The tensor of that dotted name. */
export function tensorAt(module: TorchModule, path: string): FloatTensor {
  const [owner, name] = ownerOf(module, path);
  return existing(owner.get(name), path);
}

/** The tensors among which the one of that dotted name is, or would be, and its name there. */
export function ownerOf(module: TorchModule, path: string): [Map<string, FloatTensor>, string] {
  const [, parent = '', name = ''] = /^(?:(.*)\.)?([^.]*)$/.exec(path) ?? [];
  const { parameters, buffers } = moduleAt(module, parent);
  return [parameters.has(name) ? parameters : buffers, name];
}

/** The dotted names of all tensors of a module. */
export function tensorNames({ parameters, buffers, modules }: TorchModule): string[] {
  const below = [...modules].flatMap(([name, child]) => tensorNames(child).map((inner) => `${name}.${inner}`));
  return [...parameters.keys(), ...buffers.keys(), ...below];
}

/** A module and all below it. */
export function* modulesOf(module: TorchModule): Iterable<TorchModule> {
  yield module;
  for (const child of module.modules.values()) yield* modulesOf(child);
}

function existing<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw new RangeError(`the network has no ${path}`);
  return value;
}

/** The number of channels of the block at `resolution` px. */
export function channelsAt(resolution: number, { channelBase, channelMax }: Pick<StyleGan2Options, 'channelBase' | 'channelMax'>): number {
  return Math.min(Math.floor(channelBase / resolution), channelMax);
}

type Named<T> = Readonly<Record<string, T>>;

export interface Parts {
  readonly parameters?: Named<FloatTensor>;
  readonly buffers?: Named<FloatTensor>;
  readonly modules?: Named<TorchModule>;
  readonly attributes?: Named<PickleValue>;
}

export function torchModule(className: string, { parameters = {}, buffers = {}, modules = {}, attributes = {} }: Parts): TorchModule {
  return {
    className,
    parameters: new Map(Object.entries(parameters)),
    buffers: new Map(Object.entries(buffers)),
    modules: new Map(Object.entries(modules)),
    attributes: new Map(Object.entries(attributes)),
  };
}

function generatorModule(random: Gaussian, o: StyleGan2Options): TorchModule {
  const resolutions = blockResolutions(o);
  const numWs = 2 * resolutions.length;
  const shared = { z_dim: o.zDim, c_dim: o.cDim, w_dim: o.wDim };
  const image = { img_resolution: o.resolution, img_channels: o.imgChannels };
  return torchModule('Generator', {
    modules: { synthesis: synthesisModule(random, o, resolutions, numWs), mapping: mappingModule(random, o, numWs) },
    attributes: {
      ...shared, ...image, num_ws: numWs,
      ...init([], { ...shared, ...image, mapping_kwargs: dict({ num_layers: o.mappingLayers }), channel_base: o.channelBase, channel_max: o.channelMax }),
    },
  });
}

function blockResolutions({ resolution }: StyleGan2Options): number[] {
  return Array.from({ length: Math.log2(resolution) - 1 }, (_, i) => 2 ** (i + 2));
}

function synthesisModule(random: Gaussian, o: StyleGan2Options, resolutions: readonly number[], numWs: number): TorchModule {
  const shared = { w_dim: o.wDim, img_resolution: o.resolution, img_channels: o.imgChannels };
  return torchModule('SynthesisNetwork', {
    modules: Object.fromEntries(resolutions.map((resolution) => [`b${resolution}`, synthesisBlock(random, o, resolution)])),
    attributes: {
      w_dim: o.wDim, img_resolution: o.resolution, img_resolution_log2: Math.log2(o.resolution), img_channels: o.imgChannels, num_fp16_res: o.numFp16Res,
      block_resolutions: resolutions, num_ws: numWs, ...init([], { ...shared, channel_base: o.channelBase, channel_max: o.channelMax }),
    },
  });
}

function synthesisBlock(random: Gaussian, o: StyleGan2Options, resolution: number): TorchModule {
  const first = resolution === 4;
  const last = resolution === o.resolution;
  const inputs = first ? 0 : channelsAt(resolution / 2, o);
  const outputs = channelsAt(resolution, o);
  const toRgb = last || o.architecture === 'skip';
  const isFp16 = resolution >= Math.max(2 * o.resolution / 2 ** o.numFp16Res, 8);
  const shared = { w_dim: o.wDim, resolution, img_channels: o.imgChannels, is_last: last };
  return torchModule('SynthesisBlock', {
    parameters: first ? { const: random.tensor([outputs, 4, 4]) } : {},
    buffers: { resample_filter: filterOf(o) },
    modules: {
      ...(first ? {} : { conv0: synthesisLayer(random, o, inputs, outputs, resolution, 2) }),
      conv1: synthesisLayer(random, o, outputs, outputs, resolution, 1),
      ...(toRgb ? { torgb: toRgbLayer(random, o, outputs) } : {}),
      ...(!first && o.architecture === 'resnet' ? { skip: convolution(random, inputs, outputs, 1, { up: 2, bias: false, filter: filterOf(o) }) } : {}),
    },
    attributes: {
      in_channels: inputs, ...shared, architecture: o.architecture, use_fp16: isFp16, channels_last: o.channelsLast, fused_modconv_default: true,
      num_conv: first ? 1 : 2, num_torgb: toRgb ? 1 : 0,
      ...init([inputs, outputs], { ...shared, use_fp16: isFp16 }),
    },
  });
}

function synthesisLayer(random: Gaussian, o: StyleGan2Options, inputs: number, outputs: number, resolution: number, up: number): TorchModule {
  const noise = o.useNoise
    ? { noise_strength: o.noiseStrength === 0 ? filled([], 0) : random.tensor([], o.noiseStrength) }
    : {};
  return torchModule('SynthesisLayer', {
    parameters: { weight: random.tensor([outputs, inputs, 3, 3]), ...noise, bias: random.tensor([outputs], 0.2) },
    // Only what up-samples gets the network's filter; NVlabs' other layers keep, unused, their default.
    buffers: { resample_filter: filterOf(up === 1 ? defaultOptions : o), ...(o.useNoise ? { noise_const: random.tensor([resolution, resolution]) } : {}) },
    modules: { affine: fullyConnected(random, o.wDim, inputs, { biasMean: 1 }) },
    attributes: {
      in_channels: inputs, out_channels: outputs, w_dim: o.wDim, resolution, up, use_noise: o.useNoise, activation: o.activation, conv_clamp: o.convClamp,
      padding: 1, act_gain: gainOf(o.activation),
      ...init([inputs, outputs], { w_dim: o.wDim, resolution, ...(up === 1 ? {} : { up, resample_filter: o.resampleFilter }), conv_clamp: o.convClamp, channels_last: o.channelsLast }),
    },
  });
}

function toRgbLayer(random: Gaussian, o: StyleGan2Options, inputs: number): TorchModule {
  return torchModule('ToRGBLayer', {
    parameters: { weight: random.tensor([o.imgChannels, inputs, 1, 1]), bias: random.tensor([o.imgChannels], 0.2) },
    modules: { affine: fullyConnected(random, o.wDim, inputs, { biasMean: 1 }) },
    attributes: {
      in_channels: inputs, out_channels: o.imgChannels, w_dim: o.wDim, conv_clamp: o.convClamp, weight_gain: numpyFloat(1 / Math.sqrt(inputs)),
      ...init([inputs, o.imgChannels], { w_dim: o.wDim, conv_clamp: o.convClamp, channels_last: o.channelsLast }),
    },
  });
}

interface ConvolutionOptions {
  readonly up?: number;
  readonly down?: number;
  readonly bias?: boolean;
  readonly activation?: string;
  readonly filter: FloatTensor;
}

/** NVlabs' `Conv2dLayer`. */
function convolution(random: Gaussian, inputs: number, outputs: number, kernel: number, { up = 1, down = 1, bias = true, activation = 'linear', filter }: ConvolutionOptions): TorchModule {
  return torchModule('Conv2dLayer', {
    parameters: { weight: random.tensor([outputs, inputs, kernel, kernel]), ...(bias ? { bias: filled([outputs], 0) } : {}) },
    buffers: { resample_filter: filter },
    attributes: {
      in_channels: inputs, out_channels: outputs, activation, up, down, conv_clamp: null, padding: Math.floor(kernel / 2),
      weight_gain: numpyFloat(1 / Math.sqrt(inputs * kernel ** 2)), act_gain: gainOf(activation), ...(bias ? {} : { bias: null }),
      ...init([inputs, outputs], { kernel_size: kernel, bias, up, down }),
    },
  });
}

/** The mapping network of every StyleGAN. */
export function mappingModule(random: Gaussian, o: Pick<StyleGan2Options, 'zDim' | 'cDim' | 'wDim' | 'mappingLayers'>, numWs: number): TorchModule {
  const shared = { z_dim: o.zDim, c_dim: o.cDim, w_dim: o.wDim, num_ws: numWs, num_layers: o.mappingLayers };
  const embedded = o.cDim > 0 ? o.wDim : 0;
  const layers = Array.from({ length: o.mappingLayers }, (_, i) =>
    [`fc${i}`, fullyConnected(random, i === 0 ? o.zDim + embedded : o.wDim, o.wDim, { activation: 'lrelu', lrMultiplier: 0.01 })] as const);
  return torchModule('MappingNetwork', {
    buffers: { w_avg: random.tensor([o.wDim], 0.2) },
    modules: { ...(o.cDim > 0 ? { embed: fullyConnected(random, o.cDim, o.wDim, {}) } : {}), ...Object.fromEntries(layers) },
    attributes: { ...shared, w_avg_beta: 0.998, ...init([], shared) },
  });
}

export interface FullyConnectedOptions {
  readonly activation?: string;
  readonly lrMultiplier?: number;
  readonly biasMean?: number;
}

export function fullyConnected(random: Gaussian, inputs: number, outputs: number, { activation = 'linear', lrMultiplier = 1, biasMean = 0 }: FullyConnectedOptions): TorchModule {
  return torchModule('FullyConnectedLayer', {
    parameters: { weight: random.tensor([outputs, inputs], 1 / lrMultiplier), bias: random.tensor([outputs], 0.2 / lrMultiplier, biasMean / lrMultiplier) },
    attributes: {
      in_features: inputs, out_features: outputs, activation, weight_gain: numpyFloat(lrMultiplier / Math.sqrt(inputs)), bias_gain: lrMultiplier,
      ...init([inputs, outputs], lrMultiplier === 1 ? { bias_init: biasMean } : { activation, lr_multiplier: lrMultiplier }),
    },
  });
}

function discriminatorModule(random: Gaussian, o: StyleGan2Options): TorchModule {
  const resolutions = blockResolutions(o).reverse();
  const blocks = resolutions.map((resolution) => [`b${resolution}`, resolution === 4 ? discriminatorEpilogue(random, o) : discriminatorBlock(random, o, resolution)] as const);
  return torchModule('Discriminator', {
    modules: Object.fromEntries(blocks),
    attributes: {
      c_dim: 0, img_resolution: o.resolution, img_resolution_log2: Math.log2(o.resolution), img_channels: o.imgChannels, block_resolutions: resolutions.slice(0, -1),
      ...init([], { c_dim: 0, img_resolution: o.resolution, img_channels: o.imgChannels }),
    },
  });
}

function discriminatorBlock(random: Gaussian, o: StyleGan2Options, resolution: number): TorchModule {
  const inputs = channelsAt(resolution, o);
  const outputs = channelsAt(resolution / 2, o);
  const filter = filterOf(o);
  return torchModule('DiscriminatorBlock', {
    buffers: { resample_filter: filter },
    modules: {
      ...(resolution === o.resolution ? { fromrgb: convolution(random, o.imgChannels, inputs, 1, { activation: 'lrelu', filter }) } : {}),
      conv0: convolution(random, inputs, inputs, 3, { activation: 'lrelu', filter }),
      conv1: convolution(random, inputs, outputs, 3, { activation: 'lrelu', down: 2, filter }),
      skip: convolution(random, inputs, outputs, 1, { down: 2, bias: false, filter }),
    },
    attributes: {
      in_channels: resolution === o.resolution ? 0 : inputs, resolution, img_channels: o.imgChannels, architecture: 'resnet', use_fp16: false,
      ...init([inputs, inputs, outputs], { resolution, img_channels: o.imgChannels }),
    },
  });
}

function discriminatorEpilogue(random: Gaussian, o: StyleGan2Options): TorchModule {
  const channels = channelsAt(4, o);
  return torchModule('DiscriminatorEpilogue', {
    modules: {
      mbstd: torchModule('MinibatchStdLayer', { attributes: { group_size: 4, num_channels: 1, ...init([], { group_size: 4, num_channels: 1 }) } }),
      conv: convolution(random, channels + 1, channels, 3, { activation: 'lrelu', filter: filterOf(o) }),
      fc: fullyConnected(random, channels * 16, channels, { activation: 'lrelu' }),
      out: fullyConnected(random, channels, 1, {}),
    },
    attributes: { in_channels: channels, cmap_dim: 0, resolution: 4, img_channels: o.imgChannels, architecture: 'resnet', ...init([channels], { cmap_dim: 0, resolution: 4 }) },
  });
}

function augmentPipe(): TorchModule {
  const settings = { xflip: 1, rotate90: 1, xint: 1, xint_max: 0.125, scale: 1, rotate: 1, brightness: 1, contrast: 1, hue: 1, saturation: 1 };
  return torchModule('AugmentPipe', {
    buffers: { p: filled([], 0.25), Hz_geom: filled([12], 1 / 12), Hz_fbank: filled([4, 11], 1 / 11) },
    attributes: { ...settings, xint_max: 0.125, rotate_max: float(1), ...init([], settings) },
  });
}

function trainingSet(o: StyleGan2Options): PickleValue {
  return dict({ class_name: 'training.dataset.ImageFolderDataset', path: './datasets/images.zip', use_labels: o.cDim > 0, max_size: 5000, xflip: true, resolution: o.resolution });
}

/** What `persistent_class` notes of a constructor call. */
export function init(args: readonly PickleValue[], kwargs: Named<PickleValue>): Named<PickleValue> {
  return { _init_args: tuple(...args), _init_kwargs: dict(kwargs) };
}

/** As `bias_act` has it; NumPy's number where NVlabs computes it with `np.sqrt`. */
function gainOf(activation: string): PickleValue {
  return ['relu', 'lrelu', 'swish'].includes(activation) ? numpyFloat(Math.SQRT2) : 1;
}

/** As NVlabs' `upfirdn2d.setup_filter` keeps it: eight taps or more in one dimension, to be used in both directions. */
function filterOf({ resampleFilter }: StyleGan2Options): FloatTensor {
  const sum = resampleFilter.reduce((total, tap) => total + tap, 0);
  const taps = resampleFilter.map((tap) => tap / sum);
  if (taps.length >= 8) return { data: Float32Array.from(taps), dims: [taps.length] };
  return { data: Float32Array.from(taps.flatMap((a) => taps.map((b) => a * b))), dims: [taps.length, taps.length] };
}

export function filled(dims: readonly number[], value: number): FloatTensor {
  return { data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(value), dims };
}

function roundToHalf(module: TorchModule): void {
  for (const { parameters, buffers } of modulesOf(module)) {
    for (const { data } of [...parameters.values(), ...buffers.values()]) data.set(data.map((value) => halfToFloat(floatToHalf(value))));
  }
}

/** The dictionaries of hooks that a PyTorch module has, all of them empty. */
const hooks = ['_backward_hooks', '_forward_hooks', '_forward_pre_hooks', '_state_dict_hooks', '_load_state_dict_pre_hooks'];

/** The module as it is pickled; its source takes the classes from NVlabs' own module. */
export function moduleValue(module: TorchModule, o: Pick<StyleGan2Options, 'halfPrecisionWeights' | 'channelsLast'>, networks = 'networks_stylegan2'): PersistentValue {
  const children = [...module.modules].map(([name, child]) => [name, moduleValue(child, o, networks)] as const);
  const state = new Map<string, PickleValue>([
    ['training', false],
    ['_parameters', orderedDict(mapped(module.parameters, (tensor) => ({ ...stored(tensor, o), parameter: true })))],
    ['_buffers', orderedDict(mapped(module.buffers, (tensor) => stored(tensor, o)))],
    ['_non_persistent_buffers_set', emptySet],
    ...hooks.map((name) => [name, orderedDict()] as const),
    ['_modules', orderedDict(new Map(children))],
    ...module.attributes,
  ]);
  const source = `from training.${module.className === 'AugmentPipe' ? 'augment' : networks} import *\n`;
  return { python: 'persistent', className: module.className, source, state };
}

function mapped<A, B>(map: ReadonlyMap<string, A>, change: (value: A) => B): Map<string, B> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function stored({ data, dims }: FloatTensor, { halfPrecisionWeights, channelsLast }: Pick<StyleGan2Options, 'halfPrecisionWeights' | 'channelsLast'>): TensorValue {
  const [ordered, strides] = channelsLast && dims.length === 4 ? inputChannelsLast(data, dims) : [data, contiguousStrides(dims)];
  return { python: 'tensor', data: halfPrecisionWeights ? Uint16Array.from(ordered, floatToHalf) : ordered, dims, strides };
}

function inputChannelsLast(data: Float32Array, dims: readonly number[]): [Float32Array, number[]] {
  const [outputs, inputs, height, width] = dims as [number, number, number, number];
  const taps = height * width;
  const ordered = data.map((_, i) => {
    const [output, tap, input] = [Math.floor(i / (taps * inputs)), Math.floor(i / inputs) % taps, i % inputs];
    return data[(output * inputs + input) * taps + tap]!;
  });
  return [ordered, outputs === 0 ? [] : [taps * inputs, 1, width * inputs, inputs]];
}
