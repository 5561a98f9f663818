import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { standardZ } from '../../src/engine/generators/randomState';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openBare, openFixture, openToyFolder } from '../support/generators';
import type { OpenedGenerator, ToyFolder } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

let opened: OpenedGenerator | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

async function open(toy: Promise<OpenedGenerator>): Promise<Generator> {
  opened = await toy;
  return opened.generator;
}

const layers = [0, 1, 2].map((index) => ({ index, name: `layer ${index}`, resolution: 2 }));
const weight = new Gaussian(1).tensor([3 * 2, 3 * 4]).data;
/** Three layers of w with two numbers each; images of 2 px. */
const toy: ToyFolder = { synthesis: linearNetwork({ input: ['N', 3, 2], resolution: 2 }, weight), description: { resolution: 2, w_dim: 2, layers } };

describe('the latent codes of seeds', () => {
  it("are NumPy's draws, repeated for every layer", async () => {
    const generator = await open(openToyFolder(toy));
    const { data, dims } = await generator.sample([0, 7]);
    expect(dims).toEqual([2, 3, 2]);
    expect([...data]).toEqual([0, 0, 0, 7, 7, 7].flatMap((seed) => [...standardZ(seed, 2)]));
    // numpy.random.RandomState(0).randn(1, 2)
    expect(data[0]).toBeCloseTo(1.764052345967664, 6);
    expect(data[1]).toBeCloseTo(0.4001572083672233, 6);
  });

  it.each([1, 0.7, 0, -0.5])('are truncated towards the mean by psi = %d', async (psi) => {
    const mean = [10, -4];
    const generator = await open(openToyFolder({ ...toy, description: { ...toy.description, w_avg: mean } }));
    const { data } = await generator.sample([3], { psi });
    const z = standardZ(3, 2);
    for (let i = 0; i < 6; i++) expect(data[i]).toBeCloseTo(mean[i % 2]! + psi * (z[i % 2]! - mean[i % 2]!), 5);
  });

  it('are truncated towards zero where no mean is known', async () => {
    const generator = await open(openToyFolder(toy));
    const { data } = await generator.sample([3], { psi: 0.5 });
    expect([...data.subarray(0, 2)]).toEqual([...standardZ(3, 2)].map((value) => value / 2));
  });

  it('do not depend on what else is drawn', async () => {
    const generator = await open(openFixture());
    const together = await generator.sample([5, 0, 11], { psi: 0.6 });
    for (const [n, seed] of [5, 0, 11].entries()) {
      const alone = await generator.sample([seed], { psi: 0.6 });
      expect(differenceOf(together.data.subarray(n * alone.data.length, (n + 1) * alone.data.length), alone.data).relative).toBeLessThan(1e-6);
    }
  });

  it('of no seed are none', async () => {
    const generator = await open(openToyFolder(toy));
    expect(await generator.sample([])).toEqual({ data: new Float32Array(0), dims: [0, 3, 2] });
  });

  it.each([-1, 0.5, 2 ** 32])('refuse the seed %d', async (seed) => {
    const generator = await open(openToyFolder(toy));
    expect(await userErrorOf(() => generator.sample([seed]))).toMatch(/must be a whole number from 0 to 4294967295/);
  });
});

