import type { Generator } from '../generators/generator';
import { cosines } from '../../shared/direction/directionCosines';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import type { Rediscovered } from '../../shared/protocol/engineProtocol';
import type { Repetition } from './repeatedDiscovery';
import { repeatDiscovery } from './repeatedDiscovery';

/**
 * Finds a direction again from its own provenance: the same samples, region, layers and settings, the Gram matrices from
 * pixels or (new) tiles as its file says.
 *
 * @throws UserError when no discovery found the direction, or it is not of this generator; CancelledError where `signal` says so
 */
export async function rediscover(generator: Generator, file: DirectionFile, how: Omit<Repetition, 'grams'>): Promise<Rediscovered> {
  const found = await repeatDiscovery(generator, file, { ...how, grams: file.discovery?.grams ?? 'pixels' });
  return { direction: renewed(file, found), cosine: Math.abs(cosines(file, found, file.name).cosine) };
}

/** What a discovery finds is new; the name, the range of alpha and keys that the format does not know are the user's. */
function renewed(file: DirectionFile, { discovery, metrics, vector, region }: DiscoveredDirection): DiscoveredDirection {
  return { ...file, region, discovery: { ...file.discovery, ...discovery }, ...(metrics ? { metrics: { ...file.metrics, ...metrics } } : {}), vector };
}
