import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FuzzReport, FuzzTask } from './worker';

/** How many mutants are tried, and the first seed: `FUZZ_INPUTS=20000 FUZZ_SEED=5000 npm test -- fuzz` hunts where the tests do not. */
const inputs = Number(process.env.FUZZ_INPUTS ?? 2000);
const firstSeed = Number(process.env.FUZZ_SEED ?? 0);

/** What one input may take: processor time, since a busy machine makes everything slow, and memory of the whole process. */
const limits = { cpuSeconds: 2, megabytes: 1024 } as const;
/** A worker that says nothing for so long hangs. */
const patienceMs = 20_000;
/** A worker's memory counts from its start: one that grew is replaced, so that the next input has the whole limit. */
const stale = { megabytes: 400, inputs: 300 } as const;
const workers = 2;

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let script: string;

/** The engine and the mutator as one file, for processes that may crash. ONNX Runtime and sharp must be found from there. */
beforeAll(async () => {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'fuzz-'));
  script = join(folder, 'worker.mjs');
  await build({ absWorkingDir: root, entryPoints: ['test/fuzz/worker.ts'], outfile: script, bundle: true, platform: 'node', target: 'node20', format: 'esm', packages: 'external', logLevel: 'warning' });
});

afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** How an input ended: a report, or the death of its process. */
type Ending = FuzzReport | { readonly death: string; readonly task: FuzzTask };

/** A process that works on one input after the other, and is replaced when it dies. */
class Worker {
  private child: ChildProcess | undefined;
  private names: string[] = [];
  private done = 0;

  /** What the subjects are called, by number. */
  async subjects(): Promise<readonly string[]> {
    await this.started();
    return this.names;
  }

  async run(task: FuzzTask): Promise<Ending> {
    const child = await this.started();
    const ending = await this.nextOf<FuzzReport>(child, () => child.send(task));
    this.done++;
    if (typeof ending === 'string') {
      this.stop();
      return { death: ending, task };
    }
    if (ending.peakMegabytes > stale.megabytes || this.done > stale.inputs) this.stop();
    return ending;
  }

  stop(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async started(): Promise<ChildProcess> {
    if (this.child) return this.child;
    const child = fork(script, [root], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const names = await this.nextOf<string[]>(child, () => undefined);
    if (typeof names === 'string') throw new Error(`no worker starts: ${names}`);
    [this.child, this.names, this.done] = [child, names, 0];
    return child;
  }

  /** The next message of a process, or how it ended without one. */
  private async nextOf<T extends object>(child: ChildProcess, begin: () => unknown): Promise<T | string> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => { finish(`silent for ${patienceMs / 1000} s`); }, patienceMs);
      const died = (code: number | null, signal: string | null) => { finish(`died of ${signal ?? `exit code ${code}`}`); };
      const finish = (result: T | string) => {
        clearTimeout(timer);
        child.off('exit', died).off('message', finish);
        resolve(result);
      };
      child.on('exit', died).on('message', finish);
      begin();
    });
  }
}

/** What is wrong with how an input ended; undefined where nothing is. */
function failureOf(ending: Ending): string | undefined {
  if ('death' in ending) return ending.death;
  if (ending.outcome === 'defect') return ending.message;
  if (ending.cpuSeconds > limits.cpuSeconds) return `took ${ending.cpuSeconds.toFixed(1)} s of processor time`;
  return ending.peakMegabytes > limits.megabytes ? `took ${ending.peakMegabytes.toFixed(0)} MB` : undefined;
}

/** The failure that shows twice: a garbage collection of ten inputs' rubbish is no failure of the eleventh. */
async function lastingFailure(task: FuzzTask): Promise<string | undefined> {
  const fresh = new Worker();
  try {
    await fresh.run({ ...task, seed: -1 });
    return failureOf(await fresh.run(task));
  } finally {
    fresh.stop();
  }
}

describe('inputs that are broken', () => {
  it('are no excuse for inputs that are whole', async () => {
    const worker = new Worker();
    const names = await worker.subjects();
    const endings: Ending[] = [];
    for (const subject of names.keys()) endings.push(await worker.run({ subject, seed: -1 }));
    worker.stop();
    expect(names.length).toBeGreaterThan(10);
    const broken = endings.flatMap((ending, i) => ('outcome' in ending && ['valid', 'MissingRuleError'].includes(ending.outcome) && !failureOf(ending) ? [] : [[names[i], ending]]));
    expect(broken).toEqual([]);
  }, 120_000);

  it(`are refused or used, within ${limits.cpuSeconds} s and ${limits.megabytes} MB (${inputs} of them)`, async () => {
    const pool = Array.from({ length: workers }, () => new Worker());
    const names = await pool[0]!.subjects();
    const outcomes = new Map<string, number>();
    const failures: string[] = [];
    let next = 0;
    await Promise.all(pool.map(async (worker) => {
      while (next < inputs && failures.length < 20) {
        const at = next++;
        const task = { subject: at % names.length, seed: firstSeed + Math.floor(at / names.length) };
        const ending = await worker.run(task);
        const outcome = 'death' in ending ? 'death' : ending.outcome;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const failure = failureOf(ending) && (await lastingFailure(task));
        if (failure) failures.push(`${names[task.subject]} (subject ${task.subject}), seed ${task.seed}: ${failure}`);
      }
      worker.stop();
    }));
    expect(failures).toEqual([]);
    // A mutator whose mutants are all refused at the door, or all valid, tests nothing.
    expect(outcomes.get('valid') ?? 0).toBeGreaterThan(inputs / 50);
    expect(outcomes.get('UserError') ?? 0).toBeGreaterThan(inputs / 4);
  }, 120_000 + inputs * 150);
});
