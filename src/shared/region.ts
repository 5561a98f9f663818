import { Field } from './field';
import type { JsonPath } from './field';
import { parseNumber } from './numberList';
import { quote } from './quote';
import { UserError } from './userError';

/** A point: x to the right, y down. */
export type Point = readonly [x: number, y: number];

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An axis-aligned box, half-open: [x, x + width) by [y, y + height). Fractions of the image. */
export interface BoxRegion extends Frame {
  readonly shape: 'box';
}

/** The ellipse inscribed in a bounding box. Fractions of the image. */
export interface EllipseRegion extends Frame {
  readonly shape: 'ellipse';
}

/** A closed polygon, filled by the even-odd rule. Fractions of the image. */
export interface PolygonRegion {
  readonly shape: 'polygon';
  readonly points: readonly Point[];
}

/**
 * A grid of width x height cells spread over the image.
 *
 * A row lists the runs of cells that are inside as "start+length", ascending, separated by a blank
 * ("3+5 12+2"); the empty string is an empty row.
 */
export interface MaskRegion {
  readonly shape: 'mask';
  readonly width: number;
  readonly height: number;
  readonly rows: readonly string[];
}

/** A region of interest on an image. */
export type Region = BoxRegion | EllipseRegion | PolygonRegion | MaskRegion;

const tolerance = 1e-9;

/**
 * Direction files keep six digits, so an edge may move by a millionth when it is saved. Sampling boxes and
 * polygons a hair to the lower right of a pixel's centre keeps a centre that lies exactly on an edge on the
 * same side before and after.
 */
const nudge = 2e-6;

const mostPolygonPoints = 10_000;
const largestMask = 8192;
const ellipsePoints = 64;

/**
 * The pixels of a width x height image whose centre lies inside the region: 1 inside, 0 outside, in C order
 * (row by row). A mask answers with the cell under the pixel's centre.
 */
export function rasterize(region: Region, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const fillRow = rowFiller(region, width);
  for (let j = 0; j < height; j++) fillRow(pixels.subarray(j * width, (j + 1) * width), (j + 0.5) / height);
  return pixels;
}

/** Sets the inside pixels of one row whose centres have the height y. */
type RowFiller = (row: Uint8Array, y: number) => void;

function rowFiller(region: Region, width: number): RowFiller {
  switch (region.shape) {
    case 'box':
      return (row, y) => {
        if (y + nudge >= region.y && y + nudge < region.y + region.height) fillSpan(row, region.x, region.x + region.width);
      };
    case 'ellipse':
      return ellipseFiller(region, width);
    case 'polygon':
      return (row, y) => {
        const crossings = edgeCrossings(region.points, y + nudge);
        for (let k = 0; k + 1 < crossings.length; k += 2) fillSpan(row, crossings[k]!, crossings[k + 1]!);
      };
    case 'mask':
      return maskFiller(region, width);
  }
}

/** Fills the pixels whose nudged centres lie in [from, to). */
function fillSpan(row: Uint8Array, from: number, to: number): void {
  const first = (edge: number) => Math.max(0, Math.ceil((edge - nudge) * row.length - 0.5));
  row.fill(1, first(from), first(to));
}

function ellipseFiller({ x, y, width: boxWidth, height: boxHeight }: EllipseRegion, width: number): RowFiller {
  return (row, v) => {
    const dy = (v - y - boxHeight / 2) / (boxHeight / 2);
    for (let i = 0; i < width; i++) {
      const dx = ((i + 0.5) / width - x - boxWidth / 2) / (boxWidth / 2);
      if (dx * dx + dy * dy <= 1 + tolerance) row[i] = 1;
    }
  };
}

function maskFiller(mask: MaskRegion, width: number): RowFiller {
  const cells = new Uint8Array(mask.width);
  return (row, y) => {
    cells.fill(0);
    const cellRow = mask.rows[Math.min(mask.height - 1, Math.floor(y * mask.height))] ?? '';
    for (const { start, length } of runsOf(cellRow)) cells.fill(1, start, start + length);
    for (let i = 0; i < width; i++) row[i] = cells[Math.floor(((i + 0.5) * mask.width) / width)]!;
  };
}

