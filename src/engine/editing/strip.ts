import { UserError } from '../../shared/userError';
import { blankPicture, cellSize, drawSvg, encodePng, encodeWebp, fillRectangle, pastePicture, resizePicture } from './pictures';
import type { Colour, Picture, Size } from './pictures';
import { CAP_HEIGHT, elideText, measureText, textPath, withMinusSigns } from './text';
import type { TextAnchor, TextStyle } from './text';

/** A figure of edits: a row a sample, a column an alpha, or whatever its head says. */
export interface Strip {
  readonly title: string;
  readonly subtitle?: string;
  /** The alphas as text, for instance "-6", "0", "+2.4". */
  readonly columns: readonly string[];
  /** What stands above the columns, where it is not the alphas below them; one for each of `columns`, which are not shown then. */
  readonly heads?: readonly ColumnHead[];
  readonly rows: readonly StripRow[];
  /** The longer side of a shown picture in pixels, 16 to 2048; see cellSize for the default. */
  readonly cell?: number;
}

export interface ColumnHead {
  readonly title: string;
  /** A second, quieter line below the title. */
  readonly note?: string;
  /** Whether a wider gap sets it apart from the column before. */
  readonly apart?: boolean;
}

export type StripFormat = 'png' | 'webp';

export interface StripRow {
  /** For instance "seed 3". */
  readonly label: string;
  /** A second, quieter line below the label. */
  readonly note?: string;
  /** One picture a column, all of one size. */
  readonly pictures: readonly Picture[];
  /** The region, drawn on every picture of the row. */
  readonly outline: readonly OutlinePath[];
  /** The regions that are drawn on the pictures of single columns instead. */
  readonly outlines?: readonly (readonly OutlinePath[])[];
  /** The column of the unedited picture, where there is one. */
  readonly baseline?: number;
}

/** A line in pixel coordinates of the pictures: x to the right from 0 to width, y down from 0 to height. */
export interface OutlinePath {
  readonly closed: boolean;
  readonly points: readonly Point[];
}

type Point = readonly [x: number, y: number];

const WHITE: Colour = [255, 255, 255];
const BASELINE_BAND: Colour = [205, 210, 216];
const INK = '#1b1f24';
const QUIET_INK = '#68707a';
const OUTLINE_DARK = 'stroke="#000" stroke-opacity="0.6" stroke-width="3"';
const OUTLINE_LIGHT = 'stroke="#fff" stroke-width="1"';

/** The longest side that the encoders and the SVG renderer can take. */
const LONGEST_SIDE = { png: 32_767, webp: 16_383 } as const;

/**
 * The strip as an image file; the same strip gives the same bytes.
 *
 * @throws UserError where `cell` is out of range or the figure is larger than the format allows
 */
export async function encodeStrip(strip: Strip, format: StripFormat): Promise<Uint8Array> {
  const picture = await drawStrip(strip, plan(strip, format));
  return format === 'png' ? encodePng(picture) : encodeWebp(picture);
}

/**
 * Draws the strip: title and subtitle, the grid of pictures with the region outlined on each, the label of
 * each row at its left and the alphas under the last row. A grey band marks the unedited column.
 *
 * @throws UserError where `cell` is out of range or the figure has a side of more than 32,767 pixels
 */
export async function renderStrip(strip: Strip): Promise<Picture> {
  return drawStrip(strip, plan(strip, 'png'));
}

/**
 * The size that a strip will have, whatever its pictures show.
 *
 * @throws UserError as `encodeStrip`
 */
export function sizeOfStrip(strip: Strip, format: StripFormat): Size {
  const { width, height } = plan(strip, format);
  return { width, height };
}

function plan(strip: Strip, format: StripFormat): Layout {
  checkShape(strip);
  const layout = layOut(strip);
  checkSize(layout, format);
  return layout;
}

