import type { Frame } from '../../../shared/protocol/engineProtocol';

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
