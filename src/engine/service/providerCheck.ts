import { fork } from 'node:child_process';
import { reasonAgainst } from '../runtime/providerProblems';
import { builtProviders } from '../runtime/providers';
import type { Provider } from '../runtime/providers';
import { checkProvider } from '../runtime/selfCheck';
import type { CheckReport } from '../runtime/selfCheck';

/** Says why a provider cannot be used, in one line that begins with its name, or how fast it is. */
export type ProviderCheck = (provider: Provider, timed: boolean) => Promise<CheckReport>;

/** What makes the engine's program check a provider instead of serving calls. */
const checkArgument = '--check-provider';

/** Drivers take seconds for their first shaders; one that takes longer than this will not be fast either. */
const patienceMilliseconds = 20_000;

/** Of what a driver writes to stderr, the end. */
const keptCharacters = 10_000;

/** A check in this process, which a driver may take down. */
export const checkHere: ProviderCheck = async (provider, timed) => {
  const { problem, ...report } = await checkProvider(provider, timed);
  return problem === undefined ? report : { problem: reasonAgainst(provider, problem) };
};

/**
 * A check in a process of its own: a driver that crashes or hangs is a reason, and no more.
 *
 * @param entry the engine's program, whose beginning calls `answerCheck`
 */
export function checkInChild(entry: string, milliseconds = patienceMilliseconds): ProviderCheck {
  return (provider, timed) => new Promise((resolve) => {
    const child = fork(entry, [checkArgument, provider, ...(timed ? ['timed'] : [])], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let words = '';
    let report: CheckReport | undefined;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, milliseconds);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-keptCharacters); });
    child.on('message', (message) => { report = message as CheckReport; });
    const finish = (failure: string) => {
      clearTimeout(timer);
      const problem = report ? report.problem : late ? `its check did not end within ${milliseconds / 1000} seconds` : failure;
      resolve(problem === undefined ? report! : { problem: reasonAgainst(provider, problem, words) });
    };
    child.on('error', (error) => { finish(error.message); });
    child.on('close', (code, signal) => { finish(`its check ended with ${signal ?? `code ${code ?? 'unknown'}`}`); });
  });
}

/** In the process of a check: sends its report and ends. Returns whether this process is one. */
export function answerCheck([task, provider, timed]: readonly string[]): boolean {
  const known = builtProviders().find((name) => name === provider);
  if (task !== checkArgument || known === undefined || !process.send) return false;
  void checkProvider(known, timed === 'timed').then((report) => process.send!(report, () => process.exit()));
  return true;
}
