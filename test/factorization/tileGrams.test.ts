import { afterEach, describe, expect, it } from 'vitest';
import { GramAccumulator } from '../../src/engine/factorization/gram';
import type { RegionGrams } from '../../src/engine/factorization/gram';
import { createJacobianStore } from '../../src/engine/factorization/jacobianStore';
import type { JacobianStore } from '../../src/engine/factorization/jacobianStore';
import { TileGrams, tileBytes, tileGrid, tileGridFor, tileShares, regionMeans, triangleLength, upperTriangle } from '../../src/engine/factorization/tileGrams';
import type { TileGrid, TileSums } from '../../src/engine/factorization/tileGrams';
import { TileSampler } from '../../src/engine/factorization/tileSampler';
import { maskFromPixels, rasterize } from '../../src/shared/region';
import type { BoxRegion, Region } from '../../src/shared/region';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { userErrorOf } from '../support/userErrors';

const open: { release(): Promise<void> }[] = [];

afterEach(async () => {
  for (const resource of open.splice(0)) await resource.release();
});

const half: BoxRegion = { shape: 'box', x: 0, y: 0, width: 0.5, height: 1 };

/** The box of some pixels, from one corner to the other. */
function box(resolution: number, left: number, top: number, right: number, bottom: number): BoxRegion {
  return { shape: 'box', x: left / resolution, y: top / resolution, width: (right - left) / resolution, height: (bottom - top) / resolution };
}

describe('tileGrid', () => {
  it.each([
    [64, 4, 16],
    [256, 16, 16],
    [1024, 64, 16],
    [16, 1, 16],
    [7, 1, 7],
    [1, 1, 1],
    [17, 2, 9],
    [100, 7, 15],
    [33, 3, 11],
  ])('covers %d px with tiles of %d px, %d along a side', (resolution, tile, count) => {
    expect(tileGrid(resolution)).toEqual({ resolution, tile, count });
  });

  it('has no tile without pixels, whatever the size', () => {
    for (let resolution = 1; resolution < 300; resolution++) {
      for (const most of [1, 5, 16]) {
        const { tile, count } = tileGrid(resolution, most);
        expect(count).toBeLessThanOrEqual(most);
        expect(tile * count).toBeGreaterThanOrEqual(resolution);
        expect(tile * (count - 1)).toBeLessThan(resolution);
      }
    }
  });
});

describe('tileGridFor', () => {
  it('is finer where the unknowns are few', () => {
    expect(tileGridFor(64, 128)).toEqual(tileGrid(64, 32));
    expect(tileGridFor(256, 512)).toEqual(tileGrid(256, 16));
    expect(tileGridFor(20, 4)).toEqual({ resolution: 20, tile: 1, count: 20 });
    for (const size of [64, 128, 256, 300, 350, 400]) expect(tileBytes(size, tileGridFor(256, size))).toBeLessThanOrEqual(2 ** 28);
  });
});

describe('tileShares', () => {
  it('counts the pixels of a region in each tile', () => {
    const shares = tileShares(box(8, 1, 2, 5, 4), { resolution: 8, tile: 4, count: 2 });
    expect([...shares]).toEqual([(3 * 2) / 16, (1 * 2) / 16, 0, 0]);
  });

  it('takes the share of the pixels that there are, where a tile reaches over the edge', () => {
    // 5 px in tiles of 3: the lower right tile has 2 x 2 pixels.
    const shares = tileShares(box(5, 2, 4, 5, 5), { resolution: 5, tile: 3, count: 2 });
    expect([...shares]).toEqual([0, 0, 1 / 6, 2 / 4]);
  });

  it.each<Region>([
    box(20, 3, 5, 18, 19),
    { shape: 'ellipse', x: 0.1, y: 0.3, width: 0.7, height: 0.5 },
    { shape: 'polygon', points: [[0.1, 0.1], [0.9, 0.2], [0.4, 0.95]] },
  ])('covers as many pixels as the region does ($shape)', (region) => {
    const grid = tileGrid(20, 3);
    const pixels = (i: number) => Math.min(7, 20 - (i % 3) * 7) * Math.min(7, 20 - Math.floor(i / 3) * 7);
    const covered = tileShares(region, grid).reduce((sum, share, i) => sum + share * pixels(i), 0);
    expect(covered).toBeCloseTo(rasterize(region, 20, 20).reduce((sum, pixel) => sum + pixel, 0), 9);
  });

  it('refuses a region without a pixel, or without an outside', async () => {
    expect(await userErrorOf(() => tileShares({ ...half, width: 0.001 }, tileGrid(32)))).toMatch(/covers no pixel at 32x32/);
    expect(await userErrorOf(() => tileShares({ ...half, width: 1 }, tileGrid(32)))).toMatch(/covers the whole image/);
  });
});

