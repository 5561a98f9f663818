import { rasterize } from '../../shared/region';
import type { Region } from '../../shared/region';
import { breathe } from '../cancellation';
import type { Generator } from '../generators/generator';
import type { FloatTensor } from '../tensor';
import { applyEdits } from './applyDirection';
import type { Edit } from './applyDirection';
import { ChangeMeter } from './change';
import type { Change } from './change';

/** How far an edit changes the picture on each side of the region's edge. */
export interface Locality extends Change {
  /** The alpha at which the mean inside change over the held-out samples, both signs, is `insideTarget`. */
  readonly alpha: number;
}

/** The first eight seeds from 100 on that a discovery did not take. */
export function heldOutSeeds(taken: readonly number[] = []): number[] {
  const seeds: number[] = [];
  for (let seed = 100; seeds.length < 8; seed++) if (!taken.includes(seed)) seeds.push(seed);
  return seeds;
}

/** Truncation of the samples that directions are measured on. */
export const heldOutPsi = 0.7;

/** The inside change at which directions are compared: clearly visible, far from saturation. */
export const insideTarget = 0.02;

/** The search for alpha stops within this share of the target, or after this many steps. */
const tolerance = 0.005;
const maximumSteps = 10;
const maximumAlpha = 1e4;

/** Held-out samples and their unedited images, shared by all directions of one generator and region. */
export class LocalityMeter {
  private constructor(
    private readonly generator: Generator,
    private readonly ws: FloatTensor,
    private readonly originals: Float32Array,
    private readonly mask: Uint8Array,
  ) {}

  /**
   * @param taken seeds that took part in the discovery
   * @param label the class of a conditional generator
   */
  static async create(generator: Generator, region: Region, taken: readonly number[] = [], label?: number): Promise<LocalityMeter> {
    const ws = await generator.sample(heldOutSeeds(taken), { psi: heldOutPsi, label });
    const { resolution } = generator.description;
    return new LocalityMeter(generator, ws, (await generator.synthesize(ws)).data, rasterize(region, resolution, resolution));
  }

  /**
   * Measures an edit at the alpha where it changes the inside by `insideTarget` on average. The change grows
   * roughly with a power of alpha, so the search is a secant on logarithms.
   *
   * @param guess the alpha to start from
   * @throws CancelledError where `signal` says so
   */
  async measure(edit: Omit<Edit, 'alpha'>, guess: number, signal?: AbortSignal): Promise<Locality> {
    let alpha = clampAlpha(guess);
    let previous: { alpha: number; insideMse: number } | undefined;
    for (let step = 1; ; step++) {
      await breathe(signal);
      const change = await this.change(edit, alpha);
      const outOfReach = alpha >= maximumAlpha && change.insideMse < insideTarget;
      if (Math.abs(change.insideMse / insideTarget - 1) < tolerance || outOfReach || step >= maximumSteps) return { alpha, ...change };
      const exponent = previous ? Math.log(change.insideMse / previous.insideMse) / Math.log(alpha / previous.alpha) : 2;
      const next = alpha * (insideTarget / Math.max(change.insideMse, 1e-12)) ** (1 / Math.min(Math.max(exponent || 2, 0.5), 4));
      previous = { alpha, insideMse: change.insideMse };
      alpha = clampAlpha(Math.min(Math.max(next, alpha / 8), alpha * 8));
    }
  }

  /** Mean squared change on both sides at alpha and -alpha. */
  async change(edit: Omit<Edit, 'alpha'>, alpha: number): Promise<Change> {
    const meter = new ChangeMeter(this.mask, this.generator.description.value_range);
    for (const sign of [1, -1]) {
      const edited = await this.generator.synthesize(applyEdits(this.ws, [{ ...edit, alpha: sign * alpha }]));
      meter.add(edited.data, this.originals);
    }
    return meter.change;
  }
}

function clampAlpha(alpha: number): number {
  return Number.isFinite(alpha) ? Math.min(Math.max(alpha, 1e-4), maximumAlpha) : 1;
}