describe('a conditional generator', () => {
  /** w = z + the row of its class. */
  function conditional(zDim = 2): ToyFolder {
    const g = new GraphBuilder();
    const classes = g.matmul(g.input('c', ['N', 3]), g.weight('classes', Float32Array.of(10, 20, 30, 40, 50, 60), [3, 2]));
    g.output('w', zDim > 0 ? g.add(g.input('z', ['N', 2]), classes) : classes, ['N', 2]);
    return { ...toy, mapping: g.build('mapping'), description: { ...toy.description, z_dim: zDim, c_dim: 3 } };
  }

  it.each([0, 1, 2])('is sampled in class %d', async (label) => {
    const generator = await open(openToyFolder(conditional()));
    const { data } = await generator.sample([4, 5], { label });
    const expected = [4, 4, 4, 5, 5, 5].flatMap((seed) => [...standardZ(seed, 2)].map((value, k) => value + 20 * label + 10 * (k + 1)));
    expect(differenceOf(data, expected).largest).toBeLessThan(1e-5);
  });

  it('may have no noise at all', async () => {
    const generator = await open(openToyFolder(conditional(0)));
    expect([...(await generator.sample([1], { label: 1 })).data.subarray(0, 2)]).toEqual([30, 40]);
  });

  it.each([undefined, 3, -1, 0.5, NaN])('needs a class that it has, not %s', async (label) => {
    const generator = await open(openToyFolder(conditional()));
    expect(await userErrorOf(() => generator.sample([0], label === undefined ? {} : { label }))).toBe('the generator toy is conditional: give a class from 0 to 2');
  });

  it('is what a class is for', async () => {
    const generator = await open(openToyFolder(toy));
    expect(await userErrorOf(() => generator.sample([0], { label: 0 }))).toBe('the generator toy has no classes: leave the class out');
  });
});

describe('images', () => {
  it('of many samples are those of each of them, in batches', async () => {
    const generator = await open(openFixture());
    const ws = await generator.sample(Array.from({ length: generator.batch + 3 }, (_, seed) => seed), { psi: 0.7 });
    const count = ws.dims[0]!;
    const together = await generator.synthesize(ws);
    expect(together.dims).toEqual([count, 3, 32, 32]);
    for (const n of [0, 1, generator.batch - 1, generator.batch, count - 1]) {
      const alone = await generator.synthesize(oneOf(generator, ws.data, n));
      expect(differenceOf(together.data.subarray(n * alone.data.length, (n + 1) * alone.data.length), alone.data).relative).toBeLessThan(1e-5);
    }
  });

  it('come in groups of a batch', async () => {
    const generator = await open(openToyFolder(toy));
    expect(generator.batch).toBe(32);
    const ws = new Gaussian(2).tensor([70, 3, 2]);
    const sizes: number[] = [];
    for await (const group of generator.synthesizeGroups(ws)) sizes.push(group.dims[0]!);
    expect(sizes).toEqual([32, 32, 6]);
    const { data } = await generator.synthesize(ws);
    const expected = Array.from({ length: 70 * 12 }, (_, k) => Array.from({ length: 6 }, (__, i) => ws.data[Math.floor(k / 12) * 6 + i]! * weight[i * 12 + (k % 12)]!).reduce((a, b) => a + b));
    expect(differenceOf(data, expected).relative).toBeLessThan(1e-6);
  });

  it('of no sample are none', async () => {
    const generator = await open(openToyFolder(toy));
    expect((await generator.synthesize({ data: new Float32Array(0), dims: [0, 3, 2] })).data).toHaveLength(0);
  });

  it('are there at smaller sizes where the network has them', async () => {
    const generator = await open(openFixture());
    expect([...generator.outputs].sort()).toEqual(['image', 'image_16', 'image_4', 'image_8']);
    const ws = await generator.sample([1, 2]);
    for (const size of [4, 8, 16]) {
      const { data, dims } = await generator.synthesizeOutput(ws, `image_${size}`);
      expect(dims).toEqual([2, 3, size, size]);
      expect(data.some((value) => value !== 0)).toBe(true);
    }
    // A picture on the way does not see the layers that come after it.
    const moved = { ...ws, data: ws.data.map((value, i) => (Math.floor(i / 32) % 8 >= 4 ? value + 1 : value)) };
    expect((await generator.synthesizeOutput(moved, 'image_8')).data).toEqual((await generator.synthesizeOutput(ws, 'image_8')).data);
    expect(await userErrorOf(() => generator.synthesizeOutput(ws, 'image_64'))).toMatch(/^the generator generator has no output image_64; it has image_4, image_8, image_16, image$/);
  });

  it('can be made again after a release', async () => {
    const generator = await open(openFixture());
    const ws = await generator.sample([1]);
    const before = await generator.synthesize(ws);
    await generator.release();
    expect(await generator.sample([1])).toEqual(ws);
    expect(await generator.synthesize(ws)).toEqual(before);
  });

  function oneOf({ layerCount, dimensions }: Generator, data: Float32Array, n: number) {
    const size = layerCount * dimensions;
    return { data: data.subarray(n * size, (n + 1) * size), dims: [1, layerCount, dimensions] };
  }
});

