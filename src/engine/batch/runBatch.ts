import { access } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { BatchResult, BatchUpdate } from '../../shared/protocol/engineProtocol';
import { formatRanges } from '../../shared/numberList';
import type { BatchPlan, PlannedGenerator } from '../../shared/plan';
import { counted } from '../../shared/table';
import { UserError } from '../../shared/userError';
import { removeLeftovers, requireWritableFile, requireWritableFolder, writeFileAtomic } from '../atomicFile';
import { MissingRuleError } from '../autodiff/rule';
import { breathe } from '../cancellation';
import { costOfOutput } from '../doctor/networkCost';
import { accumulateRegions, candidatesFor, directionsOf, fallbackNote, measureDirections, unknownCount } from '../factorization/discover';
import type { DiscoveryPlan, RegionsState } from '../factorization/discover';
import type { Generator } from '../generators/generator';
import { BatchPace } from './batchPace';
import { directionFiles } from './directionFiles';
import { lockFolder } from './folderLock';
import { jobsOf } from './jobs';
import type { Job } from './jobs';
import { KeptSums } from './keptSums';
import { hashOf, locate, prepare, samplingKey, tangentsOf } from './prepare';
import type { PreparedTask } from './prepare';
import { BatchRecord } from './record';
import { summaryLines, summaryName, summaryTable, writeSummary } from './summary';
import { lookFor, place, staleFiles } from './taskFiles';

/** Works with an opened generator; where it is, is a path. */
export type UseGenerator = <Result>(path: string, work: (generator: Generator) => Promise<Result>) => Promise<Result>;

export interface BatchOptions {
  readonly plan: BatchPlan;
  /** The folder that the plan's paths are relative to. */
  readonly base: string;
  /** The folder for `<generator>/<region>-1.resefa.json` .., `summary.md` and what is remembered. */
  readonly out: string;
  /** Whether files that were edited are replaced. */
  readonly force: boolean;
  /** The folder of the embedded generators. */
  readonly embedded: string;
  readonly use: UseGenerator;
  readonly memoryBudget?: number | undefined;
  readonly tell?: (update: BatchUpdate) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a batch did, and a table of its regions for the terminal. */
export interface BatchOutcome {
  readonly result: BatchResult;
  readonly table: string;
}

/** What batches remember beside their results. It tells git to leave it alone. */
const memoryFolder = '.resefa-batch';
const sumsFolder = 'sums';

/** Progress is told no more often than this. */
const intervalMs = 200;

/**
 * Discovers what a plan asks for, and what of it is not there yet: the files of a task count as done where they were made
 * from the same settings. It can be ended at any moment and started again; the files are those of a run that was never
 * ended, to the byte. A task that fails does not keep the others from being done.
 *
 * @throws UserError when the folder cannot be written, or another batch writes there; CancelledError where `signal` says so
 */
export async function runBatch(options: BatchOptions): Promise<BatchOutcome> {
  const { out, plan } = options;
  const jobs = jobsOf(plan);
  await requireWritableFolder(out);
  const memory = join(resolve(out), memoryFolder);
  const [lock, ignored] = [join(memory, 'lock'), join(memory, '.gitignore')];
  await requireWritableFile(lock);
  const unlock = await lockFolder(lock, out);
  try {
    await access(ignored).catch(() => writeFileAtomic(ignored, '*\n'));
    await removeLeftovers(out, [summaryName]);
    await removeLeftovers(memory, ['']);
    for (const { generator: { name }, tasks } of jobs) {
      await removeLeftovers(join(out, name), tasks.map((task) => task.name));
      await removeLeftovers(join(memory, sumsFolder, name), ['']);
    }
    return await new Batch(options, jobs, memory, await BatchRecord.open(join(memory, 'state.json'))).run();
  } finally {
    await unlock();
  }
}

/** A job and what of it is to be done. */
interface Work {
  readonly job: Job;
  readonly tasks: readonly PreparedTask[];
  /** The cost of one tangent of this generator, beside that of the others. */
  readonly tangent: number;
  /** In tangents. */
  readonly sampling: number;
  readonly measuring: number;
}

class Batch {
  private readonly done = new Map<string, readonly string[]>();
  private readonly failed = new Map<string, string>();
  private readonly edited: string[] = [];
  private readonly places = new Map<PlannedGenerator, string>();
  private discovered = 0;
  private pace = new BatchPace(0);
  private lastTold = -Infinity;

  constructor(private readonly options: BatchOptions, private readonly jobs: readonly Job[], private readonly memory: string, private readonly record: BatchRecord) {}

