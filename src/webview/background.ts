import { LatestWins } from '../shared/protocol/latestWins';

/** A run slower than this is broken off when something newer is wanted; a faster one may as well finish. */
const worthBreakingOff = 100;

/** Work below waits between a wish and its start at least and at most this long, in milliseconds. */
const pause = { least: 16, most: 250 };

/**
 * Pictures that may lag a little behind the slider: rows of samples, thumbnails. The last wish wins, runs do not pile
 * up, and the slower a run is, the longer the slider has to rest before the next one starts.
 */
export class Background<Input> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller = new AbortController();
  private lastDuration = 0;
  private started = 0;
  /** What has waited its time and may not start yet. */
  private due: { readonly input: Input } | undefined;
  private readonly runs: LatestWins<Input, void>;

  /** @param mayStart whether nothing that is more important is on its way; when that has changed, `resume` is to be called */
  constructor(compute: (input: Input, signal: AbortSignal) => Promise<void>, onError: (error: unknown) => void, private readonly mayStart: () => boolean) {
    const run = async (input: Input) => {
      this.controller = new AbortController();
      this.started = performance.now();
      await compute(input, this.controller.signal);
      this.lastDuration = performance.now() - this.started;
    };
    this.runs = new LatestWins(run, () => undefined, onError);
  }

  /** Wishes for something, in place of what was wished for before. */
  request(input: Input): void {
    clearTimeout(this.timer);
    this.due = undefined;
    if (this.runs.busy && performance.now() - this.started > worthBreakingOff) this.controller.abort();
    const wait = Math.min(pause.most, Math.max(pause.least, this.lastDuration));
    this.timer = setTimeout(() => {
      this.due = { input };
      this.resume();
    }, wait);
  }

  /** Starts what has waited its time, where it may. */
  resume(): void {
    const { due } = this;
    if (!due || !this.mayStart()) return;
    this.due = undefined;
    this.runs.request(due.input);
  }

  /** Forgets the wish and breaks off what runs. */
  reset(): void {
    clearTimeout(this.timer);
    this.due = undefined;
    this.controller.abort();
    this.runs.reset();
  }
}
