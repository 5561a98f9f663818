import { execFileSync } from 'node:child_process';

/** The first argument of a process that is to run one step of the program. */
const stepOption = '--step';

/** What a step gives, with the largest resident set of its process in bytes. */
export interface StepResult<Value> {
  readonly value: Value;
  readonly peak: number;
}

/**
 * Runs one step of this program in a process of its own, whose memory is its own.
 *
 * @throws Error when it fails; what it said is on stderr
 */
export function runStep<Value>(...step: readonly string[]): StepResult<Value> {
  const out = execFileSync(process.execPath, ['--enable-source-maps', process.argv[1]!, stepOption, ...step], { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 });
  return JSON.parse(out.toString()) as StepResult<Value>;
}

/** The step that this process is to run; undefined where it is the whole program. */
export function askedStep(): readonly string[] | undefined {
  return process.argv[2] === stepOption ? process.argv.slice(3) : undefined;
}

/** Tells what a step gave to the process that asked for it. */
export function answerStep(value: unknown): void {
  process.stdout.write(JSON.stringify({ value, peak: process.resourceUsage().maxRSS * 1024 }));
}
