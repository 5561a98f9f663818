import type { Frame } from '../../shared/protocol/engineProtocol';
import { element } from '../dom';
import { decodeFile, paint } from '../frames';
import { writeOpaque } from '../model/pixels';

/** A frame as something that can be drawn; close it when it is not needed any more. */
export async function pictureOf(frame: Frame): Promise<ImageBitmap> {
  if (frame.format === 'webp') {
    const picture = await decodeFile(frame);
    if (!picture) throw new Error('a frame arrived broken');
    return picture;
  }
  const canvas = element('canvas');
  paint(canvas, frame, (rgba) => { writeOpaque(frame.data, rgba); });
  return createImageBitmap(canvas);
}

/** Frames that arrive one by one, for somebody who waits for each of them. */
export class FrameArrivals {
  private readonly arrived = new Map<number, Frame>();
  private readonly waiting = new Map<number, { readonly take: (frame: Frame) => void; readonly fail: (reason: unknown) => void }>();
  private failure: { readonly reason: unknown } | undefined;

  put(index: number, frame: Frame): void {
    this.arrived.set(index, frame);
    this.waiting.get(index)?.take(frame);
    this.waiting.delete(index);
  }

  /** No more will come. */
  fail(reason: unknown): void {
    this.failure = { reason };
    for (const { fail } of this.waiting.values()) fail(reason);
    this.waiting.clear();
  }

  async get(index: number): Promise<Frame> {
    const known = this.arrived.get(index);
    if (known) return known;
    if (this.failure) throw this.failure.reason;
    return new Promise((take, fail) => { this.waiting.set(index, { take, fail }); });
  }

  /** Forgets a frame that is not needed any more. */
  drop(index: number): void {
    this.arrived.delete(index);
  }
}
