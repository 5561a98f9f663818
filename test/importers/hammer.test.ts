import { describe, expect, it } from 'vitest';
import type { FloatTensor } from '../../src/engine/tensor';
import { Gaussian } from '../support/gaussian';
import { genforceState, hammerDiscriminator, hammerState } from '../support/hammerCheckpoint';
import { defaultOptions, stylegan2Generator, tensorAt } from '../support/stylegan2Checkpoint';
import type { StyleGan2Options } from '../support/stylegan2Checkpoint';
import { containers, torchDict } from '../support/torchFile';
import type { TorchDict, TorchValue } from '../support/torchFile';
import { expectSameImages, reshaped, useImports, without } from './imports';

const imports = useImports();

/** 16 px; the blocks have 12, 12 and 8 channels. */
const tiny: StyleGan2Options = { ...defaultOptions, resolution: 16, zDim: 12, wDim: 12, mappingLayers: 2, channelBase: 128, channelMax: 12, convClamp: null };
const network = stylegan2Generator(tiny);
const state = hammerState(network);
const mean = tensorAt(network, 'mapping.w_avg');
const other = hammerState(stylegan2Generator({ ...tiny, seed: 5 }));

/** As Hammer's code loads it. */
const inModels = (generator: TorchDict, settings?: Readonly<Record<string, TorchValue>>) =>
  torchDict({ models: torchDict({ generator_smooth: generator }), model_kwargs_init: settings && torchDict({ generator_smooth: torchDict(settings) }) });
const networksOf = async (checkpoint: TorchDict) => {
  const { synthesis, mapping } = (await imports.import(checkpoint)).description.sha256;
  return { synthesis, mapping };
};

const cases: [string, Partial<StyleGan2Options>][] = [
  ['16 px', {}],
  ['64 px, channels that differ in every block', { resolution: 64, channelBase: 128, channelMax: 16 }],
  ['8 px, eight mapping layers', { resolution: 8, mappingLayers: 8 }],
  ['z shorter than w', { resolution: 8, zDim: 6, wDim: 16 }],
  ['conditional', { resolution: 8, cDim: 3 }],
  ['orig', { architecture: 'orig' }],
  ['one colour channel', { imgChannels: 1 }],
  ['strong noise', { noiseStrength: 2 }],
  ['no noise', { useNoise: false }],
  ['a filter that is not symmetric', { resampleFilter: [1, 2, 5, 3] }],
];

describe.each([
  ['Hammer', (hammer: TorchDict) => inModels(hammer), [...cases, ['resnet', { architecture: 'resnet', channelBase: 64, channelMax: 16 }]]],
  // Its resnet architecture does not run.
  ['GenForce', (hammer: TorchDict) => torchDict({ generator_smooth: genforceState(hammer as ReadonlyMap<string, FloatTensor>) }), cases],
] as [string, (hammer: TorchDict) => TorchDict, [string, Partial<StyleGan2Options>][]][])('an imported %s generator', (format, checkpoint, all) => {
  it.each(all)('is the network that the checkpoint was made of (%s)', async (_, changes) => {
    const options = { ...tiny, ...changes };
    const source = stylegan2Generator(options);
    const imported = await imports.import(checkpoint(hammerState(source)));
    const layers = 2 * Math.log2(options.resolution) - 2;
    expect(imported.found).toBe(`${format} StyleGAN2 generator, ${options.resolution} px, ${layers} layers, w of ${options.wDim}${options.cDim > 0 ? `, labels of ${options.cDim}` : ''}`);
    expect(imported.description.w_avg).toEqual([...tensorAt(source, 'mapping.w_avg').data]);
    const generator = await imports.open(imported);
    await expectSameImages(generator, source, options);
    await generator.release();
  });
});

describe('the generator of a Hammer file', () => {
  it.each(containers)('is the same in every container (%s)', async (container) => {
    const { description, found } = await imports.import(inModels(state), container);
    expect(found).toBe('Hammer StyleGAN2 generator, 16 px, 6 layers, w of 12');
    expect({ synthesis: description.sha256.synthesis, mapping: description.sha256.mapping }).toEqual(await networksOf(inModels(state)));
  });

  it('is generator_smooth among all that a training run saves', async () => {
    const training = torchDict({
      models: torchDict({ discriminator: hammerDiscriminator(), generator: other, generator_smooth: state }),
      optimizers: torchDict({ generator: torchDict({ state: torchDict({ exp_avg: mean }) }) }), running_metadata: torchDict({ iter: 10, seen_img: 320 }), loss: torchDict({ pl_mean: 0.5 }),
    });
    expect(await networksOf(training)).toEqual(await networksOf(inModels(state)));
    expect(await networksOf(training)).not.toEqual(await networksOf(inModels(other)));
  });

  it('is generator where there is no generator_smooth, may be on top, and may be the file itself', async () => {
    const expected = await networksOf(inModels(state));
    expect(await networksOf(torchDict({ models: torchDict({ generator: state }) }))).toEqual(expected);
    expect(await networksOf(torchDict({ generator_smooth: state, generator: other }))).toEqual(expected);
    expect(await networksOf(torchDict({ generator: state, discriminator: hammerDiscriminator() }))).toEqual(expected);
    expect(await networksOf(state)).toEqual(expected);
  });
});

