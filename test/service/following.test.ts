import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { DiscoverRequest, DiscoverUpdate, Discovered, FollowRequest } from '../../src/shared/protocol/engineProtocol';
import type { BoxRegion, Region } from '../../src/shared/region';
import { openFixture } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { engineSettings } from '../support/engineSettings';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';

/** The eyes. Its edges cut tiles of 4 px. */
const region: BoxRegion = { shape: 'box', x: 0.24, y: 0.45, width: 0.52, height: 0.14 };
const aligned: Region = { shape: 'box', x: 0.25, y: 0.4375, width: 0.5, height: 0.125 };

const asked = { generator: cat, region, name: 'eyes', preset: 'standard', space: 'w', layers: [5, 6, 7, 8, 9], seeds: '0-2', count: 3 } as const;

let fixture: OpenedGenerator;
let folder: string;
let engine: Engine;

beforeAll(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), 'resefa-following-'));
  engine = new Engine();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await engine.call('clearCache', {});
});

afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

function discover(more: Partial<DiscoverRequest> = {}, told: DiscoverUpdate[] = []): Promise<Discovered> {
  return engine.call('discover', { id: 'mine', ...asked, ...more }, (update) => told.push(update));
}

function follow(more: Partial<FollowRequest> = {}) {
  return engine.call('follow', { ...asked, ...more });
}

function cosine(a: DirectionFile, b: DirectionFile): number {
  const [first, second] = [vectorRows(a).flat(), vectorRows(b).flat()];
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(first, second) / Math.sqrt(dot(first, first) * dot(second, second));
}

const chunksOf = () => vi.spyOn(JacobianRunner.prototype, 'products');

describe('following a region', () => {
  it('has nothing to tell before a discovery', async () => {
    expect(await follow()).toBeUndefined();
  });

  it('solves any region after one discovery, without the network', async () => {
    await discover();
    const chunks = chunksOf();
    const followed = await follow({ region: aligned, name: 'other' });
    expect(followed!.seeds).toBe('0-2');
    expect(followed!.directions.map(({ name, metrics, discovery }) => [name, metrics, discovery.grams, discovery.seeds])).toEqual([1, 2, 3].map((rank) => [`other-${rank}`, undefined, 'tiles', '0-2']));
    expect(chunks).not.toHaveBeenCalled();
    await engine.call('clearCache', {});
    const exact = (await discover({ region: aligned })).directions;
    // The region is made of whole tiles: nothing is approximated but the last digits.
    exact.forEach((direction, i) => { expect(Math.abs(cosine(direction, followed!.directions[i]!))).toBeGreaterThan(0.99999); });
  });

  it('comes near the exact directions where tiles are cut', async () => {
    await discover({ region: aligned });
    const followed = await follow();
    await engine.call('clearCache', {});
    const exact = (await discover()).directions;
    expect(Math.abs(cosine(exact[0]!, followed!.directions[0]!))).toBeGreaterThan(0.98);
    expect(exact[0]!.discovery.grams ?? 'pixels').toBe('pixels');
  });

  it('gives the same directions wherever the region came from, to the precision of a slider', async () => {
    await discover();
    const fresh = (await follow({ region: aligned }))!.directions;
    for (let step = 1; step <= 5; step++) await follow({ region: { ...region, x: region.x + step / 50 } });
    const dragged = (await follow({ region: aligned }))!.directions;
    fresh.forEach((direction, i) => { expect(Math.abs(cosine(direction, dragged[i]!))).toBeGreaterThan(0.9999); });
  });

  it('answers while a discovery runs, from the samples that are there', async () => {
    const answers: Promise<string | undefined>[] = [];
    await engine.call('discover', { id: 'mine', ...asked }, ({ kind }) => {
      if (kind === 'directions' && answers.length === 0) answers.push(follow({ region: aligned }).then((followed) => followed?.seeds));
    });
    expect(['0', '0-1', '0-2']).toContain(await answers[0]);
  });

  it.each([
    ['other layers', { layers: [6, 7, 8, 9] }],
    ['another space', { space: 'w+' }],
    ['another preset', { preset: 'draft' }],
    ['other samples', { seeds: '0-3' }],
  ] as const)('knows nothing of %s', async (_what, more) => {
    await discover();
    expect(await follow(more)).toBeUndefined();
  });

  it('has nothing for the official preset, whose problem is too delicate for sums over tiles', async () => {
    await discover({ preset: 'official', seeds: '0' });
    expect(await follow({ preset: 'official', seeds: '0' })).toBeUndefined();
  });

  it('keeps nothing that is larger than its share of the memory', async () => {
    await engine.call('configure', engineSettings({ memoryBudget: 2 ** 24 }));
    await discover({ seeds: '0' });
    expect(await follow({ seeds: '0' })).toBeUndefined();
    await engine.call('configure', engineSettings());
  });

  it.each([
    [{ region: { ...region, width: 2 } }, /the region/],
    [{ layers: [77] }, /layer/],
    [{ count: 0 }, /the number of directions/],
    [{ seeds: 'x' }, /the samples/],
  ])('refuses %j', async (wrong, message) => {
    expect(await userErrorOf(() => follow(wrong as Partial<FollowRequest>))).toMatch(message);
  });
});

