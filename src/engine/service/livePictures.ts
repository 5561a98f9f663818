import { setTimeout as pause } from 'node:timers/promises';
import { costOfOutput } from '../doctor/networkCost';
import type { Generator } from '../generators/generator';
import { sameDims } from '../tensor';
import type { FloatTensor } from '../tensor';
import { colourMap, recoloured } from './colours';
import type { ColourMap } from './colours';
import { encodingMilliseconds } from './frames';

/** What a picture under a moving slider may take, in milliseconds: one that waits for the one before takes twice as long. */
const frameBudget = 150;

/** What pictures that lag behind may take at once, in milliseconds: a slider that begins to move waits for them. */
const groupBudget = 60;

/** A slider that was moved within so many milliseconds may soon be moved again. */
const movingFor = 1000;

/** How often is looked whether a picture that somebody waits for is finished, in milliseconds. */
const glance = 5;

/** The larger picture is gone over to where it takes less than this share of the budget, the smaller one where the present takes more than that. */
const [roomy, tight] = [0.85, 1.5];

/** A smaller picture that takes more than this share of the whole one's time is not worth its looks. */
const worthwhile = 0.6;

/** Below this many pixels a side, and below this share of the whole picture's, there is nothing to be seen. */
const [leastSide, leastShare] = [32, 1 / 16];

/** Milliseconds for one multiply-accumulate, before anything has been measured. */
const guessedPace = 1e-8;

/** A first run of so many milliseconds tells how long the others take: what it does besides is little by then. */
const telling = 200;

/** The share of a new measurement in what is known. */
const newShare = 0.3;

/** Networks are compiled ahead after so many milliseconds in which nothing was asked for: the picture of before has left by then. */
const idleTime = 100;

/** Smaller pictures that are compiled one after the other until the right one is found. */
const mostSteps = 3;

interface Output {
  readonly name: string;
  /** Pixels along one side. */
  readonly side: number;
  /** In multiply-accumulates. */
  readonly cost: number;
}

/**
 * How large a picture of one generator can be while a slider moves: the whole one where it comes in time, or else the largest of
 * the smaller ones that the network also gives. Its network is compiled beside that of the whole picture; there is one at a time.
 */
