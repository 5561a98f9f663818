import { localityRatio } from '../../shared/direction/directionFile';
import type { DiscoveredDirection, GramSource, JacobianMethod, LatentSpace, Preset, Ranking } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { requirePixels } from '../../shared/region';
import type { Region } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { LocalityMeter, heldOutSeeds, insideTarget } from '../editing/metrics';
import type { Locality } from '../editing/metrics';
import type { MissingRuleError } from '../autodiff/rule';
import { generatorSha256 } from '../generators/description';
import type { Generator } from '../generators/generator';
import { GramSession } from '../runtime/gramSession';
import { solveDirections, unknownsOf } from './directions';
import type { Direction } from './directions';
import { GramAccumulator, InsideSum, addTo, gramBlockBytes, productOf } from './gram';
import type { GramSums, RegionGrams } from './gram';
import { JacobianRunner } from './jacobian';
import { dot, multiply, trace } from './matrixArithmetic';
import { PendingSamples } from './pendingSamples';
import { presetSettings, readoutOf } from './presets';
import type { Readout } from './presets';
import { regionMeans, triangleLength, upperTriangle } from './tileGrams';
import type { TileGrams } from './tileGrams';

/** How far the sliders reach, in alphas of a clearly visible change; beyond it edits spill and saturate. */
export const sliderReach = 3;

/** Directions among which a ranking by locality chooses, at the least. */
const localityCandidates = 16;

/**
 * What measuring one direction takes, in tangents of the Jacobian: about three steps of eight samples with both signs,
 * each of them a forward pass like a tangent.
 */
export const tangentsPerDirection = 48;

/** How many leading directions to measure so that `count` can be kept. The eigenvalue is only a first-order promise. */
export function candidatesFor(count: number, rankBy: Ranking): number {
  return rankBy === 'locality' ? Math.max(localityCandidates, 2 * count) : count;
}

/** What to discover. */
export interface DiscoveryOptions {
  readonly region: Region;
  readonly preset?: Preset;
  readonly space?: LatentSpace;
  /** Samples; the preset's number of them from 0 on where left out. */
  readonly seeds?: readonly number[];
  /** Truncation of the samples. Default 1 (none). */
  readonly psi?: number;
  /** The class of a conditional generator. */
  readonly label?: number;
  /** The layers that are edited; the generator's own choice where left out. */
  readonly layers?: readonly number[];
  readonly tau?: number;
  readonly jacobian?: JacobianMethod;
  readonly memoryBudget?: number;
}

/** A discovery with every choice made. */
export interface DiscoveryPlan extends Required<Omit<DiscoveryOptions, 'label' | 'memoryBudget'>> {
  readonly readout: Readout;
  readonly label: number | undefined;
  readonly memoryBudget: number | undefined;
}

/** Where a discovery stands; told first when the network is compiled and nothing is done yet. */
export interface DiscoveryProgress {
  readonly sample: number;
  readonly samples: number;
  readonly tangentsDone: number;
  readonly tangents: number;
}

/** What is known after some of the samples. */
export interface DiscoveryState {
  readonly seeds: readonly number[];
  readonly grams: RegionGrams;
}

/** A direction that is not measured yet. */
export interface UnmeasuredDirection extends Direction {
  /** The alpha at which the inside changes by `insideTarget`, to first order. */
  readonly guess: number;
}

/** A direction with what was measured of it. */
export interface MeasuredDirection extends Direction {
  readonly locality: Locality;
}

/**
 * Fills in what the user left out.
 *
 * @throws UserError when the choices do not fit together or the region covers nothing.
 */
export function planDiscovery(generator: Generator, options: DiscoveryOptions): DiscoveryPlan {
  const preset = options.preset ?? 'standard';
  const settings = presetSettings[preset];
  const space = options.space ?? 'w';
  if (preset === 'official' && space === 'w+') throw new UserError('the preset official takes the Jacobian at one w for all layers: use --space w, or another preset for w+');
  const readout = readoutOf(settings, generator.description.resolution);
  // Directions are found at one size and measured at the other: the region must be there at both.
  for (const size of [readout.resolution, generator.description.resolution]) requirePixels(options.region, size, size);
  return {
    region: options.region,
    preset,
    space,
    seeds: options.seeds ?? Array.from({ length: settings.samples }, (_, i) => i),
    psi: options.psi ?? 1,
    label: options.label,
    layers: options.layers ?? generator.description.edit_layers,
    tau: options.tau ?? settings.tau,
    jacobian: options.jacobian ?? 'forward',
    memoryBudget: options.memoryBudget,
    readout,
  };
}