describe('a discovery where samples are known', () => {
  it('solves and measures without the network\'s tangents', async () => {
    await discover();
    const chunks = chunksOf();
    const told: DiscoverUpdate[] = [];
    const { directions, seeds, stopped } = await discover({ region: aligned }, told);
    expect(chunks).not.toHaveBeenCalled();
    expect([seeds, stopped]).toEqual(['0-2', false]);
    for (const { discovery, metrics } of directions) expect([discovery.grams, metrics !== undefined]).toEqual(['tiles', true]);
    const fractions = told.flatMap((update) => (update.kind === 'progress' ? [update.fraction] : []));
    expect(fractions.at(-1)).toBe(1);
    for (const fraction of fractions) expect(fraction).toBeGreaterThanOrEqual(0);
  });

  it('goes on where an earlier one was stopped', async () => {
    const first = await engine.call('discover', { id: 'mine', ...asked }, ({ kind }) => { if (kind === 'directions') void engine.call('stop', { id: 'mine' }); });
    expect(first).toMatchObject({ stopped: true, seeds: '0' });
    const sample = vi.spyOn(fixture.generator.constructor.prototype as { sample: (seeds: readonly number[]) => unknown }, 'sample');
    const { seeds } = await discover();
    expect(seeds).toBe('0-2');
    expect(sample.mock.calls.map(([taken]) => taken).filter((taken) => taken.length === 1)).toEqual([[1], [2]]);
  });

  it('is exact for its own region when it took all samples itself', async () => {
    const { directions } = await discover();
    for (const { discovery } of directions) expect(discovery.grams ?? 'pixels').toBe('pixels');
  });
});

describe('the cache on the disk', () => {
  const withCache = () => engine.call('configure', engineSettings({ cacheFolder: join(folder, 'cache'), cacheSize: 2 ** 30 }));
  const files = () => readdir(join(folder, 'cache'));

  it('serves the next engine, and is rebuilt where it is damaged', async () => {
    await withCache();
    await discover();
    const known = await follow();
    const [name] = await files();
    const path = join(folder, 'cache', name!);
    const next = new Engine();
    await next.call('configure', engineSettings({ cacheFolder: join(folder, 'cache'), cacheSize: 2 ** 30 }));
    expect((await next.call('follow', asked))!.directions[0]!.discovery.eigenvalue).toBeCloseTo(known!.directions[0]!.discovery.eigenvalue, 3);

    const bytes = await readFile(path);
    bytes[bytes.length - 100]! ^= 1;
    await writeFile(path, bytes);
    const third = new Engine();
    await third.call('configure', engineSettings({ cacheFolder: join(folder, 'cache'), cacheSize: 2 ** 30 }));
    expect(await third.call('follow', asked)).toBeUndefined();
    expect((await third.call('discover', { id: 'a', ...asked })).seeds).toBe('0-2');
    expect((await stat(path)).size).toBe(bytes.length);
    await engine.call('clearCache', {});
    expect(await files()).toEqual([]);
  });
});

