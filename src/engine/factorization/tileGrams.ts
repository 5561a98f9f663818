import { requirePixels } from '../../shared/region';
import type { Region } from '../../shared/region';
import { addTo } from './gram';
import type { RegionGrams } from './gram';

/** Square tiles that cover an image. */
export interface TileGrid {
  /** Pixels along a side of the Jacobian's readout. */
  readonly resolution: number;
  /** Pixels along a side of a tile. */
  readonly tile: number;
  /** Tiles along a side of the image; the last ones may reach over its edge, where there are no pixels. */
  readonly count: number;
}

/**
 * Tiles along a side of an image, at the most, and where there are so many unknowns that these would take more memory than is
 * worth it. On the embedded generator, 20 samples, the leading directions of the ten named regions have |cos| 0.991 or more
 * to those taken pixel by pixel with 32 tiles, and with 16 tiles all but two have 0.98 or more.
 */
const [fineTiles, coarseTiles] = [32, 16];
const fineBytes = 2 ** 28;

/** The grid that is used for `size` unknowns. */
export function tileGridFor(resolution: number, size: number): TileGrid {
  const fine = tileGrid(resolution, fineTiles);
  return tileBytes(size, fine) <= fineBytes ? fine : tileGrid(resolution, coarseTiles);
}

/** The finest grid of at most `most` tiles along a side. */
export function tileGrid(resolution: number, most = coarseTiles): TileGrid {
  const tile = Math.ceil(resolution / most);
  return { resolution, tile, count: Math.ceil(resolution / tile) };
}

/**
 * The share of each tile's pixels that the region covers, [count, count], 0 to 1.
 *
 * @throws UserError where the region covers no pixel, or all of them
 */
export function tileShares(region: Region, grid: TileGrid): Float64Array {
  const { resolution, tile, count } = grid;
  const pixels = requirePixels(region, resolution, resolution);
  const shares = new Float64Array(count * count);
  for (let y = 0, pixel = 0; y < resolution; y++) {
    const firstOfRow = Math.floor(y / tile) * count;
    for (let x = 0; x < resolution; x++, pixel++) if (pixels[pixel]) shares[firstOfRow + Math.floor(x / tile)]!++;
  }
  return shares.map((covered, i) => covered / pixelsOf(grid, i));
}

/** Pixels of a tile that are in the image. */
function pixelsOf({ resolution, tile, count }: TileGrid, index: number): number {
  const side = (along: number) => Math.min(tile, resolution - along * tile);
  return side(index % count) * side(Math.floor(index / count));
}

/** Sums of Gram matrices over samples as upper triangles, row by row; nothing is divided yet. */
export interface TileSums {
  /** Rows of each Jacobian: pixels times channels. */
  readonly rows: number;
  /** Of the whole image, [n (n + 1) / 2]. */
  readonly whole: Float64Array;
  /** Of each tile, in C order, [n (n + 1) / 2] each. */
  readonly triangles: readonly Float32Array[];
}

/** Bytes of the Gram matrices of a grid's tiles for `size` unknowns, whatever the number of samples; twice as many while a sample is added. */
export function tileBytes(size: number, { count }: TileGrid): number {
  // The whole, and the sum of the region that was asked for last.
  const beside = 2 * 8;
  return triangleLength(size) * (count * count * 4 + beside);
}

/** Entries of the upper triangle of a matrix [size, size], with its diagonal. */
export function triangleLength(size: number): number {
  return (size * (size + 1)) / 2;
}

/**
 * One Gram matrix for each tile of the image, summed over samples, from which those of any region are put together:
 * the sum of its tiles, weighted by how much of each it covers. Their number does not grow with the samples.
 *
 * Tiles are float32, which is more exact than they are fine. The whole is float64: all regions share it, and an outside of
 * little energy must not be lost in it.
 */
export class TileGrams {
  private sums: TileSums | undefined;
  private added = 0;
  /** The tiles' shares and their weighted sum for the latest region: the next one mostly has much in common with it. */
  private latest: { readonly shares: Float64Array; readonly sum: Float64Array } | undefined;

  private constructor(readonly size: number, readonly grid: TileGrid) {}

  /** @param size the number of unknowns n */
  static empty(size: number, grid: TileGrid): TileGrams {
    return new TileGrams(size, grid);
  }

  /** Those of earlier samples. The sums become its own. */
  static of(size: number, grid: TileGrid, samples: number, sums: TileSums): TileGrams {
    const tiles = new TileGrams(size, grid);
    tiles.sums = sums;
    tiles.added = samples;
    return tiles;
  }

  /** The number of samples that have been added. */
  get samples(): number {
    return this.added;
  }

  get bytes(): number {
    return tileBytes(this.size, this.grid);
  }

  /** What has been summed; undefined where that is nothing. */
  get contents(): TileSums | undefined {
    return this.sums;
  }