  async run(): Promise<BatchOutcome> {
    const { plan, out } = this.options;
    if (this.record.problem !== undefined) this.note(`what was remembered of earlier runs cannot be read, so everything is discovered again: ${this.record.problem}`);
    const work: Work[] = [];
    for (const generator of plan.generators) work.push(...(await this.look(generator)));
    const before = this.done.size;
    this.pace = new BatchPace(work.reduce((sum, each) => sum + costOf(each), 0));
    this.options.tell?.({ kind: 'started', total: this.total, done: before });
    for (const generator of plan.generators) await this.discover(generator, work.filter(({ job }) => job.generator === generator));
    const stale: string[] = [];
    for (const { tasks } of this.jobs) for (const { id, folder, name } of tasks) stale.push(...(await staleFiles(name, this.done.get(id) ?? [], join(out, folder))).map((file) => `${folder}/${file}`));
    const inOrder = this.jobs.flatMap(({ tasks }) => tasks.flatMap(({ id }) => (this.failed.has(id) ? [[id, this.failed.get(id)!] as const] : [])));
    const state = { plan, jobs: this.jobs, done: this.done, failed: new Map(inOrder), edited: this.edited.sort(), stale };
    const lines = await summaryLines(state, out);
    const summary = await writeSummary(state, lines, out);
    if (summary === undefined) this.note('summary.md is not one of ours, so that it was left as it is');
    const failed = inOrder.map(([task, reason]) => ({ task, reason }));
    return { result: { discovered: this.discovered, before, failed, edited: this.edited, ...(summary === undefined ? {} : { summary }) }, table: summaryTable(state, lines) };
  }

  private get total(): number {
    return this.jobs.reduce((sum, { tasks }) => sum + tasks.length, 0);
  }

  /** What is to be done of a generator's jobs. */
  private async look(planned: PlannedGenerator): Promise<Work[]> {
    const { plan, base, embedded, use } = this.options;
    const jobs = this.jobs.filter(({ generator }) => generator === planned);
    return this.attempt(jobs, async () => {
      this.places.set(planned, await locate(planned, base, embedded));
      return use(this.places.get(planned)!, async (generator) => {
        const tangent = costOfOutput(generator.synthesis, generator.latentInput.output, generator.shapes);
        const work: Work[] = [];
        for (const job of jobs) {
          await breathe(this.options.signal);
          const tasks = await this.toDo(job, generator);
          if (tasks.length > 0) work.push({ job, tasks, tangent, ...tangentsOf(generator, tasks, plan) });
          else await this.sumsOf(job).remove();
        }
        return work;
      });
    });
  }

  /** The tasks of a job whose files are not there as the plan asks for them. */
  private async toDo(job: Job, generator: Generator): Promise<PreparedTask[]> {
    const { plan, out, force, memoryBudget } = this.options;
    const tasks: PreparedTask[] = [];
    for (const task of job.tasks) {
      await this.attempt([{ ...job, tasks: [task] }], async () => {
        const prepared = prepare(task, job, plan, generator, memoryBudget);
        const written = this.record.of(task.id);
        const files = written?.key === prepared.key ? await lookFor(written, join(out, task.folder)) : undefined;
        if (files?.missing.length !== 0 || (force && files.edited.length > 0)) tasks.push(prepared);
        else this.finished(prepared, Object.keys(written!.files), files.edited);
        return [];
      });
    }
    return tasks;
  }

  private async discover(planned: PlannedGenerator, work: readonly Work[]): Promise<void> {
    if (work.length === 0) return;
    await this.attempt(work.map(({ job, tasks }) => ({ ...job, tasks })), async () => this.options.use(this.places.get(planned)!, async (generator) => {
      for (const each of work) await this.attempt([{ ...each.job, tasks: each.tasks }], async () => {
        await this.discoverJob(generator, each);
        return [];
      });
      return [];
    }));
  }

  private async discoverJob(generator: Generator, work: Work): Promise<void> {
    try {
      await this.discoverTasks(generator, work);
    } catch (error) {
      if (!(error instanceof MissingRuleError)) throw error;
      this.note(`${work.job.generator.name}: ${fallbackNote(error)}`);
      await this.discoverTasks(generator, { ...work, tasks: work.tasks.map((task) => ({ ...task, plan: { ...task.plan, jacobian: 'central' } })) });
    }
  }

  private async discoverTasks(generator: Generator, work: Work): Promise<void> {
    const { job, tasks } = work;
    const sums = this.sumsOf(job);
    const state = await this.sample(generator, work, sums);
    let complete = true;
    for (const [i, task] of tasks.entries()) {
      const failures = this.failed.size;
      await this.attempt([{ ...job, tasks: [task] }], async () => {
        await this.finish(generator, work, task, { seeds: state.seeds, grams: state.grams[i]! });
        return [];
      });
      complete &&= this.failed.size === failures;
      this.pace.advance((work.measuring * work.tangent) / tasks.length);
    }
    // What failed is tried again next time, and needs no samples for it.
    if (complete) await sums.remove();
  }

