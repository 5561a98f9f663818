import { MissingRuleError } from '../autodiff/rule';
import type { Direction } from '../factorization/directions';
import { accumulateGrams, directionFile, directionsOf, fallbackNote, measureEach, planDiscovery, unmeasured } from '../factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan, DiscoveryState, MeasuredDirection } from '../factorization/discover';
import type { Generator } from '../generators/generator';
import { CancelledError } from '../../shared/cancelledError';
import { capitalised } from '../../shared/capitalised';
import type { DirectionFile } from '../../shared/directionFile';
import { formatRanges } from '../../shared/numberList';
import type { DiscoverUpdate, Discovered } from '../../shared/protocol/engineProtocol';
import { DiscoveryPace } from './discoveryPace';

/** Early directions are solved for in at most this share of the time, and told at most this often: more is work than a person sees. */
const solvingShare = 0.1;
const solvingPauseMs = 500;

/** What a discovery is about. */
interface Subject {
  readonly generator: Generator;
  readonly plan: DiscoveryPlan;
  readonly name: string;
  readonly count: number;
  readonly pace: DiscoveryPace;
}

/** What is known after some samples. */
interface Found {
  readonly state: DiscoveryState;
  readonly directions: readonly Direction[];
}

/** One discovery: samples, then measurements. Each of the two can be stopped, which keeps what there is. */
export class DiscoveryRun {
  private phase = new AbortController();
  private stopAsked = false;
  private hasSample = false;

  /**
   * @param cancel ends it and keeps nothing
   * @param tell told where it stands, and the directions as they get better
   */
  constructor(private readonly cancel: AbortSignal, private readonly tell: (update: DiscoverUpdate) => void) {}

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
  async discover(generator: Generator, options: DiscoveryOptions, name: string, count: number): Promise<Discovered> {
    const plan = planDiscovery(generator, options);
    const subject = { generator, plan, name, count, pace: new DiscoveryPace(this.tell, { samples: plan.seeds.length, directions: count }) };
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
    const { generator, plan, pace } = subject;
    let state: DiscoveryState | undefined;
    let found: Found | undefined;
    let [solving, lastSolve, solvedAt] = [0, 0, 0];
    const solve = (next: DiscoveryState) => {
      const began = pace.elapsed;
      found = { state: next, directions: directionsOf(next, plan, subject.count) };
      lastSolve = pace.elapsed - began;
      solving += lastSolve;
      solvedAt = pace.elapsed;
      this.tell({ kind: 'directions', directions: filesOf(subject, found, []) });
      return found;
    };
    await this.untilStopped(async (signal) => {
      for await (state of accumulateGrams(generator, plan, (progress) => { pace.sampling(progress); }, signal)) {
        this.hasSample = true;
        const due = pace.elapsed - solvedAt >= solvingPauseMs && solving + lastSolve <= solvingShare * pace.elapsed;
        if (!found || due) solve(state);
        if (this.stopAsked) return;
      }
    });
    pace.sampled(state!.seeds.length);
    return found?.state === state ? found! : solve(state!);
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
function filesOf({ generator, plan, name }: Subject, { state, directions }: Found, measured: readonly MeasuredDirection[]): DirectionFile[] {
  return directions.map((direction, i) => directionFile(`${name}-${i + 1}`, generator, plan, state.seeds, measured[i] ?? unmeasured(direction, state), 'eigenvalue'));
}
