import { isStacked } from '../../../shared/direction/directionFile';
import type { DirectionFile } from '../../../shared/direction/directionFile';

/** One row of bars. */
export interface BarRow {
  /** The layer in w+; in w there is one row for all layers. */
  readonly layer: number | undefined;
  readonly values: readonly number[];
  readonly norm: number;
}

/** A component of a vector. */
export interface Component {
  readonly layer: number | undefined;
  readonly index: number;
  readonly value: number;
}

export interface VectorBars {
  readonly rows: readonly BarRow[];
  /** The largest magnitude of all: all rows have the same scale. */
  readonly largest: number;
  /** The components of largest magnitude, the largest first. */
  readonly leaders: readonly Component[];
}

const leaderCount = 5;

/** A vector as rows of bars. */
export function vectorBars(direction: Pick<DirectionFile, 'vector' | 'latent'>): VectorBars {
  const rows = rowsOf(direction);
  const leaders = leadersOf(rows);
  return { rows, leaders, largest: Math.abs(leaders[0]?.value ?? 0) };
}

function rowsOf({ vector, latent }: Pick<DirectionFile, 'vector' | 'latent'>): BarRow[] {
  const row = (values: readonly number[], layer: number | undefined): BarRow => ({ layer, values, norm: Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0)) });
  return isStacked(vector) ? vector.map((values, i) => row(values, latent.layers[i])) : [row(vector, undefined)];
}

function leadersOf(rows: readonly BarRow[]): Component[] {
  const all = rows.flatMap(({ layer, values }) => values.map((value, index): Component => ({ layer, index, value })));
  return all.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, leaderCount);
}

/** More columns than this are narrower than a pixel of any screen that a page is as wide as. */
const mostColumns = 2048;

/**
 * The outlines of a row's bars, upwards and downwards, in a drawing of `columns` x 2 units whose middle is 0: one column
 * for each component, or for the largest one of several where there are too many.
 */
export function barPaths(values: readonly number[], largest: number): { readonly columns: number; readonly positive: string; readonly negative: string } {
  const columns = Math.min(values.length, mostColumns);
  const paths = { positive: '', negative: '' };
  for (let column = 0; column < columns; column++) {
    const value = largestOf(values, Math.floor((column * values.length) / columns), Math.floor(((column + 1) * values.length) / columns));
    const height = largest === 0 ? 0 : value / largest;
    if (height !== 0) paths[height > 0 ? 'positive' : 'negative'] += `M${column} 1h1v${(-height).toFixed(4)}h-1z`;
  }
  return { columns, ...paths };
}

function largestOf(values: readonly number[], from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) if (Math.abs(values[i]!) > Math.abs(largest)) largest = values[i]!;
  return largest;
}

/** "37: +0.213", with the layer before it in w+. */
export function componentText({ layer, index, value }: Component): string {
  return `${layer === undefined ? '' : `layer ${layer}, `}${index}: ${value > 0 ? '+' : ''}${Number(value.toPrecision(6))}`;
}