export class LivePictures {
  /** By size, the whole picture last. */
  private readonly outputs: Output[];
  private readonly whole: Output;
  /** The smaller picture that is shown while a slider moves, once its network is compiled. */
  private ready: Output | undefined;
  /** The smaller pictures whose networks are compiled: the present one, and the next one while it is tried. */
  private readonly compiled = new Set<Output>();
  /** Measured milliseconds, by output. */
  private readonly times = new Map<string, number>();
  private pace = guessedPace;
  /** Milliseconds of first runs, which take longer than the others, by output. */
  private readonly firstTimes = new Map<string, number>();
  /** By output. */
  private readonly colours = new Map<string, ColourMap>();
  /** The last smaller picture as the network gave it, and its latent code. */
  private last: { readonly output: Output; readonly code: FloatTensor; readonly image: FloatTensor } | undefined;
  private lastLive = -Infinity;
  /** Pictures that somebody waits for now. */
  private waitedFor = 0;
  /** Of the work ahead. */
  private ahead = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly generator: Generator, private readonly clock: () => number = () => performance.now()) {
    const { resolution } = generator.description;
    const cost = (name: string) => costOfOutput(generator.synthesis, name, generator.shapes);
    this.whole = { name: generator.latentInput.output, side: resolution, cost: cost(generator.latentInput.output) };
    const smaller = smallerOutputs(generator).map(({ name, side }) => ({ name, side, cost: cost(name) }));
    this.outputs = [...smaller, this.whole];
  }

  /** Whole pictures [N, C, H, W] of latent codes [N, L, d]. */
  async images(codes: FloatTensor): Promise<FloatTensor> {
    await this.generator.prepareOutput(this.whole.name);
    const began = this.clock();
    const images = await this.generator.synthesize(codes);
    this.measured(this.whole, (this.clock() - began) / codes.dims[0]!);
    return images;
  }

  /**
   * A smaller picture [1, C, H, W] of a latent code, in the colours of the whole one; undefined where the whole one comes in time,
   * or there is no smaller one.
   */
  async smaller(code: FloatTensor): Promise<FloatTensor | undefined> {
    return this.inTurn(async () => {
      const choice = this.choice();
      if (choice === this.whole) return undefined;
      try {
        this.ready ??= choice;
        const image = await this.timed(this.ready, code);
        const map = this.colours.get(this.ready.name);
        return map ? recoloured(image, map) : image;
      } catch {
        // What is wrong with the network, the whole picture tells.
        this.giveUp();
        return undefined;
      }
    });
  }

  /**
   * Milliseconds that a whole picture takes. The network is run where that is not known; a first run is enough where it is slow.
   *
   * @param code any latent code [1, L, d]
   */
  async wholeTime(code: FloatTensor): Promise<number> {
    const { name } = this.whole;
    while (!this.times.has(name) && (this.firstTimes.get(name) ?? 0) < telling) await this.images(code);
    return this.times.get(name) ?? this.firstTimes.get(name)!;
  }

  /** Makes a picture that somebody waits for, `live` for a slider that moves: all other work makes way. */
  async first<Result>(live: boolean, work: () => Promise<Result>): Promise<Result> {
    this.ahead.abort();
    this.waitedFor++;
    try {
      return await work();
    } finally {
      this.waitedFor--;
      if (live) this.lastLive = this.clock();
    }
  }

  /**
   * A whole picture [1, C, H, W] has been made to be looked at: its colours are taken over, and where nothing is asked for now, the
   * network that a moving slider will want is compiled. Settles when that is done or has made way.
   */
  async rests(code: FloatTensor, image: FloatTensor): Promise<void> {
    if (this.outputs.length === 1 || this.closed) return;
    this.takeColours(code, image);
    this.ahead.abort();
    this.ahead = new AbortController();
    const { signal } = this.ahead;
    const idle = await pause(idleTime, true, { signal, ref: false }).catch(() => false);
    if (idle) await this.prepare(code, image, signal);
  }

  /** How many whole pictures are made at once where they may lag behind. */
  get group(): number {
    return Math.max(1, Math.min(this.generator.batch, Math.floor(groupBudget / this.expected(this.whole))));
  }

  /** Settles when pictures that lag behind are in nobody's way: none is waited for and, where they are slow, no slider moves. */
  async standsStill(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = this.expected(this.whole) > groupBudget ? this.lastLive + movingFor - this.clock() : 0;
      if (this.waitedFor === 0 && left <= 0) return;
      await pause(Math.min(Math.max(left, glance), movingFor / 10));
    }
  }

  /** Ends all work ahead. */
  close(): void {
    this.closed = true;
    this.ahead.abort();
  }

  /** Compiles the smaller picture that will be wanted and runs it, until the one is found that takes the right time. */
  private async prepare(code: FloatTensor, image: FloatTensor, signal: AbortSignal): Promise<void> {
    for (let step = 0; step < mostSteps; step++) {
      const choice = this.choice();
      if (choice === this.ready || choice === this.whole) return;
      const run = async () => { await this.timed(choice, code); };
      const steps = [() => this.compile(choice), run, run, () => this.goOverTo(choice)];
      for (const each of steps) {
        if (signal.aborted) return;
        try {
          await this.inTurn(each);
        } catch {
          this.giveUp();
          return;
        }
      }
      this.takeColours(code, image);
    }
  }

  private async goOverTo(output: Output): Promise<void> {
    this.ready = output;
    for (const other of [...this.compiled]) {
      if (other === output) continue;
      this.compiled.delete(other);
      await this.generator.releaseOutput(other.name);
    }
  }

  private async compile(output: Output): Promise<void> {
    this.compiled.add(output);
    await this.generator.prepareOutput(output.name);
  }

  private async timed(output: Output, code: FloatTensor): Promise<FloatTensor> {
    await this.compile(output);
    const began = this.clock();
    const image = await this.generator.synthesizeOutput(code, output.name);
    this.measured(output, this.clock() - began);
    this.last = { output, code, image };
    return image;
  }

  /** From the smaller picture of the same latent code as a whole one. */
  private takeColours(code: FloatTensor, whole: FloatTensor): void {
    if (this.last && sameNumbers(this.last.code, code)) this.colours.set(this.last.output.name, colourMap(this.last.image, whole));
  }

  private measured({ name, cost }: Output, milliseconds: number): void {
    if (!this.firstTimes.has(name)) {
      this.firstTimes.set(name, milliseconds);
      return;
    }
    const known = this.times.get(name);
    this.times.set(name, known === undefined ? milliseconds : known + newShare * (milliseconds - known));
    this.pace = this.times.get(name)! / cost;
  }

  /** Milliseconds that a picture will take. */
  private expected({ name, cost, side }: Output): number {
    return (this.times.get(name) ?? cost * this.pace) + encodingMilliseconds(side ** 2);
  }

  /** What a moving slider should be shown. */
  private choice(): Output {
    const { outputs, whole, ready } = this;
    const fitting = outputs.filter((output) => this.expected(output) <= frameBudget).at(-1) ?? outputs[0]!;
    const chosen = ready && !this.isWorthChanging(ready, fitting) ? ready : fitting;
    return this.expected(chosen) > worthwhile * this.expected(whole) ? whole : chosen;
  }

  /** Times vary; another network is compiled only for a clear gain. */
  private isWorthChanging(from: Output, to: Output): boolean {
    return to.side > from.side ? this.expected(to) <= roomy * frameBudget : this.expected(from) > tight * frameBudget;
  }

  /** The whole picture is always right. */
  private giveUp(): void {
    this.outputs.splice(0, this.outputs.length - 1);
    this.ready = undefined;
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

/** The pictures of less resolution that a network also gives, the smallest first: `image_64` and its like of a StyleGAN2 with skip connections. */
function smallerOutputs({ outputs, shapes, description: { resolution, channels } }: Generator): { readonly name: string; readonly side: number }[] {
  const least = Math.max(leastSide, resolution * leastShare);
  return outputs
    .map((name) => ({ name, dims: shapes.get(name) ?? [] }))
    .filter(({ name, dims: [, planes, height, width = 0] }) => /^image_\d+$/.test(name) && planes === channels && height === width && width >= least && width < resolution && resolution % width === 0)
    .map(({ name, dims }) => ({ name, side: dims[3]! }))
    .sort((a, b) => a.side - b.side);
}

function sameNumbers(a: FloatTensor, b: FloatTensor): boolean {
  return sameDims(a.dims, b.dims) && a.data.every((value, i) => value === b.data[i]);
}
