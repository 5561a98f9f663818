import type { SessionOptions } from '../runtime/session';
import { addTo } from './gram';
import type { JacobianRunner } from './jacobian';
import type { JacobianStore } from './jacobianStore';
import { triangleLength } from './tileGrams';
import type { TileGrams } from './tileGrams';
import { TileSampler } from './tileSampler';

/** Jacobians that wait have at most so many bytes together, and so many samples. */
const [mostBytes, mostSamples] = [2 ** 26, 5];

/**
 * Jacobians on their way into tiles. The products of small tiles are quickly taken and slowly written, so that those of several
 * samples take hardly longer than those of one: rows of all of them are multiplied at once. The first sample does not wait.
 */
export class PendingSamples {
  private readonly waiting: JacobianStore[] = [];
  private readonly whole: Float64Array;
  private readonly most: number;

  constructor({ tangents, rows }: Pick<JacobianRunner, 'tangents' | 'rows'>, private readonly tiles: TileGrams, private readonly options: SessionOptions) {
    this.whole = new Float64Array(triangleLength(tiles.size));
    this.most = Math.min(mostSamples, Math.max(1, Math.floor(mostBytes / (tangents * rows * 4))));
  }

  /**
   * Takes a sample over.
   *
   * @param whole the upper triangle of its Gram matrix
   */
  async add(jacobian: JacobianStore, whole: Float64Array): Promise<void> {
    this.waiting.push(jacobian);
    addTo(this.whole, whole);
    if (this.tiles.samples === 0 || this.waiting.length >= this.most) await this.flush();
  }

  /** Adds all that wait to the tiles. */
  async flush(): Promise<void> {
    const { waiting, tiles, whole } = this;
    if (waiting.length === 0) return;
    const joined = joinedRows(waiting);
    const sampler = await TileSampler.create(tiles.size, joined.rows, tiles.grid, this.options);
    try {
      tiles.add({ rows: waiting[0]!.rows, whole: whole.slice(), triangles: await sampler.triangles(joined) }, waiting.length);
    } finally {
      whole.fill(0);
      for (const jacobian of waiting.splice(0)) await jacobian.dispose();
      await sampler.release();
    }
  }

  /** Nothing that is finished is lost. */
  async release(): Promise<void> {
    await this.flush();
  }
}

/** The rows of several Jacobians of one size, one after the other, to be read within one of them at a time. */
function joinedRows(parts: readonly JacobianStore[]): Pick<JacobianStore, 'rows' | 'read'> {
  const { rows } = parts[0]!;
  return {
    rows: rows * parts.length,
    read: (start, end) => {
      const part = Math.floor(start / rows);
      return parts[part]!.read(start - part * rows, end - part * rows);
    },
  };
}
