import { showingOrder } from '../../shared/frameOrder';
import { previewFrame } from './model/exportPlan';
import type { ExportSettings } from './model/exportPlan';

/** Plays the frames of a preview on a canvas, at the pace and in the order of the file. */
export class PreviewPlayer {
  private frames: readonly ImageBitmap[] = [];
  private steps = 1;
  private timing: Pick<ExportSettings, 'frames' | 'frameRate' | 'pingPong'> = { frames: 1, frameRate: 10, pingPong: true };
  private place = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private playing: boolean;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.playing = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  }

  get isPlaying(): boolean {
    return this.playing;
  }

  toggle(): void {
    this.playing = !this.playing;
    this.restart();
  }

  /** @param steps how many frames the preview will have once all are there */
  show(frames: readonly ImageBitmap[], steps: number, { frames: all, frameRate, pingPong }: ExportSettings): void {
    const timing = { frames: all, frameRate, pingPong };
    const changed = JSON.stringify(timing) !== JSON.stringify(this.timing);
    this.frames = frames;
    this.steps = steps;
    this.timing = timing;
    if (changed || this.timer === undefined) this.restart();
    this.draw();
  }

  /** Stands still, and shows nothing more. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.frames = [];
  }

  private restart(): void {
    clearInterval(this.timer);
    this.timer = this.playing && this.frames.length > 0 ? setInterval(() => { this.next(); }, 1000 / this.timing.frameRate) : undefined;
  }

  private next(): void {
    this.place++;
    this.draw();
  }

  private draw(): void {
    const order = showingOrder(this.timing.frames, this.timing.pingPong);
    this.place %= order.length;
    const wanted = previewFrame(order[this.place]!, this.timing.frames, this.steps);
    const frame = this.frames[Math.min(wanted, this.frames.length - 1)];
    if (!frame) return;
    if (this.canvas.width !== frame.width) this.canvas.width = frame.width;
    if (this.canvas.height !== frame.height) this.canvas.height = frame.height;
    this.canvas.getContext('2d')?.drawImage(frame, 0, 0);
  }
}