describe('opening', () => {
  it('an embedded generator takes its name', async () => {
    opened = await openToyFolder(toy);
    const byName = await Generator.open('toy', opened.folder);
    expect(byName.description).toEqual(opened.generator.description);
  });

  it.each(['', '.', 'nothing', 'a/toy'])('%j is refused', async (reference) => {
    opened = await openToyFolder(toy);
    const { folder } = opened;
    const message = await userErrorOf(() => Generator.open(reference === '.' ? folder : reference, folder));
    expect(message).toMatch(reference === '.' ? /is not a generator folder: cannot read .*generator.json: there is no such file/ : /^there is no generator /);
  });

  it('a file that is no .onnx file is refused', async () => {
    opened = await openToyFolder(toy);
    const path = join(opened.folder, 'network.pkl');
    await writeFile(path, 'x');
    expect(await userErrorOf(() => Generator.open(path, ''))).toMatch(/network.pkl is not a generator; .*resefa import network.pkl --out <folder>/);
  });

  /** A copy of the toy's folder that `change` has spoilt. */
  async function spoilt(change: (folder: string) => Promise<void>): Promise<string> {
    opened = await openToyFolder(toy);
    const [source, copy] = [join(opened.folder, 'toy'), join(opened.folder, 'copy')];
    await mkdir(copy);
    for (const file of ['generator.json', 'synthesis.onnx']) await copyFile(join(source, file), join(copy, file));
    await change(copy);
    return userErrorOf(() => Generator.open(copy, ''));
  }

  it('a folder whose network was changed is refused', async () => {
    const message = await spoilt(async (folder) => {
      const bytes = await readFile(join(folder, 'synthesis.onnx'));
      bytes[bytes.length - 20]! ^= 1;
      await writeFile(join(folder, 'synthesis.onnx'), bytes);
    });
    expect(message).toMatch(/synthesis.onnx is damaged, or not the network that generator.json was written for: its SHA-256 is [0-9a-f]{12}.., expected [0-9a-f]{12}../);
  });

  it.each([
    ['"w_dim": 2', '"w_dim": 4', /synthesis.onnx: ws has the shape \[N, 3, 2\]; by its generator.json it must be \[N, 3, 4\]$/],
    ['"resolution": 2', '"resolution": 4', /synthesis.onnx: image has the shape \[N, 3, 2, 2\]; by its generator.json it must be \[N, 3, 4, 4\]$/],
    ['"z_dim": 2', '"z_dim": 5', /generator.json: without a mapping network "z_dim" must be "w_dim" and "c_dim" 0; they are 5, 2 and 0$/],
  ])('a folder whose description says not %s but %s is refused', async (from, to, message) => {
    expect(await spoilt(async (folder) => {
      const path = join(folder, 'generator.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
    })).toMatch(message);
  });

  it('a folder with a mapping network of which its description does not know is refused', async () => {
    expect(await spoilt((folder) => writeFile(join(folder, 'mapping.onnx'), 'x'))).toMatch(/"sha256.mapping" is missing/);
  });

  it('a folder whose networks take and give something else is refused', async () => {
    const synthesis = linearNetwork({ input: ['N', 3, 2], inputName: 'latent', resolution: 2 }, weight);
    expect(await userErrorOf(() => openToyFolder({ ...toy, synthesis }))).toMatch(/synthesis.onnx takes latent and gives image; as its generator.json says, it must take ws and give image/);
  });
});

describe('a bare file', () => {
  it('names its layers, and draws z for all of them', async () => {
    const generator = await open(openBare(toy.synthesis));
    expect(generator.description.layers.map(({ name }) => name)).toEqual(['ws.0', 'ws.1', 'ws.2']);
    expect((await generator.sample([2])).dims).toEqual([1, 3, 2]);
    expect(generator.identity).toMatchObject({ name: 'toy', architecture: 'onnx', dimensions: 2, layerCount: 3 });
  });
});
