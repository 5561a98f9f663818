import { countInside } from '../../shared/region';
import { GramSession } from '../runtime/gramSession';
import type { SessionOptions } from '../runtime/session';
import type { JacobianStore } from './jacobianStore';

/** M_f and M_b of the method: mean energy of a direction inside and outside the region, [n, n] each. */
export interface RegionGrams {
  readonly size: number;
  readonly inside: Float64Array;
  readonly outside: Float64Array;
}

/** What a GramAccumulator has added up, to go on from later: with the same sums and the same samples come the same bytes. */
export interface GramSums {
  readonly samples: number;
  /** Of one sample's Jacobian. */
  readonly rows: number;
  /** J^T J of all samples, [n, n] in C order. */
  readonly whole: Float64Array;
  /** The same of the rows inside each region. */
  readonly inside: readonly Float64Array[];
}

/** Bytes of a block of the Jacobian while it is multiplied. */
export const gramBlockBytes = 2 ** 26;

/**
 * Adds up Gram matrices of Jacobians inside and outside of regions, and averages them over samples:
 * M_f = J_F^T J_F / rows(F), M_b = J_B^T J_B / rows(B).
 *
 * The outside is the whole less the inside, so that several regions share the largest part of the work; the
 * sums are float64, where the difference loses nothing.
 */
export class GramAccumulator {
  private readonly whole: Float64Array;
  private readonly inside: InsideSum[];
  private samples = 0;
  private rows = 0;

  private constructor(private readonly size: number, masks: readonly Uint8Array[], private readonly session: GramSession, private readonly blockBytes: number) {
    this.whole = new Float64Array(size * size);
    this.inside = masks.map((mask) => new InsideSum(size, mask, session));
  }

  /**
   * @param size the number of unknowns n
   * @param masks one for each region: 1 for its pixels, [H, W] at the Jacobian's resolution. Rows of the
   *   Jacobian are channels of such pixels
   * @param blockBytes of the Jacobian that are multiplied at a time
   * @param start sums of the same regions to go on from; they are copied
   */
  static async create(size: number, masks: readonly Uint8Array[], options: SessionOptions = {}, blockBytes = gramBlockBytes, start?: GramSums): Promise<GramAccumulator> {
    const accumulator = new GramAccumulator(size, masks, await GramSession.create(options), blockBytes);
    if (start) accumulator.goOnFrom(start);
    return accumulator;
  }

  /** Adds one sample. */
  async add(jacobian: JacobianStore): Promise<void> {
    addTo(this.whole, await productOf(jacobian, this.session, this.inside, this.blockBytes));
    this.rows = jacobian.rows;
    this.samples++;
  }

  /** What has been added up so far: not a copy, so that it holds until the next sample is added. */
  get sums(): GramSums {
    return { samples: this.samples, rows: this.rows, whole: this.whole, inside: this.inside.map(({ sum }) => sum) };
  }

  /** The means so far for one of the regions. */
  grams(region = 0): RegionGrams {
    const { sum, share } = this.inside[region]!;
    const scale = 1 / Math.max(this.samples * this.rows, 1);
    return {
      size: this.size,
      inside: sum.map((value) => (value * scale) / share),
      outside: this.whole.map((value, i) => ((value - sum[i]!) * scale) / (1 - share)),
    };
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private goOnFrom({ samples, rows, whole, inside }: GramSums): void {
    if (inside.length !== this.inside.length) throw new RangeError(`the sums are of ${inside.length} regions, not of ${this.inside.length}`);
    this.samples = samples;
    this.rows = rows;
    this.whole.set(whole);
    this.inside.forEach(({ sum }, i) => { sum.set(inside[i]!); });
  }
}

/** Some rows of a Jacobian: `values` are [tangents, end - start]. */
interface RowBlock {
  readonly start: number;
  readonly end: number;
  readonly values: Float32Array;
}

/** J^T J of one sample, [n, n] in C order; adds to the sums of regions what they have of it. */
export async function productOf(jacobian: JacobianStore, session: GramSession, regions: readonly InsideSum[], blockBytes = gramBlockBytes): Promise<Float64Array> {
  const { tangents, rows } = jacobian;
  const length = Math.max(1, Math.floor(blockBytes / 4 / tangents));
  const sum = new Float64Array(tangents * tangents);
  for (let start = 0; start < rows; start += length) {
    const end = Math.min(rows, start + length);
    const values = await jacobian.read(start, end);
    addTo(sum, await session.product(values, tangents));
    for (const region of regions) await region.add({ start, end, values });
  }
  return sum;
}

/** The sum of products of a region's rows, over blocks of rows and over samples. */
export class InsideSum {
  /** [n, n] in C order. */
  readonly sum: Float64Array;
  /** The region's share of the pixels. */
  readonly share: number;

  /** @param mask 1 for the region's pixels, [H, W] at the Jacobian's resolution */
  constructor(private readonly size: number, private readonly mask: Uint8Array, private readonly session: GramSession) {
    this.sum = new Float64Array(size * size);
    this.share = countInside(mask) / mask.length;
  }

  async add({ start, end, values }: RowBlock): Promise<void> {
    const picked = pickRows(values, this.size, runsInside(this.mask, start, end));
    if (picked.length > 0) addTo(this.sum, await this.session.product(picked, this.size));
  }
}

/** Runs of rows inside the region, among rows `start` to `end`, counted from `start`. */
function runsInside(mask: Uint8Array, start: number, end: number): [number, number][] {
  const runs: [number, number][] = [];
  for (let row = start; row < end; row++) {
    if (!mask[row % mask.length]) continue;
    const last = runs.at(-1);
    if (last?.[1] === row - start) last[1]++;
    else runs.push([row - start, row - start + 1]);
  }
  return runs;
}

/** Some rows of a block [tangents, rows]. */
function pickRows(block: Float32Array, tangents: number, runs: readonly [number, number][]): Float32Array {
  const length = block.length / tangents;
  const width = runs.reduce((total, [from, to]) => total + to - from, 0);
  const picked = new Float32Array(tangents * width);
  for (let t = 0, at = 0; t < tangents; t++) {
    for (const [from, to] of runs) {
      picked.set(block.subarray(t * length + from, t * length + to), at);
      at += to - from;
    }
  }
  return picked;
}

/** sum += terms, in place. */
export function addTo<Values extends Float64Array | Float32Array>(sum: Values, terms: Values): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += terms[i]!;
}