describe('upperTriangle', () => {
  it('lists a matrix row by row from the diagonal on', () => {
    const triangle = upperTriangle(Float64Array.of(1, 2, 3, 2, 4, 5, 3, 5, 6), 3);
    expect([...triangle]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(triangleLength(3)).toBe(6);
    expect(upperTriangle(Float32Array.of(7), 1)).toEqual(Float32Array.of(7));
  });
});

/** Jacobians [size, channels, resolution, resolution] of random numbers. */
async function jacobians(size: number, channels: number, resolution: number, samples: number): Promise<JacobianStore[]> {
  return Promise.all(Array.from({ length: samples }, async (_, seed) => {
    const rows = channels * resolution ** 2;
    const store = await createJacobianStore(size, rows, Infinity);
    await store.write(0, new Gaussian(seed).tensor([size, rows]).data);
    return store;
  }));
}

async function sumsOf(jacobian: JacobianStore, grid: TileGrid): Promise<TileSums> {
  const { tangents: size, rows } = jacobian;
  const sampler = await TileSampler.create(size, rows, grid);
  open.push(sampler);
  const triangles = await sampler.triangles(jacobian);
  const values = await jacobian.read(0, rows);
  const whole = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) for (let row = 0; row < rows; row++) whole[i * size + j]! += values[i * rows + row]! * values[j * rows + row]!;
  return { rows, whole: upperTriangle(whole, size), triangles };
}

async function tilesOf(stores: readonly JacobianStore[], grid: TileGrid): Promise<TileGrams> {
  const tiles = TileGrams.empty(stores[0]!.tangents, grid);
  for (const store of stores) tiles.add(await sumsOf(store, grid));
  return tiles;
}

/** Pixel by pixel. */
async function exactGrams(stores: readonly JacobianStore[], region: Region, resolution: number): Promise<RegionGrams> {
  const accumulator = await GramAccumulator.create(stores[0]!.tangents, [rasterize(region, resolution, resolution)]);
  open.push(accumulator);
  for (const store of stores) await accumulator.add(store);
  return accumulator.grams();
}

function expectSame(actual: RegionGrams, expected: RegionGrams, tolerance: number): void {
  expect(actual.size).toBe(expected.size);
  for (const side of ['inside', 'outside'] as const) expect(differenceOf(actual[side], expected[side]).relative).toBeLessThan(tolerance);
}