async function drawStrip(strip: Strip, layout: Layout): Promise<Picture> {
  const canvas = blankPicture(layout, WHITE);
  strip.rows.forEach((row, index) => {
    paintBaseline(canvas, layout, row.baseline, index);
  });
  const cells = await Promise.all(strip.rows.map((row) => Promise.all(row.pictures.map((picture) => resizePicture(picture, layout.cell)))));
  cells.forEach((row, rowIndex) => {
    row.forEach((picture, column) => {
      pastePicture(canvas, layout.columnLeft(column), layout.rowTop(rowIndex), picture);
    });
  });
  return drawSvg(canvas, [...strip.rows.map((row, index) => outlinesSvg(row, index, layout)), textSvg(strip, layout)].join(''));
}

/** Where everything goes, in pixels. */
interface Layout extends Size {
  readonly cell: Size;
  /** Between neighbouring pictures. */
  readonly gap: number;
  /** The margin on all sides, where title and row labels start. */
  readonly left: number;
  /** Of the widest row label, which all others end with. */
  readonly labelWidth: number;
  readonly columnLeft: (column: number) => number;
  readonly rowTop: (row: number) => number;
  readonly titleBaseline: number;
  readonly subtitleBaseline: number;
  /** Of the alphas below the columns, or of the titles above them. */
  readonly columnBaseline: number;
  readonly headNoteBaseline: number;
  readonly title: TextStyle;
  readonly body: TextStyle;
  readonly note: TextStyle;
  readonly column: TextStyle;
}

function layOut(strip: Strip): Layout {
  const cell = cellSize(strip.rows[0]!.pictures[0]!, strip.cell);
  const size = Math.min(26, Math.max(11, Math.round(8 + Math.max(cell.width, cell.height) / 24)));
  const styles = {
    title: { size: Math.round(size * 1.3), weight: 'semibold' },
    body: { size },
    note: { size: Math.round(size * 0.86) },
    column: { size: columnSize(strip.columns, cell.width * 0.9, size), weight: 'regular' },
  } as const;
  const left = Math.round(size * 1.4);
  const gap = Math.max(2, Math.round(size * 0.3));
  const labelWidth = Math.ceil(Math.min(size * 14, widestLabel(strip, styles.body, styles.note)));
  const gridLeft = left + labelWidth + size;
  const titleBaseline = Math.round(left + styles.title.size * CAP_HEIGHT);
  const subtitleBaseline = strip.subtitle ? titleBaseline + Math.round(size * 1.55) : titleBaseline;
  const headBaseline = subtitleBaseline + Math.round(size * 2);
  const headNoteBaseline = headBaseline + (strip.heads?.some(({ note }) => note) ? Math.round(size * 1.3) : 0);
  const gridTop = strip.heads ? headNoteBaseline + Math.round(size * 0.6) : subtitleBaseline + Math.round(size * 1.1);
  const apart = gap + Math.round(size * 0.7);
  const columnLeft = (column: number) => gridLeft + column * (cell.width + gap) + gapsBefore(strip, column) * apart;
  const rowTop = (row: number) => gridTop + row * (cell.height + gap);
  const gridRight = columnLeft(strip.columns.length - 1) + cell.width;
  const headerRight = left + Math.min(size * 36, Math.ceil(Math.max(measureText(strip.title, styles.title), measureText(strip.subtitle ?? '', styles.body))));
  const gridBottom = rowTop(strip.rows.length) - gap;
  const columnBaseline = strip.heads ? headBaseline : gridBottom + Math.round(size * (0.55 + CAP_HEIGHT));
  return {
    ...styles, cell, gap, left, labelWidth, columnLeft, rowTop, titleBaseline, subtitleBaseline, columnBaseline, headNoteBaseline,
    width: Math.max(gridRight, headerRight) + left,
    height: (strip.heads ? gridBottom : columnBaseline) + left,
  };
}

/** The number of wider gaps up to a column. */
function gapsBefore({ heads = [] }: Strip, column: number): number {
  return heads.slice(0, column + 1).filter(({ apart }) => apart).length;
}

