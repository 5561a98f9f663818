import type { Frame, RenderRequest, Rendered } from '../shared/protocol/engineProtocol';
import { LivePicture, isSameFace } from './livePicture';

/** What is there of a picture, each as far as it has come. */
export interface ComparedParts {
  readonly picture: Frame | undefined;
  /** The same sample without edits. */
  readonly original: Frame | undefined;
  readonly heat: Uint8Array | undefined;
  readonly change: Rendered['change'];
}

/** The picture of an edit while it changes, the sample without it, and how far they differ. */
export class ComparedPicture {
  private readonly live: LivePicture;
  /** What the original is of that is there or on its way. */
  private originalOf = '';
  /** What heat map and change are of. */
  private measuredOf: RenderRequest | undefined;

  /**
   * @param render computes a picture
   * @param read the parts that are there
   * @param write takes parts that have come or gone
   * @param onError told why the picture of the latest edit could not be made
   * @param onComplete told when `complete` has become true
   */
  constructor(
    private readonly render: (request: RenderRequest) => Promise<Rendered>,
    private readonly read: () => Pick<ComparedParts, 'heat' | 'change'>,
    private readonly write: (parts: Partial<ComparedParts>) => void,
    onError: (error: unknown) => void,
    onComplete: () => void,
  ) {
    this.live = new LivePicture(render, (rendered, request, present) => { this.show(rendered, request, present); }, onError, onComplete);
  }

  /** Whether the whole picture of the latest edit is there, or cannot be made. */
  get complete(): boolean {
    return this.live.complete;
  }

  /** Sample, edits or region have changed. */
  request(wanted: RenderRequest): void {
    this.live.request(wanted);
  }

  /** A slider was let go. */
  release(): void {
    this.live.release();
  }

  /** Forgets everything, for another generator. */
  reset(): void {
    this.live.reset();
    this.originalOf = '';
    this.measuredOf = undefined;
    this.write({ picture: undefined, original: undefined, heat: undefined, change: undefined });
  }

  private show(rendered: Rendered, request: RenderRequest, present: boolean): void {
    const { generator, sample, edits } = request;
    const key = JSON.stringify([generator, sample]);
    const isOriginal = edits.length === 0 && !rendered.reduced;
    const outdated = key !== this.originalOf && !isOriginal;
    if (isOriginal) this.originalOf = key;
    if (outdated) this.originalOf = '';
    this.write({ picture: rendered.frame, ...this.measures(rendered, request), ...(isOriginal ? { original: rendered.frame } : {}), ...(outdated ? { original: undefined } : {}) });
    if (outdated && present && !rendered.reduced) void this.fetchOriginal({ generator, sample, edits: [], heat: false }, key);
  }

  /** A reduced picture is not measured: what was measured last stays until the whole one comes, where there is still something to measure. */
  private measures({ reduced, heat, change }: Rendered, request: RenderRequest): Pick<ComparedParts, 'heat' | 'change'> {
    if (!reduced) {
      this.measuredOf = request;
      return { heat, change };
    }
    const before = isSameFace(request, this.measuredOf) ? this.read() : undefined;
    return { heat: request.heat ? before?.heat : undefined, change: request.region ? before?.change : undefined };
  }

  private async fetchOriginal(request: RenderRequest, key: string): Promise<void> {
    this.originalOf = key;
    const rendered = await this.render(request).catch(() => undefined);
    if (key !== this.originalOf) return;
    if (rendered) this.write({ original: rendered.frame });
    else this.originalOf = '';
  }
}
