import type { Point } from '../../shared/region';
import type { Size } from './viewport';
import { limit } from './viewport';

/** The radius of a brush as a fraction of the picture's width. */
export const brushRadii = { least: 0.01, most: 0.25, usual: 0.06 };

/** The grid that is painted on: the picture's pixels, but from 64 to 256 along the longer side. */
export function paintGrid(picture: Size): Size {
  const longer = Math.max(picture.width, picture.height);
  const scale = limit(longer, 64, 256) / longer;
  return { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) };
}

/**
 * Moves a round brush over a grid and sets the cells whose centre it covers, and in any case the cell at its end.
 *
 * @param cells [height x width] of the grid, changed in place
 * @param from where the brush comes from and `to` where it goes, in fractions of the picture; they may lie outside
 * @param radius a fraction of the picture's width
 */
export function paintStroke(cells: Uint8Array, { width, height }: Size, from: Point, to: Point, radius: number, value: 0 | 1): void {
  const [startX, startY, endX, endY] = [from[0] * width, from[1] * height, to[0] * width, to[1] * height];
  const reach = radius * width;
  const [columns, rows] = [covered(startX, endX, reach, width), covered(startY, endY, reach, height)];
  for (let j = rows.first; j <= rows.last; j++) {
    for (let i = columns.first; i <= columns.last; i++) {
      if (squaredDistance(i + 0.5 - startX, j + 0.5 - startY, endX - startX, endY - startY) <= reach * reach) cells[j * width + i] = value;
    }
  }
  const [column, row] = [Math.floor(endX), Math.floor(endY)];
  if (column >= 0 && column < width && row >= 0 && row < height) cells[row * width + column] = value;
}

/** The cells along one side that the brush can touch. */
function covered(start: number, end: number, reach: number, count: number): { first: number; last: number } {
  return { first: Math.max(0, Math.floor(Math.min(start, end) - reach)), last: Math.min(count - 1, Math.floor(Math.max(start, end) + reach)) };
}

/** From the point (x, y) to the segment from the origin to (dx, dy). */
function squaredDistance(x: number, y: number, dx: number, dy: number): number {
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : limit((x * dx + y * dy) / length, 0, 1);
  return (x - along * dx) ** 2 + (y - along * dy) ** 2;
}
