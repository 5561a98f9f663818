import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { parseDescription } from '../../src/engine/generators/description';
import { Generator } from '../../src/engine/generators/generator';
import { standardZ } from '../../src/engine/generators/randomState';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import type { ImportedGenerator } from '../../src/engine/importers/importCheckpoint';
import { UserError } from '../../src/shared/userError';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { centralDifference, codes, sampleOf } from '../support/latents';
import { checkpointOf, defaultOptions, moduleAt, modulesOf, ownerOf, stylegan2Checkpoint, stylegan2Generator, tensorAt, tensorNames } from '../support/stylegan2Checkpoint';
import type { StyleGan2Options, TorchModule } from '../support/stylegan2Checkpoint';
import { StyleGan2Reference } from '../support/stylegan2Reference';
import { useImportFolder } from './imports';

/** 16 px; the blocks have 12, 12 and 8 channels. */
const tiny: StyleGan2Options = { ...defaultOptions, resolution: 16, zDim: 12, wDim: 12, mappingLayers: 2, channelBase: 128, channelMax: 12, convClamp: null };

const { folder, importBytes, refusalOf, open: opened } = useImportFolder('tiny.pkl');

/** Lower than many activations are. */
const tightClamp = 0.7;

const cases: [string, Partial<StyleGan2Options>][] = [
  ['skip', {}],
  ['resnet', { architecture: 'resnet' }],
  ['orig', { architecture: 'orig' }],
  ['32 px, channels that differ in every block', { resolution: 32, channelBase: 64, channelMax: 16 }],
  ['resnet, channels that differ in every block', { architecture: 'resnet', channelBase: 64, channelMax: 16 }],
  ['one block', { resolution: 4 }],
  ['one block, orig', { resolution: 4, architecture: 'orig' }],
  ['two blocks', { resolution: 8, channelMax: 8 }],
  ['two blocks, resnet', { resolution: 8, architecture: 'resnet' }],
  ['conditional', { resolution: 8, cDim: 5 }],
  ['conditional, z longer than w', { resolution: 8, cDim: 5, zDim: 20, wDim: 8 }],
  ['z shorter than w', { resolution: 8, zDim: 6, wDim: 16 }],
  ['one mapping layer', { resolution: 8, mappingLayers: 1, zDim: 7 }],
  ['eight mapping layers', { resolution: 8, mappingLayers: 8 }],
  ['clamped', { convClamp: tightClamp }],
  ['clamped, resnet', { architecture: 'resnet', convClamp: tightClamp }],
  ['clamped, orig', { architecture: 'orig', convClamp: tightClamp }],
  ['a clamp that is never reached', { convClamp: 256 }],
  ['float16 weights, clamped', { halfPrecisionWeights: true, convClamp: tightClamp, numFp16Res: 2 }],
  ['float16 weights, conditional', { resolution: 8, halfPrecisionWeights: true, cDim: 5 }],
  ['weights with channels last', { channelsLast: true, architecture: 'resnet', channelMax: 10 }],
  ['float16 weights with channels last', { channelsLast: true, halfPrecisionWeights: true }],
  ['noise of strength zero', { noiseStrength: 0 }],
  ['strong noise', { noiseStrength: 2 }],
  ['no noise', { useNoise: false }],
  ['one colour channel', { imgChannels: 1 }],
  ['one colour channel, resnet', { imgChannels: 1, architecture: 'resnet' }],
  ['relu', { activation: 'relu' }],
  ['linear layers', { activation: 'linear' }],
  ['a filter of three taps', { resampleFilter: [1, 2, 1] }],
  ['a filter that is not symmetric', { resampleFilter: [1, 2, 5, 3], architecture: 'resnet' }],
  ['a filter of six taps that is not symmetric', { resampleFilter: [1, 3, 7, 6, 2, 1] }],
  ['a filter of eight taps, which is kept in one dimension', { resampleFilter: [1, 2, 5, 9, 7, 4, 2, 1] }],
  ['a filter of nine taps, resnet', { resampleFilter: [1, 2, 5, 9, 11, 7, 4, 2, 1], architecture: 'resnet' }],
];

