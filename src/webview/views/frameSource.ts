import type { Frame } from '../../shared/protocol/engineProtocol';
import { element } from '../dom';
import { decodeFile, paint } from '../frames';
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
    else if (this.order.accept(ticket)) this.replace(frame && this.painted(frame));
  }

  private painted(frame: Frame): HTMLCanvasElement {
    paint(this.pixels, frame, (rgba) => { writeOpaque(frame.data, rgba); });
    return this.pixels;
  }

  private async decode(frame: Frame, ticket: number): Promise<void> {
    const bitmap = await decodeFile(frame);
    if (!bitmap) return;
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
    if (heat) paint(this.pixels, { width, height: heat.length / width }, (rgba) => { writeHeat(heat, rgba); });
    this.source = heat && this.pixels;
  }
}