/** The ascending abscissae where a horizontal line crosses the edges of a closed polygon. */
function edgeCrossings(points: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  points.forEach(([x1, y1], k) => {
    const [x2, y2] = points[(k + 1) % points.length]!;
    if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
  });
  return crossings.sort((a, b) => a - b);
}

interface Run {
  readonly start: number;
  readonly length: number;
}

function runsOf(row: string): Run[] {
  if (row === '') return [];
  return row.split(' ').map((run) => {
    const [start, length] = run.split('+').map(Number) as [number, number];
    return { start, length };
  });
}

/** The number of pixels that are inside. */
export function countInside(mask: Uint8Array): number {
  let count = 0;
  for (const pixel of mask) if (pixel !== 0) count++;
  return count;
}

/** The mask region with one cell for each pixel; every value but 0 is inside. `pixels` is [height x width], C order. */
export function maskFromPixels(pixels: Uint8Array, width: number, height: number): MaskRegion {
  if (pixels.length !== width * height) throw new RangeError(`${pixels.length} pixels are not ${width} x ${height}`);
  const rows = Array.from({ length: height }, (_, j) => formatRuns(pixels.subarray(j * width, (j + 1) * width)));
  return { shape: 'mask', width, height, rows };
}

function formatRuns(row: Uint8Array): string {
  const runs: string[] = [];
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 0) continue;
    const start = i;
    while (i < row.length && row[i] !== 0) i++;
    runs.push(`${start}+${i - start}`);
  }
  return runs.join(' ');
}

/**
 * Rasterizes a region that is to be told apart from its surroundings.
 *
 * Throws UserError when the inside or the outside has no pixel at this size.
 */
export function requirePixels(region: Region, width: number, height: number): Uint8Array {
  const pixels = rasterize(region, width, height);
  const inside = countInside(pixels);
  if (inside === 0) throw new UserError(`the region covers no pixel at ${width}x${height}: draw it larger`);
  if (inside === pixels.length) {
    throw new UserError(`the region covers the whole image at ${width}x${height}: there is no outside left to keep, draw it smaller`);
  }
  return pixels;
}

/**
 * Checks that a value is a region and returns it.
 *
 * `where` names the file or option in the message and `path` the keys that lead to the region in it. Throws
 * UserError that names the field: coordinates that are not finite or leave the image, an empty area, runs
 * that overlap, an unknown shape.
 */
export function validateRegion(value: unknown, where: string, path: JsonPath = []): Region {
  return checkRegion(new Field(value, where, path));
}

/** The same of a value that knows its place. */
export function checkRegion(field: Field): Region {
  const shape = field.at('shape').oneOf(['box', 'ellipse', 'polygon', 'mask']);
  if (shape === 'polygon') checkPolygon(field.at('points'));
  else if (shape === 'mask') checkMask(field);
  else checkFrame(field);
  return field.value as Region;
}

function checkFrame(field: Field): void {
  checkExtent(field.at('x'), field.at('width'), 'right');
  checkExtent(field.at('y'), field.at('height'), 'lower');
}

function checkExtent(start: Field, size: Field, side: string): void {
  const first = fraction(start);
  const extent = size.number();
  if (extent <= 0) size.refuse('positive');
  if (first + extent > 1 + tolerance) size.fail(`is ${extent}, which goes beyond the ${side} edge of the image: it must be at most ${sixDigits(1 - first)}`, 'regionEdge');
}

/** A coordinate inside the image, but for rounding. */
function fraction(field: Field): number {
  const expected = 'a number from 0 to 1, a fraction of the image';
  if (typeof field.value !== 'number' || !(field.value >= -tolerance && field.value <= 1 + tolerance)) field.refuse(expected);
  return field.value;
}

function checkPolygon(field: Field): void {
  const corners = field.list();
  if (corners.length < 3 || corners.length > mostPolygonPoints) field.fail(`has ${corners.length} points, must have from 3 to ${mostPolygonPoints}`);
  const points = corners.map((corner): Point => {
    const pair = corner.list();
    if (pair.length !== 2) corner.refuse('two numbers, x and y');
    const [x, y] = pair.map(fraction) as [number, number];
    return [x, y];
  });
  if (onOneLine(points)) field.fail('lie on one line: a region needs an area', 'regionArea');
}

