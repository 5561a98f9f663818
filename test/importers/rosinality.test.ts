import { describe, expect, it } from 'vitest';
import type { FloatTensor } from '../../src/engine/tensor';
import { Gaussian } from '../support/gaussian';
import { rosinalityDiscriminator, rosinalityState } from '../support/rosinalityCheckpoint';
import { defaultOptions, stylegan2Generator, tensorAt } from '../support/stylegan2Checkpoint';
import type { StyleGan2Options } from '../support/stylegan2Checkpoint';
import { containers, torchDict } from '../support/torchFile';
import { expectSameImages, reshaped, useImports, without } from './imports';

const imports = useImports();

/** 16 px; the blocks have 12, 12 and 8 channels. */
const tiny: StyleGan2Options = { ...defaultOptions, resolution: 16, zDim: 12, wDim: 12, mappingLayers: 2, channelBase: 128, channelMax: 12, convClamp: null };
const network = stylegan2Generator(tiny);
const state = rosinalityState(network);
const mean = tensorAt(network, 'mapping.w_avg');
const other = rosinalityState(stylegan2Generator({ ...tiny, seed: 5 }));

describe.each([
  ['16 px', {}],
  ['64 px, channels that differ in every block', { resolution: 64, channelBase: 128, channelMax: 16 }],
  ['8 px, eight mapping layers', { resolution: 8, mappingLayers: 8 }],
  ['4 px', { resolution: 4 }],
  ['one colour channel', { imgChannels: 1 }],
  ['strong noise', { noiseStrength: 2 }],
  ['a filter that is not symmetric', { resampleFilter: [1, 2, 5, 3] }],
  ['a filter of six taps', { resampleFilter: [1, 3, 7, 6, 2, 1] }],
] as [string, Partial<StyleGan2Options>][])('an imported rosinality generator (%s)', (_, changes) => {
  it('is the network that the checkpoint was made of', async () => {
    const options = { ...tiny, ...changes };
    const source = stylegan2Generator(options);
    const imported = await imports.import(torchDict({ g_ema: rosinalityState(source), latent_avg: tensorAt(source, 'mapping.w_avg') }));
    const layers = 2 * Math.log2(options.resolution) - 2;
    expect(imported.found).toBe(`rosinality StyleGAN2 generator, ${options.resolution} px, ${layers} layers, w of 12`);
    expect(imported.description.w_avg).toEqual([...tensorAt(source, 'mapping.w_avg').data]);
    const generator = await imports.open(imported);
    await expectSameImages(generator, source, options);
    await generator.release();
  });
});

describe('the generator of a rosinality file', () => {
  const networksOf = async (checkpoint: Parameters<typeof imports.import>[0]) => {
    const { synthesis, mapping } = (await imports.import(checkpoint)).description.sha256;
    return { synthesis, mapping };
  };

  it.each(containers)('is the same in every container (%s)', async (container) => {
    const checkpoint = torchDict({ g_ema: state, latent_avg: mean });
    const { description, found } = await imports.import(checkpoint, container);
    expect(found).toBe('rosinality StyleGAN2 generator, 16 px, 6 layers, w of 12');
    expect({ synthesis: description.sha256.synthesis, mapping: description.sha256.mapping }).toEqual(await networksOf(checkpoint));
  });

  it('is g_ema among all that a training run saves', async () => {
    const optimizer = torchDict({ state: torchDict({ exp_avg: mean }), param_groups: torchDict({ lr: 0.002 }) });
    const training = torchDict({ g: other, d: rosinalityDiscriminator(), g_ema: state, g_optim: optimizer, d_optim: optimizer, args: torchDict({ size: 16 }), ada_aug_p: 0, latent_avg: mean });
    expect(await networksOf(training)).toEqual(await networksOf(torchDict({ g_ema: state })));
    expect(await networksOf(training)).not.toEqual(await networksOf(torchDict({ g_ema: other })));
  });

  it('is g where there is no g_ema, or the file itself', async () => {
    const alone = await networksOf(torchDict({ g_ema: state }));
    expect(await networksOf(torchDict({ g: state, d: rosinalityDiscriminator() }))).toEqual(alone);
    expect(await networksOf(state)).toEqual(alone);
  });

  it('has no noise where the file keeps none', async () => {
    const silent = await networksOf(new Map([...state].filter(([name]) => !name.startsWith('noises.'))));
    const noStrength = new Map([...state].map(([name, tensor]): [string, FloatTensor] => [name, name.endsWith('.noise.weight') ? { data: new Float32Array(1), dims: [1] } : tensor]));
    expect(silent).toEqual(await networksOf(noStrength));
    expect(silent).not.toEqual(await networksOf(state));
  });
});