describe('the mean of w in a Hammer file', () => {
  const meanOf = async (tensor: FloatTensor) => (await imports.import(inModels(new Map([...state, ['w_avg', tensor]])))).description.w_avg;

  it('may be missing', async () => {
    expect((await imports.import(inModels(without(state, 'w_avg')))).description).not.toHaveProperty('w_avg');
  });

  it.each([[[1, 12], 1], [[6, 12], 6], [[72], 6]])('may have the shape %j', async (dims, repeats) => {
    expect(await meanOf({ data: Float32Array.from({ length: 12 * repeats }, (_, i) => mean.data[i % 12]!), dims })).toEqual([...mean.data]);
  });

  it('is refused with another size, or where it differs between layers', async () => {
    expect(await imports.refusal(inModels(reshaped(state, 'w_avg', [13])))).toBe('the tensor w_avg has the shape [13]; expected [12]');
    expect(await imports.refusal(inModels(reshaped(state, 'w_avg', [72])))).toBe(
      'the tensor w_avg has a mean of w for each of 6 layers, and they differ; expected one of 12 numbers for all',
    );
  });
});

describe('what a Hammer network was made with', () => {
  it('is taken from the file', async () => {
    const options = { ...tiny, convClamp: 0.7 };
    const generator = await imports.open(await imports.import(inModels(state, { model_type: 'StyleGAN2Generator', resolution: 16, conv_clamp: 0.7, fmaps_base: 128, final_tanh: false })));
    await expectSameImages(generator, network, options);
    await generator.release();
  });

  it('may be said of the generator that is smoothed', async () => {
    const kwargs = torchDict({ generator: torchDict({ conv_clamp: 0.7 }) });
    const checkpoint = torchDict({ models: torchDict({ generator_smooth: state }), model_kwargs_init: kwargs });
    expect(await networksOf(checkpoint)).toEqual(await networksOf(inModels(state, { conv_clamp: 0.7 })));
    expect(await networksOf(checkpoint)).not.toEqual(await networksOf(inModels(state, { conv_clamp: null })));
    const broken = torchDict({ models: torchDict({ generator_smooth: state }), model_kwargs_init: torchDict({ generator: torchDict({ conv_clamp: -1 }) }) });
    expect(await imports.refusal(broken)).toBe('the setting model_kwargs_init.generator.conv_clamp is -1; expected a positive number');
  });

  it('has the learning rate of the mapping network', async () => {
    // Weights and biases are kept divided by it.
    const doubled = new Map([...state].map(([name, { data, dims }]) => [name, { data: name.startsWith('mapping.') ? data.map((value) => value / 2) : data, dims }]));
    expect(await networksOf(inModels(doubled, { mapping_lr_mul: 0.02 }))).toEqual(await networksOf(inModels(state)));
  });

  it.each([
    [{ final_tanh: true }, 'final_tanh is true; expected false, with which alone generators can be imported'],
    [{ repeat_w: false }, 'repeat_w is false; expected true, with which alone generators can be imported'],
    [{ wscale_gain: 2 }, 'wscale_gain is 2; expected 1, with which alone generators can be imported'],
    [{ eps: 1e-6 }, 'eps is 0.000001; expected 1e-8, with which alone generators can be imported'],
    [{ demodulate: mean }, 'demodulate is of another kind; expected true, with which alone generators can be imported'],
    [{ conv_clamp: -1 }, 'conv_clamp is -1; expected a positive number'],
    [{ mapping_lr_mul: 'slow' }, 'mapping_lr_mul is "slow"; expected a positive number'],
    [{ resolution: Infinity }, 'resolution is Infinity; expected a positive number'],
  ] as [Record<string, TorchValue>, string][])('is refused where it is not supported: %j', async (settings, message) => {
    expect(await imports.refusal(inModels(state, settings))).toBe(`the setting model_kwargs_init.generator_smooth.${message}`);
  });

  it('tells what the layers do not', async () => {
    expect(await imports.refusal(inModels(state, { resolution: 32 }))).toMatch(/^has no block synthesis\.b32: a generator of 32 px/);
    expect(await imports.import(inModels(state, { normalize_embedding: false }))).toMatchObject({ description: { c_dim: 0 } });
    const conditional = hammerState(stylegan2Generator({ ...tiny, cDim: 3 }));
    expect(await imports.refusal(inModels(conditional, { normalize_embedding: false }))).toContain('normalize_embedding is false; expected true');
  });
});

