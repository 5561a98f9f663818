import type { Generator } from '../generators/generator';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import type { Repetition } from './repeatedDiscovery';
import { repeatDiscovery } from './repeatedDiscovery';

/**
 * The direction that a discovery finds in place of one that was solved from tiles: everything as the file says but for
 * the region, which is taken pixel by pixel. It is measured, and points the same way.
 *
 * @throws UserError when the direction is not of this generator; CancelledError where `signal` says so
 */
export function solveExactly(generator: Generator, file: DirectionFile, how: Omit<Repetition, 'grams'>): Promise<DiscoveredDirection> {
  return repeatDiscovery(generator, file, { ...how, grams: 'pixels' });
}
