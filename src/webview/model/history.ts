const mostSteps = 200;

/** Values with a way back and forth. Never changed: every step gives a new one. */
export class History<T> {
  /**
   * @param past what undo goes back to, the latest last
   * @param future what redo goes on to, the next first
   */
  constructor(
    readonly present: T,
    readonly past: readonly T[] = [],
    readonly future: readonly T[] = [],
  ) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Makes a value the present one; what was undone is forgotten, and so is the oldest of more than 200 steps. */
  push(present: T): History<T> {
    return new History(present, [...this.past, this.present].slice(-mostSteps));
  }

  /** Another present value that is no step of its own. */
  replacePresent(present: T): History<T> {
    return new History(present, this.past, this.future);
  }

  /** One step back; the same history where there is none. */
  undo(): History<T> {
    if (!this.canUndo) return this;
    return new History(this.past.at(-1) as T, this.past.slice(0, -1), [this.present, ...this.future]);
  }

  /** One step forth; the same history where there is none. */
  redo(): History<T> {
    if (!this.canRedo) return this;
    return new History(this.future[0] as T, [...this.past, this.present], this.future.slice(1));
  }
}