describe('TileGrams', () => {
  // Multiples of the tile's side and others, one channel and three, one tile and many.
  it.each([
    [5, 3, 8, 4, box(8, 2, 0, 6, 8)],
    [5, 3, 9, 4, box(9, 3, 3, 9, 6)],
    [7, 1, 13, 5, box(13, 0, 6, 9, 13)],
    [3, 3, 5, 5, box(5, 1, 1, 2, 4)],
    [40, 3, 11, 3, box(11, 4, 8, 11, 11)],
  ])('of %d unknowns, %d channels and %d px has the Gram matrices of a region of whole tiles', async (size, channels, resolution, most, region) => {
    const stores = await jacobians(size, channels, resolution, 3);
    const tiles = await tilesOf(stores, tileGrid(resolution, most));
    expect(tiles.samples).toBe(3);
    // Float32 tiles; the region's edges are edges of tiles.
    expectSame(tiles.grams(region), await exactGrams(stores, region, resolution), 1e-5);
  });

  it('takes its products in parts where they are large, whatever the part', async () => {
    // A row of 9 tiles is more than is taken at a time.
    const [resolution, most] = [17, 9];
    const stores = await jacobians(400, 1, resolution, 1);
    const tiles = await tilesOf(stores, tileGrid(resolution, most));
    const region = box(resolution, 2, 4, 12, 10);
    expectSame(tiles.grams(region), await exactGrams(stores, region, resolution), 1e-5);
  });

  it('weighs a tile by how much of it the region covers', async () => {
    // The same in every pixel: then a part of a tile is what its share of the pixels is.
    const grid = tileGrid(6, 2);
    const store = await createJacobianStore(2, 36, Infinity);
    await store.write(0, Float32Array.from({ length: 72 }, (_, i) => (i < 36 ? 1 : 3)));
    const { inside, outside } = (await tilesOf([store], grid)).grams(box(6, 1, 1, 4, 2));
    for (const side of [inside, outside]) [1, 3, 3, 9].forEach((value, i) => { expect(side[i]).toBeCloseTo(value, 6); });
  });

  it('has an inside and an outside that add up to the whole, whatever the region', async () => {
    const stores = await jacobians(6, 3, 10, 2);
    const tiles = await tilesOf(stores, tileGrid(10, 4));
    const whole = await exactGrams(stores, half, 10).then(({ inside, outside }) => inside.map((value, i) => (value + outside[i]!) / 2));
    for (const region of [half, box(10, 1, 1, 4, 3), box(10, 0, 0, 9, 10)]) {
      const share = rasterize(region, 10, 10).reduce((sum, pixel) => sum + pixel, 0) / 100;
      const { inside, outside } = tiles.grams(region);
      expect(differenceOf(inside.map((value, i) => value * share + outside[i]! * (1 - share)), whole).relative).toBeLessThan(1e-12);
    }
  });

  it('gives symmetric matrices', async () => {
    const size = 70;
    const { inside, outside } = (await tilesOf(await jacobians(size, 1, 6, 1), tileGrid(6, 3))).grams(box(6, 1, 1, 4, 4));
    for (const matrix of [inside, outside]) {
      const transposed = matrix.map((_, k) => matrix[(k % size) * size + Math.floor(k / size)]!);
      expect(transposed).toEqual(matrix);
    }
  });

  it('gives the same for a region that was dragged there as for one that is new', async () => {
    const [resolution, grid] = [32, tileGrid(32)];
    const sums = await sumsOf((await jacobians(9, 3, resolution, 1))[0]!, grid);
    const dragged = TileGrams.of(9, grid, 1, sums);
    // Small steps, leaps, larger than half the image, and back.
    const regions = [...Array.from({ length: 12 }, (_, i) => box(resolution, 4 + i, 6, 14 + i, 20 - i)), box(resolution, 0, 0, 31, 32), box(resolution, 1, 0, 31, 32), box(resolution, 30, 30, 32, 32), box(resolution, 4, 6, 14, 20)];
    for (const region of regions) expectSame(dragged.grams(region), TileGrams.of(9, grid, 1, sums).grams(region), 1e-12);
  });

  it('does not change what it gave before', async () => {
    const tiles = await tilesOf(await jacobians(4, 1, 8, 1), tileGrid(8, 4));
    const first = tiles.grams(half);
    const copy = structuredClone(first);
    tiles.grams(box(8, 2, 2, 5, 5));
    expect(first).toEqual(copy);
  });

  it('looks at a region anew after another sample', async () => {
    const [grid, stores] = [tileGrid(8, 4), await jacobians(4, 3, 8, 2)];
    const tiles = await tilesOf(stores.slice(0, 1), grid);
    tiles.grams(half);
    tiles.add(await sumsOf(stores[1]!, grid));
    expectSame(tiles.grams(half), await exactGrams(stores, half, 8), 1e-5);
  });

  it('has the means of a region whose inside was summed by itself', async () => {
    const stores = await jacobians(5, 3, 8, 2);
    const tiles = await tilesOf(stores, tileGrid(8, 3));
    const region = box(8, 1, 2, 4, 7);
    const exact = await exactGrams(stores, region, 8);
    const share = 15 / 64;
    const sum = exact.inside.map((value) => value * share * 2 * 192);
    const { whole, rows } = tiles.contents!;
    expectSame(regionMeans({ size: 5, rows: 2 * rows, whole, inside: upperTriangle(sum, 5), share }), exact, 1e-12);
  });

  it('keeps an outside of little energy beside a loud inside', async () => {
    const grid = tileGrid(8, 4);
    const store = await createJacobianStore(2, 64, Infinity);
    const pixels = rasterize(half, 8, 8);
    await store.write(0, Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? (pixels[i] ? 10 + Math.sin(i) : 0.1) : 1)));
    const { outside } = (await tilesOf([store], grid)).grams(half);
    expect(outside[0]).toBeCloseTo(0.01, 4);
    expect(outside[3]).toBeCloseTo(1, 6);
  });

  it('tells how much it takes', () => {
    const grid = tileGrid(256);
    expect(tileBytes(512, grid)).toBeGreaterThan(256 * 512 * 512 * 2);
    expect(tileBytes(512, grid)).toBeLessThan(256 * 512 * 512 * 2.1);
    expect(TileGrams.empty(512, grid).bytes).toBe(tileBytes(512, grid));
  });

  it('has nothing to give before the first sample', () => {
    const tiles = TileGrams.empty(4, tileGrid(8));
    expect(tiles.samples).toBe(0);
    expect(tiles.contents).toBeUndefined();
    expect(() => tiles.grams(half)).toThrow(RangeError);
  });

  it('follows a mask of scattered pixels as far as its tiles are fine', async () => {
    // Tiles of one pixel are exact.
    const [resolution, stores] = [6, await jacobians(5, 3, 6, 2)];
    const region = maskFromPixels(Uint8Array.from({ length: 36 }, (_, i) => (i * 7 % 5 < 2 ? 1 : 0)), resolution, resolution);
    expectSame((await tilesOf(stores, tileGrid(resolution))).grams(region), await exactGrams(stores, region, resolution), 1e-5);
  });
});
