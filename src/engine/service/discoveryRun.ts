import { MissingRuleError } from '../autodiff/rule';
import type { Direction } from '../factorization/directions';
import { accumulateGrams, accumulateTiles, directionFile, directionsOf, fallbackNote, measureEach, planDiscovery, unmeasured } from '../factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan, DiscoveryProgress, DiscoveryState, MeasuredDirection } from '../factorization/discover';
import type { JacobianRunner } from '../factorization/jacobian';
import type { Generator } from '../generators/generator';
import { CancelledError } from '../../shared/cancelledError';
import { capitalised } from '../../shared/capitalised';
import type { DiscoveredDirection, GramSource } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import type { DiscoverUpdate, Discovered } from '../../shared/protocol/engineProtocol';
import { DiscoveryPace } from './discoveryPace';
import type { GramStore, GramStores } from './gramStores';
import type { OpenGenerator } from './openGenerators';
import type { Paces } from './paces';
import type { PreparedRunner } from './preparedRunner';

/** Early directions are solved for in at most this share of the time, and told at most this often: more is work than a person sees. */
const solvingShare = 0.1;
const solvingPauseMs = 500;

/** Samples of a large generator take minutes each: what there is of them is kept on the disk now and then, whatever happens. */
const savingPauseMs = 60_000;

/** What a discovery is about. */
interface Subject {
  readonly opened: OpenGenerator;
  readonly generator: Generator;
  readonly plan: DiscoveryPlan;
  readonly name: string;
  readonly count: number;
  readonly pace: DiscoveryPace;
}

/** What is known after some samples, and whether the region was taken pixel by pixel. */
interface Sampled {
  readonly state: DiscoveryState;
  readonly source: GramSource;
}

interface Found extends Sampled {
  readonly directions: readonly Direction[];
}

/** What one discovery leaves for the next. */
export interface Knowledge {
  /** What has been accumulated. */
  readonly stores: GramStores;
  /** How fast generators are. */
  readonly paces: Paces;
  /** What was compiled ahead. */
  readonly prepared: PreparedRunner;
}

/** One discovery: samples, then measurements. Each of the two can be stopped, which keeps what there is. */
export class DiscoveryRun {
  private phase = new AbortController();
  private stopAsked = false;
  private hasSample = false;

  /**
   * @param known what it takes up and adds to
   * @param cancel ends it and keeps nothing
   * @param tell told where it stands, and the directions as they get better
   */
  constructor(private readonly known: Knowledge, private readonly cancel: AbortSignal, private readonly tell: (update: DiscoverUpdate) => void) {}

  /** Ends the running phase. The first sample is finished in any case. */
  stop(): void {
    this.stopAsked = true;
    if (this.hasSample) this.phase.abort();
  }

  /**
   * @param name directions are called `<name>-1` ..
   * @param count how many directions to keep
   * @throws UserError when the choices do not fit together; CancelledError
   */
  async discover(opened: OpenGenerator, options: DiscoveryOptions, name: string, count: number): Promise<Discovered> {
    const { generator } = opened;
    const plan = planDiscovery(generator, options);
    const subject = { opened, generator, plan, name, count, pace: new DiscoveryPace(this.tell, { samples: plan.seeds.length, directions: count }) };
    try {
      return await this.run(subject);
    } catch (error) {
      if (!(error instanceof MissingRuleError)) throw error;
      this.tell({ kind: 'note', text: capitalised(fallbackNote(error)) });
      return this.run({ ...subject, plan: planDiscovery(generator, { ...options, jacobian: 'central' }) });
    }
  }

  private async run(subject: Subject): Promise<Discovered> {
    const found = await this.sample(subject);
    const measured = await this.measure(subject, found);
    const { seeds } = found.state;
    return {
      directions: filesOf(subject, found, measured),
      stopped: seeds.length < subject.plan.seeds.length || measured.length < found.directions.length,
      seeds: formatRanges(seeds),
      seconds: subject.pace.elapsed / 1000,
    };
  }