/** Small pictures get smaller alphas rather than alphas that run into each other. */
function columnSize(columns: readonly string[], available: number, size: number): number {
  const widest = Math.max(...columns.map((text) => measureText(withMinusSigns(text), { size, weight: 'semibold' })));
  return Math.max(8, Math.min(size, Math.floor((size * available) / Math.max(1, widest))));
}

function widestLabel({ rows }: Strip, body: TextStyle, note: TextStyle): number {
  return Math.max(...rows.map((row) => Math.max(measureText(row.label, body), measureText(withMinusSigns(row.note ?? ''), note))));
}

function paintBaseline(canvas: Picture, { cell, gap, columnLeft, rowTop }: Layout, baseline: number | undefined, row: number): void {
  if (baseline !== undefined) {
    const size = { width: cell.width + 2 * gap, height: cell.height + 2 * gap };
    fillRectangle(canvas, columnLeft(baseline) - gap, rowTop(row) - gap, size, BASELINE_BAND);
  }
}

function textSvg(strip: Strip, layout: Layout): string {
  const headerWidth = layout.width - 2 * layout.left;
  const { left } = layout;
  return [
    textElement(strip.title, left, layout.titleBaseline, headerWidth, layout.title, INK),
    textElement(withMinusSigns(strip.subtitle ?? ''), left, layout.subtitleBaseline, headerWidth, layout.body, QUIET_INK),
    ...strip.rows.map((row, index) => labelSvg(row, index, layout)),
    strip.heads ? headsSvg(strip.heads, layout) : alphasSvg(strip, layout),
  ].join('');
}

/** The alphas below the columns. */
function alphasSvg({ columns, rows }: Strip, layout: Layout): string {
  const { left, cell, columnLeft, columnBaseline } = layout;
  const gridBaseline = rows.at(-1)!.baseline;
  return [
    textElement('\u03b1', left + layout.labelWidth, columnBaseline, layout.labelWidth, layout.body, QUIET_INK, 'end'),
    ...columns.map((text, column) => {
      const style = column === gridBaseline ? { ...layout.column, weight: 'semibold' as const } : layout.column;
      return textElement(withMinusSigns(text), columnLeft(column) + cell.width / 2, columnBaseline, cell.width, style, INK, 'middle');
    }),
  ].join('');
}

/** The titles above the columns. */
function headsSvg(heads: readonly ColumnHead[], { cell, columnLeft, columnBaseline, headNoteBaseline, body, note: quiet }: Layout): string {
  return heads.map(({ title, note }, column) => {
    const middle = columnLeft(column) + cell.width / 2;
    return textElement(title, middle, columnBaseline, cell.width, { ...body, weight: 'semibold' }, INK, 'middle') +
      textElement(withMinusSigns(note ?? ''), middle, headNoteBaseline, cell.width, quiet, QUIET_INK, 'middle');
  }).join('');
}

function labelSvg({ label, note }: StripRow, row: number, layout: Layout): string {
  const { body, labelWidth, left } = layout;
  const right = left + labelWidth;
  const middle = layout.rowTop(row) + layout.cell.height / 2;
  const capHeight = body.size * CAP_HEIGHT;
  const leading = note ? body.size * 1.35 : 0;
  const baseline = Math.round(middle + (capHeight - leading) / 2);
  return (
    textElement(label, right, baseline, labelWidth, body, INK, 'end') +
    textElement(withMinusSigns(note ?? ''), right, Math.round(baseline + leading), labelWidth, layout.note, QUIET_INK, 'end')
  );
}

function textElement(text: string, x: number, baseline: number, maxWidth: number, style: TextStyle, colour: string, anchor: TextAnchor = 'start'): string {
  return `<path fill="${colour}" d="${textPath(elideText(text, maxWidth, style), x, baseline, style, anchor)}"/>`;
}

