import { cp, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatDescription, parseDescription } from '../../src/engine/generators/description';
import { Generator } from '../../src/engine/generators/generator';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { RenderRequest } from '../../src/shared/protocol/engineProtocol';
import { ffhqRegions } from '../../src/shared/region';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openBare, openToyFolder } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';
import { engineSettings } from '../support/engineSettings';

let toy: OpenedGenerator;
let folder: string;
let engine: Engine;
const others: OpenedGenerator[] = [];

beforeAll(async () => {
  const g = new GraphBuilder();
  g.output('w', g.mul(2, g.input('z', ['N', 2])), ['N', 2]);
  toy = await openToyFolder({
    synthesis: linearNetwork({ input: ['N', 1, 2], resolution: 2 }, new Gaussian(1).tensor([2, 12], 0.2).data),
    mapping: g.build('mapping'),
    description: { resolution: 2, w_dim: 2, layers: [{ index: 0, name: 'all', resolution: 2 }] },
  });
  folder = await mkdtemp(join(tmpdir(), 'resefa-open-'));
  engine = new Engine();
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of others.splice(0)) await each.close();
});

afterAll(async () => {
  await toy.close();
  await rm(folder, { recursive: true });
});

let copies = 0;

/** A generator folder of its own, with another description where asked for. */
async function copyOf(change: Record<string, unknown> = {}): Promise<string> {
  const copy = join(folder, `copy${++copies}`);
  await cp(join(toy.folder, 'toy'), copy, { recursive: true });
  await describeAnew(copy, change);
  return copy;
}

async function describeAnew(generator: string, change: Record<string, unknown>): Promise<void> {
  const path = join(generator, 'generator.json');
  const description = parseDescription(await readFile(path, 'utf8'), path);
  await writeFile(path, formatDescription({ ...description, ...change }));
}

