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
    if (sample + tangentsDone === 0) {
      // The network is compiled by now, which says nothing of the pace to come.
      this.samplingSince = this.elapsed;
      return;
    }
    const done = this.samplingShare * ((sample + tangentsDone / tangents) / this.work.samples);
    this.say('sampling', tangentsDone, done, ((this.elapsed - this.samplingSince) * (1 - done)) / done);
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

  /** Milliseconds for one direction at the pace of the sampling. */
  private get expectedMeasurement(): number {
    return ((this.measuringSince - this.samplingSince) / (this.samplesDone * this.tangents)) * tangentsPerDirection;
  }

  private say(phase: 'sampling' | 'measuring', tangentsDone: number, fraction: number, msLeft: number, always = false): void {
    if (!always && this.elapsed - this.lastTold < intervalMs) return;
    this.lastTold = this.elapsed;
    const { samplesDone, tangents, work: { samples } } = this;
    this.tell({ kind: 'progress', phase, samplesDone, samples, tangentsDone, tangents, fraction, secondsElapsed: this.elapsed / 1000, secondsLeft: msLeft / 1000 });
  }
}
