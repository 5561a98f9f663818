import { directionFile, directionsOf, planDiscovery, unmeasured } from '../factorization/discover';
import type { DiscoveryOptions, DiscoveryState } from '../factorization/discover';
import { unknownsOf } from '../factorization/directions';
import type { Generator } from '../generators/generator';
import { formatRanges } from '../../shared/numberList';
import type { Followed } from '../../shared/protocol/engineProtocol';
import type { GramStores } from './gramStores';

/**
 * The directions of a region from the samples that are known for its settings; undefined where there are none.
 *
 * @param name directions are called `<name>-1` ..
 * @throws UserError when the choices do not fit together, or nothing changes inside or outside the region
 */
export async function follow(generator: Generator, options: DiscoveryOptions, name: string, count: number, stores: GramStores): Promise<Followed | undefined> {
  const plan = planDiscovery(generator, options);
  const store = await stores.anyKnown(generator, plan);
  if (!store) return undefined;
  const state: DiscoveryState = { seeds: plan.seeds.slice(0, store.tiles.samples), grams: store.tiles.grams(plan.region) };
  const directions = await directionsOf(state, plan, count, store.solution);
  store.solution = directions.map(unknownsOf);
  const taken = { ...plan, jacobian: store.key.jacobian };
  return {
    directions: directions.map((direction, i) => directionFile(`${name}-${i + 1}`, generator, taken, state.seeds, unmeasured(direction, state), 'eigenvalue', 'tiles')),
    seeds: formatRanges(state.seeds),
  };
}
