import { localityRatio } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';

/**
 * The order in which directions are shown, as indices into them: as they come (the largest eigenvalue first), or the most
 * local first and those that are not measured yet after them.
 */
export function directionOrder(directions: readonly DirectionFile[], byLocality: boolean): number[] {
  const order = directions.map((_, i) => i);
  if (!byLocality) return order;
  const locality = directions.map(({ metrics }) => (metrics ? localityRatio(metrics) : -1));
  return order.sort((a, b) => (locality[b] ?? -1) - (locality[a] ?? -1) || a - b);
}

/**
 * The order after which directions are shown that change: by locality the one before stays until all of them are measured,
 * so that cards do not move with each measurement.
 *
 * @param before the order so far, as indices
 * @param growing whether measurements are still to come
 */
export function steadyOrder(before: readonly number[], directions: readonly DirectionFile[], byLocality: boolean, growing: boolean): readonly number[] {
  const waits = byLocality && growing && before.length === directions.length && !directions.every(({ metrics }) => metrics);
  return waits ? before : directionOrder(directions, byLocality);
}
