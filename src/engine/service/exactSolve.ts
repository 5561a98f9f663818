import { accumulateGrams, directionFile, directionsOf, measureEach, planDiscovery } from '../factorization/discover';
import type { DiscoveryPlan, DiscoveryState } from '../factorization/discover';
import type { Direction } from '../factorization/directions';
import type { Generator } from '../generators/generator';
import { isDiscovered, requireFits, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import { parseSeeds } from '../../shared/numberList';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import { UserError } from '../../shared/userError';
import { DiscoveryPace } from './discoveryPace';

/** Directions beyond the rank of the one that is looked for, among which it may be found again. */
const neighbours = 8;

/**
 * The direction that a discovery finds in place of one that was solved from tiles: everything as the file says but for
 * the region, which is taken pixel by pixel. It is measured, and points the same way.
 *
 * @throws UserError when the direction is not of this generator; CancelledError where `signal` says so
 */
export async function solveExactly(generator: Generator, file: DirectionFile, memoryBudget: number | undefined, tell: (update: DiscoverUpdate) => void, signal: AbortSignal): Promise<DiscoveredDirection> {
  requireDiscovered(file);
  requireFits(file, generator.identity, file.name);
  const plan = planOf(generator, file, memoryBudget);
  const pace = new DiscoveryPace(tell, { samples: plan.seeds.length, directions: 1 });
  let state: DiscoveryState | undefined;
  for await (state of accumulateGrams(generator, plan, (progress) => { pace.sampling(progress); }, signal));
  pace.sampled(plan.seeds.length);
  const direction = nearest(file, await directionsOf(state!, plan, file.discovery.rank + neighbours));
  pace.measuring(0, 1);
  for await (const measured of measureEach(generator, plan, state!, [direction], signal)) {
    pace.measuring(1, 1);
    const { discovery, ...found } = directionFile(file.name, generator, plan, plan.seeds, measured, 'eigenvalue', 'pixels');
    const { rankedBy } = file.discovery;
    return { ...found, discovery: { ...discovery, ...(rankedBy ? { rankedBy } : {}) } };
  }
  throw new Error('nothing was measured');
}

/** @throws UserError for a direction that no discovery found, and that none can therefore find again */
export function requireDiscovered(file: DirectionFile): asserts file is DiscoveredDirection {
  if (!isDiscovered(file)) throw new UserError(`${file.name} was not found by a discovery, its "source" says where it comes from: there is nothing to repeat`);
}

function planOf(generator: Generator, { region, latent, discovery }: DiscoveredDirection, memoryBudget: number | undefined): DiscoveryPlan {
  const { preset, seeds, truncation, tau, class: label, jacobian } = discovery;
  return planDiscovery(generator, {
    region, preset, tau, psi: truncation, space: latent.space, layers: latent.layers, seeds: parseSeeds(seeds, 'the samples'),
    ...(label === undefined ? {} : { label }),
    ...(jacobian === undefined ? {} : { jacobian }),
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
  });
}

/** The direction with the largest |cos| to that of the file, turned to point the same way. */
function nearest(file: DirectionFile, directions: readonly Direction[]): Direction {
  const wanted = vectorRows(file);
  const cosines = directions.map(({ rows }) => rows.reduce((sum, row, i) => sum + row.reduce((products, value, k) => products + value * (wanted[i]?.[k] ?? 0), 0), 0));
  const best = cosines.reduce((found, cosine, i) => (Math.abs(cosine) > Math.abs(cosines[found]!) ? i : found), 0);
  const direction = directions[best]!;
  return cosines[best]! < 0 ? { ...direction, rows: direction.rows.map((row) => row.map((value) => -value)) } : direction;
}