describe('the mean of w', () => {
  const meanOf = async (latentAvg: FloatTensor | null | undefined) => (await imports.import(torchDict({ g_ema: state, latent_avg: latentAvg }))).description.w_avg;

  it('may be missing', async () => {
    expect(await meanOf(undefined)).toBeUndefined();
    expect(await meanOf(null)).toBeUndefined();
    expect((await imports.import(state)).description).not.toHaveProperty('w_avg');
  });

  it.each([[[12], 1], [[1, 12], 1], [[6, 12], 6], [[1, 6, 12], 6]])('may have the shape %j', async (dims, repeats) => {
    expect(await meanOf({ data: Float32Array.from({ length: 12 * repeats }, (_, i) => mean.data[i % 12]!), dims })).toEqual([...mean.data]);
  });

  it('is refused with another size', async () => {
    expect(await imports.refusal(torchDict({ g_ema: state, latent_avg: new Gaussian(1).tensor([13]) }))).toBe('the tensor latent_avg has the shape [13]; expected [12]');
  });

  it('is refused where it differs between layers', async () => {
    expect(await imports.refusal(torchDict({ g_ema: state, latent_avg: new Gaussian(1).tensor([6, 12]) }))).toBe(
      'the tensor latent_avg has a mean of w for each of 6 layers, and they differ; expected one of 12 numbers for all',
    );
  });

  it('is refused where it is no tensor, or not finite', async () => {
    expect(await imports.refusal(torchDict({ g_ema: state, latent_avg: 0.5 }))).toBe('latent_avg is no tensor; expected the mean of w');
    expect(await imports.refusal(torchDict({ g_ema: state, latent_avg: { data: mean.data.map(() => NaN), dims: [12] } }))).toMatch(/^the tensor latent_avg has numbers that are not finite/);
  });
});

describe('a rosinality generator that is incomplete or changed', () => {
  it('is refused whichever tensor is missing, by the name in the file', async () => {
    const needed = [...state.keys()].filter((name) => !name.endsWith('.kernel'));
    expect(needed.length).toBeGreaterThan(35);
    for (const name of needed) expect(await imports.refusal(torchDict({ g_ema: without(state, name) }))).toContain(`has no tensor ${name}:`);
  });

  it('is refused whichever tensor has another shape, by the name in the file', async () => {
    for (const [name, { dims }] of state) {
      const message = await imports.refusal(torchDict({ g_ema: reshaped(state, name, [...dims, 3]) }));
      expect(message).toContain(`the tensor ${name} has the shape [`);
    }
  });

  it('is refused with a filter that differs', async () => {
    expect(await imports.refusal(reshaped(state, 'convs.2.conv.blur.kernel', [4, 4]))).toBe(
      'the tensor convs.2.conv.blur.kernel differs from to_rgbs.0.upsample.kernel; expected one filter for all that up-samples',
    );
  });

  it('is refused where a whole block is missing', async () => {
    const gap = new Map([...state].filter(([name]) => !/^(convs\.[01]\.|to_rgbs\.0\.|noises\.noise_[12]$)/.test(name)));
    expect(await imports.refusal(gap)).toBe('has no block convs.0: a generator of 16 px has one for each power of two from 4 to 16');
  });

  it('is refused with blocks without end', async () => {
    expect(await imports.refusal(new Map([...state, ['convs.99999.conv.weight', mean]]))).toBe('its generator has 50001 blocks; expected at most 13, which make 16384 px');
  });

  it('is refused with a tensor that the networks do not have', async () => {
    expect(await imports.refusal(torchDict({ g_ema: new Map([...state, ['class_embedding.weight', mean]]) }))).toBe(
      'holds a rosinality StyleGAN2 generator that was changed: it has a tensor class_embedding.weight, of which that network knows nothing; expected one without changes',
    );
  });

  it('is refused where it makes wavelets', async () => {
    expect(await imports.refusal(torchDict({ g_ema: new Map([...state, ['to_rgbs.0.iwt.ll', mean]]) }))).toBe(
      'holds a SWAGAN generator (to_rgbs.0.iwt.ll), which makes wavelets and not pixels; expected a StyleGAN2 generator',
    );
  });

  it('is refused where there is the discriminator alone', async () => {
    for (const file of [torchDict({ d: rosinalityDiscriminator() }), rosinalityDiscriminator()]) {
      expect(await imports.refusal(file)).toBe('holds a rosinality discriminator and no generator; expected a checkpoint with g_ema');
    }
  });
});
