import { CancelledError } from '../../shared/cancelledError';
import { capitalised } from '../../shared/capitalised';
import type { ExportCalls, ExportStart } from '../../shared/protocol/exportProtocol';
import type { Client } from '../../shared/protocol/rpc';
import { pictureOf } from './framePictures';
import { evenSize, fileNameFor, figureOf, isVideo, previewPlan, shownFrames, startSettings, sweepOf } from './model/exportPlan';
import type { ExportSettings } from './model/exportPlan';
import { canEncode, codecFor } from './video';
import type { Codec } from './video';
import { encodeVideo } from './videoExport';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is to be seen of the figure before it is written. */
export type Preview =
  | { readonly kind: 'frames'; readonly frames: readonly ImageBitmap[]; readonly steps: number }
  | { readonly kind: 'still'; readonly address: string };

/** The state of the page. */
export interface ExportState {
  readonly start: ExportStart;
  readonly settings: ExportSettings;
  /** Fields with a text that is not right. */
  readonly wrongFields: ReadonlySet<string>;
  /** Of the figure; undefined until it is known. */
  readonly size?: Size | undefined;
  /** Whether size, codec and problem are of the settings as they are now. */
  readonly settled: boolean;
  /** Why the figure cannot be made. */
  readonly problem?: string | undefined;
  /** What a video will be encoded with; undefined until it is known, and for everything else. */
  readonly codec?: Codec | undefined;
  readonly preview?: Preview | undefined;
  readonly drawing: boolean;
  /** The share of a running export that is done, 0..1. */
  readonly exporting?: number | undefined;
  /** How the last export ended. */
  readonly outcome?: { readonly text: string; readonly wrong: boolean } | undefined;
}

/** While somebody types, nothing is computed. */
const patienceMilliseconds = 200;