describe('a Hammer generator that is incomplete or changed', () => {
  it.each([
    ['Hammer', state],
    ['GenForce', genforceState(state)],
  ])('is refused whichever tensor is missing, by the name in the file (%s)', async (_, whole) => {
    const needed = [...whole.keys()].filter((name) => !/w_avg|filter|kernel/.test(name));
    expect(needed.length).toBeGreaterThan(40);
    for (const name of needed) expect(await imports.refusal(inModels(without(whole, name)))).toContain(`has no tensor ${name}:`);
  });

  it.each([
    ['Hammer', state],
    ['GenForce', genforceState(state)],
  ])('is refused whichever tensor has another shape, by the name in the file (%s)', async (_, whole) => {
    for (const [name, { dims }] of whole) {
      // Of the mean of w, 13 numbers are not a multiple.
      const message = await imports.refusal(inModels(reshaped(whole, name, name.endsWith('w_avg') ? [13] : [...dims, 3])));
      expect(message).toContain(`the tensor ${name} has the shape [`);
    }
  });

  it('is refused where its mapping gives a w for each layer', async () => {
    const layered = reshaped(reshaped(state, 'mapping.dense1.weight', [72, 12]), 'mapping.dense1.bias', [72]);
    expect(await imports.refusal(inModels(layered))).toBe('its mapping network gives w of 72 (mapping.dense1.weight), but its synthesis network takes w of 12 (synthesis.layer0.style.weight)');
  });

  it('is refused with noise for each channel', async () => {
    expect(await imports.refusal(inModels(reshaped(state, 'synthesis.layer0.noise', [1, 12, 1, 1])))).toContain('the tensor synthesis.layer0.noise has the shape [1, 12, 1, 1]; expected [4, 4]');
  });

  it('is refused with layers without end', async () => {
    expect(await imports.refusal(inModels(new Map([...state, ['synthesis.layer99999.bias', mean]])))).toBe('its generator has 50001 blocks; expected at most 13, which make 16384 px');
  });

  it('is refused with a tensor that the networks do not have', async () => {
    expect(await imports.refusal(inModels(new Map([...state, ['synthesis.nerf.weight', mean]])))).toBe(
      'holds a Hammer StyleGAN2 generator that was changed: it has a tensor synthesis.nerf.weight, of which that network knows nothing; expected one without changes',
    );
  });
});

describe('another network in a Hammer or GenForce file', () => {
  const one = new Gaussian(1).tensor([1]);
  const named = (...names: string[]) => new Map(names.map((name) => [name, one] as const));

  it.each([
    ['StyleGAN', named('truncation.w_avg', 'mapping.dense0.weight', 'synthesis.lod', 'synthesis.layer0.const', 'synthesis.layer0.apply_noise.weight'), /^holds a generator of the first StyleGAN, whose layers normalise.*; expected a StyleGAN2 or StyleGAN3 generator$/],
    ['PGGAN', named('lod', 'layer0.weight', 'layer0.bias', 'output0.weight'), /^holds a PGGAN generator, which has no layers to edit and no w; expected a StyleGAN2 or StyleGAN3 generator, or this one as an ONNX file$/],
    ['conditional StyleGAN2', new Map([...genforceState(state), ['mapping.label_weight', one]]), /^holds a conditional GenForce StyleGAN2 generator \(mapping\.label_weight\), .*; expected an unconditional one/],
    ['unknown', named('nerf.0.weight', 'nerf.0.bias', 'a', 'b'), /^holds in generator_smooth no generator that is known: its tensors are nerf\.0\.weight, nerf\.0\.bias, a, \.\.; expected a StyleGAN2 or StyleGAN3 generator \(mapping/],
    ['empty', named(), /^holds in generator_smooth no generator that is known: its tensors are none; expected/],
  ])('is refused by name and reason (%s)', async (_, generator, message) => {
    expect(await imports.refusal(inModels(generator))).toMatch(message);
    expect(await imports.refusal(torchDict({ generator_smooth: generator }))).toMatch(message);
  });

  it('is refused where it is the discriminator alone', async () => {
    expect(await imports.refusal(torchDict({ models: torchDict({ discriminator: hammerDiscriminator() }) }))).toBe(
      "holds Hammer's discriminator and no generator; expected models.generator_smooth",
    );
    expect(await imports.refusal(torchDict({ discriminator: hammerDiscriminator() }))).toBe('holds a discriminator and no generator; expected generator_smooth beside it');
  });
});
