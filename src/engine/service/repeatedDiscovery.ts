import { MissingRuleError } from '../autodiff/rule';
import { accumulateGrams, accumulateTiles, directionFile, directionsOf, fallbackNote, measureEach, planDiscovery, unknownCount } from '../factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan, DiscoveryProgress, DiscoveryState, TilesState } from '../factorization/discover';
import type { Direction } from '../factorization/directions';
import { TileGrams, tileGridFor } from '../factorization/tileGrams';
import type { Generator } from '../generators/generator';
import { capitalised } from '../../shared/capitalised';
import { requireFits, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile, DiscoveredDirection, GramSource } from '../../shared/direction/directionFile';
import { requireDiscovered } from '../../shared/direction/requireDiscovered';
import { parseSeeds } from '../../shared/numberList';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import { DiscoveryPace } from './discoveryPace';

/** Directions beyond the rank of the one that is looked for, among which it may be found again. */
const neighbours = 8;

/** How to run a discovery again. */
export interface Repetition {
  /** Whether the region is taken pixel by pixel, or put together from tiles. */
  readonly grams: GramSource;
  /** Bytes for the tangents of one run; left to the engine where left out. */
  readonly memoryBudget?: number | undefined;
  /** Told where it stands. */
  readonly tell: (update: DiscoverUpdate) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the discovery that a direction is from again, with everything as its file says, from new samples, and returns the
 * direction that is most like it, measured and pointing the same way. Its rank is the one at which it was found now.
 *
 * @throws UserError when no discovery found the direction, or it is not of this generator; CancelledError where `signal` says so
 */
export async function repeatDiscovery(generator: Generator, file: DirectionFile, repetition: Repetition): Promise<DiscoveredDirection> {
  requireDiscovered(file);
  requireFits(file, generator.identity, file.name);
  try {
    return await repeatOnce(generator, file, planDiscovery(generator, optionsOf(file, repetition)), repetition);
  } catch (error) {
    if (!(error instanceof MissingRuleError)) throw error;
    repetition.tell({ kind: 'note', text: capitalised(fallbackNote(error)) });
    return repeatOnce(generator, file, planDiscovery(generator, { ...optionsOf(file, repetition), jacobian: 'central' }), repetition);
  }
}

async function repeatOnce(generator: Generator, file: DiscoveredDirection, plan: DiscoveryPlan, { grams, tell, signal }: Repetition): Promise<DiscoveredDirection> {
  const pace = new DiscoveryPace(tell, { samples: plan.seeds.length, directions: 1 });
  const onProgress = (progress: DiscoveryProgress) => { pace.sampling(progress); };
  const state = grams === 'tiles' ? await fromTiles(generator, plan, onProgress, signal) : await fromPixels(generator, plan, onProgress, signal);
  pace.sampled(plan.seeds.length);
  const direction = nearest(file, await directionsOf(state, plan, file.discovery.rank + neighbours));
  pace.measuring(0, 1);
  for await (const measured of measureEach(generator, plan, state, [direction], signal)) {
    pace.measuring(1, 1);
    const { discovery, ...found } = directionFile(file.name, generator, plan, plan.seeds, measured, 'eigenvalue', grams);
    const { rankedBy } = file.discovery;
    return { ...found, discovery: { ...discovery, ...(rankedBy ? { rankedBy } : {}) } };
  }
  throw new Error('nothing was measured');
}

async function fromPixels(generator: Generator, plan: DiscoveryPlan, onProgress: (progress: DiscoveryProgress) => void, signal: AbortSignal | undefined): Promise<DiscoveryState> {
  let state: DiscoveryState | undefined;
  for await (state of accumulateGrams(generator, plan, onProgress, signal));
  return state!;
}

async function fromTiles(generator: Generator, plan: DiscoveryPlan, onProgress: (progress: DiscoveryProgress) => void, signal: AbortSignal | undefined): Promise<DiscoveryState> {
  const size = unknownCount(generator, plan);
  const tiles = TileGrams.empty(size, tileGridFor(plan.readout.resolution, size));
  let state: TilesState | undefined;
  for await (state of accumulateTiles(generator, plan, tiles, onProgress, signal));
  return { seeds: state!.seeds, grams: tiles.grams(plan.region) };
}

function optionsOf({ region, latent, discovery }: DiscoveredDirection, { memoryBudget }: Repetition): DiscoveryOptions {
  const { preset, seeds, truncation, tau, class: label, jacobian } = discovery;
  return {
    region, preset, tau, psi: truncation, space: latent.space, layers: latent.layers, seeds: parseSeeds(seeds, 'the samples'),
    ...(label === undefined ? {} : { label }),
    ...(jacobian === undefined ? {} : { jacobian }),
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
  };
}

/** The direction with the largest |cos| to that of the file, turned to point the same way. */
function nearest(file: DirectionFile, directions: readonly Direction[]): Direction {
  const wanted = vectorRows(file);
  const cosines = directions.map(({ rows }) => rows.reduce((sum, row, i) => sum + row.reduce((products, value, k) => products + value * (wanted[i]?.[k] ?? 0), 0), 0));
  const best = cosines.reduce((found, cosine, i) => (Math.abs(cosine) > Math.abs(cosines[found]!) ? i : found), 0);
  const direction = directions[best]!;
  return cosines[best]! < 0 ? { ...direction, rows: direction.rows.map((row) => row.map((value) => -value)) } : direction;
}
