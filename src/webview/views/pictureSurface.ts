import type { Point } from '../../shared/region';
import type { Size, Viewport } from '../model/viewport';
import { fitInto, panBy, toCanvas, toPicture, wholePicture, zoomAt } from '../model/viewport';

/** Room in CSS pixels that is kept around the picture, for handles on its edges. */
const margin = 8;

/** The place on the page where the picture is: how large it is and which part of it is seen. */
export class PictureSurface {
  viewport: Viewport = wholePicture;
  /** CSS pixels of the canvas. */
  size: Size = { width: 0, height: 0 };
  /** Pixels of the picture. */
  picture: Size = { width: 1, height: 1 };
  private readonly listeners: (() => void)[] = [];

  /** @param stage what the canvas, which has the picture's proportions, is fitted into */
  constructor(
    readonly stage: HTMLElement,
    readonly canvas: HTMLCanvasElement,
  ) {
    new ResizeObserver(() => { this.fit(); }).observe(stage);
    const sharp = new ResizeObserver(([entry]) => { this.sharpen(entry!); });
    sharp.observe(canvas, { box: 'device-pixel-content-box' });
  }

  /** Calls the listener when the picture has another place, size or zoom. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  setPicture(picture: Size): void {
    if (picture.width === this.picture.width && picture.height === this.picture.height) return;
    this.picture = picture;
    this.viewport = wholePicture;
    this.fit();
    this.changed();
  }

  /** Zooms around a point of the canvas, given as fractions of it. */
  zoom(zoom: number, anchor: Point): void {
    this.look(zoomAt(this.viewport, zoom, anchor));
  }

  /** Moves the picture by CSS pixels. */
  pan(dx: number, dy: number): void {
    this.look(panBy(this.viewport, [dx / this.size.width, dy / this.size.height]));
  }

  look(viewport: Viewport): void {
    this.viewport = viewport;
    this.changed();
  }

  /** CSS pixels that the whole picture takes at the present zoom. */
  get scale(): Point {
    return [this.size.width * this.viewport.zoom, this.size.height * this.viewport.zoom];
  }

  /** Where a mouse event is, in CSS pixels from the canvas's upper left corner. */
  place({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** The point of the picture at a place on the canvas; beyond 0..1 beside the picture. */
  pointAt(place: Point): Point {
    return toPicture(this.viewport, this.size, place);
  }

  /** The place of a point of the picture on the canvas. */
  placeOf(point: Point): Point {
    return toCanvas(this.viewport, this.size, point);
  }

  /** Whether a place is on the canvas, or so near that its edge may be meant. */
  near([x, y]: Point): boolean {
    return x >= -margin && y >= -margin && x <= this.size.width + margin && y <= this.size.height + margin;
  }

  private fit(): void {
    const { clientWidth, clientHeight } = this.stage;
    const fitted = fitInto({ width: clientWidth - 2 * margin, height: clientHeight - 2 * margin }, this.picture);
    const size = { width: Math.floor(fitted.width), height: Math.floor(fitted.height) };
    if (size.width === this.size.width && size.height === this.size.height) return;
    this.size = size;
    this.stage.style.setProperty('--picture-width', `${size.width}px`);
    this.stage.style.setProperty('--picture-height', `${size.height}px`);
    this.changed();
  }

  /** One pixel of the canvas for each pixel of the screen. */
  private sharpen({ contentRect, devicePixelContentBoxSize }: ResizeObserverEntry): void {
    const { inlineSize, blockSize } = devicePixelContentBoxSize[0]!;
    const [width, height] = [screenPixels(contentRect.width, inlineSize), screenPixels(contentRect.height, blockSize)];
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** What the browser measured knows how edges fall on pixels; where the scale of the screen is emulated it is not to be trusted. */
function screenPixels(cssPixels: number, measured: number): number {
  const expected = cssPixels * devicePixelRatio;
  return Math.abs(measured - expected) < 1.5 ? measured : Math.round(expected);
}
