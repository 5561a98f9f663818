import type { RegionShape } from '../../shared/protocol/pageProtocol';
import type { BoxRegion, EllipseRegion, MaskRegion, Point, PolygonRegion, Region } from '../../shared/region';
import { maskFromPixels, rasterize, validateRegion } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { limit, type Size } from './viewport';

/** A region that its bounding box describes. */
export type FrameRegion = BoxRegion | EllipseRegion;

/** Which edge something takes along: -1 the left or upper one, 1 the right or lower one, 0 neither. */
export type Side = -1 | 0 | 1;

/** Something to drag a region by: an edge or corner of a frame, a polygon's vertex, or the middle of the edge after a vertex. */
export type Handle =
  | { readonly kind: 'frame'; readonly across: Side; readonly down: Side; readonly point: Point }
  | { readonly kind: 'vertex'; readonly index: number; readonly point: Point }
  | { readonly kind: 'edge'; readonly index: number; readonly point: Point };

/** What regions are drawn against. */
export interface Canvas {
  /** CSS pixels that the whole picture would take across and down. */
  readonly scale: Point;
  /** The smallest width and height of a frame, fractions of the picture. */
  readonly least: Point;
}

/** Handles closer to each other than this many CSS pixels leave out those between them. */
const crowded = 32;

/** The tool that draws regions of this kind. */
export function toolOf(region: Region): RegionShape {
  return region.shape === 'mask' ? 'brush' : region.shape;
}

/** What a region can be dragged by, those in front last. A mask has nothing. */
export function handlesOf(region: Region, scale: Point): Handle[] {
  switch (region.shape) {
    case 'mask':
      return [];
    case 'polygon':
      return polygonHandles(region.points, scale);
    default:
      return frameHandles(region, scale);
  }
}

function frameHandles({ x, y, width, height }: FrameRegion, scale: Point): Handle[] {
  const sides: readonly Side[] = [-1, 0, 1];
  const places = sides.flatMap((down) => sides.map((across): [Side, Side] => [across, down]));
  const kept = places.filter(([across, down]) => {
    if (across === 0) return down !== 0 && width * scale[0] >= crowded;
    return down !== 0 || height * scale[1] >= crowded;
  });
  const handles = kept.map(([across, down]): Handle => ({ kind: 'frame', across, down, point: [x + (width * (across + 1)) / 2, y + (height * (down + 1)) / 2] }));
  const corner = (handle: Handle) => (handle.kind === 'frame' && handle.across !== 0 && handle.down !== 0 ? 1 : 0);
  return handles.sort((a, b) => corner(a) - corner(b));
}

function polygonHandles(points: readonly Point[], scale: Point): Handle[] {
  const middles = points.flatMap((point, index): Handle[] => {
    const next = points[(index + 1) % points.length]!;
    if (distance(point, next, scale) < crowded) return [];
    return [{ kind: 'edge', index, point: [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2] }];
  });
  return [...middles, ...points.map((point, index): Handle => ({ kind: 'vertex', index, point }))];
}

/** How far two points of the picture are apart, in CSS pixels. */
export function distance(a: Point, b: Point, scale: Point): number {
  return Math.hypot((a[0] - b[0]) * scale[0], (a[1] - b[1]) * scale[1]);
}

/**
 * The handle at a point, or whether the point is inside.
 *
 * @param reach how near a handle must be, in CSS pixels; less inside of small regions, so that they can be moved as well
 */
export function hitRegion(region: Region, point: Point, scale: Point, reach: number): Handle | 'inside' | undefined {
  const within = contains(region, point);
  const { width, height } = boundsOf(region);
  const near = within ? Math.min(reach, (width * scale[0]) / 4, (height * scale[1]) / 4) : reach;
  const reached = handlesOf(region, scale).filter((handle) => distance(handle.point, point, scale) <= near);
  const nearest = reached.reduceRight<Handle | undefined>(
    (best, handle) => (best && distance(best.point, point, scale) <= distance(handle.point, point, scale) ? best : handle),
    undefined,
  );
  return nearest ?? (within ? 'inside' : undefined);
}

/** Whether a point is inside of a region. */
export function contains(region: Region, [x, y]: Point): boolean {
  switch (region.shape) {
    case 'box':
      return x >= region.x && x < region.x + region.width && y >= region.y && y < region.y + region.height;
    case 'ellipse': {
      const dx = (2 * (x - region.x)) / region.width - 1;
      const dy = (2 * (y - region.y)) / region.height - 1;
      return dx * dx + dy * dy <= 1;
    }
    case 'polygon':
      return windsAround(region.points, x, y);
    case 'mask': {
      if (x < 0 || x >= 1 || y < 0 || y >= 1) return false;
      const row = region.rows[Math.floor(y * region.height)] ?? '';
      return rasterize({ ...region, height: 1, rows: [row] }, region.width, 1)[Math.floor(x * region.width)] === 1;
    }
  }
}

