import type { RenderRequest, Rendered } from '../shared/protocol/engineProtocol';
import { LatestWins } from '../shared/protocol/latestWins';

/**
 * How long a state rests before its whole picture is asked for, in milliseconds: the longer, the longer that takes and a slider that
 * moves again would wait. Its smaller picture is to be seen for the least of them, for whoever moves on after a look at it.
 */
const rest = { least: 120, most: 250, share: 1 / 3 } as const;

interface Ask {
  readonly wanted: RenderRequest;
  readonly live: boolean;
}

/**
 * The picture of a state that changes all the time: as large as comes in time while it does, the whole one when it rests.
 *
 * Frames are shown in the order of their states. Those of an earlier seed, class or generator are not shown once a later one was
 * asked for, whole ones only of the present state.
 */
export class LivePicture {
  private wanted: RenderRequest | undefined;
  private changedAt = 0;
  private released = false;
  private finished = true;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** How long the last whole picture took, in milliseconds. */
  private wholeDuration = 0;
  private readonly runs: LatestWins<Ask, Rendered>;

  /**
   * @param call computes a picture
   * @param show takes a picture; `present` is whether it is of the latest state
   * @param onError told why the picture of the latest state could not be made
   * @param onComplete told when `complete` has become true
   */
  constructor(
    private readonly call: (request: RenderRequest) => Promise<Rendered>,
    private readonly show: (rendered: Rendered, request: RenderRequest, present: boolean) => void,
    private readonly onError: (error: unknown) => void,
    private readonly onComplete: () => void,
  ) {
    this.runs = new LatestWins((ask) => this.compute(ask), (rendered, ask) => { this.take(rendered, ask); }, (error, { wanted }) => { this.fail(error, wanted); });
  }

  /** Whether the whole picture of the latest state is there, or cannot be made. */
  get complete(): boolean {
    return this.finished;
  }

  /** The state has changed. */
  request(wanted: RenderRequest): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wanted = wanted;
    this.changedAt = performance.now();
    this.released = false;
    this.finished = false;
    this.runs.request({ wanted, live: true });
  }

  /** What was moved has been let go: the whole picture is not waited with. */
  release(): void {
    this.released = true;
    if (this.timer !== undefined) this.askForWhole();
  }

  /** Forgets everything. */
  reset(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wanted = undefined;
    this.finished = true;
    this.runs.reset();
  }

  private async compute({ wanted, live }: Ask): Promise<Rendered> {
    if (live) return this.call({ ...wanted, live });
    const began = performance.now();
    const rendered = await this.call(wanted);
    this.wholeDuration = performance.now() - began;
    return rendered;
  }

  private take(rendered: Rendered, { wanted, live }: Ask): void {
    const present = wanted === this.wanted;
    if (!present && !(live && isSameFace(wanted, this.wanted))) return;
    this.show(rendered, wanted, present);
    // Who was shown it may have changed the state.
    if (wanted !== this.wanted) return;
    if (rendered.reduced) this.awaitRest();
    else this.finish();
  }

  private fail(error: unknown, wanted: RenderRequest): void {
    if (wanted !== this.wanted) return;
    this.onError(error);
    this.finish();
  }

  private finish(): void {
    this.finished = true;
    this.onComplete();
  }

  private awaitRest(): void {
    const wait = Math.min(rest.most, Math.max(rest.least, rest.share * this.wholeDuration));
    const left = this.released ? 0 : Math.max(this.changedAt + wait - performance.now(), rest.least);
    if (left <= 0) this.askForWhole();
    else this.timer = setTimeout(() => { this.askForWhole(); }, left);
  }

  private askForWhole(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.wanted) this.runs.request({ wanted: this.wanted, live: false });
  }
}

/** Whether two states are of one seed, however it is truncated and edited. */
export function isSameFace(a: Pick<RenderRequest, 'generator' | 'sample'>, b: Pick<RenderRequest, 'generator' | 'sample'> | undefined): boolean {
  return a.generator === b?.generator && a.sample.seed === b.sample.seed && a.sample.label === b.sample.label;
}
