import { applyEdits } from './applyDirection';
import { blankPicture } from './pictures';
import type { Picture, Size } from './pictures';
import { encodeStrip, sizeOfStrip } from './strip';
import type { ColumnHead, OutlinePath, Strip, StripFormat } from './strip';
import { editedPictures, formatAlpha, headline, layersAndRows, outlinePaths, sampleLabels, stripCell } from './sweep';
import type { Drawing, Sweep } from './sweep';
import type { Generator } from '../generators/generator';
import type { DirectionFile } from '../../shared/direction/directionFile';

/** Several directions side by side on the same samples. */
export interface DirectionGrid extends Pick<Sweep, 'title' | 'subtitle' | 'seeds' | 'labels' | 'ws' | 'layers'> {
  readonly directions: readonly { readonly direction: DirectionFile; readonly alpha: number }[];
  /** Whether each direction has two columns, at -alpha and at alpha. */
  readonly bothSigns: boolean;
}

/** A grid but for its pictures. */
export type GridShape = Omit<DirectionGrid, 'ws'>;

/** A column; the first one has no direction. */
interface Column {
  readonly head: ColumnHead;
  readonly direction?: DirectionFile;
  readonly alpha: number;
}

/**
 * A figure with a row for each sample: the picture as it is, then the picture under each of the directions, whose regions are
 * outlined.
 *
 * @throws UserError where it is larger than the format allows; CancelledError where `signal` says so
 */
export async function directionGrid(generator: Generator, grid: DirectionGrid, format: StripFormat, { cell, signal, onProgress }: Drawing = {}): Promise<Uint8Array> {
  const size = stripCell(generator, cell);
  sizeOfStrip(gridOf(grid, blankColumns(grid, size)), format);
  const columns = columnsOf(grid);
  const pictures: Picture[][] = [];
  for (const { direction, alpha } of columns) {
    const edits = direction ? [{ ...layersAndRows(direction, grid.layers), alpha }] : [];
    pictures.push(await editedPictures(generator, applyEdits(grid.ws, edits), size, signal));
    onProgress?.(pictures.length, columns.length);
  }
  return encodeStrip(gridOf(grid, pictures), format);
}

/** The size of `directionGrid` in pixels; it throws as that does. */
export function sizeOfGrid(generator: Generator, grid: GridShape, format: StripFormat, cell?: number): Size {
  return sizeOfStrip(gridOf(grid, blankColumns(grid, stripCell(generator, cell))), format);
}

/** What stands above a grid: the columns name several directions themselves. */
export function gridHeadline({ description: { name } }: Generator, directions: readonly DirectionFile[], psi: number | undefined): Pick<DirectionGrid, 'title' | 'subtitle'> {
  const alone = headline(directions, psi);
  return directions.length === 1 ? alone : { ...alone, title: `${directions.length} directions of ${name}` };
}

function columnsOf({ directions, bothSigns }: GridShape): Column[] {
  const edited = directions.flatMap(({ direction, alpha }) => (bothSigns ? [-alpha, alpha] : [alpha]).map((each, i): Column => ({
    head: { title: direction.name, note: `\u03b1 ${formatAlpha(each)}`, apart: i === 0 && (bothSigns || direction === directions[0]!.direction) },
    direction,
    alpha: each,
  })));
  return [{ head: { title: 'unedited' }, alpha: 0 }, ...edited];
}

/** The figure of some pictures, [columns, samples]. */
function gridOf(grid: GridShape, pictures: readonly (readonly Picture[])[]): Strip {
  const columns = columnsOf(grid);
  const { width, height } = pictures[0]![0]!;
  const outlines = columns.map(({ direction }) => outlineOf(direction ? [direction] : grid.directions.map((each) => each.direction), { width, height }));
  const rows = sampleLabels(grid).map((label, n) => ({ label, pictures: pictures.map((column) => column[n]!), outline: [], outlines, baseline: 0 }));
  return { title: grid.title, subtitle: grid.subtitle, columns: columns.map(({ head }) => head.title), heads: columns.map(({ head }) => head), rows, cell: Math.max(width, height) };
}

/** The regions of some directions, each once. */
function outlineOf(directions: readonly DirectionFile[], size: Size): OutlinePath[] {
  const regions = new Map(directions.flatMap(({ region }) => (region ? [[JSON.stringify(region), region] as const] : [])));
  return [...regions.values()].flatMap((region) => outlinePaths(region, size));
}

function blankColumns(grid: GridShape, size: Size): Picture[][] {
  const blank = blankPicture(size, [0, 0, 0]);
  return columnsOf(grid).map(() => grid.seeds.map(() => blank));
}
