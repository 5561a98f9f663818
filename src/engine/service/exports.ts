import { requireTiming } from '../editing/animation';
import { directionGrid, gridHeadline, sizeOfGrid } from '../editing/directionGrid';
import { sizeOfFrames, sizeOfSweepStrip, sweepAnimation, sweepFrames, sweepStrip } from '../editing/sweep';
import type { Drawing, Sweep } from '../editing/sweep';
import { encodePng } from '../editing/pictures';
import type { Size } from '../editing/pictures';
import { sweepOfRanges } from '../editing/sweepRanges';
import type { SweptDirection } from '../editing/sweepRanges';
import { discoveryReport } from '../report/discoveryReport';
import { concatenated } from '../tensor';
import type { FloatTensor } from '../tensor';
import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { editTermOf } from '../../shared/direction/editTerm';
import { Field } from '../../shared/field';
import { parseSeeds } from '../../shared/numberList';
import type { FigureRequest, Frame, GridRequest, PictureRequest, ReportRequest, Sample, Steps, StripRequest, SweepRequest } from '../../shared/protocol/engineProtocol';
import type { Context } from '../../shared/protocol/rpc';
import { UserError } from '../../shared/userError';
import { checkEdits } from './checks';
import { encodedFrame } from './frames';
import type { OpenGenerator } from './openGenerators';
import { fullPicture } from './rendering';

const stripSteps = 7;
const mostSteps = 101;
const mostPictures = 10_000;

/** Samples (times directions, where each has its own) of a figure. */
const sampleLimits = { strip: 100, grid: 100, animation: 32 } as const;

/**
 * An alpha sweep as a PNG file: a row for each sample, seven columns from -1 to 1 times the alphas of the directions, or
 * over a direction's own range where its alpha is 0.
 *
 * @throws UserError when there is nothing to sweep, or a direction does not fit the generator; CancelledError where
 *   `signal` says so
 */
export async function exportStrip(opened: OpenGenerator, { generator, directions: moved, samples }: StripRequest, signal: AbortSignal): Promise<Uint8Array> {
  const directions = moved.map(({ direction, alpha }): SweptDirection => (alpha === 0 ? { direction, from: direction.edit.alpha[0], to: direction.edit.alpha[1] } : { direction, from: -alpha, to: alpha }));
  return sweepStrip(opened.generator, await sweepFor(opened, { generator, directions, samples, steps: stripSteps, together: true }, 'strip'), { signal });
}

/**
 * A strip, an animation or a grid as a file.
 *
 * @throws UserError when there is nothing to show, it would be too large, or a direction does not fit the generator;
 *   CancelledError where the caller cancels
 */
export async function exportFigure(opened: OpenGenerator, request: FigureRequest, { signal, progress }: Context<Steps>): Promise<Uint8Array> {
  const { generator } = opened;
  const drawing: Drawing = { ...cellOf(request), signal, onProgress: (done, total) => { progress({ done, total }); } };
  switch (request.kind) {
    case 'strip':
      return sweepStrip(generator, await sweepFor(opened, request, 'strip'), { ...drawing, format: request.format });
    case 'animation':
      requireTiming(request.frameRate, request.loop);
      return sweepAnimation(generator, await sweepFor(opened, request, 'animation'), request, drawing);
    case 'grid':
      return directionGrid(generator, { ...gridShape(opened, request), ws: await codesOf(opened, request.samples) }, request.format, drawing);
  }
}

/**
 * How large a figure will be, in pixels.
 *
 * @throws UserError as `exportFigure`
 */
export function sizeOfFigure(opened: OpenGenerator, request: FigureRequest): Size {
  const { generator } = opened;
  const { cell } = cellOf(request);
  switch (request.kind) {
    case 'strip':
      return sizeOfSweepStrip(generator, sweepShape(opened, request, 'strip'), request.format, cell);
    case 'animation':
      return sizeOfFrames(generator, sweepShape(opened, request, 'animation'), cell);
    case 'grid':
      return sizeOfGrid(generator, gridShape(opened, request), request.format, cell);
  }
}

/**
 * The frames of an animation, told one by one.
 *
 * @throws UserError as `exportFigure`
 */
