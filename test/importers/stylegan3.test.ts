import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import type { Generator } from '../../src/engine/generators/generator';
import { transformMatrix } from '../../src/engine/generators/inputTransform';
import { standardZ } from '../../src/engine/generators/randomState';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { toFloat32 } from '../../src/engine/importers/checkpoint/tensorViews';
import { nvlabs } from '../../src/engine/importers/formats/nvlabs';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { centralDifference, codes, sampleOf } from '../support/latents';
import { defaultOptions, moduleAt, modulesOf, ownerOf, tensorAt, tensorNames } from '../support/stylegan2Checkpoint';
import type { TorchModule } from '../support/stylegan2Checkpoint';
import { StyleGan2Reference } from '../support/stylegan2Reference';
import { checkpointOf3, optionsOf, signalsOf, stylegan3Checkpoint, stylegan3Generator } from '../support/stylegan3Checkpoint';
import type { StyleGan3Options, StyleGan3Preset } from '../support/stylegan3Checkpoint';
import { StyleGan3Reference } from '../support/stylegan3Reference';
import { userErrorOf } from '../support/userErrors';
import { useImportFolder } from './imports';

/** 16 px; sampling rates of 4, 8 and 16, so that layers up-sample by 2 and by 4, and 8 to 6 channels. */
const tiny: StyleGan3Options = {
  ...optionsOf({}), resolution: 16, zDim: 10, wDim: 10, channelBase: 96, channelMax: 8, numLayers: 5, firstCutoff: 1, firstStopband: 1.6, marginSize: 3, convClamp: null,
};
const rotating: Partial<StyleGan3Options> = { convKernel: 1, useRadialFilters: true };

const { importBytes, refusalOf, open: opened } = useImportFolder('tiny.pkl');

/** Lower than many activations are. */
const tightClamp = 0.7;

const cases: [string, Partial<StyleGan3Options>][] = [
  ['T', {}],
  ['R', rotating],
  ['16 layers', { numLayers: 16, channelMax: 5 }],
  ['16 layers, R', { ...rotating, numLayers: 16, channelMax: 5 }],
  ['two layers', { numLayers: 2, numCritical: 1, channelMax: 4 }],
  ['64 px', { resolution: 64, channelBase: 128, channelMax: 3, numLayers: 6, marginSize: 2 }],
  ['a resolution that is no power of two', { resolution: 12 }],
  ['conditional', { cDim: 4, zDim: 7 }],
  ['w longer than there are channels', { wDim: 24 }],
  ['one colour channel', { imgChannels: 1 }],
  ['an output scale of 1', { outputScale: 1 }],
  ['an output scale of 0.6', { outputScale: 0.6 }],
  ['no margin', { marginSize: 0 }],
  ['no margin, R', { ...rotating, marginSize: 0 }],
  ['a margin of 8, most of it cropped away', { marginSize: 8, channelMax: 5 }],
  ['no critically sampled layer', { numCritical: 0 }],
  ['all layers but one critically sampled', { numCritical: 4, channelMax: 4 }],
  ['a filter of 4 taps for each step', { filterSize: 4 }],
  ['a filter of 7 taps for each step, R', { ...rotating, filterSize: 7 }],
  ['kernels of 5x5', { convKernel: 5, channelMax: 4 }],
  ['activations at four times the rate', { lreluUpsampling: 4, channelMax: 2 }],
  ['activations at the rate of the signal', { lreluUpsampling: 1, firstCutoff: 2, firstStopband: 2 ** 2.1 }],
  ['clamped', { convClamp: tightClamp }],
  ['clamped, R', { ...rotating, convClamp: tightClamp }],
  ['a clamp that is never reached', { convClamp: 256 }],
];