describe.each(cases)('an imported StyleGAN2 generator (%s)', (name, changes) => {
  const options = { ...tiny, ...changes, seed: cases.findIndex(([other]) => other === name) };
  const network = stylegan2Generator(options);
  const reference = new StyleGan2Reference(network, options);
  const layers = 2 * Math.log2(options.resolution) - 2;
  const ws = codes(3, layers, options.wDim, 77);
  const expected = [0, 1, 2].map((n) => reference.synthesize(sampleOf(ws, n)));
  let generator: Generator;

  beforeAll(async () => {
    generator = await opened(await importBytes(checkpointOf(network, options)));
  });
  afterAll(async () => {
    await generator.release();
  });

  it('is described as it is', () => {
    const { resolution, imgChannels, zDim, cDim, wDim } = options;
    expect(generator.description).toMatchObject({ architecture: 'stylegan2', resolution, channels: imgChannels, z_dim: zDim, c_dim: cDim, w_dim: wDim, name: 'tiny' });
    expect(generator.layerCount).toBe(layers);
    expect(generator.description.w_avg).toEqual([...tensorAt(network, 'mapping.w_avg').data]);
  });

  it('maps z to w', async () => {
    const label = options.cDim > 0 ? 3 : undefined;
    const actual = await generator.sample([0, 1, 2], label === undefined ? {} : { label });
    const oneHot = label === undefined ? undefined : Array.from({ length: options.cDim }, (_, i) => Number(i === label));
    for (const seed of [0, 1, 2]) {
      const w = reference.map(standardZ(seed, options.zDim), oneHot);
      for (let layer = 0; layer < layers; layer++) {
        const start = (seed * layers + layer) * options.wDim;
        expect(differenceOf(actual.data.subarray(start, start + options.wDim), w).largest).toBeLessThan(1e-5);
      }
    }
  });

  it('makes images of latent codes that differ in every layer', async () => {
    const images = await generator.synthesize(ws);
    expect(images.dims).toEqual([3, options.imgChannels, options.resolution, options.resolution]);
    expected.forEach(({ image }, n) => {
      expect(differenceOf(sampleOf(images, n), image.data).relative).toBeLessThan(2e-5);
    });
  });

  it('makes the same images one by one', async () => {
    const images = await generator.synthesize(ws);
    for (const n of [0, 1, 2]) {
      const alone = await generator.synthesize({ data: sampleOf(ws, n), dims: [1, layers, options.wDim] });
      expect(differenceOf(alone.data, sampleOf(images, n)).relative).toBeLessThan(2e-6);
    }
  });

  it('gives the picture at every resolution where the architecture has one', async () => {
    const resolutions = [...expected[0]!.pictures.keys()];
    expect(resolutions).toEqual(options.architecture === 'skip' ? [4, 8, 16, 32].filter((size) => size <= options.resolution) : [options.resolution]);
    const outputs = resolutions.map((size) => (size === options.resolution ? 'image' : `image_${size}`));
    expect(generator.outputs).toEqual(outputs);
    for (const [i, size] of resolutions.entries()) {
      const pictures = await generator.synthesizeOutput(ws, outputs[i]!);
      expected.forEach(({ pictures: all }, n) => {
        expect(differenceOf(sampleOf(pictures, n), all.get(size)!.data).relative).toBeLessThan(2e-5);
      });
    }
  });

  it('has the tangents of the reference', async () => {
    const runner = await JacobianRunner.create(generator, {
      space: 'w',
      layers: Array.from({ length: layers }, (_, i) => i),
      readout: { resolution: options.resolution, reduction: 'area', channels: 'rgb' },
    });
    const tangents = codes(2, layers, options.wDim, 78);
    const products = await runner.products({ data: sampleOf(ws, 0), dims: [1, layers, options.wDim] }, tangents);
    const differences = [0, 1].flatMap((n) => [...centralDifference((codes) => reference.synthesize(codes).image.data, sampleOf(ws, 0), sampleOf(tangents, n))]);
    const difference = differenceOf(products, differences);
    expect(difference.mean).toBeLessThan(2e-5);
    // A unit on the kink of its activation, or at its clamp, may fall to either side.
    expect(difference.within(1e-4)).toBeGreaterThan(0.995);
    await runner.release();
  });

  if (options.convClamp === tightClamp) {
    it('is clamped where it shows', () => {
      const unclamped = new StyleGan2Reference(network, { ...options, convClamp: null });
      expected.forEach(({ image, clamped }, n) => {
        expect(clamped).toBeGreaterThan(150);
        expect(differenceOf(unclamped.synthesize(sampleOf(ws, n)).image.data, image.data).mean).toBeGreaterThan(0.05);
      });
    });
  }
});

