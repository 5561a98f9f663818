import type { Frame } from '../../shared/protocol/engineProtocol';
import { element } from '../dom';
import { ArrivalOrder } from '../model/arrivalOrder';
import { writeHeat, writeOpaque } from '../model/pixels';

/** Something to draw on a canvas. */
export type Source = HTMLCanvasElement | ImageBitmap;

/** The latest of a stream of frames, decoded. While one is being decoded the one before stays. */
export class FrameSource {
  /** The decoded frame; undefined until the first is there. */
  source: Source | undefined;
  private frame: Frame | undefined;
  private readonly pixels = element('canvas');
  private readonly order = new ArrivalOrder();

  /** @param onReady called when a frame is ready that was not so at once */
  constructor(private readonly onReady: () => void) {}

  /** Goes on to a frame; undefined for none. */
  show(frame: Frame | undefined): void {
    if (frame === this.frame) return;
    this.frame = frame;
    const ticket = this.order.ask();
    if (frame?.format === 'webp') void this.decode(frame, ticket);
    else if (this.order.accept(ticket)) this.replace(frame && paint(this.pixels, frame, (rgba) => { writeOpaque(frame.data, rgba); }));
  }

  private async decode({ data }: Frame, ticket: number): Promise<void> {
    const bitmap = await createImageBitmap(new Blob([data.slice()], { type: 'image/webp' }));
    if (!this.order.accept(ticket)) {
      bitmap.close();
      return;
    }
    this.replace(bitmap);
    this.onReady();
  }

  private replace(source: Source | undefined): void {
    if (this.source instanceof ImageBitmap) this.source.close();
    this.source = source;
  }
}

/** The colours of a heat map. */
export class HeatSource {
  source: HTMLCanvasElement | undefined;
  private heat: Uint8Array | undefined;
  private readonly pixels = element('canvas');

  /** @param heat one value for each pixel of a picture of this width */
  show(heat: Uint8Array | undefined, width: number): void {
    if (heat === this.heat) return;
    this.heat = heat;
    this.source = heat && paint(this.pixels, { width, height: heat.length / width }, (rgba) => { writeHeat(heat, rgba); });
  }
}

function paint(canvas: HTMLCanvasElement, { width, height }: { width: number; height: number }, write: (rgba: Uint8ClampedArray) => void): HTMLCanvasElement {
  const image = new ImageData(width, height);
  write(image.data);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