/** What is known of several regions after some of the samples. */
export interface RegionsState {
  readonly seeds: readonly number[];
  /** In the order of the regions. */
  readonly grams: readonly RegionGrams[];
  /** What the means are of, to go on from later; it holds until the next state is asked for. */
  readonly sums: GramSums;
}

/**
 * Takes the Jacobian of one sample after the other and yields the averaged Gram matrices after each, so that a
 * caller can show directions early and stop when they are good enough.
 *
 * @throws CancelledError where `signal` says so; MissingRuleError where forward mode meets an operator
 *   without a rule; UserError where the Jacobian is not finite.
 */
export async function* accumulateGrams(
  generator: Generator,
  plan: DiscoveryPlan,
  onProgress?: (progress: DiscoveryProgress) => void,
  signal?: AbortSignal,
): AsyncGenerator<DiscoveryState, void, void> {
  for await (const { seeds, grams } of accumulateRegions(generator, plan, [plan.region], onProgress, signal)) yield { seeds, grams: grams[0]! };
}

/**
 * The same for several regions at the cost of one: they share the Jacobians. The plan's own region is not looked at.
 *
 * @param start the sums of the plan's first samples and of these regions, from an earlier discovery: its last state is
 *   yielded first, and what follows is what would have followed there, to the byte
 */
export async function* accumulateRegions(
  generator: Generator,
  plan: DiscoveryPlan,
  regions: readonly Region[],
  onProgress?: (progress: DiscoveryProgress) => void,
  signal?: AbortSignal,
  start?: GramSums,
): AsyncGenerator<RegionsState, void, void> {
  generator.requireLabel(plan.label);
  const { resolution } = plan.readout;
  const masks = regions.map((region) => requirePixels(region, resolution, resolution));
  const samples = plan.seeds.length;
  const known = start?.samples ?? 0;
  const stateOf = (accumulator: GramAccumulator, count: number): RegionsState => ({
    seeds: plan.seeds.slice(0, count),
    grams: regions.map((_, region) => accumulator.grams(region)),
    sums: accumulator.sums,
  });
  const runner = known < samples ? await jacobianRunner(generator, plan) : undefined;
  try {
    const accumulator = await GramAccumulator.create(unknownCount(generator, plan), masks, generator.session, gramBlockBytes, start);
    try {
      if (known > 0) yield stateOf(accumulator, known);
      if (!runner) return;
      onProgress?.({ sample: known, samples, tangentsDone: 0, tangents: runner.tangents });
      for (let i = known; i < samples; i++) {
        const seed = plan.seeds[i]!;
        const ws = await generator.sample([seed], { psi: plan.psi, label: plan.label });
        const jacobian = await runner.jacobian(ws, (step) => onProgress?.({ sample: i, samples, ...step }), signal);
        await accumulator.add(jacobian).finally(() => jacobian.dispose());
        const state = stateOf(accumulator, i + 1);
        if (!state.grams.every((each) => Number.isFinite(energy(each)))) throw new UserError(notFinite(generator, seed));
        yield state;
      }
    } finally {
      await accumulator.release();
    }
  } finally {
    await runner?.release();
  }
}

/** What is known after one more sample of tiles. */
export interface TilesState {
  /** All samples that are finished; the tiles may still lack the latest of them. */
  readonly seeds: readonly number[];
  /** The Gram matrices of the plan's region pixel by pixel; undefined where the tiles held samples before, whose pixels nobody knows any more. */
  readonly exact: RegionGrams | undefined;
}

/**
 * Adds to `tiles`, which hold the plan's first samples, those that they lack, and yields after each. Small samples are added
 * several at a time, which takes hardly longer than one; at the end, however it comes, all that were finished are there.
 *
 * @param runner takes the Jacobians and stays open, see `jacobianRunner`; one is made and released where it is left out
 * @throws CancelledError where `signal` says so; MissingRuleError where forward mode meets an operator
 *   without a rule; UserError where the Jacobian is not finite.
 */
