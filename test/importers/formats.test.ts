import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { contentsOf } from '../../src/engine/importers/formats/contents';
import { rosinality } from '../../src/engine/importers/formats/rosinality';
import { Gaussian } from '../support/gaussian';
import { checkpointOf, defaultOptions, moduleAt, stylegan2Generator } from '../support/stylegan2Checkpoint';
import { torchDict, torchFile } from '../support/torchFile';
import type { TorchDict, TorchValue } from '../support/torchFile';
import { bytesOf, call, dict, integer, legacyBlob, pickle, storage, tensor, text } from './pickleBuilder';
import { useImports } from './imports';

const imports = useImports();
const one = new Gaussian(1).tensor([2, 2]);
const named = (...names: string[]): TorchDict => torchDict(Object.fromEntries(names.map((name) => [name, one])));
const expected = 'holds no generator that is known; expected an NVlabs .pkl with G_ema, a Hammer or GenForce .pth with generator_smooth, or a rosinality .pt with g_ema; it holds ';

describe('a checkpoint without a generator that is known', () => {
  it.each<[string, TorchDict, string]>([
    ['a classifier', torchDict({ epoch: 3, arch: 'resnet18', state_dict: named('conv1.weight', 'bn1.weight', 'bn1.bias', 'fc.weight') }), 'epoch, arch, state_dict {conv1.weight, bn1.weight, bn1.bias, ..}'],
    ['a diffusion model', torchDict({ state_dict: named('model.diffusion_model.input_blocks.0.0.weight'), callbacks: torchDict({}) }), 'state_dict {model.diffusion_model.input_blocks.0.0.w..}, callbacks'],
    ['a bare state dictionary', named('features.0.weight', 'features.0.bias'), 'features.0.weight, features.0.bias'],
    ['a generator of another kind', torchDict({ generator: named('fc.weight'), discriminator: null }), 'generator {fc.weight}, discriminator'],
    ['an average of another kind', torchDict({ g: named('init.main.0.weight'), d: named('down_4.0.weight'), g_ema: named('init.main.0.weight') }), 'g {init.main.0.weight}, d {down_4.0.weight}, g_ema {init.main.0.weight}'],
    ["an NVlabs generator's state dictionary", torchDict({ G_ema: named('synthesis.b4.const') }), 'G_ema {synthesis.b4.const}'],
    ['many keys', torchDict(Object.fromEntries('abcdefghijkl'.split('').map((key) => [key, 1]))), 'a, b, c, d, e, f, g, h, ..'],
    ['keys that a terminal would obey', torchDict({ 'a\u001b[2J\nb': 1 }), 'a?[2J?b'],
    ['nothing', torchDict({}), 'nothing'],
  ])('is told what is there (%s)', async (_, checkpoint, contents) => {
    expect(await imports.refusal(checkpoint)).toBe(expected + contents);
  });

  it.each<[TorchValue, string]>([
    [7, 'a number'],
    ['text', 'a text'],
    [null, 'no dictionary'],
    [one, 'one tensor [2, 2]'],
  ])('is told what is there (%j)', (value, contents) => {
    expect(contentsOf(readCheckpoint(torchFile(value), 'x.pt'))).toBe(contents);
  });

  it('is told no more than fits a line', () => {
    const inner = named(...'ijk'.split('').map((key) => key.repeat(60)));
    const contents = contentsOf(readCheckpoint(torchFile(torchDict(Object.fromEntries('abcdefgh'.split('').map((key) => [key, inner])))), 'x.pt'));
    expect(contents.startsWith(`a {${'i'.repeat(40)}.., ${'j'.repeat(40)}.., `)).toBe(true);
    expect(contents).toHaveLength(302);
  });

  it('is told the class of a whole module, and the length of a list', () => {
    expect(contentsOf(readCheckpoint(pickle(call('torch.nn.modules.container', 'Sequential')), 'x.pt'))).toBe('an object of the class Sequential');
    expect(contentsOf(readCheckpoint(pickle('(K\x01K\x02K\x03l'), 'x.pt'))).toBe('a list of 3');
  });
});

describe('a StyleGAN-XL generator', () => {
  it('is refused by name', async () => {
    const network = stylegan2Generator({ ...defaultOptions, resolution: 8, zDim: 6, wDim: 6, channelMax: 4, mappingLayers: 1 });
    moduleAt(network, 'mapping').modules.set('embed_proj', moduleAt(network, 'mapping.fc0'));
    const value = readCheckpoint(checkpointOf(network), 'tiny.pkl');
    const { nvlabs } = await import('../../src/engine/importers/formats/nvlabs');
    expect(() => nvlabs.read(value, 'tiny.pkl')).toThrow("tiny.pkl holds a StyleGAN-XL generator, which takes labels through a classifier's embedding (mapping.embed_proj); expected a StyleGAN2 or StyleGAN3 generator of NVlabs' code");
  });
});

describe('a tensor that claims more numbers than are stored', () => {
  it('is refused before it is copied', () => {
    const kernel = tensor(storage('FloatStorage', '0', 1), 0, [2 ** 14, 2 ** 14], [0, 0]);
    const modulation = tensor(storage('FloatStorage', '0', 1), 0, [1, 1], [1, 1]);
    const object = dict({ g_ema: bytesOf('}(', text('conv1.conv.modulation.weight'), modulation, text('to_rgbs.0.upsample.kernel'), kernel, 'u'), epoch: integer(1) });
    const value = readCheckpoint(legacyBlob(object, [{ key: '0', count: 1, bytes: new Uint8Array(4) }]), 'x.pt');
    expect(() => rosinality.read(value, 'x.pt')).toThrow('x.pt: the tensor to_rgbs.0.upsample.kernel of the shape [16384, 16384] has fewer numbers stored than that; expected each number once');
  });
});