/** Lets what is on its way arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function request(generator: string, seed = 0): RenderRequest {
  return { generator, sample: { seed, psi: 1 }, edits: [], heat: false };
}

describe('a generator that is opened', () => {
  it('tells what it is', async () => {
    const info = await engine.call('open', { generator: cat });
    const file = JSON.parse(await readFile(new URL('../../models/afhq-cat-64/generator.json', import.meta.url), 'utf8')) as Record<string, unknown>;
    expect(info).toEqual({
      name: 'afhq-cat-64', architecture: 'stylegan2', resolution: 64, dimensions: 128, layers: file.layers, hasLayers: true, editLayers: [2, 3, 4, 5, 6, 7, 8, 9],
      classes: 0, truncates: true, regions: file.regions, licence: file.licence, sha256: (file.sha256 as Record<string, string>).checkpoint,
    });
  });

  it('may be a bare .onnx file', async () => {
    const path = new URL('../fixtures/onnx/dcgan/generator.onnx', import.meta.url).pathname;
    expect(await engine.call('open', { generator: path })).toMatchObject({ name: 'generator', architecture: 'onnx', hasLayers: false, classes: 0, truncates: true, regions: {} });
  });

  it('is opened again when settings appear beside a bare file', async () => {
    const bare = await openBare(linearNetwork({ input: ['N', 2], resolution: 2 }, new Gaussian(1).tensor([2, 12], 0.2).data));
    others.push(bare);
    const path = join(bare.folder, 'toy.onnx');
    expect((await engine.call('open', { generator: path })).name).toBe('toy');
    await writeFile(join(bare.folder, 'generator.json'), JSON.stringify({ format: 'resefa-generator', version: 1, name: 'birds' }));
    expect((await engine.call('open', { generator: path })).name).toBe('birds');
  });

  it('has the regions of aligned faces where its name says that it makes them, and none of its own', async () => {
    const own = { brow: { shape: 'box', x: 0.1, y: 0.1, width: 0.5, height: 0.1 } };
    const regionsOf = async (change: Record<string, unknown>) => (await engine.call('open', { generator: await copyOf(change) })).regions;
    expect(await regionsOf({ name: 'stylegan2-FFHQ-256' })).toEqual(ffhqRegions);
    expect(await regionsOf({ name: 'stylegan2-ffhq-256', regions: own })).toEqual(own);
    expect(await regionsOf({ name: 'cats' })).toEqual({});
  });

  it('is opened once, however many ask at the same time', async () => {
    const open = vi.spyOn(Generator, 'open');
    const generator = await copyOf();
    await Promise.all([engine.call('open', { generator }), engine.call('render', request(generator)), engine.call('open', { generator })]);
    await engine.call('render', request(generator, 1));
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('is opened again when its description changes', async () => {
    const generator = await copyOf({ name: 'before' });
    expect((await engine.call('open', { generator })).name).toBe('before');
    await describeAnew(generator, { name: 'afterwards' });
    expect((await engine.call('open', { generator })).name).toBe('afterwards');
  });

  it.each(['generator.json', 'synthesis.onnx', 'mapping.onnx'])('is opened again when %s is written again', async (file) => {
    const fresh = new Engine();
    const [open, release] = [vi.spyOn(Generator, 'open'), vi.spyOn(Generator.prototype, 'release')];
    const generator = await copyOf();
    const before = await fresh.call('render', request(generator));
    await utimes(join(generator, file), new Date(2001, 1), new Date(2001, 1));
    expect(await fresh.call('render', request(generator))).toEqual(before);
    expect(open).toHaveBeenCalledTimes(2);
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('is not opened again when another file of the folder changes', async () => {
    const open = vi.spyOn(Generator, 'open');
    const generator = await copyOf();
    await engine.call('render', request(generator));
    await writeFile(join(generator, 'notes.txt'), 'mine');
    await engine.call('render', request(generator));
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('that is gone is told', async () => {
    const generator = await copyOf();
    await engine.call('render', request(generator));
    await rm(generator, { recursive: true });
    expect(await userErrorOf(() => engine.call('render', request(generator)))).toMatch(/^there is no generator /);
  });
});

describe('several generators', () => {
  it('stay open, three of them, the least recently used one first to go', async () => {
    const fresh = new Engine();
    const open = vi.spyOn(Generator, 'open');
    const release = vi.spyOn(Generator.prototype, 'release');
    const [a, b, c, d] = await Promise.all([copyOf(), copyOf(), copyOf(), copyOf()]);
    for (const generator of [a, b, c, a]) await fresh.call('open', { generator });
    expect(open).toHaveBeenCalledTimes(3);
    expect(release).not.toHaveBeenCalled();
    await fresh.call('open', { generator: d });
    expect(release).toHaveBeenCalledTimes(1);
    for (const generator of [a, c, d]) await fresh.call('open', { generator });
    expect(open).toHaveBeenCalledTimes(4);
    await fresh.call('open', { generator: b });
    expect(open).toHaveBeenCalledTimes(5);
  });

  it('are not released while they are used', async () => {
    const fresh = new Engine();
    const copies = [await copyOf({ name: 'first' }), await copyOf({ name: 'b' }), await copyOf({ name: 'c' }), await copyOf({ name: 'd' }), await copyOf({ name: 'e' })];
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => { goOn = resolve; });
    vi.spyOn(Generator.prototype, 'sample').mockImplementationOnce(async function (this: Generator, ...args) {
      await gate;
      return this.sample(...args);
    });
    const release = vi.spyOn(Generator.prototype, 'release');
    const released = () => (release.mock.contexts as Generator[]).map(({ description }) => description.name);
    const long = fresh.call('render', request(copies[0]!));
    await settle();
    for (const generator of copies.slice(1)) await fresh.call('open', { generator });
    await settle();
    expect(released()).toEqual(['b', 'c']);
    goOn();
    expect((await long).frame.width).toBe(2);
    await fresh.call('open', { generator: copies[1]! });
    await settle();
    expect(released()).toEqual(['b', 'c', 'first']);
  });
});

describe('a generator that cannot be opened', () => {
  it('is told, and tried again at the next use', async () => {
    const generator = await copyOf();
    const text = await readFile(join(generator, 'generator.json'));
    await writeFile(join(generator, 'generator.json'), '{"format": "resefa-generator", "version": 1}');
    const messages = await Promise.all([userErrorOf(() => engine.call('open', { generator })), userErrorOf(() => engine.call('render', request(generator)))]);
    expect(messages[0]).toMatch(/generator.json: "name" is missing/);
    expect(messages[1]).toBe(messages[0]);
    await writeFile(join(generator, 'generator.json'), text);
    expect((await engine.call('open', { generator })).resolution).toBe(2);
  });

  it('is not remembered as such though nothing that is looked at has changed', async () => {
    const generator = await copyOf();
    vi.spyOn(Generator, 'open').mockRejectedValueOnce(new Error('out of memory'));
    await expect(engine.call('open', { generator })).rejects.toThrow('out of memory');
    expect((await engine.call('open', { generator })).resolution).toBe(2);
  });

  it.each([
    ['nothing', '', /^there is no generator ""/],
    ['a name that is none', 'no-such-generator', /^there is no generator "no-such-generator"; expected a generator folder, an .onnx file or the name of an embedded generator/],
    ['a path that is none', '/no/such/folder', /^there is no generator "\/no\/such\/folder"/],
    ['a path with a zero in it', 'a\0b', /^there is no generator/],
    ['a path through a file', `${new URL('../../package.json', import.meta.url).pathname}/x`, /^there is no generator/],
    ['a folder of something else', tmpdir(), /is not a generator folder/],
    ['a file of something else', new URL('../../package.json', import.meta.url).pathname, /is not a generator; expected/],
  ])('is told where it is %s', async (_, generator, message) => {
    expect(await userErrorOf(() => engine.call('open', { generator }))).toMatch(message);
  });

  it.each(['synthesis.onnx', 'mapping.onnx'])('is told where %s is cut short', async (file) => {
    const generator = await copyOf();
    const bytes = await readFile(join(generator, file));
    await writeFile(join(generator, file), bytes.subarray(0, bytes.length / 2));
    expect(await userErrorOf(() => engine.call('open', { generator }))).toContain(file);
  });
});

describe('a conditional generator', () => {
  it('tells its classes, and wants one', async () => {
    const g = new GraphBuilder();
    const classes = g.matmul(g.input('c', ['N', 3]), g.weight('classes', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));
    g.output('w', g.add(g.input('z', ['N', 2]), classes), ['N', 2]);
    const layers = [{ index: 0, name: 'all', resolution: 2 }];
    others.push(await openToyFolder({
      synthesis: linearNetwork({ input: ['N', 1, 2], resolution: 2 }, new Float32Array(24).fill(0.05)),
      mapping: g.build('mapping'),
      description: { resolution: 2, w_dim: 2, c_dim: 3, layers },
    }));
    const generator = join(others[0]!.folder, 'toy');
    expect((await engine.call('open', { generator })).classes).toBe(3);
    expect(await userErrorOf(() => engine.call('render', request(generator)))).toBe('the generator toy is conditional: give a class from 0 to 2');
    const discovery = { id: 'a', generator, region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 }, name: 'a', preset: 'draft', space: 'w', layers: [0], count: 1 } as const;
    expect(await userErrorOf(() => engine.call('discover', discovery))).toBe('the generator toy is conditional: give a class from 0 to 2');
    const pictures = await Promise.all([0, 1].map(async (label) => (await engine.call('render', { ...request(generator), sample: { seed: 0, psi: 1, label } })).frame.data));
    expect(pictures[0]).not.toEqual(pictures[1]);
  });
});

describe('the settings', () => {
  it('of other threads open the generators again, at their next use', async () => {
    const fresh = new Engine();
    const [open, release] = [vi.spyOn(Generator, 'open'), vi.spyOn(Generator.prototype, 'release')];
    await fresh.call('configure', engineSettings({ threads: 1, memoryBudget: 0 }));
    const before = await fresh.call('render', request(cat));
    expect(open.mock.lastCall![2]).toEqual({ threads: 1, spinning: false });
    await fresh.call('configure', engineSettings({ threads: 1, memoryBudget: 2 ** 30 }));
    await fresh.call('render', request(cat));
    expect(open).toHaveBeenCalledTimes(1);
    await fresh.call('configure', engineSettings({ threads: 2, memoryBudget: 2 ** 30 }));
    expect(open).toHaveBeenCalledTimes(1);
    const after = await fresh.call('render', request(cat));
    expect(open.mock.lastCall![2]).toEqual({ threads: 2, spinning: false });
    expect(release).toHaveBeenCalledTimes(1);
    expect(after.frame.width).toBe(before.frame.width);
  });

  it('of other threads leave what runs alone', async () => {
    const fresh = new Engine();
    const release = vi.spyOn(Generator.prototype, 'release');
    const running = fresh.call('render', request(cat));
    await fresh.call('configure', engineSettings({ threads: 1, memoryBudget: 0 }));
    expect(release).not.toHaveBeenCalled();
    expect((await running).frame.width).toBe(64);
    await settle();
    expect(release).toHaveBeenCalledTimes(1);
  });

  it.each([
    [engineSettings({ threads: -1, memoryBudget: 0 }), /the number of threads: must be a whole number from 0 to 256, not -1/],
    [engineSettings({ threads: 1.5, memoryBudget: 0 }), /the number of threads/],
    [engineSettings({ threads: 0, memoryBudget: -5 }), /the memory budget: must be a number of at least 0, not -5/],
    [engineSettings({ threads: 0, memoryBudget: NaN }), /the memory budget/],
  ])('that are out of range are refused: %j', async (settings, message) => {
    expect(await userErrorOf(() => engine.call('configure', settings))).toMatch(message);
  });
});