describe.each(cases)('an imported StyleGAN3 generator (%s)', (name, changes) => {
  const options = { ...tiny, ...changes, seed: cases.findIndex(([other]) => other === name) };
  const network = stylegan3Generator(options);
  const reference = new StyleGan3Reference(network, options);
  const layers = options.numLayers + 2;
  const ws = codes(2, layers, options.wDim, 77);
  let generator: Generator;

  beforeAll(async () => {
    generator = await opened(await importBytes(checkpointOf3(network)));
  });
  afterAll(async () => {
    await generator.release();
  });

  it('is described as it is', () => {
    const { resolution, imgChannels, zDim, cDim, wDim, convKernel } = options;
    const architecture = convKernel === 1 ? 'stylegan3-r' : 'stylegan3-t';
    expect(generator.description).toMatchObject({ architecture, resolution, channels: imgChannels, z_dim: zDim, c_dim: cDim, w_dim: wDim, name: 'tiny' });
    expect(generator.description.layers.map(({ name: layer }) => layer)).toEqual(['input', ...signalsOf(options).map(({ size, channels }, i) => `L${i}_${size}_${channels}`)]);
    const rates = signalsOf(options).map(({ samplingRate }) => Math.min(samplingRate, resolution));
    expect(generator.description.layers.map((layer) => layer.resolution)).toEqual([rates[0], ...rates]);
    expect(generator.description.w_avg).toEqual([...tensorAt(network, 'mapping.w_avg').data]);
  });

  it('maps z to w', async () => {
    const label = options.cDim > 0 ? 3 : undefined;
    const actual = await generator.sample([5], label === undefined ? {} : { label });
    const oneHot = label === undefined ? undefined : Array.from({ length: options.cDim }, (_, i) => Number(i === label));
    const w = new StyleGan2Reference(network, { ...defaultOptions, mappingLayers: options.mappingLayers }).map(standardZ(5, options.zDim), oneHot);
    expect(differenceOf(actual.data.subarray(0, options.wDim), w).largest).toBeLessThan(1e-5);
  });

  it('makes images of latent codes that differ in every layer', async () => {
    const images = await generator.synthesize(ws);
    expect(images.dims).toEqual([2, options.imgChannels, options.resolution, options.resolution]);
    for (const n of [0, 1]) expect(differenceOf(sampleOf(images, n), reference.synthesize(sampleOf(ws, n)).data).relative).toBeLessThan(2e-5);
  });

  it('makes the same images one by one', async () => {
    const images = await generator.synthesize(ws);
    for (const n of [0, 1]) {
      const alone = await generator.synthesize({ data: sampleOf(ws, n), dims: [1, layers, options.wDim] });
      expect(differenceOf(alone.data, sampleOf(images, n)).relative).toBeLessThan(2e-6);
    }
  });

  it('has the tangents of the reference', async () => {
    const runner = await JacobianRunner.create(generator, {
      space: 'w',
      layers: Array.from({ length: layers }, (_, i) => i),
      readout: { resolution: options.resolution, reduction: 'area', channels: 'rgb' },
      method: 'forward',
    });
    const tangents = codes(1, layers, options.wDim, 78);
    const products = await runner.products({ data: sampleOf(ws, 0), dims: [1, layers, options.wDim] }, tangents);
    const difference = differenceOf(products, centralDifference((codes) => reference.synthesize(codes).data, sampleOf(ws, 0), sampleOf(tangents, 0)));
    // A unit on the kink of its activation, or at its clamp, may fall to either side, and a filter spreads it.
    expect(difference.mean).toBeLessThan(1e-4);
    expect(difference.within(1e-3)).toBeGreaterThan(0.99);
    await runner.release();
  });

  it('is turned and moved by its input', async () => {
    const transform = { translate: [0.13, -0.21], rotate: 37 } as const;
    const moved = generator.withTransform(transform);
    const one = { data: sampleOf(ws, 0), dims: [1, layers, options.wDim] };
    const image = await moved.synthesize(one);
    await moved.release();
    expect(differenceOf(image.data, reference.synthesize(one.data, [...transformMatrix(transform)]).data).relative).toBeLessThan(2e-5);
    expect(differenceOf(image.data, (await generator.synthesize(one)).data).mean).toBeGreaterThan(2e-3);
  });

  it('is the same without any of its settings, but for those that no tensor tells', async () => {
    const bare = stylegan3Generator(options);
    for (const { attributes } of modulesOf(bare)) attributes.clear();
    const { outputScale, convClamp, firstCutoff, filterSize } = options;
    moduleAt(bare, 'synthesis').attributes.set('output_scale', outputScale);
    moduleAt(bare, 'synthesis.input').attributes.set('bandwidth', firstCutoff);
    for (const [layer, module] of moduleAt(bare, 'synthesis').modules) if (layer !== 'input') module.attributes.set('conv_clamp', convClamp);
    const step = importBytes(checkpointOf3(bare));
    if (filterSize === 6) expect((await step).description.sha256).toMatchObject(networksOf(generator));
    else expect(await userErrorOf(() => step)).toMatch(/L0_10_8\.up_filter has the shape \[\d+\]; without the setting synthesis\.L0_10_8\.up_factor expected 6 taps for each of 1 to 8 steps$/);
  });

  if (options.convClamp === tightClamp) {
    it('is clamped where it shows', () => {
      reference.clamped = 0;
      const image = reference.synthesize(sampleOf(ws, 0));
      expect(reference.clamped).toBeGreaterThan(150);
      const unclamped = new StyleGan3Reference(network, { ...options, convClamp: null });
      expect(differenceOf(unclamped.synthesize(sampleOf(ws, 0)).data, image.data).mean).toBeGreaterThan(0.05);
    });
  }
});