/** The regions of a row, each defined once and used for all pictures that it is drawn on. */
function outlinesSvg({ outline, outlines, pictures }: StripRow, row: number, { cell, columnLeft, rowTop }: Layout): string {
  const drawn = pictures.map((_, column) => outlines?.[column] ?? outline);
  const symbols = [...new Set(drawn)].filter((paths) => paths.length > 0);
  const id = (paths: readonly OutlinePath[]) => `region${row}-${symbols.indexOf(paths)}`;
  const definitions = symbols.map((paths) => `<defs><g id="${id(paths)}">${outlineSvg(paths, pictures[0]!, cell)}</g></defs>`);
  const uses = drawn.map((paths, column) => (paths.length > 0 ? `<use href="#${id(paths)}" x="${columnLeft(column)}" y="${rowTop(row)}"/>` : ''));
  return [...definitions, ...uses].join('');
}

/** The outline of a region for a picture that is shown at another size: a light line between two dark ones. */
export function outlineSvg(outline: readonly OutlinePath[], picture: Size, shown: Size): string {
  const data = outline.map((path) => outlinePath(path, picture, shown)).join('');
  const line = (stroke: string) => `<path d="${data}" fill="none" ${stroke} stroke-linejoin="round"/>`;
  return line(OUTLINE_DARK) + line(OUTLINE_LIGHT);
}

function outlinePath({ closed, points }: OutlinePath, picture: Size, cell: Size): string {
  const scaled = points.map(([x, y]): Point => [(x * cell.width) / picture.width, (y * cell.height) / picture.height]);
  const placed = scaled.map((point, index): Point => {
    const before = scaled[index - 1] ?? (closed ? scaled.at(-1) : undefined);
    const after = scaled[index + 1] ?? (closed ? scaled[0] : undefined);
    return [place(0, point, before, after, cell.width), place(1, point, before, after, cell.height)];
  });
  const data = placed.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.map(decimals).join(' ')}`).join('');
  return closed ? `${data}Z` : data;
}

/**
 * One coordinate of an outline point, kept within the picture; on the middle of a pixel where a horizontal or
 * vertical line ends in it, which keeps such lines sharp.
 */
function place(axis: 0 | 1, point: Point, before: Point | undefined, after: Point | undefined, side: number): number {
  const isStraight = before?.[axis] === point[axis] || after?.[axis] === point[axis];
  const coordinate = isStraight ? Math.floor(point[axis]) + 0.5 : point[axis];
  return Math.max(1.5, Math.min(side - 1.5, coordinate));
}

function decimals(coordinate: number): string {
  return String(Math.round(coordinate * 100) / 100);
}

/** What the callers owe us; a mistake here is ours, not the user's. */
function checkShape({ columns, rows, heads = [] }: Strip): void {
  const first = rows[0]?.pictures[0];
  if (!first) {
    throw new RangeError('a strip needs at least one picture');
  }
  if (heads.length > 0 && heads.length !== columns.length) {
    throw new RangeError(`${heads.length} heads are not for ${columns.length} columns`);
  }
  for (const { label, pictures, baseline = 0 } of rows) {
    if (pictures.length !== columns.length) {
      throw new RangeError(`row ${label} has ${pictures.length} pictures for ${columns.length} columns`);
    }
    if (pictures.some(({ width, height }) => width !== first.width || height !== first.height)) {
      throw new RangeError(`row ${label} has a picture that is not ${first.width} x ${first.height}`);
    }
    if (!(baseline in columns)) {
      throw new RangeError(`row ${label} has its baseline in column ${baseline} of ${columns.length}`);
    }
  }
}

function checkSize({ width, height }: Size, format: keyof typeof LONGEST_SIDE): void {
  const most = LONGEST_SIDE[format];
  if (Math.max(width, height) > most) {
    throw new UserError(`the strip would be ${width} x ${height} pixels, a ${format} file has at most ${most} a side: ask for fewer seeds or alphas, or smaller pictures`);
  }
}