describe('the folder of an imported generator', () => {
  it('tells its layers, the last of which is the last torgb', async () => {
    const { description } = await importBytes(stylegan2Checkpoint(tiny));
    expect(description.layers).toEqual([
      { index: 0, name: 'b4.conv1', resolution: 4 },
      { index: 1, name: 'b8.conv0', resolution: 8 },
      { index: 2, name: 'b8.conv1', resolution: 8 },
      { index: 3, name: 'b16.conv0', resolution: 16 },
      { index: 4, name: 'b16.conv1', resolution: 16 },
      { index: 5, name: 'b16.torgb', resolution: 16 },
    ]);
  });

  it('is the same whenever the checkpoint is imported', async () => {
    const bytes = stylegan2Checkpoint({ ...tiny, architecture: 'resnet', cDim: 3 });
    const [first, second] = [await importBytes(bytes), await importBytes(bytes)];
    expect(Object.keys(first.files).sort()).toEqual(['generator.json', 'mapping.onnx', 'synthesis.onnx']);
    for (const name of Object.keys(first.files)) expect(contentOf(second, name).equals(contentOf(first, name))).toBe(true);
  });

  it('holds what was imported, and opens as the same generator', async () => {
    const imported = await importBytes(stylegan2Checkpoint(tiny));
    const path = join(folder(), 'round-trip');
    await writeGenerator(path, imported);
    for (const name of Object.keys(imported.files)) expect((await readFile(join(path, name))).equals(contentOf(imported, name))).toBe(true);
    const text = await readFile(join(path, 'generator.json'), 'utf8');
    expect(parseDescription(text, 'generator.json')).toEqual(imported.description);
    const [first, second] = [await Generator.open(path, folder()), await Generator.open(path, folder())];
    const images = await first.synthesize(await first.sample([5, 6], { psi: 0.5 }));
    expect(await second.synthesize(await second.sample([5, 6], { psi: 0.5 }))).toEqual(images);
    await Promise.all([first.release(), second.release()]);
  });
});

function contentOf(generator: ImportedGenerator, name: string): Buffer {
  const content = generator.files[name]!;
  return typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content);
}

describe('the generator of a file', () => {
  const networksOf = async (bytes: Uint8Array) => {
    const { synthesis, mapping } = (await importBytes(bytes)).description.sha256;
    return { synthesis, mapping };
  };
  const options = { ...tiny, resolution: 8 };

  it.each(['training', 'bare', 'G'] as const)('is the same in the snapshot %s as alone in G_ema', async (snapshot) => {
    expect(await networksOf(stylegan2Checkpoint({ ...options, snapshot }))).toEqual(await networksOf(stylegan2Checkpoint(options)));
  });

  it('is G_ema and not G', async () => {
    // The snapshot's G has the weights of the next seed.
    const g = await networksOf(stylegan2Checkpoint({ ...options, seed: options.seed + 1 }));
    const imported = await networksOf(stylegan2Checkpoint({ ...options, snapshot: 'training' }));
    expect(imported.synthesis).not.toBe(g.synthesis);
    expect(imported.mapping).not.toBe(g.mapping);
  });

  it.each([
    ['skip', {}],
    ['resnet', { architecture: 'resnet' }],
    ['orig', { architecture: 'orig' }],
    ['one block', { resolution: 4 }],
    ['conditional', { cDim: 4 }],
    ['no noise', { useNoise: false }],
  ] as [string, Partial<StyleGan2Options>][])('is the same without any of its settings (%s)', async (_, changes) => {
    const all = { ...tiny, ...changes };
    const network = stylegan2Generator(all);
    for (const { attributes } of modulesOf(network)) attributes.clear();
    expect(await networksOf(checkpointOf(network, all))).toEqual(await networksOf(stylegan2Checkpoint(all)));
  });

  it('has no mean of w where the training kept none', async () => {
    const network = stylegan2Generator(options);
    moduleAt(network, 'mapping').buffers.delete('w_avg');
    expect((await importBytes(checkpointOf(network, options))).description).not.toHaveProperty('w_avg');
  });
});

/** The message with which a generator that was changed is refused: one line that begins with the file. */
async function refusal(change: (network: TorchModule) => void, options: Partial<StyleGan2Options> = {}): Promise<string> {
  const all = { ...tiny, ...options };
  const network = stylegan2Generator(all);
  change(network);
  return refusalOf(checkpointOf(network, all));
}