function networksOf({ description: { sha256: { synthesis, mapping } } }: Pick<Generator, 'description'>): object {
  return { synthesis, mapping };
}

describe('the defaults of settings', () => {
  it('are those of the published configurations', async () => {
    const options = { ...tiny, firstCutoff: 2, firstStopband: 2 ** 2.1, convClamp: 256 };
    const bare = stylegan3Generator(options);
    for (const { attributes } of modulesOf(bare)) attributes.clear();
    expect((await importBytes(checkpointOf3(bare))).description.sha256).toMatchObject(networksOf(await importBytes(stylegan3Checkpoint(options))));
  });
});

describe('a low-pass filter of the checkpoints that the tests make', () => {
  // The fixtures' filters are scipy's.
  it.each(['t', 'r'])('is what scipy designs (configuration %s)', (configuration) => {
    const file = fileURLToPath(new URL(`../fixtures/stylegan3-${configuration}-nvlabs/generator.pkl`, import.meta.url));
    const { tensors } = nvlabs.read(readCheckpoint(readFileSync(file), file), file)!;
    const options = { resolution: 32, numLayers: 6, marginSize: 4, channelBase: 512, channelMax: 32, ...(configuration === 'r' ? rotating : {}) };
    const made = stylegan3Generator({ ...options, wDim: 32, zDim: 32 });
    const names = [...tensors.keys()].filter((name) => name.endsWith('_filter'));
    expect(names).toHaveLength(12);
    for (const name of names) {
      const { dims, data } = tensorAt(made, name);
      expect(dims).toEqual(tensors.get(name)!.dims);
      expect(differenceOf(data, toFloat32(tensors.get(name)!)).relative).toBeLessThan(1e-6);
    }
  });

  it('comes with the layers of the published generators', () => {
    const named = (preset: StyleGan3Preset) => signalsOf(optionsOf(preset)).map(({ size, channels }, i) => `L${i}_${size}_${channels}`).join(' ');
    expect(named('ffhq-t-1024')).toBe('L0_36_512 L1_36_512 L2_52_512 L3_52_512 L4_84_512 L5_148_512 L6_148_512 L7_276_323 L8_276_203 L9_532_128 L10_1044_81 L11_1044_51 L12_1044_32 L13_1024_32 L14_1024_3');
    expect(named('ffhq-r-1024')).toBe('L0_36_1024 L1_36_1024 L2_52_1024 L3_52_1024 L4_84_1024 L5_148_1024 L6_148_1024 L7_276_645 L8_276_406 L9_532_256 L10_1044_161 L11_1044_102 L12_1044_64 L13_1024_64 L14_1024_3');
  });
});

/** The message with which a generator that was changed is refused: one line that begins with the file. */
async function refusal(change: (network: TorchModule) => void, options: Partial<StyleGan3Options> = {}): Promise<string> {
  const network = stylegan3Generator({ ...tiny, ...options });
  change(network);
  return refusalOf(checkpointOf3(network));
}