describe('solving exactly', () => {
  it('finds the same direction again, pixel by pixel and measured, and points the same way', async () => {
    await discover({ region: aligned });
    const approximate = (await follow())!.directions[1]!;
    const turned = { ...approximate, vector: (approximate.vector as readonly number[]).map((value) => -value) };
    await engine.call('clearCache', {});
    const exact = (await discover()).directions;
    for (const given of [approximate, turned]) {
      const told: DiscoverUpdate[] = [];
      const solved = await engine.call('solveExactly', { generator: cat, direction: { ...given, name: 'mine' } }, (update) => told.push(update));
      expect(solved.discovery.grams ?? 'pixels').toBe('pixels');
      expect([solved.name, solved.discovery.seeds, solved.metrics === undefined]).toEqual(['mine', '0-2', false]);
      expect(cosine(given, solved)).toBeGreaterThan(0.8);
      expect(Math.max(...exact.map((direction) => Math.abs(cosine(direction, solved))))).toBeGreaterThan(0.99999);
      expect(told.at(-1)).toMatchObject({ kind: 'progress', fraction: 1 });
    }
  });

  it('refuses a direction of another generator', async () => {
    await discover({ region: aligned, seeds: '0' });
    const direction = (await follow({ seeds: '0' }))!.directions[0]!;
    expect(await userErrorOf(() => engine.call('solveExactly', { generator: join(fixture.folder, 'fixture'), direction }))).toMatch(/made for generator "afhq-cat-64"/);
  });
});

describe('an estimate', () => {
  const estimate = (more: object = {}) => engine.call('estimate', { ...asked, ...more });

  it('tells the samples, and takes those that are known off', async () => {
    const before = await estimate();
    expect(before).toMatchObject({ samples: 3, samplesKnown: 0, instant: true });
    expect(before.seconds).toBeGreaterThan(before.firstSeconds);
    expect(before.firstSeconds).toBeGreaterThan(0);
    await discover();
    const after = await estimate();
    expect(after).toMatchObject({ samples: 3, samplesKnown: 3, firstSeconds: 0 });
    expect(after.seconds).toBeLessThan(before.seconds);
  });

  it('grows with the unknowns and the samples', async () => {
    const { seconds } = await estimate({ count: 1 });
    expect((await estimate({ space: 'w+', count: 1 })).seconds).toBeGreaterThan(2 * seconds);
    expect((await estimate({ seeds: '0-29', count: 1 })).seconds).toBeGreaterThan(5 * seconds);
  });
});

describe('two discoveries at once', () => {
  it('do not count a sample twice', async () => {
    const [alone, beside] = await Promise.all([discover(), discover({ id: 'other' })]);
    for (const { directions } of [alone, beside]) for (const { discovery } of directions) expect(discovery.grams ?? 'pixels').toBe('pixels');
    const followed = (await follow({ region: aligned }))!;
    await engine.call('clearCache', {});
    await discover();
    const again = (await follow({ region: aligned }))!;
    expect(followed.directions.map(({ discovery }) => discovery.eigenvalue)).toEqual(again.directions.map(({ discovery }) => expect.closeTo(discovery.eigenvalue, 3) as number));
  });
});

describe('an estimate of a quick discovery', () => {
  it('has the network compiled ahead, once, and the discovery takes it', async () => {
    const create = vi.spyOn(JacobianRunner, 'create');
    const release = vi.spyOn(JacobianRunner.prototype, 'release');
    const request = { generator: cat, preset: 'standard', space: 'w', layers: [6, 7, 8], seeds: '0-1', count: 2 } as const;
    for (let i = 0; i < 2; i++) {
      expect((await engine.call('estimate', request)).firstSeconds).toBeLessThanOrEqual(1);
      await vi.waitFor(() => { expect(create).toHaveBeenCalled(); });
    }
    await discover(request);
    expect(create).toHaveBeenCalledTimes(1);
    expect(release).toHaveBeenCalledTimes(1);
  });
});
