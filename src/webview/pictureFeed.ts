import { CancelledError } from '../shared/cancelledError';
import type { DirectionFile } from '../shared/direction/directionFile';
import type { Frame, PictureRequest } from '../shared/protocol/engineProtocol';
import type { PageCalls, PageEvents } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { AppState, OtherSample, Thumbnails } from './appState';
import { Background } from './background';
import { ComparedPicture } from './comparedPicture';
import { activeRegion } from './model/panelRegions';
import { activeEdits, editTerm, sampleOf, thumbnailAlphas } from './model/panelEdits';

/** Longer sides of the small pictures, in pixels. */
const thumbnailSize = 128;
const otherSize = 192;

/** The part of the state that the feed keeps up to date. */
export type Pictures = Pick<AppState, 'picture' | 'original' | 'heat' | 'change' | 'thumbnails' | 'otherSamples'>;

interface Batch {
  readonly generator: string;
  readonly items: readonly PictureRequest[];
}

/** Keeps the pictures in step with what the user chose: the large one at once, the small ones when there is time. */
export class PictureFeed {
  private readonly large: ComparedPicture;
  private readonly thumbnails: Background<Batch & { readonly cards: readonly Thumbnails[] }>;
  private readonly others: Background<Batch & { readonly seeds: readonly number[] }>;
  /** The name of the region whose directions the thumbnails are of. */
  private thumbnailsOf: string | undefined;

  /**
   * @param read the present state
   * @param write takes new pictures into the state
   * @param onError told why the large picture could not be made
   */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    private readonly read: () => AppState,
    private readonly write: (pictures: Partial<Pictures>) => void,
    onError: (error: unknown) => void,
  ) {
    this.large = new ComparedPicture((request) => client.call('render', request), read, write, onError, () => {
      this.thumbnails.resume();
      this.others.resume();
    });
    const mayStart = () => this.large.complete;
    // What the large picture reports need not be reported again.
    const ignore = () => undefined;
    this.thumbnails = new Background((wish, signal) => this.fillThumbnails(wish, signal), ignore, mayStart);
    this.others = new Background((wish, signal) => this.fillOthers(wish, signal), ignore, mayStart);
  }

  /** Forgets everything, for another generator. */
  reset(): void {
    this.large.reset();
    this.thumbnails.reset();
    this.others.reset();
    this.thumbnailsOf = undefined;
    this.write({ thumbnails: [], otherSamples: [] });
  }

  /** Sample, edits or region have changed. */
  updatePicture(): void {
    const { panel } = this.read();
    const edits = activeEdits(panel.regions);
    const { region } = activeRegion(panel);
    this.large.request({ generator: panel.generator, sample: sampleOf(panel), edits, heat: panel.heat && edits.length > 0, ...(region && edits.length > 0 ? { region } : {}) });
  }

  /** A slider was let go. */
  release(): void {
    this.large.release();
  }

  /** Directions or sample have changed. */
  updateThumbnails(): void {
    const { panel } = this.read();
    const { name, directions } = activeRegion(panel);
    const kept = name === this.thumbnailsOf;
    this.thumbnailsOf = name;
    const cards = directions.map((direction, i) => this.keptThumbnails(direction, kept ? i : undefined));
    this.write({ thumbnails: cards });
    const sample = sampleOf(panel);
    const items = directions.flatMap((direction) => thumbnailAlphas(direction).map((alpha) => ({ sample, edits: alpha === 0 ? [] : [editTerm(direction, alpha)] })));
    this.thumbnails.request({ generator: panel.generator, items, cards });
  }

  /** Edits or truncation have changed, or other seeds are wanted. */
  updateOthers(seeds: readonly number[]): void {
    const { panel, otherSamples } = this.read();
    this.write({ otherSamples: seeds.map((seed, i) => ({ seed, frame: otherSamples[i]?.seed === seed ? otherSamples[i].frame : undefined })) });
    const edits = activeEdits(panel.regions);
    this.others.request({ generator: panel.generator, items: seeds.map((seed) => ({ sample: sampleOf(panel, seed), edits })), seeds });
  }

  /** The pictures of before stay until the new ones come, rather than to flicker; those of another region go. */
  private keptThumbnails(direction: DirectionFile, index: number | undefined): Thumbnails {
    const earlier = index === undefined ? undefined : this.read().thumbnails[index];
    return { alphas: thumbnailAlphas(direction), frames: earlier?.frames ?? [undefined, undefined, undefined] };
  }

  /** Pictures go to the card that they were asked for, wherever that lies by then. */
  private async fillThumbnails({ cards, ...batch }: Batch & { readonly cards: readonly Thumbnails[] }, signal: AbortSignal): Promise<void> {
    if (batch.items.length === 0) return;
    const frames: Frame[] = [];
    await this.batch(batch, thumbnailSize, signal, (frame) => {
      frames.push(frame);
      if (frames.length % 3 !== 0) return;
      const card = cards[frames.length / 3 - 1]!;
      const filled: Thumbnails = { alphas: card.alphas, frames: frames.slice(-3) };
      this.write({ thumbnails: this.read().thumbnails.map((thumbnails) => (thumbnails === card ? filled : thumbnails)) });
    });
  }

  private async fillOthers({ seeds, ...batch }: Batch & { readonly seeds: readonly number[] }, signal: AbortSignal): Promise<void> {
    await this.batch(batch, otherSize, signal, (frame, index) => {
      const fill = (sample: OtherSample, i: number) => (i === index && sample.seed === seeds[index] ? { ...sample, frame } : sample);
      this.write({ otherSamples: this.read().otherSamples.map(fill) });
    });
  }

  private async batch(batch: Batch, size: number, signal: AbortSignal, onFrame: (frame: Frame, index: number) => void): Promise<void> {
    const onProgress = ({ index, frame }: { index: number; frame: Frame }) => {
      if (!signal.aborted) onFrame(frame, index);
    };
    await this.client.call('renderBatch', { ...batch, size }, { signal, onProgress }).catch((error: unknown) => {
      if (!(error instanceof CancelledError)) throw error;
    });
  }
}