  /**
   * Adds one sample, or the sums of several. They become those of the store where they are the first.
   *
   * @param samples how many they are
   */
  add(sample: TileSums, samples = 1): void {
    this.latest = undefined;
    this.added += samples;
    if (!this.sums) {
      this.sums = sample;
      return;
    }
    addTo(this.sums.whole, sample.whole);
    for (const [i, triangle] of this.sums.triangles.entries()) addTo(triangle, sample.triangles[i]!);
  }

  /**
   * The means over samples and pixels inside and outside of a region, see RegionGrams.
   *
   * @throws UserError where the region covers no pixel, or all of them; RangeError where there is no sample
   */
  grams(region: Region): RegionGrams {
    const { grid } = this;
    const shares = tileShares(region, grid);
    const covered = shares.reduce((sum, share, i) => sum + share * pixelsOf(grid, i), 0) / grid.resolution ** 2;
    return this.meansOf(this.insideSum(shares), covered);
  }

  private meansOf(inside: Float64Array, share: number): RegionGrams {
    const { rows, whole } = this.filled();
    return regionMeans({ size: this.size, rows: rows * this.samples, whole, inside, share });
  }

  /** The weighted sum of tiles, from the nearest of three sums that are known: that of no tile, of all tiles, and of the latest region. */
  private insideSum(shares: Float64Array): Float64Array {
    const { whole, triangles } = this.filled();
    const sum = this.latest?.sum ?? new Float64Array(whole.length);
    const starts = [
      { from: new Float64Array(shares.length), begin: () => { sum.fill(0); } },
      { from: new Float64Array(shares.length).fill(1), begin: () => { sum.set(whole); } },
      ...(this.latest ? [{ from: this.latest.shares, begin: () => undefined }] : []),
    ].map((start) => ({ ...start, changes: shares.reduce((count, share, i) => count + (share === start.from[i] ? 0 : 1), 0) }));
    const nearest = starts.reduce((best, start) => (start.changes < best.changes ? start : best));
    nearest.begin();
    addWeighted(sum, triangles, shares.map((share, i) => share - nearest.from[i]!));
    this.latest = { shares, sum };
    return sum;
  }

  private filled(): TileSums {
    if (!this.sums) throw new RangeError('no sample has been added yet');
    return this.sums;
  }
}

/** Sums over the rows of some Jacobians, as upper triangles. */
export interface RegionSums {
  /** The number of unknowns n. */
  readonly size: number;
  /** The number of rows that were summed. */
  readonly rows: number;
  /** Of the whole image, and of the region. */
  readonly whole: Float64Array;
  readonly inside: Float64Array;
  /** The region's share of the pixels. */
  readonly share: number;
}

/** The means inside and outside of a region, see RegionGrams. */
export function regionMeans({ size, rows, whole, inside, share }: RegionSums): RegionGrams {
  const scale = 1 / rows;
  return {
    size,
    inside: expanded(inside.map((value) => (value * scale) / share), size),
    outside: expanded(whole.map((value, i) => ((value - inside[i]!) * scale) / (1 - share)), size),
  };
}

/** Tiles that are added in one pass over the sum, which is as large as two of them. */
const tilesAtOnce = 4;

/** sum += the tiles times their weights; those of weight 0 are not looked at. */
function addWeighted(sum: Float64Array, triangles: readonly Float32Array[], weights: Float64Array): void {
  const used = Array.from(weights.keys()).filter((i) => weights[i] !== 0);
  const nothing = new Float32Array(sum.length);
  for (let first = 0; first < used.length; first += tilesAtOnce) {
    const terms = Array.from({ length: tilesAtOnce }, (_, k) => used[first + k]).map((i) => (i === undefined ? { triangle: nothing, weight: 0 } : { triangle: triangles[i]!, weight: weights[i]! }));
    const [a, b, c, d] = terms.map(({ triangle }) => triangle) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [p, q, r, s] = terms.map(({ weight }) => weight) as [number, number, number, number];
    for (let i = 0; i < sum.length; i++) sum[i]! += p * a[i]! + q * b[i]! + r * c[i]! + s * d[i]!;
  }
}

/** The upper triangle of a symmetric matrix [size, size], row by row. */
export function upperTriangle<Values extends Float32Array | Float64Array>(matrix: Values, size: number): Values {
  const triangle = (matrix instanceof Float32Array ? new Float32Array(triangleLength(size)) : new Float64Array(triangleLength(size))) as Values;
  for (let i = 0, at = 0; i < size; at += size - i, i++) triangle.set(matrix.subarray(i * size + i, (i + 1) * size), at);
  return triangle;
}

/** Columns that are mirrored at a time: their part of a few rows stays in the processor's cache. */
const mirrored = 32;

/** The symmetric matrix [size, size] of an upper triangle. */
function expanded(triangle: Float64Array, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0, at = 0; i < size; at += size - i, i++) matrix.set(triangle.subarray(at, at + size - i), i * size + i);
  for (let left = 0; left < size; left += mirrored) {
    const right = Math.min(size, left + mirrored);
    for (let i = left + 1; i < size; i++) {
      for (let j = left, end = Math.min(i, right); j < end; j++) matrix[i * size + j] = matrix[j * size + i]!;
    }
  }
  return matrix;
}
