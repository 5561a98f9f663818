import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GramCache } from '../../src/engine/factorization/gramCache';
import type { GramKey } from '../../src/engine/factorization/gramCache';
import { TileGrams, tileGridFor, triangleLength } from '../../src/engine/factorization/tileGrams';
import { RandomState } from '../../src/engine/generators/randomState';
import { Gaussian } from '../support/gaussian';

const size = 6;
const grid = tileGridFor(20, size);
const roomy = 2 ** 24;

const key: GramKey = {
  generator: 'a'.repeat(64),
  layers: [2, 3],
  space: 'w',
  preset: 'standard',
  readout: { resolution: 20, reduction: 'area', channels: 'rgb' },
  psi: 1,
  jacobian: 'forward',
  seeds: [4, 0, 9, 7],
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resefa-cache-'));
});

afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

function tilesOf(samples: number, seed = samples): TileGrams {
  const values = new Gaussian(seed);
  const length = triangleLength(size);
  return TileGrams.of(size, grid, samples, {
    rows: 3 * 20 * 20,
    whole: Float64Array.from(values.tensor([length]).data, (value) => value / 3),
    triangles: Array.from({ length: grid.count ** 2 }, () => values.tensor([length]).data),
  });
}

/** The one file that there is. */
async function onlyFile(): Promise<string> {
  const names = await readdir(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
}

async function totalBytes(): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

describe('GramCache', () => {
  it('gives back what was written', async () => {
    const tiles = tilesOf(3);
    expect(await new GramCache(folder, roomy).write(key, tiles, [4, 0, 9])).toBeUndefined();
    const found = (await new GramCache(folder, roomy).read(key))!;
    expect(found.seeds).toEqual([4, 0, 9]);
    expect(found.tiles.samples).toBe(3);
    expect(found.tiles.grid).toEqual(grid);
    expect(found.tiles.contents).toEqual(tiles.contents);
    const region = { shape: 'box', x: 0.1, y: 0.2, width: 0.33, height: 0.5 } as const;
    expect(found.tiles.grams(region)).toEqual(tiles.grams(region));
  });

  it('makes its folder, and knows nothing in one that is not there', async () => {
    const cache = new GramCache(join(folder, 'deep', 'down'), roomy);
    expect(await cache.read(key)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await cache.write(key, tilesOf(1), [4]);
    expect((await cache.read(key))!.seeds).toEqual([4]);
  });

  it.each<[string, Partial<GramKey>]>([
    ['generator', { generator: 'b'.repeat(64) }],
    ['layers', { layers: [2, 4] }],
    ['space', { space: 'w+' }],
    ['preset', { preset: 'exact' }],
    ['resolution', { readout: { ...key.readout, resolution: 24 } }],
    ['reduction', { readout: { ...key.readout, reduction: 'nearest' } }],
    ['channels', { readout: { ...key.readout, channels: 'sum' } }],
    ['truncation', { psi: 0.7 }],
    ['class', { label: 0 }],
    ['Jacobian', { jacobian: 'central' }],
    ['samples', { seeds: [4, 0, 9, 8] }],
    ['number of samples', { seeds: [4, 0, 9] }],
  ])('tells keys apart by their %s', async (_, other) => {
    const cache = new GramCache(folder, roomy);
    await cache.write(key, tilesOf(2), [4, 0]);
    expect(await cache.read({ ...key, ...other })).toBeUndefined();
    expect(await cache.read(key)).toBeDefined();
  });

  it('does not mind the order of a key\'s members, nor a class that is undefined', async () => {
    const cache = new GramCache(folder, roomy);
    await cache.write(key, tilesOf(2), [4, 0]);
    const { seeds, readout, ...rest } = key;
    const turned = { seeds, readout: { channels: readout.channels, reduction: readout.reduction, resolution: readout.resolution }, ...rest, label: undefined } as unknown as GramKey;
    expect(await cache.read(turned)).toBeDefined();
  });

  it('replaces fewer samples by more, and not the other way round', async () => {
    const cache = new GramCache(folder, roomy);
    for (const samples of [2, 3, 1]) await cache.write(key, tilesOf(samples), key.seeds.slice(0, samples));
    expect((await cache.read(key))!.seeds).toEqual([4, 0, 9]);
    await onlyFile();
  });

  it.each([[[4]], [[0, 4]], [[4, 0, 9]], [[]]])('refuses samples that are not those of the tiles (%j)', async (seeds) => {
    await expect(new GramCache(folder, roomy).write(key, tilesOf(2), seeds)).rejects.toThrow(RangeError);
  });
});

describe('a file that is damaged', () => {
  let intact: Buffer;
  let path: string;
  let cache: GramCache;

  beforeEach(async () => {
    cache = new GramCache(folder, roomy);
    await cache.write(key, tilesOf(2), [4, 0]);
    path = await onlyFile();
    intact = await readFile(path);
  });

  async function expectRefused(contents: Uint8Array): Promise<void> {
    await writeFile(path, contents);
    expect(await cache.read(key)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  }

  it('in one bit, wherever that is, is thrown away', async () => {
    const random = new RandomState(1);
    const header = intact.indexOf('\n') + 1;
    const some = (count: number, from: number, to: number) => Array.from({ length: count }, () => 8 * from + Math.floor(random.randomSample() * 8 * (to - from)));
    const bits = [...some(400, 0, header), ...some(300, header, intact.length - 32), ...some(60, intact.length - 32, intact.length)];
    for (const bit of bits) {
      const damaged = Buffer.from(intact);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(path, damaged);
      if ((await cache.read(key)) !== undefined) expect.fail(`bit ${bit} does not matter`);
    }
  });

  it('by its length is thrown away', async () => {
    const random = new RandomState(2);
    const lengths = [0, 1, intact.indexOf('\n'), intact.indexOf('\n') + 1, intact.length - 32, intact.length - 1, ...Array.from({ length: 60 }, () => Math.floor(random.randomSample() * intact.length))];
    for (const length of lengths) await expectRefused(intact.subarray(0, length));
    await expectRefused(Buffer.concat([intact, Buffer.alloc(1)]));
    await expectRefused(Buffer.concat([intact, intact]));
  });

  it('in several bytes is thrown away', async () => {
    const random = new RandomState(3);
    for (let n = 0; n < 60; n++) {
      const damaged = Buffer.from(intact);
      const at = Math.floor(random.randomSample() * intact.length);
      damaged.fill(Math.floor(random.randomSample() * 256), at, Math.min(intact.length, at + 1 + Math.floor(random.randomSample() * 4096)));
      if (!damaged.equals(intact)) await expectRefused(damaged);
    }
  });

  /** With another header, and a digest that is right for it. */
  function forged(change: (header: Record<string, unknown>) => unknown): Buffer {
    const end = intact.indexOf('\n');
    const header = JSON.stringify(change(JSON.parse(intact.subarray(0, end).toString()) as Record<string, unknown>));
    const body = Buffer.concat([Buffer.from(header), intact.subarray(end, -32)]);
    return Buffer.concat([body, createHash('sha256').update(body).digest()]);
  }

  it('is told by its digest, which is that of all the rest', async () => {
    await writeFile(path, forged((header) => header));
    expect(await readFile(path)).toEqual(intact);
    expect(await cache.read(key)).toBeDefined();
  });

  it.each<[string, (header: Record<string, unknown>) => unknown]>([
    ['of a newer version', (header) => ({ ...header, version: 2 })],
    ['of an older version', (header) => ({ ...header, version: 0 })],
    ['of another format', (header) => ({ ...header, format: 'resefa-direction' })],
    ['of another key', (header) => ({ ...header, key: { ...key, psi: 0.5 } })],
    ['without a key', (header) => ({ ...header, key: undefined })],
    ['with more samples than the plan has', (header) => ({ ...header, samples: 5 })],
    ['without samples', (header) => ({ ...header, samples: 0 })],
    ['with half a sample', (header) => ({ ...header, samples: 1.5 })],
    ['without rows', (header) => ({ ...header, rows: null })],
    ['with other tiles', (header) => ({ ...header, count: 3 })],
    ['with another number of unknowns', (header) => ({ ...header, size: size + 1 })],
    ['with unknowns that no memory could hold', (header) => ({ ...header, size: 2 ** 40 })],
    ['that is a list', () => [1]],
    ['that is nothing', () => null],
  ])('is not trusted with a header %s', async (_, change) => {
    await expectRefused(forged(change));
  });

  it('is written anew', async () => {
    await writeFile(path, intact.subarray(0, 1000));
    expect(await cache.read(key)).toBeUndefined();
    await cache.write(key, tilesOf(1), [4]);
    expect((await cache.read(key))!.seeds).toEqual([4]);
  });

  it('is no obstacle where it is a folder, or a link into nothing', async () => {
    await rm(path);
    await symlink(join(folder, 'nowhere'), path);
    expect(await cache.read(key)).toBeUndefined();
    await rm(path, { force: true });
    await mkdir(path);
    expect(await cache.read(key)).toBeUndefined();
    expect(await cache.write(key, tilesOf(1), [4])).toMatch(/^cannot write .* folder/);
  });
});

describe('the limit', () => {
  const others = [0.1, 0.2, 0.3].map((psi): GramKey => ({ ...key, psi }));
  let bytes: number;

  beforeEach(async () => {
    const cache = new GramCache(folder, roomy);
    await cache.write({ ...key, psi: 0.9 }, tilesOf(1), [4]);
    bytes = await totalBytes();
    await cache.clear();
  });

  /** Files as if they had been used one after the other, long ago. */
  async function filled(cache: GramCache): Promise<void> {
    for (const [i, other] of others.entries()) {
      const before = await readdir(folder);
      await cache.write(other, tilesOf(1), [4]);
      const made = (await readdir(folder)).find((name) => !before.includes(name))!;
      await utimes(join(folder, made), i + 1, i + 1);
    }
  }

  it('is kept by removing what was not used for the longest time', async () => {
    const cache = new GramCache(folder, 3.5 * bytes);
    await filled(cache);
    // Reading is use.
    expect(await cache.read(others[0]!)).toBeDefined();
    await cache.write(key, tilesOf(1), [4]);
    expect(await totalBytes()).toBeLessThanOrEqual(3.5 * bytes);
    expect(await Promise.all([...others, key].map(async (each) => (await cache.read(each)) !== undefined))).toEqual([true, false, true, true]);
  });

  it('may become smaller', async () => {
    await filled(new GramCache(folder, roomy));
    const cache = new GramCache(folder, 1.5 * bytes);
    await cache.write(key, tilesOf(1), [4]);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await cache.read(key)).toBeDefined();
  });

  it('does not count a file that is replaced twice', async () => {
    const cache = new GramCache(folder, 3.5 * bytes);
    await filled(cache);
    await cache.write(others[0]!, tilesOf(2), [4, 0]);
    // The others are older and go first: while it is replaced, both are there.
    expect((await cache.read(others[0]!))!.seeds).toEqual([4, 0]);
    expect(await totalBytes()).toBeLessThanOrEqual(3.5 * bytes);
  });

  it('keeps out what is larger, and leaves what there is', async () => {
    await filled(new GramCache(folder, roomy));
    expect(await new GramCache(folder, bytes / 2).write(key, tilesOf(1), [4])).toMatch(/^the Gram matrices take \d+ MB, and the cache is limited to \d+ MB$/);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('removes what was given up half-way long ago, and nothing that is not its own', async () => {
    const name = `${'0'.repeat(32)}.grams`;
    const [abandoned, growing] = [`.${name}.0123456789ab.tmp`, `.${name}.ba9876543210.tmp`];
    const foreign = ['notes.txt', 'other.grams', `${name}.txt`, `.${name}.tmp`];
    for (const each of [abandoned, growing, ...foreign]) await writeFile(join(folder, each), 'x'.repeat(100));
    for (const each of [abandoned, ...foreign]) await utimes(join(folder, each), 1, 1);
    await mkdir(join(folder, '1'.repeat(32) + '.grams'));
    const cache = new GramCache(folder, bytes);
    await cache.write(key, tilesOf(1), [4]);
    expect(await cache.read(key)).toBeDefined();
    const left = await readdir(folder);
    expect(left).not.toContain(abandoned);
    for (const each of [growing, '1'.repeat(32) + '.grams', ...foreign]) expect(left).toContain(each);
    await cache.clear();
    expect((await readdir(folder)).sort()).toEqual([...foreign, '1'.repeat(32) + '.grams'].sort());
  });
});

describe('several programs', () => {
  it('may write and read the same file at once', async () => {
    const caches = Array.from({ length: 6 }, () => new GramCache(folder, roomy));
    await Promise.all(caches.map(async (cache, i) => {
      const samples = 1 + (i % 4);
      await cache.write(key, tilesOf(samples), key.seeds.slice(0, samples));
      const found = await cache.read(key);
      expect(found?.tiles.contents).toEqual(tilesOf(found!.tiles.samples).contents);
    }));
    await onlyFile();
  });

  it('may clear it while another reads', async () => {
    const cache = new GramCache(folder, roomy);
    await cache.write(key, tilesOf(4), key.seeds);
    const [found] = await Promise.all([cache.read(key), cache.clear()]);
    if (found) expect(found.tiles.contents).toEqual(tilesOf(4).contents);
    expect(await cache.read(key)).toBeUndefined();
  });
});

describe('a disk that cannot be written', () => {
  it('is told in one line', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const cache = new GramCache(join(file, 'cache'), roomy);
    expect(await cache.write(key, tilesOf(1), [4])).toMatch(/^cannot write .*: a part of the path is a file/);
    expect(await cache.read(key)).toBeUndefined();
    await expect(cache.clear()).resolves.toBeUndefined();
  });

  it('does not keep a file from being read', async () => {
    const cache = new GramCache(folder, roomy);
    await cache.write(key, tilesOf(2), [4, 0]);
    await chmod(folder, 0o500);
    expect((await cache.read(key))!.seeds).toEqual([4, 0]);
  });
});
