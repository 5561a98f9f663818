/** Where lines cannot be redrawn, one appears no more often than this. */
const plainIntervalMs = 2000;

/** Shows how far a long computation is: a bar that redraws itself on a terminal, plain lines now and then elsewhere. */
export class Progress {
  private lastLine = '';
  private started = performance.now();
  private lastPlain = -Infinity;

  /** @param patience milliseconds of work that nothing is shown of */
  constructor(private readonly stream: NodeJS.WriteStream = process.stderr, private readonly patience = 0) {}

  /**
   * @param title the work in a word
   * @param done share of the work, 0..1
   * @param detail what to say beside the bar, such as "3 of 20 samples"
   */
  update(title: string, done: number, detail: string): void {
    if (performance.now() - this.started < this.patience) return;
    const line = `${detail}${this.remaining(done)}`;
    if (this.stream.isTTY) {
      this.draw(`${title} ${bar(done)} ${line}`);
    } else if (performance.now() - this.lastPlain >= plainIntervalMs || done >= 1) {
      this.lastPlain = performance.now();
      this.stream.write(`${title}: ${line}\n`);
    }
  }

  /** Clears the bar for something to be printed in between. */
  clear(): void {
    if (this.stream.isTTY && this.lastLine) this.stream.write('\r\x1b[K');
    this.lastLine = '';
  }

  /** Clears the bar and forgets the time; whatever is printed next starts on a clean line. */
  end(): void {
    this.clear();
    this.lastPlain = -Infinity;
    this.started = performance.now();
  }

  private draw(line: string): void {
    if (line === this.lastLine) return;
    this.lastLine = line;
    this.stream.write(`\r\x1b[K${line.slice(0, (this.stream.columns || 80) - 1)}`);
  }

  private remaining(done: number): string {
    const elapsed = (performance.now() - this.started) / 1000;
    if (done <= 0 || elapsed < 1) return '';
    return `, ${formatSeconds((elapsed / done) * (1 - done))} left`;
  }
}

const barWidth = 16;

function bar(done: number): string {
  const filled = Math.round(Math.min(Math.max(done, 0), 1) * barWidth);
  return `${'='.repeat(filled)}${'-'.repeat(barWidth - filled)}`;
}

/** Seconds as a person says them: "8 s", "3 min", "2 h 5 min". */
function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
