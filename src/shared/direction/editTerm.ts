import type { EditTerm } from '../protocol/engineProtocol';
import { vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';

/** What a direction adds to which layers, for any alpha. In w all rows are one array, which travels once. */
export function editTermOf(direction: DirectionFile): Omit<EditTerm, 'alpha'> {
  const { space, layers } = direction.latent;
  const rows = vectorRows(direction);
  if (space === 'w+') return { layers, rows: rows.map((row) => Float32Array.from(row)) };
  const shared = Float32Array.from(rows[0]!);
  return { layers, rows: rows.map(() => shared) };
}