/** The page's logic: choices turn into previews, sizes and files. */
export class ExportApp {
  private current: ExportState;
  private readonly listeners: ((state: ExportState) => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looking: AbortController | undefined;
  private drawing: AbortController | undefined;
  private exporting: AbortController | undefined;
  private drawn = '';

  /** @param keep takes what the page comes back with after a reload */
  constructor(private readonly client: Client<ExportCalls>, start: ExportStart, settings = startSettings(start), private readonly keep: (settings: ExportSettings) => void = () => undefined) {
    this.current = { start, settings, wrongFields: new Set(), settled: false, drawing: false };
  }

  get state(): ExportState {
    return this.current;
  }

  /** Calls the listener at once and after every change. */
  subscribe(listener: (state: ExportState) => void): void {
    this.listeners.push(listener);
    listener(this.current);
  }

  begin(): void {
    this.keep(this.current.settings);
    this.refresh();
  }

  /** Changes what is to be exported. */
  change(settings: Partial<ExportSettings>): void {
    this.set({ settings: { ...this.current.settings, ...settings }, settled: false, outcome: undefined });
    this.keep(this.current.settings);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.refresh(); }, patienceMilliseconds);
  }

  /** Notes whether the text in a field is right. */
  mark(field: string, right: boolean): void {
    const wrongFields = new Set(this.current.wrongFields);
    if (right) wrongFields.delete(field);
    else wrongFields.add(field);
    this.set({ wrongFields });
  }

  /** Whether there is something that can be exported now. */
  get ready(): boolean {
    const { settings, wrongFields, settled, size, problem, codec, exporting } = this.current;
    return wrongFields.size === 0 && settled && size !== undefined && problem === undefined && exporting === undefined && (!isVideo(settings.format) || codec !== undefined);
  }

  /** Asks for a place and writes the file. */
  async export(): Promise<void> {
    if (!this.ready) return;
    const controller = new AbortController();
    this.exporting = controller;
    this.set({ exporting: 0, outcome: undefined });
    try {
      const saved = await (isVideo(this.current.settings.format) ? this.exportVideo(controller.signal) : this.exportFigure(controller.signal));
      this.set({ outcome: saved && { text: `Exported ${saved.path}`, wrong: false } });
    } catch (error) {
      this.set({ outcome: error instanceof CancelledError ? { text: 'Cancelled', wrong: false } : { text: messageOf(error), wrong: true } });
    } finally {
      this.exporting = undefined;
      this.set({ exporting: undefined });
    }
  }

  cancel(): void {
    this.exporting?.abort();
  }

  private async exportFigure(signal: AbortSignal): Promise<{ readonly path: string } | undefined> {
    const { settings } = this.current;
    const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) => { this.set({ exporting: done / total }); };
    return this.client.call('save', { figure: figureOf(settings)!, fileName: fileNameFor(settings) }, { signal, onProgress });
  }

  private async exportVideo(signal: AbortSignal): Promise<{ readonly path: string } | undefined> {
    const { settings, size, codec } = this.current;
    const { format, frameRate } = settings;
    if (!isVideo(format) || !size || !codec) return undefined;
    const chosen = await this.client.call('place', { format, fileName: fileNameFor(settings) }, { signal });
    if (!chosen) return undefined;
    const shown = shownFrames(settings);
    const work = { sweep: sweepOf(settings), shown, video: { format, ...evenSize(size), frameRate }, codec };
    const data = await encodeVideo(this.client, work, signal, (done) => { this.set({ exporting: done / shown.length }); });
    return this.client.call('saveVideo', { place: chosen.place, data }, { signal });
  }

  /** Looks what the settings come to: the size, the codec, and the preview where that is another one. */
  private refresh(): void {
    this.looking?.abort();
    this.looking = new AbortController();
    const { signal } = this.looking;
    void this.look(signal);
    void this.drawPreview();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { settings } = this.current;
    const figure = figureOf(settings);
    if (!figure) {
      this.set({ size: undefined, codec: undefined, problem: 'Choose at least one direction', settled: true });
      return;
    }
    try {
      const size = await this.client.call('size', { figure }, { signal });
      const codec = isVideo(settings.format) ? await codecFor({ format: settings.format, ...evenSize(size), frameRate: settings.frameRate }) : undefined;
      if (!signal.aborted) this.set({ size, codec, problem: isVideo(settings.format) && !codec ? noCodec(settings, size) : undefined, settled: true });
    } catch (error) {
      if (!signal.aborted && !(error instanceof CancelledError)) this.set({ size: undefined, codec: undefined, problem: messageOf(error), settled: true });
    }
  }

  private async drawPreview(): Promise<void> {
    const { settings, start } = this.current;
    const { size, steps } = previewPlan(settings, start.generator.resolution);
    const figure = figureOf({ ...settings, size, ...(settings.kind === 'animation' ? { frames: steps, format: 'webp', frameRate: 10, pingPong: false, loop: 0 } : { format: 'webp' }) });
    const key = JSON.stringify(figure ?? '');
    if (key === this.drawn || !figure) return;
    this.drawn = key;
    this.drawing?.abort();
    const { signal } = (this.drawing = new AbortController());
    this.set({ drawing: true });
    try {
      if (figure.kind === 'animation') await this.drawFrames(sweepOf({ ...settings, size, frames: steps }), signal);
      else await this.drawStill(figure, signal);
    } catch (error) {
      // What is wrong with the settings is told with their size.
      if (!signal.aborted && !(error instanceof CancelledError)) this.show(undefined);
    } finally {
      if (!signal.aborted) this.set({ drawing: false });
    }
  }

  private async drawFrames(sweep: ReturnType<typeof sweepOf>, signal: AbortSignal): Promise<void> {
    const frames: ImageBitmap[] = [];
    let last: Promise<void> = Promise.resolve();
    await this.client.call('frames', { sweep }, {
      signal,
      onProgress: ({ frame }) => {
        last = last.then(async () => {
          const picture = await pictureOf(frame);
          if (signal.aborted) {
            picture.close();
            return;
          }
          frames.push(picture);
          this.show({ kind: 'frames', frames: [...frames], steps: sweep.steps });
        });
      },
    });
    await last;
  }

  private async drawStill(figure: NonNullable<ReturnType<typeof figureOf>>, signal: AbortSignal): Promise<void> {
    const { data } = await this.client.call('preview', { figure }, { signal });
    this.show({ kind: 'still', address: URL.createObjectURL(new Blob([data as Uint8Array<ArrayBuffer>], { type: 'image/webp' })) });
  }

  /** Shows another preview and lets go of what the one before held. */
  private show(preview: Preview | undefined): void {
    const before = this.current.preview;
    this.set({ preview });
    if (before?.kind === 'still') URL.revokeObjectURL(before.address);
    if (before?.kind === 'frames') for (const frame of before.frames) if (preview?.kind !== 'frames' || !preview.frames.includes(frame)) frame.close();
  }

  private set(change: Partial<ExportState>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener(this.current);
  }
}

function noCodec({ format }: ExportSettings, size: Size): string {
  if (!canEncode()) return 'This window cannot encode videos (it has no WebCodecs). Choose GIF or WebP';
  const { width, height } = evenSize(size);
  return `This window has no encoder for a ${format === 'mp4' ? 'MP4' : 'WebM'} video of ${width} \u00d7 ${height} pixels. Choose another format or smaller pictures`;
}

function messageOf(error: unknown): string {
  return capitalised(error instanceof Error ? error.message : String(error));
}
