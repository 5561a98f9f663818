import { tangentsPerDirection } from '../factorization/discover';
import type { DiscoveryProgress } from '../factorization/discover';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';

/** What a discovery has to do. */
export interface DiscoveryWork {
  readonly samples: number;
  /** Directions that are measured at the end. */
  readonly directions: number;
}

/** Progress is told no more often than this. */
const intervalMs = 200;

/** Where a discovery stands and how long it will take, told now and then. */
export class DiscoveryPace {
  private readonly started = performance.now();
  private lastTold = -Infinity;
  private samplesDone = 0;
  private tangents = 0;
  /** Where the sampling began: samples that were known before took no time now. */
  private sampledBefore: number | undefined;
  private samplingSince = 0;
  private measuringSince = 0;

  constructor(private readonly tell: (update: DiscoverUpdate) => void, private readonly work: DiscoveryWork) {}

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return performance.now() - this.started;
  }

  /** Some tangents of the running sample are done. */
  sampling({ sample, tangentsDone, tangents }: DiscoveryProgress): void {
    this.samplesDone = sample;
    this.tangents = tangents;
    const done = sample + tangentsDone / tangents;
    if (this.sampledBefore === undefined) {
      // The network is compiled by now, which says nothing of the pace to come.
      this.samplingSince = this.elapsed;
      this.sampledBefore = done;
      return;
    }
    const msPerSample = (this.elapsed - this.samplingSince) / (done - this.sampledBefore);
    const samplesLeft = this.work.samples - done + (this.work.directions * tangentsPerDirection) / tangents;
    this.say('sampling', tangentsDone, this.samplingShare * (done / this.work.samples), msPerSample * samplesLeft);
  }

  /** All samples that will take part are finished. */
  sampled(samplesDone: number): void {
    this.samplesDone = samplesDone;
    this.measuringSince = this.elapsed;
  }

  /** Some of the directions are measured. */
  measuring(done: number, directions: number): void {
    const share = this.samplingShare + (1 - this.samplingShare) * (done / directions);
    const each = done > 0 ? (this.elapsed - this.measuringSince) / done : this.expectedMeasurement;
    this.say('measuring', 0, share, each * (directions - done), done === 0 || done === directions);
  }

  /** How much of the whole is sampling, by the number of forward passes. */
  private get samplingShare(): number {
    const { samples, directions } = this.work;
    return (samples * this.tangents) / (samples * this.tangents + directions * tangentsPerDirection);
  }

  /** Tangents of the samples that are finished, without those that were known before. */
  get tangentsTaken(): number {
    return (this.samplesDone - (this.sampledBefore ?? this.samplesDone)) * this.tangents;
  }

  /** How long the sampling took, Gram matrices and eigenproblems included. */
  get samplingSeconds(): number {
    return (this.measuringSince - this.samplingSince) / 1000;
  }

  /** Milliseconds for one direction at the pace of the sampling; not finite where there was none. */
  private get expectedMeasurement(): number {
    return ((1000 * this.samplingSeconds) / this.tangentsTaken) * tangentsPerDirection;
  }

  private say(phase: 'sampling' | 'measuring', tangentsDone: number, fraction: number, msLeft: number, always = false): void {
    if (!always && this.elapsed - this.lastTold < intervalMs) return;
    this.lastTold = this.elapsed;
    const { samplesDone, tangents, work: { samples } } = this;
    this.tell({ kind: 'progress', phase, samplesDone, samples, tangentsDone, tangents, fraction, secondsElapsed: this.elapsed / 1000, secondsLeft: msLeft / 1000 });
  }
}
