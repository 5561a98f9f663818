/** Seconds of work before the time that is left is told. */
const patience = 1;

/** How far a batch is, and how long it will take, in units of work that take about the same time each. */
export class BatchPace {
  private readonly started = performance.now();
  private done = 0;
  /** Of what is done, what took no time now: it was kept by an earlier run. */
  private skipped = 0;

  constructor(private total: number) {}

  /** Some work is done. */
  advance(work: number): void {
    this.done += work;
  }

  /** Some work need not be done. */
  skip(work: number): void {
    this.done += work;
    this.skipped += work;
  }

  /**
   * Where it stands.
   *
   * @param underWay work of the step that is not finished
   */
  at(underWay: number): { readonly fraction: number; readonly secondsLeft?: number } {
    const done = Math.min(this.total, this.done + underWay);
    const worked = done - this.skipped;
    const seconds = (performance.now() - this.started) / 1000;
    return { fraction: this.total > 0 ? done / this.total : 1, ...(worked > 0 && seconds >= patience ? { secondsLeft: (seconds / worked) * (this.total - done) } : {}) };
  }
}
