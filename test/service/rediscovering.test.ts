import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { CancelledError } from '../../src/shared/cancelledError';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { localityRatio, vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile, DiscoveredDirection } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DiscoverRequest, DiscoverUpdate, Rediscovered } from '../../src/shared/protocol/engineProtocol';
import type { Region } from '../../src/shared/region';
import { parseDiscovered } from '../support/directions';
import { openBare, openFixture, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';

const region: Region = { shape: 'ellipse', x: 0.24, y: 0.45, width: 0.52, height: 0.14 };
const asked = { id: 'a', generator: cat, region, name: 'eyes', preset: 'draft', space: 'w', layers: [6, 7, 8, 9], seeds: '0-1', count: 3 } as const;
const dcgan = fileURLToPath(new URL('../fixtures/onnx/dcgan/generator.onnx', import.meta.url));
const middle: Region = { shape: 'box', x: 0.25, y: 0.25, width: 0.5, height: 0.5 };

let fixture: OpenedGenerator;

beforeAll(async () => {
  fixture = await openFixture();
});

afterAll(async () => {
  await fixture.close();
});

/** The directions of a discovery as their files say. */
async function discovered(more: Partial<DiscoverRequest> = {}, engine = new Engine()): Promise<DiscoveredDirection[]> {
  return (await engine.call('discover', { ...asked, ...more })).directions.map(saved);
}

/** A direction that has been written and read. */
function saved(direction: DirectionFile): DiscoveredDirection {
  return parseDiscovered(formatDirection(direction), direction.name);
}

/** Another engine, which knows nothing of the discovery. */
function rediscover(direction: DirectionFile, generator = cat, told: DiscoverUpdate[] = []): Promise<Rediscovered> {
  return new Engine().call('rediscover', { generator, direction }, (update) => told.push(update));
}

/** |cos| of vectors of the same layers, taken here. */
function cosine(a: DirectionFile, b: DirectionFile): number {
  const [u, v] = [a, b].map((direction) => vectorRows(direction).flat()) as [number[], number[]];
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return Math.abs(dot(u, v)) / Math.sqrt(dot(u, u) * dot(v, v));
}

function expectSame(found: Rediscovered, from: DiscoveredDirection): void {
  expect(found.cosine).toBeGreaterThan(0.9999);
  expect(found.cosine).toBeCloseTo(cosine(from, found.direction), 9);
  const { rank, eigenvalue } = from.discovery;
  expect(found.direction).toMatchObject({ name: from.name, latent: from.latent, region: from.region, generator: from.generator });
  expect(found.direction.discovery).toEqual({ ...from.discovery, rank, eigenvalue: expect.closeTo(eigenvalue, 2 - Math.floor(Math.log10(eigenvalue))) as number });
  expect(found.direction.metrics!.insideMse).toBeCloseTo(0.02, 3);
  if (from.metrics) expect(localityRatio(found.direction.metrics!) / localityRatio(from.metrics)).toBeCloseTo(1, 2);
}

describe('a direction is found again', () => {
  it.each([
    ['the draft', {}],
    ['the draft, one vector for each layer', { space: 'w+' }],
    ['the standard', { preset: 'standard' }],
    ['the standard, one vector for each layer', { preset: 'standard', space: 'w+', layers: [7, 8] }],
    ['exact', { preset: 'exact', seeds: '3' }],
    ['official', { preset: 'official', seeds: '0' }],
    ['samples that are no range', { seeds: '2,9,4' }],
  ] as [string, Partial<DiscoverRequest>][])('%s', async (_, more) => {
    const directions = await discovered(more);
    expect(directions).toHaveLength(3);
    expectSame(await rediscover(directions[2]!), directions[2]!);
    expectSame(await rediscover(directions[0]!), directions[0]!);
  }, 60_000);

  it('where the discovery was stopped', async () => {
    const engine = new Engine();
    const { seeds, stopped, directions } = await engine.call('discover', { ...asked, seeds: '0-40' }, (update) => {
      if (update.kind === 'directions') void engine.call('stop', { id: 'a' });
    });
    expect(stopped).toBe(true);
    const direction = saved(directions[0]!);
    expect(direction.discovery.seeds).toBe(seeds);
    expect((await rediscover(direction)).cosine).toBeGreaterThan(0.9999);
  });

  it('from new tiles where it was solved from tiles', async () => {
    const engine = new Engine();
    await discovered({ region: { shape: 'box', x: 0.25, y: 0.5, width: 0.5, height: 0.25 } }, engine);
    const followed = (await engine.call('follow', asked))!.directions.map(saved);
    expect(followed[0]!.discovery.grams).toBe('tiles');
    const again = await rediscover(followed[1]!);
    expectSame(again, followed[1]!);
    // Pixel by pixel it is a little another one.
    const exact = await new Engine().call('solveExactly', { generator: cat, direction: followed[1]! });
    expect(cosine(exact, again.direction)).toBeLessThan(again.cosine);
  });

  it('with tau, truncation and central differences as the file says', async () => {
    const [direction] = await discovered() as [DiscoveredDirection];
    const create = vi.spyOn(JacobianRunner, 'create');
    const told = saved({ ...direction, discovery: { ...direction.discovery, tau: 0.1, truncation: 0.5, jacobian: 'central' } });
    const other = await rediscover(told);
    expect(other.direction.discovery).toMatchObject({ tau: 0.1, truncation: 0.5, jacobian: 'central' });
    expect(create.mock.calls[0]![1].method).toBe('central');
    expect(other.cosine).toBeLessThan(0.999);
    // The file that these settings write is found again with them.
    expectSame(await rediscover(saved(other.direction)), saved(other.direction));
  });

  it('on a bare .onnx file', async () => {
    const [direction] = await discovered({ generator: dcgan, layers: [0], region: middle }) as [DiscoveredDirection];
    expect(direction.discovery.jacobian).toBeUndefined();
    expectSame(await rediscover(direction, dcgan), direction);
  });

  it('on an .onnx file without tangent rules, by central differences', async () => {
    const bare = await openBare(toyNetwork({ input: ['N', 6], resolution: 8, body: (g, z) => {
      const sum = g.reshape(g.matmul(z, g.weight('a', Float32Array.from({ length: 6 * 192 }, (_, i) => Math.sin(i * i + 1)), [6, 192])), [-1, 192, 1, 1]);
      // The determinant of one number is that number, and has no rule.
      return g.sigmoid(g.node('Det', [sum]));
    } }));
    const generator = join(bare.folder, 'toy.onnx');
    const [direction] = await discovered({ generator, layers: [0], region: middle }) as [DiscoveredDirection];
    expect(direction.discovery.jacobian).toBe('central');
    expectSame(await rediscover(direction, generator), direction);
    // A file that does not say so is repeated in the same way, which is told.
    const told: DiscoverUpdate[] = [];
    const { jacobian, ...discovery } = direction.discovery;
    expect(jacobian).toBe('central');
    const again = await rediscover({ ...direction, discovery }, generator, told);
    expect(again.direction.discovery.jacobian).toBe('central');
    expect(told.find(({ kind }) => kind === 'note')).toMatchObject({ text: expect.stringMatching(/^No tangent rule for Det .*; using central differences instead$/) as string });
    await bare.close();
  });
});

describe('a rediscovery', () => {
  it('tells how far it is, and can be cancelled', async () => {
    const [direction] = await discovered({ seeds: '0-2' }) as [DiscoveredDirection];
    const told: DiscoverUpdate[] = [];
    await rediscover(direction, cat, told);
    const steps = told.flatMap((update) => (update.kind === 'progress' ? [update.fraction] : []));
    expect(steps.at(-1)).toBe(1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const controller = new AbortController();
    const cancelled = new Engine().call('rediscover', { generator: cat, direction }, () => { controller.abort(); }, controller.signal);
    await expect(cancelled).rejects.toThrow(CancelledError);
  });

  it('turns what it found the way the saved one points', async () => {
    const [direction] = await discovered() as [DiscoveredDirection];
    const turned = { ...direction, vector: (direction.vector as readonly number[]).map((value) => -value) };
    const found = await rediscover(turned);
    expect(found.cosine).toBeGreaterThan(0.9999);
    expect((found.direction.vector as number[])[0]! * turned.vector[0]!).toBeGreaterThan(0);
  });

  it('of a direction that was edited by hand is honest', async () => {
    const [direction] = await discovered({ preset: 'standard' }) as [DiscoveredDirection];
    const other = { ...direction, latent: { ...direction.latent, layers: [2, 3] } };
    expect((await rediscover(other)).cosine).toBeLessThan(0.9);
    const vector = (direction.vector as readonly number[]).map((value, i) => (i < 20 ? 0 : value));
    const norm = Math.hypot(...vector);
    const renormalised = { ...direction, vector: vector.map((value) => value / norm) };
    const { cosine: found, direction: original } = await rediscover(renormalised);
    expect(found).toBeLessThan(0.999);
    expect(cosine(original, direction)).toBeGreaterThan(0.9999);
    expect(found).toBeCloseTo(cosine(renormalised, direction), 4);
  });

  it('reports another eigenvalue and other metrics than the file has', async () => {
    const [direction] = await discovered() as [DiscoveredDirection];
    const doctored = { ...direction, discovery: { ...direction.discovery, eigenvalue: 99, rank: 3 }, metrics: { ...direction.metrics!, insideMse: 0.5 } };
    const { direction: found } = await rediscover(doctored);
    expect(found.discovery).toMatchObject({ eigenvalue: expect.closeTo(direction.discovery.eigenvalue, 2) as number, rank: 1 });
    expect(found.metrics!.insideMse).toBeCloseTo(0.02, 3);
  });

  it('refuses a direction of another generator, with both hashes', async () => {
    const [direction] = await discovered() as [DiscoveredDirection];
    const reference = join(fixture.folder, 'fixture');
    const message = await userErrorOf(() => rediscover(direction, reference));
    expect(message).toContain(`eyes-1: made for generator "afhq-cat-64" (stylegan2, sha256 ${direction.generator.sha256.slice(0, 12)}), this is`);
    const other = { ...direction, generator: { ...direction.generator, sha256: 'f'.repeat(64) } };
    expect(await userErrorOf(() => rediscover(other))).toContain('sha256 ffffffffffff');
  });

  it('refuses what no discovery found', async () => {
    const [direction] = await discovered() as [DiscoveredDirection];
    const { discovery, metrics, ...rest } = direction;
    expect([discovery.preset, metrics!.seeds]).toEqual(['draft', '100-107']);
    const foreign: DirectionFile = { ...rest, version: 2, source: { kind: 'npy', file: 'eyes.npy', sha256: 'a'.repeat(64), row: 0 } };
    expect(await userErrorOf(() => rediscover(parseDirection(formatDirection(foreign), 'x')))).toBe('eyes-1 was not found by a discovery, its "source" says where it comes from: there is nothing to repeat');
  });
});
