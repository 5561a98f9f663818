import { jacobianRunner, planDiscovery } from '../src/engine/factorization/discover';
import type { DiscoveryPlan } from '../src/engine/factorization/discover';
import type { JacobianRunner } from '../src/engine/factorization/jacobian';
import type { JacobianStore } from '../src/engine/factorization/jacobianStore';
import type { Generator } from '../src/engine/generators/generator';
import type { LatentSpace } from '../src/shared/direction/directionFile';
import type { Bench } from './group';
import { eyes } from './regions';
import { standInJacobian } from './standIn';

/** A discovery of the preset standard whose Jacobians are there already: what follows them can be measured by itself. */
export interface ReadyDiscovery {
  readonly plan: DiscoveryPlan;
  /** One of its Jacobians. */
  readonly jacobian: JacobianStore;
  /** Gives them one after the other, again and again. */
  readonly runner: JacobianRunner;
  /** What the real ones would be taken with, for the caller to release. */
  readonly network: JacobianRunner;
}

/**
 * The Jacobians are the generator's own where they take no time, else made up.
 *
 * @param jacobians how many of them are different
 */
export async function readyDiscovery({ subject }: Bench, generator: Generator, space: LatentSpace, samples: number, jacobians: number): Promise<ReadyDiscovery> {
  const plan = planDiscovery(generator, { region: eyes, space, seeds: Array.from({ length: samples }, (_, i) => i) });
  const network = await jacobianRunner(generator, plan);
  const { tangents, rows } = network;
  const shape = { tangents, resolution: plan.readout.resolution, channels: generator.description.channels };
  const take = async (seed: number) => (subject.checkpoint ? standInJacobian(shape, seed) : network.jacobian(await generator.sample([seed])));
  const stores: JacobianStore[] = [];
  for (let seed = 0; seed < jacobians; seed++) stores.push(await take(seed));
  let taken = 0;
  const ready: Pick<JacobianRunner, 'tangents' | 'rows' | 'jacobian' | 'release'> = {
    tangents,
    rows,
    jacobian: () => Promise.resolve(kept(stores[taken++ % stores.length]!)),
    release: () => Promise.resolve(),
  };
  return { plan, jacobian: stores[0]!, runner: ready as JacobianRunner, network };
}

/** A store that outlives its use. */
function kept(store: JacobianStore): JacobianStore {
  return { tangents: store.tangents, rows: store.rows, read: (start, end) => store.read(start, end), write: (first, values) => store.write(first, values), dispose: () => Promise.resolve() };
}

/** The spaces in which a subject's Jacobian is of a size to handle in passing. */
export function spacesOf({ subject }: Bench): readonly LatentSpace[] {
  return subject.checkpoint ? ['w'] : ['w', 'w+'];
}
