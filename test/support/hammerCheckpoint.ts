import type { FloatTensor } from '../../src/engine/tensor';
import { moduleAt, tensorAt } from './stylegan2Checkpoint';
import type { TorchModule } from './stylegan2Checkpoint';

/**
 * The state dictionary of Hammer's `StyleGAN2Generator` where it computes what NVlabs' StyleGAN2 `network` does. Its
 * layers are counted through: `layer0` at 4 px, then two for each resolution, the first of which up-samples.
 */
export function hammerState(network: TorchModule): Map<string, FloatTensor> {
  const state = new Map<string, FloatTensor>();
  const put = (name: string, path: string, batch = 0) => {
    const { data, dims } = tensorAt(network, path);
    state.set(name, { data: data.slice(), dims: [...Array<number>(batch).fill(1), ...dims] });
  };
  const hasTensor = (path: string, name: string) => moduleAt(network, path).parameters.has(name) || moduleAt(network, path).buffers.has(name);
  const styled = (name: string, path: string) => {
    for (const tensor of ['weight', 'bias']) {
      put(`${name}.${tensor}`, `${path}.${tensor}`);
      put(`${name}.style.${tensor}`, `${path}.affine.${tensor}`);
    }
    if (!hasTensor(path, 'noise_strength')) return;
    put(`${name}.noise_strength`, `${path}.noise_strength`);
    put(`${name}.noise`, `${path}.noise_const`, 2);
  };
  put('w_avg', 'mapping.w_avg');
  for (const layer of moduleAt(network, 'mapping').modules.keys()) {
    for (const tensor of ['weight', 'bias']) put(`mapping.${layer === 'embed' ? 'embedding' : layer.replace('fc', 'dense')}.${tensor}`, `mapping.${layer}.${tensor}`);
  }
  put('synthesis.early_layer.const', 'synthesis.b4.const', 1);
  let layer = 0;
  [...moduleAt(network, 'synthesis').modules].forEach(([name, block], i) => {
    const path = `synthesis.${name}`;
    for (const convolution of ['conv0', 'conv1']) {
      if (!block.modules.has(convolution)) continue;
      if (convolution === 'conv0') put(`synthesis.layer${layer}.filter`, `${path}.conv0.resample_filter`);
      styled(`synthesis.layer${layer++}`, `${path}.${convolution}`);
    }
    if (block.modules.has('torgb')) styled(`synthesis.output${i}`, `${path}.torgb`);
    if (!block.modules.has('skip')) return;
    put(`synthesis.residual${i}.weight`, `${path}.skip.weight`);
    put(`synthesis.residual${i}.filter`, `${path}.skip.resample_filter`);
  });
  // Only the skip architecture up-samples pictures.
  if (state.has('synthesis.output0.weight')) put('synthesis.filter', 'synthesis.b4.resample_filter');
  return state;
}

/**
 * The state dictionary of GenForce's `StyleGAN2Generator`, or of its `StyleGAN2ADAGenerator`, made of that of Hammer. It adds 1 to
 * what its style layers give, turns the kernels of layers that up-sample round before it uses them, and correlates with filters
 * that are kept with the gain of up-sampling, 4.
 */
export function genforceState(hammer: ReadonlyMap<string, FloatTensor>): Map<string, FloatTensor> {
  const state = new Map<string, FloatTensor>();
  for (const [name, { data, dims }] of hammer) {
    const isUpsampling = hammer.has(name.replace(/\.weight$/, '.filter'));
    if (name === 'w_avg') state.set('truncation.w_avg', { data, dims });
    else if (name.startsWith('mapping.embedding.')) state.set(name.replace('embedding', 'LabelEmbed'), { data, dims });
    else if (name.endsWith('.style.bias')) state.set(name, { data: data.map((value) => value - 1), dims });
    else if (name === 'synthesis.filter' || name.endsWith('.filter')) {
      const kernel = { data: turned(data, data.length).map((value) => value * 4), dims: [1, 1, ...dims] };
      state.set(name === 'synthesis.filter' ? 'synthesis.upsample.kernel' : `${name}.kernel`, kernel);
    } else if (isUpsampling && name.endsWith('.weight')) state.set(name, { data: turned(data, 9), dims });
    else state.set(name, { data, dims });
  }
  return state;
}

/** Each run of `taps` numbers backwards. */
function turned(data: Float32Array, taps: number): Float32Array {
  return data.map((_, i) => data[i - (i % taps) + taps - 1 - (i % taps)]!);
}

/** The tensors of a StyleGAN3 network under NVlabs' names, and what is not among them. */
export interface StyleGan3Source {
  readonly tensors: ReadonlyMap<string, FloatTensor>;
  /** The layers in order: `L0_36_512`, .. */
  readonly layers: readonly string[];
  /** Of the Fourier features: pixels along one side, and samples to the length of one image side. */
  readonly inputSize: number;
  readonly inputRate: number;
}

/**
 * The state dictionary of Hammer's `StyleGAN3Generator` where it computes what NVlabs' StyleGAN3 does. Its input layer
 * keeps the coordinates of its samples as PyTorch's `affine_grid` gives them, without aligned corners.
 */
export function hammerStyleGan3State({ tensors, layers, inputSize, inputRate }: StyleGan3Source): Map<string, FloatTensor> {
  const names: Readonly<Record<string, string>> = {
    'weight': 'conv.weight', 'affine.weight': 'conv.style.weight', 'affine.bias': 'conv.style.bias', 'bias': 'filter.bias', 'magnitude_ema': 'magnitude_ema',
    'up_filter': 'filter.up_filter', 'down_filter': 'filter.down_filter',
  };
  const inputNames: typeof names = { freqs: 'frequency', phases: 'phase' };
  const state = new Map<string, FloatTensor>();
  for (const [name, tensor] of tensors) {
    const [, layer = '', own = ''] = /^synthesis\.([^.]+)\.(.+)$/.exec(name) ?? [];
    if (name === 'mapping.w_avg') state.set('w_avg', tensor);
    else if (name.startsWith('mapping.')) state.set(name.replace('.fc', '.dense').replace('.embed.', '.embedding.'), tensor);
    else if (own.endsWith('size')) continue;
    else if (layer === 'input') state.set(`synthesis.early_layer.${inputNames[own] ?? own}`, tensor);
    else state.set(`synthesis.layer${layers.indexOf(layer)}.${names[own]}`, tensor);
  }
  const grid = Float32Array.from({ length: 2 * inputSize ** 2 }, (_, i) => {
    const place = i % 2 === 0 ? Math.floor(i / 2) % inputSize : Math.floor(i / (2 * inputSize));
    return ((2 * place + 1 - inputSize) * 0.5) / inputRate;
  });
  return state.set('synthesis.early_layer.grid', { data: grid, dims: [1, inputSize, inputSize, 2] });
}

/** Some of what the `StyleGAN2Discriminator` of Hammer has. */
export function hammerDiscriminator(): Map<string, FloatTensor> {
  const ones = (...dims: number[]): FloatTensor => ({ data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(1), dims });
  return new Map([['input0.weight', ones(4, 3, 1, 1)], ['layer0.weight', ones(4, 4, 3, 3)], ['layer12.bias', ones(4)], ['output.weight', ones(1, 4)]]);
}