export async function exportFrames(opened: OpenGenerator, request: SweepRequest, { signal, progress }: Context<{ readonly index: number; readonly frame: Frame }>): Promise<void> {
  const sweep = await sweepFor(opened, request, 'animation');
  let index = 0;
  for await (const picture of sweepFrames(opened.generator, sweep, { ...cellOf(request), signal })) progress({ index: index++, frame: await encodedFrame(picture) });
}

/**
 * A report of some directions.
 *
 * @throws UserError when there are none, or one does not fit the generator; CancelledError where the caller cancels
 */
export async function exportReport({ generator }: OpenGenerator, { directions, seeds, psi, label }: ReportRequest, { signal, progress }: Context<Steps>): Promise<{ readonly html: string }> {
  for (const direction of directions) requireFits(direction, generator.identity, direction.name);
  const samples = { ...(seeds === undefined ? {} : { seeds: parseSeeds(seeds, 'the seeds') }), ...(psi === undefined ? {} : { psi }), ...(label === undefined ? {} : { label }) };
  return { html: await discoveryReport(generator, directions, samples, { signal, onProgress: (done, total) => { progress({ done, total }); } }) };
}

/**
 * The whole picture as a PNG file.
 *
 * @throws UserError when the sample is none, or an edit does not fit the generator
 */
export async function exportPicture(opened: OpenGenerator, request: PictureRequest): Promise<Uint8Array> {
  return encodePng(await fullPicture(opened, request));
}

async function sweepFor(opened: OpenGenerator, request: SweepRequest, kind: keyof typeof sampleLimits): Promise<Sweep> {
  return { ...sweepShape(opened, request, kind), ws: await codesOf(opened, request.samples) };
}

function sweepShape(opened: OpenGenerator, { directions, samples, steps, together }: SweepRequest, kind: keyof typeof sampleLimits): Omit<Sweep, 'ws'> {
  const [first] = requireSomething(directions, samples);
  new Field(steps, 'the number of alphas').integer({ min: 1, max: mostSteps });
  for (const { direction, from, to } of directions) for (const alpha of [to, from]) checkFits(opened, direction, alpha);
  const rows = samples.length * (together ? 1 : directions.length);
  if (rows > sampleLimits[kind]) throw new UserError(`${rows} samples${together || directions.length === 1 ? '' : ' (times directions)'} are too many for ${kind === 'strip' ? 'a strip' : 'an animation'}; choose at most ${sampleLimits[kind]}`);
  requireFewPictures(rows * steps);
  return { ...sweepOfRanges(directions, steps, together, first.psi), seeds: samples.map(({ seed }) => seed) };
}

function gridShape(opened: OpenGenerator, { directions, samples, bothSigns }: GridRequest) {
  const [first] = requireSomething(directions, samples);
  for (const { direction, alpha } of directions) checkFits(opened, direction, alpha);
  if (samples.length > sampleLimits.grid) throw new UserError(`${samples.length} samples are too many for a grid; choose at most ${sampleLimits.grid}`);
  requireFewPictures(samples.length * (1 + directions.length * (bothSigns ? 2 : 1)));
  return { ...gridHeadline(opened.generator, directions.map(({ direction }) => direction), first.psi), directions, bothSigns, seeds: samples.map(({ seed }) => seed) };
}

function requireSomething(directions: readonly unknown[], samples: readonly Sample[]): readonly [Sample, ...Sample[]] {
  const [first, ...others] = samples;
  if (directions.length === 0 || !first) throw new UserError('there is nothing to sweep; choose at least one direction and one sample');
  return [first, ...others];
}

function requireFewPictures(count: number): void {
  if (count > mostPictures) throw new UserError(`this takes ${count} pictures, at most ${mostPictures} are possible: choose fewer samples, directions or alphas`);
}

async function codesOf(opened: OpenGenerator, samples: readonly Sample[]): Promise<FloatTensor> {
  const codes: FloatTensor[] = [];
  for (const sample of samples) codes.push(await opened.samples.code(sample));
  return concatenated(codes);
}

function cellOf({ size }: { readonly size?: number }): { readonly cell?: number } {
  return size === undefined ? {} : { cell: size };
}

function checkFits({ generator }: OpenGenerator, direction: DirectionFile, alpha: number): void {
  requireFits(direction, generator.identity, direction.name);
  checkEdits(generator, [{ ...editTermOf(direction), alpha }]);
}