  private async sample(subject: Subject): Promise<Found> {
    const { opened, plan, pace } = subject;
    let sampled: Sampled | undefined;
    let found: Found | undefined;
    let [solving, lastSolve, solvedAt] = [0, 0, 0];
    const solve = async (next: Sampled) => {
      const began = pace.elapsed;
      const directions = await directionsOf(next.state, plan, subject.count);
      found = { ...next, directions };
      lastSolve = pace.elapsed - began;
      solving += lastSolve;
      solvedAt = pace.elapsed;
      this.tell({ kind: 'directions', directions: filesOf(subject, found, []) });
      return found;
    };
    await this.untilStopped(async (signal) => {
      for await (sampled of this.samples(subject, signal)) {
        this.hasSample = true;
        const due = pace.elapsed - solvedAt >= solvingPauseMs && solving + lastSolve <= solvingShare * pace.elapsed;
        if (!found || due) await solve(sampled);
        if (this.stopAsked) return;
      }
    });
    pace.sampled(sampled!.state.seeds.length);
    this.known.paces.note(opened, pace.tangentsTaken, pace.samplingSeconds);
    return found?.state === sampled!.state ? found : solve(sampled!);
  }

  /** What is known after each sample; first of all what earlier discoveries have accumulated. */
  private async *samples(subject: Subject, signal: AbortSignal): AsyncGenerator<Sampled, void, void> {
    const { generator, plan, pace } = subject;
    const onProgress = (progress: DiscoveryProgress) => { pace.sampling(progress); };
    const store = await this.known.stores.toFill(generator, plan);
    if (store) yield* this.added(store, subject, onProgress, signal);
    else for await (const state of accumulateGrams(generator, plan, onProgress, signal)) yield { state, source: 'pixels' };
  }

  /** Adds the samples that a store lacks. What is added stays there, however the discovery ends. */
  private async *added(store: GramStore, { generator, plan }: Subject, onProgress: (progress: DiscoveryProgress) => void, signal: AbortSignal): AsyncGenerator<Sampled, void, void> {
    const { tiles } = store;
    const fromTiles = (): Sampled => ({ state: { seeds: plan.seeds.slice(0, tiles.samples), grams: tiles.grams(plan.region) }, source: 'tiles' });
    let saved = { samples: tiles.samples, at: performance.now() };
    const save = async () => {
      if (tiles.samples > saved.samples) await this.known.stores.save(store);
      saved = { samples: tiles.samples, at: performance.now() };
    };
    let runner: JacobianRunner | undefined;
    try {
      if (tiles.samples > 0) yield fromTiles();
      if (tiles.samples === plan.seeds.length) return;
      runner = await this.known.prepared.take(generator, plan);
      for await (const { seeds, exact } of accumulateTiles(generator, plan, tiles, onProgress, signal, runner)) {
        if (performance.now() - saved.at > savingPauseMs) await save();
        yield exact ? { state: { seeds, grams: exact }, source: 'pixels' } : fromTiles();
      }
    } finally {
      await save().finally(() => { this.known.stores.filled(store); });
      await runner?.release();
    }
  }

  private async measure(subject: Subject, found: Found): Promise<MeasuredDirection[]> {
    const { generator, plan, pace } = subject;
    const { state, directions } = found;
    const measured: MeasuredDirection[] = [];
    pace.measuring(0, directions.length);
    await this.untilStopped(async (signal) => {
      for await (const direction of measureEach(generator, plan, state, directions, signal)) {
        measured.push(direction);
        this.tell({ kind: 'directions', directions: filesOf(subject, found, measured) });
        pace.measuring(measured.length, directions.length);
      }
    });
    return measured;
  }

  /** Runs a phase that `stop` may end early, which is no failure. */
  private async untilStopped(phase: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.phase = new AbortController();
    try {
      await phase(AbortSignal.any([this.cancel, this.phase.signal]));
    } catch (error) {
      if (!(error instanceof CancelledError) || this.cancel.aborted) throw error;
    }
  }
}

/** The directions as files, those that are measured with their metrics. */
function filesOf({ generator, plan, name }: Subject, { state, directions, source }: Found, measured: readonly MeasuredDirection[]): DiscoveredDirection[] {
  return directions.map((direction, i) => directionFile(`${name}-${i + 1}`, generator, plan, state.seeds, measured[i] ?? unmeasured(direction, state), 'eigenvalue', source));
}
