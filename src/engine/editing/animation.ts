import { frameRates, showingOrder } from '../../shared/frameOrder';
import { UserError } from '../../shared/userError';
import { openSharp } from './pictures';
import type { Picture, Size } from './pictures';

export type AnimationFormat = 'gif' | 'webp';

export interface AnimationOptions {
  readonly format: AnimationFormat;
  /** Frames a second, 0.1 to 50. */
  readonly frameRate: number;
  /** Runs back to the first frame instead of jumping to it. */
  readonly pingPong: boolean;
  /** How many times it is shown, 0 to 1000; 0, the default, is for ever. */
  readonly loop?: number;
}

/** The longest side of a frame: what GIF, WebP and the encoders of videos take, and screens can show. */
const longestSide = 8192;
/** All frames of an animation are in memory at once. */
const mostBytes = 2 ** 30;
const mostLoops = 1000;

/** The unit of a format's delays in milliseconds. */
const delayUnits: Readonly<Record<AnimationFormat, number>> = { gif: 10, webp: 1 };

/**
 * An animated picture; the same frames give the same bytes.
 *
 * @param frames at least one, all of one size
 * @throws UserError where the frame rate or the number of loops is out of range
 */
export async function encodeAnimation(frames: readonly Picture[], { format, frameRate, pingPong, loop = 0 }: AnimationOptions): Promise<Uint8Array> {
  checkFrames(frames);
  requireTiming(frameRate, loop);
  const shown = showingOrder(frames.length, pingPong).map((index) => frames[index]!);
  const { width, height } = shown[0]!;
  const pages = await openSharp(Buffer.concat(shown.map(({ rgb }) => rgb)), {
    raw: { width, height: height * shown.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const timing = { loop, delay: frameDelays(shown.length, frameRate, delayUnits[format]) };
  return format === 'gif'
    ? pages.gif({ ...timing, effort: 3, dither: 1, interPaletteMaxError: 3, keepDuplicateFrames: true }).toBuffer()
    : pages.webp({ ...timing, quality: 90, smartSubsample: true, effort: 5 }).toBuffer();
}

/**
 * How long each frame is shown, in milliseconds: whole units that add up to the frame rate, as 30, 30, 40 .. for 30 frames
 * a second in units of 10.
 */
export function frameDelays(count: number, frameRate: number, unit: number): number[] {
  const begins = (index: number) => Math.round((1000 * index) / frameRate / unit) * unit;
  return Array.from({ length: count }, (_, index) => begins(index + 1) - begins(index));
}

/** @throws UserError where the frame rate or the number of loops is out of range */
export function requireTiming(frameRate: number, loop = 0): void {
  const { min, max } = frameRates;
  if (!(frameRate >= min && frameRate <= max)) throw new UserError(`a frame rate of ${frameRate} does not work: give ${min} to ${max} frames a second`);
  if (!Number.isInteger(loop) || loop < 0 || loop > mostLoops) throw new UserError(`an animation cannot be shown ${loop} times: give a whole number up to ${mostLoops}, 0 for ever`);
}

/**
 * Checks before any work that frames of this size can be shown.
 *
 * @throws UserError where they are too large
 */
export function requireShowable({ width, height }: Size): void {
  if (Math.max(width, height) <= longestSide) return;
  throw new UserError(`the frames would be ${width} x ${height} pixels, at most ${longestSide} a side are possible: ask for fewer samples or directions, or smaller pictures`);
}

/**
 * The same for so many of them in one file.
 *
 * @throws UserError where they are too large or too many
 */
export function requireAnimatable(size: Size, shown: number): void {
  requireShowable(size);
  const bytes = 3 * size.width * size.height * shown;
  if (bytes <= mostBytes) return;
  throw new UserError(`${shown} frames of ${size.width} x ${size.height} pixels take ${(bytes / 2 ** 30).toFixed(1)} GiB, at most 1 GiB is possible: ask for fewer or smaller pictures`);
}

/** What the callers owe us; a mistake here is ours, not the user's. */
function checkFrames(frames: readonly Picture[]): void {
  const first = frames[0];
  if (!first) {
    throw new RangeError('an animation needs at least one frame');
  }
  if (frames.some(({ width, height }) => width !== first.width || height !== first.height)) {
    throw new RangeError(`an animation needs frames of one size, the first is ${first.width} x ${first.height}`);
  }
}
