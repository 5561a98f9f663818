import type { FloatTensor } from '../../src/engine/tensor';
import { moduleAt, tensorAt } from './stylegan2Checkpoint';
import type { TorchModule } from './stylegan2Checkpoint';

/**
 * The state dictionary that rosinality's `Generator(size, style_dim, n_mlp)` has where it computes what NVlabs'
 * StyleGAN2 `network` (skip architecture, unconditional) does.
 */
export function rosinalityState(network: TorchModule): Map<string, FloatTensor> {
  const state = new Map<string, FloatTensor>();
  const put = (name: string, path: string, dims?: (dims: readonly number[]) => readonly number[], gain = 1) => {
    const { data, dims: own } = tensorAt(network, path);
    state.set(name, { data: data.map((value) => value * gain), dims: dims ? dims(own) : own });
  };
  const modulated = (name: string, path: string) => {
    put(`${name}.conv.weight`, `${path}.weight`, (dims) => [1, ...dims]);
    put(`${name}.conv.modulation.weight`, `${path}.affine.weight`);
    put(`${name}.conv.modulation.bias`, `${path}.affine.bias`);
  };
  const styled = (name: string, path: string, upsamples: boolean) => {
    modulated(name, path);
    // ModulatedConv2d blurs with a kernel of the sum 4 where it up-samples.
    if (upsamples) put(`${name}.conv.blur.kernel`, `${path}.resample_filter`, undefined, 4);
    put(`${name}.noise.weight`, `${path}.noise_strength`, () => [1]);
    put(`${name}.activate.bias`, `${path}.bias`);
  };
  const toRgb = (name: string, block: string, upsamples: boolean) => {
    put(`${name}.bias`, `${block}.torgb.bias`, ([colours]) => [1, colours!, 1, 1]);
    if (upsamples) put(`${name}.upsample.kernel`, `${block}.resample_filter`, undefined, 4);
    modulated(name, `${block}.torgb`);
  };
  const mappingLayers = [...moduleAt(network, 'mapping').modules.keys()];
  mappingLayers.forEach((layer, i) => {
    for (const tensor of ['weight', 'bias']) put(`style.${i + 1}.${tensor}`, `mapping.${layer}.${tensor}`);
  });
  put('input.input', 'synthesis.b4.const', (dims) => [1, ...dims]);
  styled('conv1', 'synthesis.b4.conv1', false);
  toRgb('to_rgb1', 'synthesis.b4', false);
  const noises = ['synthesis.b4.conv1'];
  [...moduleAt(network, 'synthesis').modules.keys()].slice(1).forEach((block, i) => {
    for (const n of [0, 1]) {
      styled(`convs.${2 * i + n}`, `synthesis.${block}.conv${n}`, n === 0);
      noises.push(`synthesis.${block}.conv${n}`);
    }
    toRgb(`to_rgbs.${i}`, `synthesis.${block}`, true);
  });
  noises.forEach((layer, i) => put(`noises.noise_${i}`, `${layer}.noise_const`, (dims) => [1, 1, ...dims]));
  return state;
}

/** Some of what its `Discriminator(size)` has. */
export function rosinalityDiscriminator(): Map<string, FloatTensor> {
  const ones = (...dims: number[]): FloatTensor => ({ data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(1), dims });
  return new Map([
    ['convs.0.0.weight', ones(4, 3, 1, 1)], ['convs.0.1.bias', ones(4)], ['convs.1.conv1.0.weight', ones(4, 4, 3, 3)],
    ['final_conv.0.weight', ones(4, 5, 3, 3)], ['final_linear.0.weight', ones(4, 64)], ['final_linear.1.bias', ones(1)],
  ]);
}