describe('a generator that is incomplete or inconsistent', () => {
  const conditional: Partial<StyleGan2Options> = { resolution: 8, architecture: 'resnet', cDim: 3 };

  /** The dotted names of all tensors that the generator needs. */
  const neededTensors = (options: Partial<StyleGan2Options>) => tensorNames(stylegan2Generator({ ...tiny, ...options })).filter((name) => !name.endsWith('resample_filter'));

  it.each([
    ['skip', { resolution: 8 }],
    ['resnet, conditional', conditional],
    ['orig', { resolution: 8, architecture: 'orig' }],
  ] as [string, Partial<StyleGan2Options>][])('is refused whichever tensor is missing, by its name (%s)', async (_, options) => {
    const needed = neededTensors(options).filter((name) => name !== 'mapping.w_avg');
    expect(needed.length).toBeGreaterThan(20);
    for (const tensor of needed) {
      const message = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        owner.delete(name);
      }, options);
      expect(message).toContain(`has no tensor ${tensor}:`);
    }
  });

  it.each([
    ['skip', { resolution: 8 }],
    ['resnet, conditional', conditional],
  ] as [string, Partial<StyleGan2Options>][])('is refused whichever tensor has another shape (%s)', async (_, options) => {
    for (const tensor of neededTensors(options)) {
      const longer = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        const [first = 0, ...rest] = owner.get(name)!.dims;
        owner.set(name, new Gaussian(1).tensor([first + 1, ...rest]));
      }, options);
      expect(longer).toMatch(/the tensor \S+ has the shape \[[^\]]+\]; expected \[[^\]]*\]$|mapping network gives w of 13 \(mapping\.fc1\.weight\)/);
      const deeper = await refusal((network) => {
        const [owner, name] = ownerOf(network, tensor);
        const { data, dims } = owner.get(name)!;
        owner.set(name, { data, dims: [...dims, 1] });
      }, options);
      expect(deeper).toContain(`the tensor ${tensor} has the shape [`);
    }
  });

  it('is told the shape that would be right', async () => {
    const message = await refusal((network) => {
      moduleAt(network, 'synthesis.b16.conv0').parameters.set('weight', new Gaussian(1).tensor([8, 11, 3, 3]));
    });
    expect(message).toBe('tiny.pkl: the tensor synthesis.b16.conv0.weight has the shape [8, 11, 3, 3]; expected [outputs, 12, kernel, kernel]');
  });

  it.each(['b8', 'b8.conv0', 'b16.conv0', 'b16.skip', 'b16'])('is refused where the filter of %s is another', async (part) => {
    const message = await refusal((network) => void moduleAt(network, `synthesis.${part}`).buffers.set('resample_filter', new Gaussian(1).tensor([4, 4])), { architecture: 'resnet' });
    expect(message).toBe(`tiny.pkl: the tensor synthesis.${part}.resample_filter differs from synthesis.b4.resample_filter; expected one filter for all that up-samples`);
  });

  it.each([[[65]], [[1]], [[1, 1]], [[100_000]], [[4, 65]]])('is refused with a filter of the shape %j', async (dims) => {
    const message = await refusal((network) => void moduleAt(network, 'synthesis.b16').buffers.set('resample_filter', new Gaussian(1).tensor(dims)));
    expect(message).toBe(`tiny.pkl: the tensor synthesis.b16.resample_filter has the shape [${dims.join(', ')}]; expected 2 to 64 taps in each direction`);
  });

  it('is refused with a filter that is not square', async () => {
    const message = await refusal((network) => void moduleAt(network, 'synthesis.b16').buffers.set('resample_filter', new Gaussian(1).tensor([4, 5])));
    expect(message).toBe('tiny.pkl: the tensor synthesis.b16.resample_filter has the shape [4, 5]; expected [taps, taps]');
  });

  it('is refused with a mean of w that is not finite', async () => {
    const message = await refusal((network) => void tensorAt(network, 'mapping.w_avg').data.fill(NaN, 0, 1));
    expect(message).toBe('tiny.pkl: the tensor mapping.w_avg has numbers that are not finite: the training that saved it failed');
  });

  it('is refused where its description could not be opened again', async () => {
    const path = join(folder(), 'tiny.pkl');
    await writeFile(path, stylegan2Checkpoint(tiny));
    const error: unknown = await importCheckpoint(path, { name: ' ' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/^tiny\.pkl: generator\.json: "name" must be /);
  });

  it('is refused with tens of thousands of attributes', async () => {
    const message = await refusal((network) => {
      for (let i = 0; i < 70_000; i++) network.attributes.set(`a${i}`, null);
    });
    expect(message).toBe('tiny.pkl: its modules are too many, or nested without end; expected a generator network');
  });

  it('is refused with a mapping network of thousands of layers', async () => {
    expect(await refusal((network) => void moduleAt(network, 'mapping').modules.set('fc9000', moduleAt(network, 'mapping.fc1')))).toBe(
      'tiny.pkl: its mapping network has 9001 layers; expected at most 128',
    );
  });

  it.each(['b4', 'b8', 'b16'])('is refused without the block %s', async (block) => {
    const message = await refusal((network) => void moduleAt(network, 'synthesis').modules.delete(block));
    expect(message).toBe(`tiny.pkl has no block synthesis.${block}: a generator of 16 px has one for each power of two from 4 to 16`);
  });

  it('is refused with a block of an odd resolution', async () => {
    const message = await refusal((network) => void moduleAt(network, 'synthesis').modules.set('b12', moduleAt(network, 'synthesis.b8')));
    expect(message).toContain('synthesis.b12');
  });

  it('is refused where the mapping gives another w than the synthesis takes', async () => {
    const message = await refusal((network) => void network.modules.set('mapping', moduleAt(stylegan2Generator({ ...tiny, wDim: 10 }), 'mapping')));
    expect(message).toContain('gives w of 10 (mapping.fc1.weight)');
    expect(message).toContain('takes w of 12 (synthesis.b4.conv1.affine.weight)');
  });

  it('is refused where the label takes more of the first mapping layer than it has', async () => {
    const message = await refusal((network) => {
      for (const { attributes } of modulesOf(network)) attributes.clear();
      moduleAt(network, 'mapping.fc0').parameters.set('weight', new Gaussian(1).tensor([12, 5]));
    }, conditional);
    expect(message).toContain('mapping.fc0.weight');
  });

  it.each(['synthesis', 'mapping'])('is refused without its %s', async (part) => {
    expect(await refusal((network) => void network.modules.delete(part))).toContain('without the parts synthesis and mapping');
  });
});

