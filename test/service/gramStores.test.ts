import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planDiscovery } from '../../src/engine/factorization/discover';
import type { DiscoveryPlan } from '../../src/engine/factorization/discover';
import { tileBytes, tileGridFor, triangleLength } from '../../src/engine/factorization/tileGrams';
import type { TileSums } from '../../src/engine/factorization/tileGrams';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { GramStores } from '../../src/engine/service/gramStores';
import { Gaussian } from '../support/gaussian';
import { engineSettings } from '../support/engineSettings';
import { linearNetwork, openBareAmong, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { Engine } from './engineCalls';

const [unknowns, resolution] = [4, 8];
const numbers = 3 * resolution ** 2;
const region = { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 } as const;
const random = new Gaussian(7);
const weights = () => random.tensor([unknowns, numbers]).data;

/** The pictures of two linear networks, of which the second one counts `mix` times. */
function mixture(): ModelProto {
  const g = new GraphBuilder();
  const z = g.input('z', ['N', unknowns]);
  const [first, second] = [weights(), weights()].map((data) => g.matmul(z, g.weight('weight', data, [unknowns, numbers])));
  g.output('image', g.reshape(g.add(first!, g.mul(g.input('mix', [1]), second!)), [-1, 3, resolution, resolution]), ['N', 3, resolution, resolution]);
  return g.build('mixture');
}

const settings = (more: object) => ({ format: 'resefa-generator', version: 1, value_range: [-1, 1], ...more });

const asked = (generator: string) => ({ generator, region, name: 'corner', preset: 'standard', space: 'w', layers: [0], seeds: '0-1', count: 2 }) as const;

let folder: string;
const opened: OpenedGenerator[] = [];

async function openOwn(files: Parameters<typeof openBareAmong>[0]): Promise<OpenedGenerator> {
  const own = await openBareAmong(files);
  opened.push(own);
  return own;
}

beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'resefa-stores-')); });

afterAll(async () => {
  for (const each of opened) await each.close();
  await rm(folder, { recursive: true });
});

describe('what is known of a bare file', () => {
  it('is not taken for that of the same file under other settings', async () => {
    const { folder: own } = await openOwn({ 'toy.onnx': mixture(), 'generator.json': settings({ inputs: { mix: 0 } }) });
    const request = asked(join(own, 'toy.onnx'));
    const engine = new Engine();
    await engine.call('configure', engineSettings({ cacheFolder: join(folder, 'mixtures'), cacheSize: 2 ** 30 }));
    await engine.call('discover', { id: 'a', ...request });
    expect(await engine.call('follow', request)).toBeDefined();
    await writeFile(join(own, 'generator.json'), JSON.stringify(settings({ inputs: { mix: 17 } })));
    expect(await engine.call('follow', request)).toBeUndefined();
    await writeFile(join(own, 'generator.json'), JSON.stringify(settings({ inputs: { mix: 0 }, name: 'another name' })));
    expect(await engine.call('follow', request)).toBeDefined();
  });

  it('is known to an estimate where it was taken by central differences', async () => {
    const weight = weights();
    // The determinant of one number is that number; it has no tangent rule.
    const odd = toyNetwork({ input: [1, unknowns], inputName: 'z', resolution, body: (g, z) => g.node('Det', [g.reshape(g.matmul(z, g.weight('weight', weight, [unknowns, numbers])), [numbers, 1, 1])]) });
    const { folder: own } = await openOwn({ 'toy.onnx': odd, 'generator.json': settings({}) });
    const request = asked(join(own, 'toy.onnx'));
    const engine = new Engine();
    const { directions } = await engine.call('discover', { id: 'a', ...request });
    expect(directions[0]!.discovery.jacobian).toBe('central');
    expect(await engine.call('estimate', request)).toMatchObject({ samples: 2, samplesKnown: 2, firstSeconds: 0 });
  });
});

describe('the cache on the disk', () => {
  it('is emptied also by who keeps nothing there any more', async () => {
    const { folder: own } = await openOwn({ 'toy.onnx': linearNetwork({ input: ['N', unknowns], resolution }, weights()), 'generator.json': settings({}) });
    const cacheFolder = join(folder, 'left');
    const engine = new Engine();
    await engine.call('configure', engineSettings({ cacheFolder, cacheSize: 2 ** 30 }));
    const request = asked(join(own, 'toy.onnx'));
    await engine.call('discover', { id: 'a', ...request });
    expect(await readdir(cacheFolder)).toHaveLength(1);

    const frugal = new Engine();
    await frugal.call('configure', engineSettings({ cacheFolder, cacheSize: 0 }));
    expect(await frugal.call('follow', request)).toBeUndefined();
    await frugal.call('clearCache', {});
    expect(await readdir(cacheFolder)).toEqual([]);
  });
});

describe('stores in memory', () => {
  const bytes = tileBytes(unknowns, tileGridFor(resolution, unknowns));
  let own: OpenedGenerator;
  let plan: DiscoveryPlan;

  beforeAll(async () => {
    own = await openOwn({ 'toy.onnx': linearNetwork({ input: ['N', unknowns], resolution }, weights()), 'generator.json': settings({}) });
    plan = planDiscovery(own.generator, { region });
  });

  /** Room for `count` stores and a half. */
  function storesFor(count: number): GramStores {
    const stores = new GramStores((problem) => { throw new Error(problem); });
    stores.configure(engineSettings({ memoryBudget: 4 * bytes * (count + 0.5) }));
    return stores;
  }

  const sample = (): TileSums => ({ rows: numbers, whole: new Float64Array(triangleLength(unknowns)).fill(1), triangles: Array.from({ length: resolution ** 2 }, () => new Float32Array(triangleLength(unknowns))) });
  const truncated = (psi: number): DiscoveryPlan => ({ ...plan, psi });

  it('stay while discoveries fill them, and make room when these are done', async () => {
    const stores = storesFor(1);
    const [first, second] = [await stores.toFill(own.generator, truncated(0.1)), await stores.toFill(own.generator, truncated(0.2))];
    for (const store of [first!, second!]) store.tiles.add(sample());
    expect(await stores.known(own.generator, truncated(0.1))).toBe(first);
    expect(await stores.known(own.generator, truncated(0.2))).toBe(second);
    stores.filled(first!);
    expect(await stores.known(own.generator, truncated(0.1))).toBeUndefined();
    expect(await stores.known(own.generator, truncated(0.2))).toBe(second);
  });

  it('are forgotten where no sample was added', async () => {
    const stores = storesFor(2);
    const used = (await stores.toFill(own.generator, truncated(0.1)))!;
    used.tiles.add(sample());
    stores.filled(used);
    for (const psi of [0.2, 0.3, 0.4]) stores.filled((await stores.toFill(own.generator, truncated(psi)))!);
    expect(await stores.known(own.generator, truncated(0.1))).toBe(used);
  });

  it('are filled by one discovery at a time', async () => {
    const stores = storesFor(2);
    const store = (await stores.toFill(own.generator, plan))!;
    expect(await stores.toFill(own.generator, plan)).toBeUndefined();
    stores.filled(store);
    expect(await stores.toFill(own.generator, plan)).toBeDefined();
  });
});
