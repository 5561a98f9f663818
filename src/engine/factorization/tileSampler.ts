import { breathe } from '../cancellation';
import { TileGramSession } from '../runtime/gramSession';
import type { SessionOptions } from '../runtime/session';
import type { JacobianStore } from './jacobianStore';
import { upperTriangle } from './tileGrams';
import type { TileGrid } from './tileGrams';

/** Bytes of products that are taken at a time: few enough to stay in a processor's cache until they are sorted into triangles. */
const productBytes = 2 ** 22;

/** Takes the Gram matrices of an image's tiles from Jacobians. */
export class TileSampler {
  private constructor(private readonly grid: TileGrid, private readonly size: number, private readonly rows: number, private readonly session: TileGramSession) {}

  /**
   * @param size the number of unknowns n
   * @param rows of the Jacobians: channels of the grid's pixels
   */
  static async create(size: number, rows: number, grid: TileGrid, options: SessionOptions = {}): Promise<TileSampler> {
    const channels = rows / grid.resolution ** 2;
    return new TileSampler(grid, size, rows, await TileGramSession.create({ channels, tangents: size, tile: grid.tile }, options));
  }

  /**
   * The upper triangles of one sample's, or of several whose channels stand one after the other, see TileSums.
   */
  async triangles(jacobian: Pick<JacobianStore, 'read'>): Promise<Float32Array[]> {
    const { grid, size } = this;
    const triangles: Float32Array[] = [];
    const atOnce = tilesAtOnce(size, grid);
    for (let row = 0; row < grid.count; row++) {
      await breathe(undefined);
      const strips = await this.strips(jacobian, row);
      for (let first = 0; first < grid.count; first += atOnce) {
        const count = Math.min(atOnce, grid.count - first);
        const products = await this.session.products(this.block(strips, first, count));
        for (let k = 0; k < count; k++) triangles.push(upperTriangle(products.subarray(k * size * size, (k + 1) * size * size), size));
      }
    }
    return triangles;
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  /** The pixels of a row of tiles, [tangents, height, resolution] for each channel. */
  private async strips(jacobian: Pick<JacobianStore, 'read'>, row: number): Promise<Float32Array[]> {
    const { resolution, tile } = this.grid;
    const [top, bottom] = [row * tile, Math.min(resolution, (row + 1) * tile)];
    const strips: Float32Array[] = [];
    for (let plane = 0; plane < this.rows; plane += resolution ** 2) strips.push(await jacobian.read(plane + top * resolution, plane + bottom * resolution));
    return strips;
  }

  /** Some tiles of the row, [channels, tangents, tile, count x tile]; zero where there are no pixels. */
  private block(strips: readonly Float32Array[], firstTile: number, count: number): Float32Array {
    const { resolution, tile } = this.grid;
    const width = count * tile;
    const left = firstTile * tile;
    const used = Math.min(width, resolution - left);
    const height = strips[0]!.length / this.size / resolution;
    const plane = this.size * tile * width;
    const block = new Float32Array(strips.length * plane);
    for (const [channel, strip] of strips.entries()) {
      if (strip.length === plane) block.set(strip, channel * plane);
      else for (let line = 0; line < this.size * height; line++) {
        const [tangent, y] = [Math.floor(line / height), line % height];
        const from = line * resolution + left;
        block.set(strip.subarray(from, from + used), channel * plane + (tangent * tile + y) * width);
      }
    }
    return block;
  }
}

/** As many tiles of a row as fit, in parts of about the same length. */
function tilesAtOnce(size: number, { count }: TileGrid): number {
  const parts = Math.ceil((count * size * size * 4) / productBytes);
  return Math.max(1, Math.ceil(count / parts));
}