describe('a setting that is not known', () => {
  it.each([
    ['synthesis.b8.conv0', 'activation', 'swish', "synthesis.b8.conv0.activation is 'swish'; expected one of lrelu, relu, linear"],
    ['synthesis.b8.torgb.affine', 'activation', 'tanh', "synthesis.b8.torgb.affine.activation is 'tanh'; expected one of lrelu, relu, linear"],
    ['mapping.fc1', 'activation', 'selu', "mapping.fc1.activation is 'selu'; expected one of lrelu, relu, linear"],
    ['mapping.fc1', 'activation', 7, 'mapping.fc1.activation is not a text; expected one of lrelu, relu, linear'],
    ['synthesis.b16', 'architecture', 'hour\nglass', "synthesis.b16.architecture is 'hour?glass'; expected one of skip, resnet, orig"],
    ['synthesis.b16.conv1', 'conv_clamp', -1, 'synthesis.b16.conv1.conv_clamp is -1; expected a positive number, or none'],
    ['synthesis.b16.torgb', 'conv_clamp', 'high', 'synthesis.b16.torgb.conv_clamp is not a finite number'],
    ['mapping.fc0', 'weight_gain', Infinity, 'mapping.fc0.weight_gain is not a finite number'],
  ])('is named (%s.%s = %j)', async (module, setting, value, expected) => {
    expect(await refusal((network) => void moduleAt(network, module).attributes.set(setting, value))).toBe(`tiny.pkl: the setting ${expected}`);
  });

  it('is named where all layers have it', async () => {
    expect(await refusal(() => undefined, { activation: 'swish' })).toContain("synthesis.b4.conv1.activation is 'swish'");
  });
});

describe('a file without a generator', () => {
  it('is refused where it holds the discriminator alone', async () => {
    expect(await refusal(() => undefined, { snapshot: 'D' })).toBe("tiny.pkl has no network in G_ema or G; expected a snapshot {G, D, G_ema} as NVlabs' training writes it");
  });

  it('is refused where it is a bare discriminator', async () => {
    const network: TorchModule = { className: 'Discriminator', parameters: new Map(), buffers: new Map(), modules: new Map(), attributes: new Map() };
    const error: unknown = await importBytes(checkpointOf(network, { ...tiny, snapshot: 'bare' })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe("tiny.pkl holds a Discriminator without the parts synthesis and mapping; expected a generator, as a snapshot's G_ema is");
  });
});