function onOneLine(points: readonly Point[]): boolean {
  const [x0, y0] = points[0]!;
  const arms = points.map(([x, y]): Point => [x - x0, y - y0]);
  const [ax, ay] = arms.reduce((longest, arm) => (Math.hypot(...arm) > Math.hypot(...longest) ? arm : longest));
  return arms.every(([x, y]) => Math.abs(ax * y - ay * x) <= tolerance);
}

function checkMask(field: Field): void {
  const width = field.at('width').integer({ min: 1, max: largestMask });
  const height = field.at('height').integer({ min: 1, max: largestMask });
  const rows = field.at('rows').list();
  if (rows.length !== height) field.at('rows').fail(`has ${rows.length} rows, "height" says ${height}`, 'maskHeight');
  rows.forEach((row) => checkRuns(row, width));
  if (rows.every((row) => row.value === '')) field.at('rows').fail('has no run: a region needs an area', 'regionArea');
}

function checkRuns(field: Field, width: number): void {
  const number = '(?:0|[1-9]\\d{0,4})';
  const runs = new RegExp(`^(?:${number}\\+${number}(?: ${number}\\+${number})*)?$`);
  const { value } = field;
  if (typeof value !== 'string' || !runs.test(value)) field.refuse('runs such as "3+5 12+2"');
  let end = 0;
  for (const { start, length } of runsOf(value)) {
    const run = `has the run ${start}+${length}`;
    if (length === 0) field.fail(`${run}, a run is at least 1 cell long`, 'maskRuns');
    if (start < end) field.fail(`${run}, which must begin at ${end} or later: runs ascend and do not overlap`, 'maskRuns');
    end = start + length;
    if (end > width) field.fail(`${run}, which goes beyond the width of ${width} cells`, 'maskRuns');
  }
}

/**
 * The boundary of a region on a width x height image, for drawing: closed loops of points in pixels (the
 * last point joins the first). A box has 4 points, an ellipse 64; a mask has one loop around each patch and
 * one around each hole.
 */
export function outline(region: Region, width: number, height: number): Point[][] {
  return unitOutline(region).map((loop) => loop.map(([x, y]): Point => [x * width, y * height]));
}

function unitOutline(region: Region): readonly (readonly Point[])[] {
  switch (region.shape) {
    case 'box': {
      const [right, bottom] = [region.x + region.width, region.y + region.height];
      return [[[region.x, region.y], [right, region.y], [right, bottom], [region.x, bottom]]];
    }
    case 'ellipse':
      return [Array.from({ length: ellipsePoints }, (_, k) => ellipsePoint(region, (2 * Math.PI * k) / ellipsePoints))];
    case 'polygon':
      return [region.points];
    case 'mask':
      return maskLoops(region).map((loop) => loop.map(([x, y]): Point => [x / region.width, y / region.height]));
  }
}

function ellipsePoint({ x, y, width, height }: EllipseRegion, angle: number): Point {
  return [x + (width / 2) * (1 + Math.cos(angle)), y + (height / 2) * (1 + Math.sin(angle))];
}

/** Steps along the cell borders: right, down, left, up. With the inside on the right hand, turning right is +1. */
const steps: readonly Point[] = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/** The loops around the cells of a mask, in cells, clockwise around patches and anticlockwise around holes. */
function maskLoops(mask: MaskRegion): Point[][] {
  const stride = mask.width + 1;
  const edges = boundaryEdges(mask);
  const loops: Point[][] = [];
  // Every loop has an edge that goes right, so these starts find them all.
  for (let vertex = 0; vertex < edges.length; vertex++) {
    if (edges[vertex]! & 1) loops.push(walkLoop(edges, stride, vertex));
  }
  return loops;
}

/** For each corner of the grid, one bit for each step (bit k is steps[k]) that leaves it along a boundary. */
function boundaryEdges(mask: MaskRegion): Uint8Array {
  const { width, height } = mask;
  const cells = rasterize(mask, width, height);
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && cells[y * width + x] === 1;
  const edges = new Uint8Array((width + 1) * (height + 1));
  const mark = (x: number, y: number, step: number) => (edges[y * (width + 1) + x]! |= 1 << step);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) mark(x, y, 0);
      if (!inside(x + 1, y)) mark(x + 1, y, 1);
      if (!inside(x, y + 1)) mark(x + 1, y + 1, 2);
      if (!inside(x - 1, y)) mark(x, y + 1, 3);
    }
  }
  return edges;
}

