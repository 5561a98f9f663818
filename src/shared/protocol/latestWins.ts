/**
 * Runs one computation at a time and keeps no queue: of all inputs that arrive meanwhile only the last is
 * computed next. A slider that moves faster than pictures come therefore always gets the picture of a recent
 * place, in order, and at last the one where it rests.
 */
export class LatestWins<Input, Output> {
  private waiting: { readonly input: Input } | undefined;
  private running = false;
  private generation = 0;

  constructor(
    private readonly compute: (input: Input) => Promise<Output>,
    private readonly onResult: (output: Output, input: Input) => void,
    private readonly onError: (error: unknown, input: Input) => void,
  ) {}

  /** Asks for an input; whatever was waiting is forgotten. */
  request(input: Input): void {
    this.waiting = { input };
    if (!this.running) void this.run();
  }

  /** Forgets what waits and drops the result of what runs. */
  reset(): void {
    this.waiting = undefined;
    this.generation++;
  }

  /** Whether something runs or waits. */
  get busy(): boolean {
    return this.running;
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.waiting) {
        const { input } = this.waiting;
        this.waiting = undefined;
        await this.computeOne(input);
      }
    } finally {
      this.running = false;
      // A callback that throws must not leave what waits behind.
      if (this.waiting) void this.run();
    }
  }

  private async computeOne(input: Input): Promise<void> {
    const { generation } = this;
    try {
      const output = await this.compute(input);
      if (generation === this.generation) this.onResult(output, input);
    } catch (error) {
      if (generation === this.generation) this.onError(error, input);
    }
  }
}
