import { UserError } from '../userError';
import { isDiscovered } from './directionFile';
import type { DirectionFile, DiscoveredDirection } from './directionFile';

/** @throws UserError for a direction that no discovery found, and that none can therefore find again */
export function requireDiscovered(direction: DirectionFile): asserts direction is DiscoveredDirection {
  if (!isDiscovered(direction)) throw new UserError(`${direction.name} was not found by a discovery, its "source" says where it comes from: there is nothing to repeat`);
}