export async function* accumulateTiles(
  generator: Generator,
  plan: DiscoveryPlan,
  tiles: TileGrams,
  onProgress?: (progress: DiscoveryProgress) => void,
  signal?: AbortSignal,
  runner?: JacobianRunner,
): AsyncGenerator<TilesState, void, void> {
  generator.requireLabel(plan.label);
  const { resolution } = plan.readout;
  const samples = plan.seeds.length;
  const own: { release(): Promise<void> }[] = [];
  const opened = async <Resource extends { release(): Promise<void> }>(making: Promise<Resource>) => {
    const resource = await making;
    own.push(resource);
    return resource;
  };
  try {
    const used = runner ?? (await opened(jacobianRunner(generator, plan)));
    const session = await opened(GramSession.create(generator.session));
    const pending = await opened(Promise.resolve(new PendingSamples(used, tiles, generator.session)));
    const inside = tiles.samples === 0 ? new InsideSum(used.tangents, requirePixels(plan.region, resolution, resolution), session) : undefined;
    const sums = { rows: 0, whole: new Float64Array(triangleLength(tiles.size)) };
    onProgress?.({ sample: tiles.samples, samples, tangentsDone: 0, tangents: used.tangents });
    for (let i = tiles.samples; i < samples; i++) {
      const seed = plan.seeds[i]!;
      const ws = await generator.sample([seed], { psi: plan.psi, label: plan.label });
      const jacobian = await used.jacobian(ws, (step) => onProgress?.({ sample: i, samples, ...step }), signal);
      const whole = upperTriangle(await productOf(jacobian, session, inside ? [inside] : []), tiles.size);
      if (!isFinite(whole, tiles.size)) {
        await jacobian.dispose();
        throw new UserError(notFinite(generator, seed));
      }
      addTo(sums.whole, whole);
      sums.rows += jacobian.rows;
      await pending.add(jacobian, whole);
      if (i === samples - 1) await pending.flush();
      yield {
        seeds: plan.seeds.slice(0, i + 1),
        exact: inside && regionMeans({ ...sums, size: tiles.size, inside: upperTriangle(inside.sum, tiles.size), share: inside.share }),
      };
    }
  } finally {
    for (const resource of own.reverse()) await resource.release();
  }
}

/** Whether all products are numbers that float32 holds, as tiles do: those of different unknowns are, where the squares are. */
function isFinite(triangle: Float64Array, size: number): boolean {
  for (let i = 0, at = 0; i < size; at += size - i, i++) if (!Number.isFinite(Math.fround(triangle[at]!))) return false;
  return true;
}

function notFinite({ description }: Generator, seed: number): string {
  return `the Jacobian at seed ${seed} is not finite: the weights of ${description.name} are broken or too large`;
}

/** Takes the Jacobians of a discovery. The network is compiled once; whoever makes it releases it. */
export async function jacobianRunner(generator: Generator, plan: DiscoveryPlan): Promise<JacobianRunner> {
  const { space, readout, jacobian, memoryBudget } = plan;
  return JacobianRunner.create(generator, { space, layers: jacobianLayers(generator, plan), readout, method: jacobian, memoryBudget });
}

/** The number of unknowns of a discovery: d, or d for each edited layer. */
export function unknownCount({ dimensions }: Generator, { space, layers }: Pick<DiscoveryPlan, 'space' | 'layers'>): number {
  return dimensions * (space === 'w' ? 1 : layers.length);
}

/** The layers with respect to which the Jacobian is taken. */
export function jacobianLayers(generator: Generator, { preset, layers }: DiscoveryPlan): readonly number[] {
  return presetSettings[preset].layers === 'all' ? generator.description.layers.map(({ index }) => index) : layers;
}

/** What all columns of the Jacobian change together; a number that is not finite in any of them shows here. */
function energy({ inside, outside, size }: RegionGrams): number {
  return trace(inside, size) + trace(outside, size);
}

/** Less than this share of the other side's energy is rounding. */
const stillness = 1e-13;

/**
 * The leading directions of what has been accumulated.
 *
 * @param start unknowns of the directions of a similar region, which saves time; without them the same state gives the same bytes
 * @throws UserError when the edited layers leave the inside or the outside of the region as it is.
 */
export async function directionsOf({ grams }: DiscoveryState, { space, layers, tau }: DiscoveryPlan, count: number, start?: readonly Float64Array[]): Promise<Direction[]> {
  const still = energy(grams) * stillness;
  if (trace(grams.inside, grams.size) <= still) throw new UserError('nothing in the region changes with the edited layers: choose a larger region or other layers');
  if (trace(grams.outside, grams.size) <= still) throw new UserError('nothing outside the region changes with the edited layers, so there is nothing to keep still: choose a smaller region or other layers');
  return solveDirections(grams, { space, layers, tau, count, start });
}