describe('a generator that is incomplete or inconsistent', () => {
  /** The dotted names of all tensors that the generator needs. */
  const neededTensors = (options: Partial<StyleGan3Options>) => tensorNames(stylegan3Generator({ ...tiny, ...options }));

  it.each([
    ['T', {}],
    ['R, conditional', { ...rotating, cDim: 3 }],
  ] as [string, Partial<StyleGan3Options>][])('is refused whichever tensor is missing, by its name (%s)', async (_, options) => {
    const needed = neededTensors(options).filter((name) => !['mapping.w_avg', 'synthesis.input.transform'].includes(name));
    expect(needed.length).toBeGreaterThan(40);
    for (const tensor of needed) {
      const message = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        owner.delete(name);
      }, options);
      expect(message).toContain(`has no tensor ${tensor}:`);
    }
  });

  it.each([
    ['T', {}],
    ['R, conditional', { ...rotating, cDim: 3 }],
  ] as [string, Partial<StyleGan3Options>][])('is refused whichever tensor has another rank (%s)', async (_, options) => {
    for (const tensor of neededTensors(options)) {
      const message = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        const { data, dims } = owner.get(name)!;
        owner.set(name, { data, dims: [...dims, 1, 1] });
      }, options);
      expect(message).toContain(`the tensor ${tensor} has the shape [`);
    }
  });

  it('is refused whichever tensor has another size', async () => {
    for (const tensor of neededTensors({}).filter((name) => !name.endsWith('_filter') && !name.endsWith('magnitude_ema'))) {
      const message = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        const [first = 0, ...rest] = owner.get(name)!.dims;
        owner.set(name, new Gaussian(1).tensor([first + 1, ...rest]));
      });
      expect(message).toMatch(/the tensor \S+ has the shape \[[^\]]+\]; expected \[[^\]]*\]$|mapping network gives w of 11 \(mapping\.fc1\.weight\)/);
    }
  });

  it('is told the shape that would be right', async () => {
    const message = await refusal((network) => void moduleAt(network, 'synthesis.L2_22_8').parameters.set('weight', new Gaussian(1).tensor([8, 9, 3, 3])));
    expect(message).toBe('tiny.pkl: the tensor synthesis.L2_22_8.weight has the shape [8, 9, 3, 3]; expected [outputs, 8, 3, 3]');
  });

  const layer = 'synthesis.L1_14_8';
  it.each([
    [layer, 'up_factor', 2.5, `${layer}.up_factor is 2.5; expected a whole number from 1 to 8`],
    [layer, 'down_factor', 0, `${layer}.down_factor is 0; expected a whole number from 1 to 8`],
    [layer, 'up_factor', 1000, `${layer}.up_factor is 1000; expected a whole number from 1 to 8`],
    [layer, 'conv_clamp', -1, `${layer}.conv_clamp is -1; expected a positive number, or none`],
    [layer, 'conv_clamp', 'high', `${layer}.conv_clamp is not a finite number`],
    [`${layer}.affine`, 'activation', 'tanh', `${layer}.affine.activation is 'tanh'; expected one of lrelu, relu, linear`],
    ['synthesis', 'output_scale', Infinity, 'synthesis.output_scale is not a finite number'],
    ['synthesis', 'img_resolution', 32, 'synthesis.img_resolution is 32, but the last layer synthesis.L5_16_3 makes 16 px; expected the same'],
    ['synthesis.input', 'sampling_rate', -4, 'synthesis.input.sampling_rate is -4; expected a positive number of at most 8192'],
    ['synthesis.input', 'bandwidth', 2, 'synthesis.input.bandwidth is 2; expected more than 0 and less than 2, half the sampling rate'],
  ])('is refused for the setting %s.%s = %j', async (module, setting, value, expected) => {
    expect(await refusal((network) => void moduleAt(network, module).attributes.set(setting, value))).toBe(`tiny.pkl: the setting ${expected}`);
  });

  it.each([[0], [-1], [NaN], [Infinity]])('is refused for a magnitude of %d', async (magnitude) => {
    expect(await refusal((network) => void tensorAt(network, `${layer}.magnitude_ema`).data.fill(magnitude))).toBe(
      `tiny.pkl: the tensor ${layer}.magnitude_ema is ${magnitude}; expected a positive number, the mean square of the layer's input`,
    );
  });

  it.each([
    ['up_filter', [2], 'has the shape [2]; expected 4 to 96 taps for a factor of 4'],
    ['up_filter', [97], 'has the shape [97]; expected 4 to 96 taps for a factor of 4'],
    ['up_filter', [12, 12], 'has the shape [12, 12]; expected [taps]'],
    ['down_filter', [12, 11], 'has the shape [12, 11]; expected [taps, taps]'],
    ['down_filter', [1], 'has the shape [1]; expected 2 to 96 taps for a factor of 2'],
  ])('is refused for a %s of the shape %j', async (filter, dims, expected) => {
    expect(await refusal((network) => void moduleAt(network, layer).buffers.set(filter, new Gaussian(1).tensor(dims)))).toBe(`tiny.pkl: the tensor ${layer}.${filter} ${expected}`);
  });

  it.each([[3, 2], [8, 3], [8, 1]])('is refused with a layer that up-samples by %d and down-samples by %d', async (up, down) => {
    const message = await refusal((network) => {
      moduleAt(network, layer).attributes.set('up_factor', up);
      moduleAt(network, layer).attributes.set('down_factor', down);
    });
    expect(message).toBe(`tiny.pkl: the layer ${layer} up-samples by ${up} and down-samples by ${down}; expected one to divide the other, and a rate that grows at most by 4`);
  });

  const modules = (network: TorchModule) => moduleAt(network, 'synthesis').modules;

  it('is refused without one of its layers', async () => {
    expect(await refusal((network) => void modules(network).delete('L2_22_8'))).toBe('tiny.pkl has no layer synthesis.L2_..; expected one for each number from 0 to 5');
  });

  it('is refused without its last layer', async () => {
    expect(await refusal((network) => void modules(network).delete('L5_16_3'))).toBe('tiny.pkl has no layer synthesis.L5_..; expected one for each number from 0 to 5');
  });

  it('is refused with two layers of a number', async () => {
    expect(await refusal((network) => void modules(network).set('L2_23_8', modules(network).get('L2_22_8')!))).toBe(
      'tiny.pkl has two layers 2, synthesis.L2_22_8 and synthesis.L2_23_8; expected one',
    );
  });

  it('is refused with thousands of layers', async () => {
    expect(await refusal((network) => void modules(network).set('L4000_16_3', modules(network).get('L5_16_3')!))).toBe(
      'tiny.pkl: its synthesis network has 4001 layers L0_.., L1_..; expected 2 to 64',
    );
  });

  it.each([0, 99_999])('is refused with a layer of %d px', async (size) => {
    const renamed = (network: TorchModule) => {
      modules(network).set(`L2_${size}_8`, modules(network).get('L2_22_8')!);
      modules(network).delete('L2_22_8');
    };
    expect(await refusal(renamed)).toBe(`tiny.pkl: the layer synthesis.L2_${size}_8 is of ${size} px by its name; expected 1 to 8192`);
  });

  it('is refused with Fourier features of thousands of pixels', async () => {
    const renamed = (network: TorchModule) => {
      modules(network).set('L0_4096_8', modules(network).get('L0_10_8')!);
      modules(network).delete('L0_10_8');
    };
    expect(await refusal(renamed)).toBe('tiny.pkl: its Fourier features synthesis.input.weight are of 4096 px, as its first layer; expected at most 1024');
  });

  it('is refused where the mapping gives another w than the synthesis takes', async () => {
    const message = await refusal((network) => void network.modules.set('mapping', moduleAt(stylegan3Generator({ ...tiny, wDim: 9 }), 'mapping')));
    expect(message).toContain('gives w of 9 (mapping.fc1.weight), but its synthesis network takes w of 10 (synthesis.input.affine.weight)');
  });
});