  /** Takes the samples that are not kept, and keeps the sums after each. */
  private async sample(generator: Generator, work: Work, sums: KeptSums): Promise<RegionsState> {
    const { job, tasks, tangent, sampling } = work;
    const { plan } = tasks[0]!;
    const regions = tasks.map((task) => task.plan.region);
    const hashes = regions.map(hashOf);
    const key = { sampling: samplingKey(generator, plan), size: unknownCount(generator, plan), samples: plan.seeds.length };
    const start = await sums.read(key, hashes);
    const each = (sampling * tangent) / plan.seeds.length;
    const known = start?.samples ?? 0;
    this.pace.skip(known * each);
    let keeps = true;
    let state: RegionsState | undefined;
    const onProgress = ({ sample, samples, tangentsDone, tangents }: { sample: number; samples: number; tangentsDone: number; tangents: number }) => {
      this.progress(job, plan, `sample ${sample + 1} of ${samples}, ${tangentsDone} of ${tangents} tangents`, (sample - known + tangentsDone / tangents) * each);
    };
    for await (state of accumulateRegions(generator, plan, regions, onProgress, this.options.signal, start)) {
      if (!keeps || state.seeds.length === known) continue;
      try {
        await sums.write(key, hashes, state.sums);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        keeps = false;
        this.note(`an interruption would lose the samples of ${job.generator.name}: ${error.message}`);
      }
    }
    this.pace.advance((plan.seeds.length - known) * each);
    return state!;
  }

  /** Solves for a region's directions, measures them and writes their files. */
  private async finish(generator: Generator, work: Work, task: PreparedTask, state: Pick<RegionsState, 'seeds'> & Parameters<typeof directionsOf>[0]): Promise<void> {
    const { count, rankBy, strips } = this.options.plan;
    const { job, tangent, measuring, tasks } = work;
    const candidates = await directionsOf(state, task.plan, candidatesFor(count, rankBy));
    const measured = await measureDirections(generator, task.plan, state, candidates, rankBy, (done, total) => {
      this.progress(job, task.plan, `${task.region.name}: ${done} of ${counted(total, 'direction')} measured`, (measuring * tangent * done) / total / tasks.length);
    }, this.options.signal);
    const files = await directionFiles(generator, task.name, { plan: task.plan, seeds: state.seeds, directions: measured.slice(0, count) }, rankBy, strips);
    const { hashes, left } = await place(files, join(this.options.out, task.folder), this.record.of(task.id), this.options.force);
    await this.record.note(task.id, { key: task.key, files: hashes });
    this.discovered++;
    this.finished(task, Object.keys(hashes), left);
    this.options.tell?.({ kind: 'discovered', task: task.id, files: Object.keys(hashes).length, done: this.done.size, total: this.total });
  }

  private finished({ id, folder }: PreparedTask, files: readonly string[], edited: readonly string[]): void {
    this.done.set(id, files);
    this.edited.push(...edited.map((file) => `${folder}/${file}`));
  }

  /** Does something for jobs; a mistake of the user's is what their tasks fail with that are not done. */
  private async attempt<Found>(jobs: readonly Pick<Job, 'tasks'>[], action: () => Promise<Found[]>): Promise<Found[]> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const reason = error.message.replaceAll(`${resolve(this.options.base)}${sep}`, '');
      const failing = jobs.flatMap(({ tasks }) => tasks.map(({ id }) => id)).filter((id) => !this.done.has(id) && !this.failed.has(id));
      for (const id of failing) this.failed.set(id, reason);
      if (failing.length > 0) this.note(`${failing[0]!}${failing.length > 1 ? ` and ${failing.length - 1} more` : ''} failed: ${reason}`);
      return [];
    }
  }

  private sumsOf({ generator, id }: Job): KeptSums {
    return new KeptSums(join(this.memory, sumsFolder, generator.name, `${id}.sums`));
  }

  private progress(job: Job, { seeds, space }: DiscoveryPlan, step: string, underWay: number): void {
    const { plan } = this.options;
    if (performance.now() - this.lastTold < intervalMs) return;
    this.lastTold = performance.now();
    const title = [job.generator.name, ...(plan.seeds.length > 1 ? [`seeds ${formatRanges(seeds)}`] : []), ...(plan.spaces.length > 1 ? [space] : [])].join(', ');
    this.options.tell?.({ kind: 'progress', job: title, step, ...this.pace.at(underWay) });
  }

  private note(text: string): void {
    this.options.tell?.({ kind: 'note', text });
  }
}

function costOf({ tangent, sampling, measuring }: Work): number {
  return tangent * (sampling + measuring);
}
