import { planDiscovery, tangentsPerDirection, unknownCount } from '../factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan } from '../factorization/discover';
import type { Generator } from '../generators/generator';
import type { Estimated } from '../../shared/protocol/engineProtocol';
import type { GramStores } from './gramStores';
import type { OpenGenerator } from './openGenerators';
import type { Paces } from './paces';

/** One tangent in forward passes, before any has been timed: what StyleGAN2 needs, see docs/performance.md. */
const usualTangent = 0.9;

/** Gram matrices of n unknowns take n^2 times as many seconds for each row of the Jacobian, and the eigenproblem n^3 times. */
const [productSeconds, solveSeconds] = [4e-11, 1e-10];

/** Any region does: what a discovery takes hardly depends on it. */
export const anyRegion = { shape: 'box', x: 0.25, y: 0.25, width: 0.5, height: 0.5 } as const;

/**
 * What a discovery will take.
 *
 * @param count the directions that are measured
 * @throws UserError when the choices do not fit together
 */
export async function estimate(opened: OpenGenerator, options: Omit<DiscoveryOptions, 'region'>, count: number, paces: Paces, stores: GramStores): Promise<Estimated> {
  const { generator } = opened;
  const plan = planDiscovery(generator, { ...options, region: anyRegion });
  const known = (await stores.anyKnown(generator, plan))?.tiles.samples ?? 0;
  const samples = plan.seeds.length;
  const forward = await paces.forward(opened);
  const each = secondsPerSample(generator, plan, paces.tangent(opened) ?? usualTangent * forward);
  const measuring = count * tangentsPerDirection * forward;
  return {
    samples,
    samplesKnown: known,
    firstSeconds: known > 0 ? 0 : each,
    seconds: (samples - known) * each + measuring,
    exactSeconds: samples * each + measuring,
    instant: stores.keeps(generator, plan),
  };
}

function secondsPerSample(generator: Generator, plan: DiscoveryPlan, tangent: number): number {
  const { readout } = plan;
  const tangents = unknownCount(generator, plan);
  const rows = readout.resolution ** 2 * (readout.channels === 'sum' ? 1 : generator.description.channels);
  return tangents * tangent + rows * tangents ** 2 * productSeconds + tangents ** 3 * solveSeconds;
}
