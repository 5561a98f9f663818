import { basename, dirname } from 'node:path';
import { runBatch } from '../../engine/batch/runBatch';
import type { UseGenerator } from '../../engine/batch/runBatch';
import { readFileBytes } from '../../engine/files';
import { embeddedGenerators } from '../../engine/paths';
import type { DiscoveryOptions } from '../../engine/factorization/discover';
import { CancelledError } from '../../shared/cancelledError';
import type { BatchUpdate } from '../../shared/protocol/engineProtocol';
import { parsePlan } from '../../shared/plan';
import { counted } from '../../shared/table';
import { UserError } from '../../shared/userError';
import { openGenerator, parseThreads } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFolder } from '../outputs';
import { Progress } from '../progress';

/**
 * `discover --plan`: what of a plan is not done yet, with progress on the terminal. Ctrl+C ends it after the step that
 * runs, and says how to go on.
 */
export async function discoverPlan(path: string, out: string, force: boolean, { memoryBudget }: Pick<DiscoveryOptions, 'memoryBudget'>, threading: Pick<SampleArguments, 'threads'>): Promise<void> {
  const plan = parsePlan((await readFileBytes(path)).toString('utf8'), basename(path));
  await checkOutputFolder(out);
  parseThreads(threading.threads);
  const teller = new Teller();
  const controller = new AbortController();
  const cancel = () => { controller.abort(); };
  process.once('SIGINT', cancel);
  try {
    const { result, table } = await runBatch({
      plan, base: dirname(path), out, force, memoryBudget, embedded: embeddedGenerators(), use: opener(threading), tell: (update) => { teller.tell(update); }, signal: controller.signal,
    });
    teller.end();
    console.log(table);
    console.log(`${counted(result.discovered, 'discovery')} made, ${result.before} done before, ${result.failed.length} failed${result.summary === undefined ? '' : `; see ${result.summary}`}`);
    if (result.edited.length > 0) console.log(`note: ${counted(result.edited.length, 'file')} left, which this plan did not make or somebody has edited: ${shortened(result.edited)}; --force makes them anew`);
    if (result.failed.length > 0) throw new UserError(failureText(result.failed, teller.total));
  } catch (error) {
    teller.end();
    if (error instanceof CancelledError) process.stderr.write(`stopped: ${teller.done} of ${counted(teller.total, 'discovery')} done; the same command goes on from here\n`);
    throw error;
  } finally {
    process.off('SIGINT', cancel);
  }
}

function failureText(failed: readonly { readonly task: string; readonly reason: string }[], total: number): string {
  const [first] = failed;
  const others = failed.length > 1 ? `, and ${failed.length - 1} more, see above` : '';
  return `${failed.length} of ${counted(total, 'discovery')} failed: ${first!.task}: ${first!.reason}${others}`;
}

function shortened(files: readonly string[]): string {
  return `${files.slice(0, 3).join(', ')}${files.length > 3 ? ', ..' : ''}`;
}

/** Each generator is open for as long as it is worked with. */
function opener(threading: Pick<SampleArguments, 'threads'>): UseGenerator {
  return async (path, work) => {
    const generator = await openGenerator(path, threading);
    try {
      return await work(generator);
    } finally {
      await generator.release();
    }
  };
}

/** Says what a batch tells. */
class Teller {
  total = 0;
  done = 0;
  private readonly progress = new Progress();

  tell(update: BatchUpdate): void {
    switch (update.kind) {
      case 'started':
        this.total = update.total;
        this.done = update.done;
        if (update.done > 0) console.log(`${update.done} of ${counted(update.total, 'discovery')} done already`);
        break;
      case 'progress':
        this.progress.update('discovering', update.fraction, `${update.job}: ${update.step}, ${this.done} of ${this.total} done`);
        break;
      case 'discovered':
        this.done = update.done;
        this.progress.clear();
        console.log(`${update.task}: wrote ${counted(update.files, 'file')}`);
        break;
      case 'note':
        this.progress.clear();
        process.stderr.write(`note: ${update.text}\n`);
        break;
    }
  }

  end(): void {
    this.progress.end();
  }
}
