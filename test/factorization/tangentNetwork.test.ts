import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { inFastForm, linearRows, tangentRows } from '../../src/engine/factorization/tangentModel';
import type { RowModel } from '../../src/engine/factorization/tangentModel';
import { TangentNetwork } from '../../src/engine/factorization/tangentNetwork';
import { Generator } from '../../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import { graphOf } from '../../src/engine/onnx/graphs';
import { withMinimalFiltering } from '../../src/engine/onnx/minimalFiltering';
import { withPolyphase } from '../../src/engine/onnx/polyphase';
import { embeddedGenerators } from '../../src/engine/paths';
import { Session } from '../../src/engine/runtime/session';
import type { FloatTensor } from '../../src/engine/tensor';
import { UserError } from '../../src/shared/userError';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { openBare, openFixture, toyNetwork } from '../support/generators';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

const unlimited = Infinity;

async function withGenerator(name: string, use: (generator: Generator) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'resefa-network-'));
  try {
    const generator = await opened(name, folder);
    await use(generator);
    await generator.release();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function opened(name: string, folder: string): Promise<Generator> {
  if (!name.includes('/')) return Generator.open(name, embeddedGenerators());
  const path = join(fixtures, name);
  if (path.endsWith('.onnx')) return Generator.open(path, fixtures);
  await writeGenerator(join(folder, 'generator'), await importCheckpoint(path));
  return Generator.open(join(folder, 'generator'), folder);
}

/** The latent codes of some seeds, each [1, L, d]. */
async function codesOf(generator: Generator, count: number): Promise<FloatTensor[]> {
  return Promise.all(Array.from({ length: count }, async (_, seed) => generator.sample([seed], { psi: 0.8 })));
}

/** The products of the plain transform, in one run and in one part. */
async function plainProducts(generator: Generator, { model, input, output, frozenInput }: RowModel, ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
  const { latentInput } = generator;
  const session = await Session.create(model, 'the plain transform', { threads: 1 });
  const code = { data: ws.data, dims: latentInput.dims };
  const feeds: Record<string, FloatTensor> = { [latentInput.input]: code, [frozenInput ?? '']: code, [input]: { data: tangents.data, dims: [tangents.dims[0]!, ...latentInput.dims] } };
  const results = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
  await session.release();
  return results[output]!.data;
}

function rowsOf(generator: Generator, layers = generator.description.edit_layers): RowModel {
  const { resolution } = generator.description;
  return tangentRows(generator, layers, { resolution, reduction: 'area', channels: 'rgb' });
}

function tangentsFor({ layerCount, dimensions }: Generator, count: number): FloatTensor {
  return new Gaussian(3).tensor([count, layerCount, dimensions]);
}

/** As forward mode takes it, nothing moves at layers that are not edited. */
function onlyAt(layers: readonly number[], tangents: FloatTensor): FloatTensor {
  const [, layerCount, dimensions] = tangents.dims;
  return { ...tangents, data: tangents.data.map((value, i) => (layers.includes(Math.floor(i / dimensions!) % layerCount!) ? value : 0)) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  'afhq-cat-64',
  'stylegan2-nvlabs/generator.pkl', 'stylegan2-hammer/generator.pth', 'stylegan2-rosinality/generator.pt', 'stylegan3-t-nvlabs/generator.pkl', 'stylegan3-r-nvlabs/generator.pkl',
  'onnx/dcgan/generator.onnx', 'onnx/pggan/generator.onnx', 'onnx/fused-style/generator.onnx', 'onnx/biggan/generator.onnx',
])('the linear network of %s', (name) => {
  it('gives what the plain transform gives, at one latent code after the other and in chunks of any size', async () => {
    await withGenerator(name, async (generator) => {
      const layers = generator.description.edit_layers;
      const rows = rowsOf(generator);
      const tangents = onlyAt(layers, tangentsFor(generator, 7));
      const [a, b] = await codesOf(generator, 2) as [FloatTensor, FloatTensor];
      const expected = new Map(await Promise.all([a, b].map(async (ws) => [ws, await plainProducts(generator, rows, ws, tangents)] as const)));
      expect(differenceOf(expected.get(a)!, expected.get(b)!).mean, 'the codes differ').toBeGreaterThan(0.01);
      for (const chunk of [1, 3, 7]) {
        const { resolution } = generator.description;
        const runner = await JacobianRunner.create(generator, { space: 'w', layers, readout: { resolution, reduction: 'area', channels: 'rgb' }, chunk, memoryBudget: unlimited });
        for (const ws of [a, b, a, a]) expect(differenceOf(await runner.products(ws, tangents), expected.get(ws)!).mean).toBeLessThan(1e-5);
        await runner.release();
      }
    });
  });

  it('computes the image once for each latent code', async () => {
    await withGenerator(name, async (generator) => {
      const network = await TangentNetwork.create(generator, rowsOf(generator), unlimited);
      const tangents = tangentsFor(generator, 2);
      const [a, b] = await codesOf(generator, 2) as [FloatTensor, FloatTensor];
      const runs = vi.spyOn(Session.prototype, 'run');
      for (const ws of [a, a, a, b, b]) await network.products(ws, tangents, {});
      expect(network.sharesImage).toBe(true);
      expect(network.heldBytes).toBeGreaterThan(0);
      expect(runs).toHaveBeenCalledTimes(5 + 2);
      await network.release();
    });
  });
});

describe('the network of tangents', () => {
  it('gives the same with every convolution in its fast form', async () => {
    const { generator, close } = await openFixture();
    const rows = rowsOf(generator, generator.description.layers.map(({ index }) => index));
    const { fixed, model } = linearRows(rows)!;
    const fast = withPolyphase(withMinimalFiltering(model, { channels: 1, side: 4 }), { channels: 1, side: 4 });
    const count = (opType: string) => graphOf(model).node.filter((node) => node.opType === opType).length - graphOf(fast).node.filter((node) => node.opType === opType).length;
    expect(count('ConvTranspose')).toBe(3);
    expect(count('MatMul')).toBeLessThan(0);
    const [ws] = await codesOf(generator, 1) as [FloatTensor];
    const tangents = tangentsFor(generator, 4);
    const code = { data: ws.data, dims: generator.latentInput.dims };
    const feeds: Record<string, FloatTensor> = { ws: code, [rows.input]: { data: tangents.data, dims: [4, ...generator.latentInput.dims] } };
    const run = async (part: typeof model, given: Record<string, FloatTensor>) => {
      const session = await Session.create(part, 'a part', { threads: 1 });
      const results = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, given[name]!])));
      await session.release();
      return results;
    };
    const factors = await run(fixed, feeds);
    const [found, expected] = await Promise.all([fast, model].map(async (part) => (await run(part, { ...feeds, ...factors }))[rows.output]!.data));
    expect(differenceOf(found!, expected!).mean).toBeLessThan(1e-5);
    await close();
  });

  it('has no fast forms where convolutions are small', async () => {
    const generator = await Generator.open('afhq-cat-64', embeddedGenerators());
    const { model } = linearRows(rowsOf(generator))!;
    expect(inFastForm(model)).toBe(model);
    await generator.release();
  });

  it('computes the image along with the tangents where its factors exceed the budget', async () => {
    const { generator, close } = await openFixture();
    const rows = rowsOf(generator);
    const { heldBytes } = await TangentNetwork.create(generator, rows, unlimited);
    const [ws] = await codesOf(generator, 1) as [FloatTensor];
    const tangents = tangentsFor(generator, 2);
    const expected = await plainProducts(generator, rows, ws, tangents);
    for (const [budget, shares] of [[heldBytes, true], [heldBytes - 1, false]] as const) {
      const network = await TangentNetwork.create(generator, rows, budget);
      expect([network.sharesImage, network.heldBytes]).toEqual([shares, shares ? heldBytes : 0]);
      expect(differenceOf(await network.products(ws, tangents, {}), expected).mean).toBeLessThan(1e-5);
      await network.release();
    }
    await close();
  });

  it('computes the image along with the tangents on a GPU, which has its own forms of convolutions', async () => {
    const { generator, folder, close } = await openFixture();
    const device = { provider: 'webgpu', fellBack: () => undefined } as const;
    const onGpu = await Generator.open(join(folder, 'fixture'), folder, { device });
    const create = vi.spyOn(Session, 'create').mockRejectedValue(new Error('no GPU here'));
    await expect(TangentNetwork.create(onGpu, rowsOf(onGpu), unlimited)).rejects.toThrow('no GPU here');
    expect(create).toHaveBeenCalledOnce();
    expect(graphOf(create.mock.calls[0]![0]).node).toHaveLength(graphOf(rowsOf(generator).model).node.length);
    await close();
  });

  it('takes the plain transform where ONNX Runtime refuses the linear one', async () => {
    const { generator, close } = await openFixture();
    vi.spyOn(Session, 'create').mockRejectedValueOnce(new UserError('ONNX Runtime cannot load it'));
    const network = await TangentNetwork.create(generator, rowsOf(generator), unlimited);
    expect(network.sharesImage).toBe(false);
    const [ws] = await codesOf(generator, 1) as [FloatTensor];
    const tangents = tangentsFor(generator, 2);
    expect(differenceOf(await network.products(ws, tangents, {}), await plainProducts(generator, rowsOf(generator), ws, tangents)).mean).toBeLessThan(1e-5);
    await network.release();
    await close();
  });

  it('can be used after a rest', async () => {
    const { generator, close } = await openFixture();
    const network = await TangentNetwork.create(generator, rowsOf(generator), unlimited);
    const [ws] = await codesOf(generator, 1) as [FloatTensor];
    const tangents = tangentsFor(generator, 2);
    const before = await network.products(ws, tangents, {});
    Object.defineProperty(generator, 'largestActivation', { value: 2 ** 25 });
    await network.rest();
    expect(await network.products(ws, tangents, {})).toEqual(before);
    await network.release();
    await close();
  });

  it('is right where a style is zero', async () => {
    // A picture of two channels times a style for each, at w = 0, then a 3 x 3 convolution and a leaky ReLU away from its kink.
    const model = toyNetwork({ input: ['N', 2], inputName: 'w', channels: 1, resolution: 4, body: (g, w) => {
      const base = g.weight('base', new Gaussian(1).tensor([1, 2, 4, 4]).data, [1, 2, 4, 4]);
      const styled = g.mul(base, g.reshape(w, [-1, 2, 1, 1]));
      const convolved = g.node('Conv', [styled, g.weight('taps', new Gaussian(2).tensor([2, 2, 3, 3]).data, [2, 2, 3, 3])], { pads: [1, 1, 1, 1] });
      const active = g.node('LeakyRelu', [g.add(convolved, g.weight('bias', Float32Array.of(50, -50), [1, 2, 1, 1]))], { alpha: { float: 0.2 } });
      const again = g.mul(active, g.reshape(w, [-1, 2, 1, 1]));
      return g.reshape(g.node('Conv', [again, g.weight('colours', Float32Array.of(1, -2), [1, 2, 1, 1])]), [-1, 16]);
    } });
    const { generator, close } = await openBare(model);
    const readout = { resolution: 4, reduction: 'area', channels: 'rgb' } as const;
    const at = (...w: number[]) => ({ data: Float32Array.from(w), dims: [1, 1, 2] });
    const tangents = { data: Float32Array.of(1, 0, 0, 1, 0.5, -2), dims: [3, 1, 2] };
    for (const ws of [at(0, 0), at(0, 1.5), at(-1, 0), at(0.3, 0.7)]) {
      const [forward, central] = await Promise.all((['forward', 'central'] as const).map(async (method) => {
        const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout, method });
        const products = await runner.products(ws, tangents);
        await runner.release();
        return products;
      }));
      expect(differenceOf(forward!, central!).relative).toBeLessThan(2e-3);
    }
    await close();
  });
});