/** Follows the boundary that leaves a corner to the right until it closes, and takes its edges away. */
function walkLoop(edges: Uint8Array, stride: number, start: number): Point[] {
  const loop: Point[] = [];
  let vertex = start;
  let step = 0;
  do {
    loop.push([vertex % stride, Math.floor(vertex / stride)]);
    const heading = step;
    do {
      vertex += steps[heading]![0] + steps[heading]![1] * stride;
      // Turning right first keeps patches that touch at a corner apart.
      step = [heading + 1, heading, heading + 3].map((turn) => turn % 4).find((turn) => edges[vertex]! & (1 << turn))!;
      edges[vertex]! &= ~(1 << step);
    } while (step === heading);
  } while (vertex !== start || step !== 0);
  return loop;
}

/**
 * A box in the ReSeFa authors' convention, [centre row, centre column, height, width] on an image of
 * size x size pixels: each axis begins at centre - floor(extent / 2)
 * (https://github.com/zhujiapeng/resefa). The box may leave the image: validateRegion says so.
 */
export function officialBox(centreRow: number, centreColumn: number, height: number, width: number, size = 256): BoxRegion {
  const x = (centreColumn - Math.floor(width / 2)) / size;
  const y = (centreRow - Math.floor(height / 2)) / size;
  return { shape: 'box', x, y, width: width / size, height: height / size };
}

/** The authors' named regions of an aligned FFHQ face. */
export const ffhqRegions: Readonly<Record<string, Region>> = {
  'left-eye': officialBox(120, 95, 20, 38),
  'right-eye': officialBox(120, 159, 20, 38),
  eyes: officialBox(120, 128, 20, 115),
  nose: officialBox(142, 131, 40, 46),
  mouth: officialBox(184, 127, 30, 70),
  chin: officialBox(217, 130, 42, 110),
  eyebrow: officialBox(126, 105, 15, 118),
};

/**
 * The region of a name; case, blanks, "_" and "-" make no difference.
 *
 * Throws UserError that lists the names there are.
 */
export function findRegion(regions: Readonly<Record<string, Region>>, name: string, where = '--region'): Region {
  const found = Object.entries(regions).find(([known]) => plainName(known) === plainName(name));
  if (found) return found[1];
  const names = Object.keys(regions).join(', ');
  const advice = names === '' ? 'this generator has no named regions, give x,y,width,height' : `the named regions are ${names}`;
  throw new UserError(`${where}: there is no region ${quote(name)}; ${advice}`);
}

function plainName(name: string): string {
  return name.trim().toLowerCase().replace(/[\s_]+/g, '-');
}

/** A box from "x,y,width,height" in fractions of the image, such as "0.2,0.4,0.6,0.15". Throws UserError. */
export function parseBox(text: string, where = '--region'): BoxRegion {
  const parts = text.split(',');
  if (parts.length !== 4) throw new UserError(`${where}: ${quote(text)} must be x,y,width,height in fractions of the image, such as 0.2,0.4,0.6,0.15`);
  const [x, y, width, height] = parts.map((part) => parseNumber(part, where)) as [number, number, number, number];
  const box: BoxRegion = { shape: 'box', x, y, width, height };
  validateRegion(box, where);
  return box;
}

/** A few words for people: "box 0.2,0.4 0.6x0.15", "polygon of 5 points", "mask 64x64 with 120 cells". */
export function formatRegion(region: Region): string {
  switch (region.shape) {
    case 'polygon':
      return `polygon of ${region.points.length} points`;
    case 'mask': {
      const cells = region.rows.flatMap(runsOf).reduce((sum, { length }) => sum + length, 0);
      return `mask ${region.width}x${region.height} with ${cells} ${cells === 1 ? 'cell' : 'cells'}`;
    }
    default: {
      const [x, y, width, height] = [region.x, region.y, region.width, region.height].map((value) => Number(value.toFixed(3)));
      return `${region.shape} ${x},${y} ${width}x${height}`;
    }
  }
}

function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