/** The even-odd rule. */
function windsAround(points: readonly Point[], x: number, y: number): boolean {
  let within = false;
  points.forEach(([x1, y1], k) => {
    const [x2, y2] = points[(k + 1) % points.length]!;
    if (y1 <= y !== y2 <= y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) within = !within;
  });
  return within;
}

/** The smallest box around a region, fractions of the picture. */
export function boundsOf(region: Region): { x: number; y: number; width: number; height: number } {
  if (region.shape === 'box' || region.shape === 'ellipse') return region;
  const points = region.shape === 'polygon' ? region.points : maskCorners(region);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function maskCorners(mask: MaskRegion): Point[] {
  const { left, right, top, bottom } = cellBounds(rasterize(mask, mask.width, mask.height), mask);
  return [[left / mask.width, top / mask.height], [right / mask.width, bottom / mask.height]];
}

/** The cells that are set lie in [left, right) by [top, bottom). */
function cellBounds(cells: Uint8Array, { width, height }: Size): { left: number; right: number; top: number; bottom: number } {
  let [left, right, top, bottom] = [width, 0, height, 0];
  cells.forEach((cell, k) => {
    if (cell === 0) return;
    const [column, row] = [k % width, Math.floor(k / width)];
    left = Math.min(left, column);
    right = Math.max(right, column + 1);
    top = Math.min(top, row);
    bottom = row + 1;
  });
  return { left, right, top, bottom };
}

/** The frame between two points, of which the second may lie outside of the picture. A square one is a square on the screen. */
export function frameBetween(shape: FrameRegion['shape'], from: Point, to: Point, { scale, least }: Canvas, square: boolean): FrameRegion {
  const anchor = clampPoint(from);
  const end = square ? squareEnd(anchor, to, scale) : to;
  const [x, width] = span(anchor[0], end[0], least[0]);
  const [y, height] = span(anchor[1], end[1], least[1]);
  return { shape, x, y, width, height };
}

/** The frame after one of its handles went to a point. Beyond the opposite edge it turns over. */
export function resizeFrame(region: FrameRegion, across: Side, down: Side, to: Point, canvas: Canvas, square: boolean): FrameRegion {
  const anchor: Point = [across < 0 ? region.x + region.width : region.x, down < 0 ? region.y + region.height : region.y];
  if (across !== 0 && down !== 0) return frameBetween(region.shape, anchor, to, canvas, square);
  const [x, width] = across === 0 ? [region.x, region.width] : span(anchor[0], to[0], canvas.least[0]);
  const [y, height] = down === 0 ? [region.y, region.height] : span(anchor[1], to[1], canvas.least[1]);
  return { shape: region.shape, x, y, width, height };
}

/** Start and size of the part of 0..1 between two numbers, at least so long. */
function span(anchor: number, end: number, least: number): [start: number, size: number] {
  const size = Math.max(Math.abs(limit(end, 0, 1) - anchor), least);
  return [limit(end < anchor ? anchor - size : anchor, 0, 1 - size), size];
}

/** The corner opposite to the anchor of the square that reaches as far as the point, as far as the picture has room for it. */
function squareEnd(anchor: Point, to: Point, scale: Point): Point {
  const steps = [0, 1].map((axis) => {
    const sign = to[axis]! < anchor[axis]! ? -1 : 1;
    return { sign, reach: Math.abs(to[axis]! - anchor[axis]!) * scale[axis]!, room: (sign < 0 ? anchor[axis]! : 1 - anchor[axis]!) * scale[axis]! };
  });
  const side = Math.min(Math.max(...steps.map(({ reach }) => reach)), ...steps.map(({ room }) => room));
  const end = (axis: 0 | 1) => anchor[axis] + (steps[axis]!.sign * side) / scale[axis];
  return [end(0), end(1)];
}

/** The nearest point of the picture. */
export function clampPoint([x, y]: Point): Point {
  return [limit(x, 0, 1), limit(y, 0, 1)];
}

/**
 * Moves a region, as far as the picture's edges allow.
 *
 * @param grid a mask coarser than this is put on this grid, so that it moves in steps of its cells
 */
export function moveRegion(region: Region, [dx, dy]: Point, grid: Size): Region {
  if (region.shape === 'mask') return moveMask(region, [dx, dy], grid);
  const { x, y, width, height } = boundsOf(region);
  const [right, down] = [limit(dx, -x, 1 - x - width), limit(dy, -y, 1 - y - height)];
  if (region.shape === 'polygon') return { shape: 'polygon', points: region.points.map(([px, py]): Point => [px + right, py + down]) };
  return { ...region, x: x + right, y: y + down };
}

function moveMask(mask: MaskRegion, [dx, dy]: Point, grid: Size): MaskRegion {
  const { width, height } = finer(mask, grid);
  const cells = rasterize(mask, width, height);
  const bounds = cellBounds(cells, { width, height });
  const right = limit(Math.round(dx * width), -bounds.left, width - bounds.right);
  const down = limit(Math.round(dy * height), -bounds.top, height - bounds.bottom);
  if (right === 0 && down === 0) return mask;
  const moved = new Uint8Array(width * height);
  cells.forEach((cell, k) => {
    if (cell !== 0) moved[k + down * width + right] = 1;
  });
  return maskFromPixels(moved, width, height);
}

/** The size of a mask, or the grid where that is finer. */
function finer(mask: MaskRegion, grid: Size): Size {
  return mask.width < grid.width || mask.height < grid.height ? grid : mask;
}

/** Moves the right and the lower edge of a region and stretches everything between, as far as the picture's edges allow. */
export function stretchRegion(region: Region, [dx, dy]: Point, least: Point, grid: Size): Region {
  const { x, y, width, height } = boundsOf(region);
  const [wide, high] = [limit(width + dx, least[0], 1 - x), limit(height + dy, least[1], 1 - y)];
  if (region.shape === 'mask') return stretchMask(region, ([px, py]) => [x + ((px - x) * width) / wide, y + ((py - y) * height) / high], grid);
  if (region.shape !== 'polygon') return { ...region, width: wide, height: high };
  return { shape: 'polygon', points: region.points.map(([px, py]): Point => [x + ((px - x) * wide) / width, y + ((py - y) * high) / height]) };
}

/** @param origin where a point of the stretched mask comes from */
function stretchMask(mask: MaskRegion, origin: (point: Point) => Point, grid: Size): MaskRegion {
  const { width, height } = finer(mask, grid);
  const cells = rasterize(mask, width, height);
  const stretched = cells.map((_, k) => {
    const [x, y] = origin([((k % width) + 0.5) / width, (Math.floor(k / width) + 0.5) / height]);
    const [column, row] = [Math.floor(x * width), Math.floor(y * height)];
    return column >= 0 && column < width && row >= 0 && row < height ? cells[row * width + column]! : 0;
  });
  return stretched.includes(1) ? maskFromPixels(stretched, width, height) : mask;
}

/** The polygon with one vertex elsewhere. */
export function moveVertex({ points }: PolygonRegion, index: number, to: Point): PolygonRegion {
  return { shape: 'polygon', points: points.with(index, clampPoint(to)) };
}

/** The polygon with one more vertex, on the edge after the vertex of this index. */
export function insertVertex({ points }: PolygonRegion, index: number, at: Point): PolygonRegion {
  return { shape: 'polygon', points: points.toSpliced(index + 1, 0, clampPoint(at)) };
}

/** The polygon without a vertex; the same where only three are left. */
export function removeVertex(polygon: PolygonRegion, index: number): PolygonRegion {
  return polygon.points.length > 3 ? { shape: 'polygon', points: polygon.points.toSpliced(index, 1) } : polygon;
}

/** What a tool starts with where nothing is drawn: a shape over the middle of the picture. */
export function defaultRegion(tool: RegionShape, grid: Size): Region {
  const frame = { x: 0.3, y: 0.3, width: 0.4, height: 0.4 };
  switch (tool) {
    case 'polygon':
      return { shape: 'polygon', points: [[0.4, 0.3], [0.6, 0.3], [0.7, 0.5], [0.6, 0.7], [0.4, 0.7], [0.3, 0.5]] };
    case 'brush':
      return maskFromPixels(rasterize({ shape: 'ellipse', ...frame }, grid.width, grid.height), grid.width, grid.height);
    default:
      return { shape: tool, ...frame };
  }
}

/** The region with five decimals and every coordinate inside the picture; nothing where it has no area. */
export function tidyRegion(region: Region): Region | undefined {
  try {
    return validateRegion(rounded(region), 'region');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function rounded(region: Region): Region {
  switch (region.shape) {
    case 'mask':
      return region;
    case 'polygon':
      return { shape: 'polygon', points: region.points.map((point) => clampPoint(point).map(fiveDecimals) as [number, number]) };
    default: {
      const [x, y] = clampPoint([region.x, region.y]).map(fiveDecimals) as [number, number];
      const extent = (start: number, size: number) => fiveDecimals(Math.min(size, 1 - start));
      return { shape: region.shape, x, y, width: extent(x, region.width), height: extent(y, region.height) };
    }
  }
}

function fiveDecimals(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

/** Whether two regions are the same, number for number. */
export function sameRegion(a: Region | undefined, b: Region | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && plain(a) === plain(b));
}

function plain(region: Region): string {
  switch (region.shape) {
    case 'polygon':
      return JSON.stringify([region.shape, region.points]);
    case 'mask':
      return JSON.stringify([region.shape, region.width, region.height, region.rows]);
    default:
      return JSON.stringify([region.shape, region.x, region.y, region.width, region.height]);
  }
}