/**
 * Measures directions on held-out samples and puts them in the order asked for. See `candidatesFor` for how
 * many to give.
 */
export async function measureDirections(
  generator: Generator,
  plan: DiscoveryPlan,
  state: DiscoveryState,
  directions: readonly Direction[],
  rankBy: Ranking,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<MeasuredDirection[]> {
  const measured: MeasuredDirection[] = [];
  for await (const direction of measureEach(generator, plan, state, directions, signal)) {
    measured.push(direction);
    onProgress?.(measured.length, directions.length);
  }
  return rankBy === 'locality' ? measured.sort((a, b) => localityRatio(b.locality) - localityRatio(a.locality)) : measured;
}

/**
 * The same one by one, in the order in which they are given.
 *
 * @throws CancelledError where `signal` says so
 */
export async function* measureEach(
  generator: Generator,
  plan: DiscoveryPlan,
  { grams }: DiscoveryState,
  directions: readonly Direction[],
  signal?: AbortSignal,
): AsyncGenerator<MeasuredDirection, void, void> {
  const meter = await LocalityMeter.create(generator, plan.region, plan.seeds, plan.label);
  for (const direction of directions) yield { ...direction, locality: await meter.measure(direction, alphaGuess(direction, grams), signal) };
}

/** A direction as it can be shown before it is measured. */
export function unmeasured(direction: Direction, { grams }: DiscoveryState): UnmeasuredDirection {
  return { ...direction, guess: alphaGuess(direction, grams) };
}

/** What to tell the user where central differences stand in for tangents. */
export function fallbackNote({ message }: MissingRuleError): string {
  return `${message}; using central differences instead`;
}

/** To first order the inside changes by alpha^2 n^T M_f n. */
function alphaGuess(direction: Direction, { inside, size }: RegionGrams): number {
  const n = unknownsOf(direction);
  return Math.sqrt(insideTarget / Math.max(dot(n, multiply(inside, n, size)), 1e-12));
}

/**
 * The file of a direction. One that is not measured has no metrics, and reaches as far as is guessed.
 *
 * @param grams whether the Gram matrices are those of the region's pixels, or put together from tiles
 */
export function directionFile(
  name: string,
  generator: Generator,
  plan: DiscoveryPlan,
  seeds: readonly number[],
  direction: MeasuredDirection | UnmeasuredDirection,
  rankBy: Ranking,
  grams: GramSource = 'pixels',
): DiscoveredDirection {
  const { description, dimensions } = generator;
  const { rows, space } = direction;
  const locality = 'locality' in direction ? direction.locality : undefined;
  const reach = niceAlpha(sliderReach * ('guess' in direction ? direction.guess : direction.locality.alpha));
  return {
    format: 'resefa-direction',
    version: 1,
    name,
    generator: { name: description.name, architecture: description.architecture, resolution: description.resolution, sha256: generatorSha256(description) },
    latent: { space, dimensions, layers: direction.layers },
    region: plan.region,
    discovery: {
      seeds: formatRanges(seeds),
      truncation: plan.psi,
      preset: plan.preset,
      jacobianResolution: plan.readout.resolution,
      channels: plan.readout.channels,
      tau: plan.tau,
      rank: direction.rank,
      eigenvalue: direction.eigenvalue,
      ...(plan.label === undefined ? {} : { class: plan.label }),
      ...(rankBy === 'locality' ? { rankedBy: rankBy } : {}),
      ...(plan.jacobian === 'central' ? { jacobian: plan.jacobian } : {}),
      ...(grams === 'tiles' ? { grams } : {}),
    },
    edit: { alpha: [-reach, reach] },
    ...(locality ? { metrics: { seeds: formatRanges(heldOutSeeds(plan.seeds)), alpha: locality.alpha, insideMse: locality.insideMse, outsideMse: locality.outsideMse } } : {}),
    vector: space === 'w' ? Array.from(rows[0]!) : rows.map((row) => Array.from(row)),
  };
}

/**
 * The nearest of 1.5, 3, 4.5, 6, 9, 12 times a power of ten: ends of a slider that a person would choose, whose thirds,
 * the alphas of a strip of seven, are round as well.
 */
export function niceAlpha(alpha: number): number {
  const power = 10 ** Math.floor(Math.log10(alpha));
  const steps = [0.9, 1.2, 1.5, 3, 4.5, 6, 9, 12].map((step) => Number((step * power).toPrecision(6)));
  return steps.reduce((best, step) => (Math.abs(step - alpha) < Math.abs(best - alpha) ? step : best));
}
