import type { Point } from '../../shared/region';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The part of the picture that is seen: 1 / zoom of each side, from `left` and `top`, which are fractions of the picture. */
export interface Viewport {
  /** 1..16 */
  readonly zoom: number;
  readonly left: number;
  readonly top: number;
}

export const wholePicture: Viewport = { zoom: 1, left: 0, top: 0 };

export const largestZoom = 16;

/** The place on a canvas of this size of a point of the picture, given as fractions of it. */
export function toCanvas({ zoom, left, top }: Viewport, canvas: Size, [x, y]: Point): Point {
  return [(x - left) * zoom * canvas.width, (y - top) * zoom * canvas.height];
}

/** The point of the picture, as fractions of it, at a place on a canvas of this size. */
export function toPicture({ zoom, left, top }: Viewport, canvas: Size, [x, y]: Point): Point {
  return [left + x / (zoom * canvas.width), top + y / (zoom * canvas.height)];
}

/**
 * Zooms such that the point of the picture under the anchor stays there, as far as the picture's edges allow.
 *
 * @param anchor fractions of the canvas
 */
export function zoomAt(viewport: Viewport, zoom: number, [x, y]: Point): Viewport {
  const next = limit(zoom, 1, largestZoom);
  const gain = 1 / viewport.zoom - 1 / next;
  return inside({ zoom: next, left: viewport.left + x * gain, top: viewport.top + y * gain });
}

/** Moves the picture by fractions of the canvas, as far as its edges allow. */
export function panBy(viewport: Viewport, [dx, dy]: Point): Viewport {
  return inside({ zoom: viewport.zoom, left: viewport.left - dx / viewport.zoom, top: viewport.top - dy / viewport.zoom });
}

/** No place on the canvas is left empty. */
function inside({ zoom, left, top }: Viewport): Viewport {
  const most = 1 - 1 / zoom;
  return { zoom, left: limit(left, 0, most), top: limit(top, 0, most) };
}

/** The largest size of the picture's proportions that fits into a space. */
export function fitInto(space: Size, picture: Size): Size {
  const scale = Math.max(0, Math.min(space.width / picture.width, space.height / picture.height));
  return { width: picture.width * scale, height: picture.height * scale };
}

/** A number, or the end of the range that it goes beyond. */
export function limit(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
