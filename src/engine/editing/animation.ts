import { UserError } from '../../shared/userError';
import { blankPicture, cellSize, drawSvg, openSharp, pastePicture, resizePicture } from './pictures';
import type { Colour, Picture } from './pictures';
import { CAP_HEIGHT, elideText, measureText, textPath, withMinusSigns } from './text';

export interface AnimationOptions {
  readonly format: 'gif' | 'webp';
  /** How long each frame is shown, 20 to 65,535 milliseconds; GIF rounds to tens. */
  readonly delayMs: number;
  /** Runs back to the first frame instead of jumping to it. */
  readonly pingPong: boolean;
  /** The longer side of a frame in pixels, 16 to 2048, without the caption; see cellSize for the default. */
  readonly cell?: number;
  /** The line of text under frame `index`. */
  readonly caption?: (index: number) => string;
}

const WHITE: Colour = [255, 255, 255];
const INK = '#1b1f24';
const DELAY_LIMITS = [20, 65_535] as const;

/**
 * An endless animation of an edit; the same frames give the same bytes.
 *
 * @param frames at least one, all of one size
 * @throws UserError where the delay or `cell` is out of range
 */
export async function encodeAnimation(frames: readonly Picture[], options: AnimationOptions): Promise<Uint8Array> {
  checkFrames(frames);
  const delay = checkedDelay(options.delayMs);
  const drawn = await drawFrames(frames, options);
  const shown = frameOrder(frames.length, options.pingPong).map((index) => drawn[index]!);
  const { width, height } = shown[0]!;
  const pages = await openSharp(Buffer.concat(shown.map(({ rgb }) => rgb)), {
    raw: { width, height: height * shown.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const timing = { loop: 0, delay: shown.map(() => delay) };
  return options.format === 'gif'
    ? pages.gif({ ...timing, effort: 3, dither: 1, interPaletteMaxError: 3, keepDuplicateFrames: true }).toBuffer()
    : pages.webp({ ...timing, quality: 90, smartSubsample: true, effort: 5 }).toBuffer();
}

/** The indices of the frames in the order of showing; the way back repeats neither end. */
function frameOrder(count: number, pingPong: boolean): number[] {
  const forth = Array.from({ length: count }, (_, index) => index);
  return pingPong ? [...forth, ...forth.slice(1, -1).reverse()] : forth;
}

async function drawFrames(frames: readonly Picture[], { cell, caption }: AnimationOptions): Promise<Picture[]> {
  const size = cellSize(frames[0]!, cell);
  const scaled = await Promise.all(frames.map((frame) => resizePicture(frame, size)));
  return caption ? addCaptions(scaled, frames.map((_, index) => withMinusSigns(caption(index)))) : scaled;
}

/** All captions start at the same place, so that what stays the same in them stands still. */
async function addCaptions(frames: readonly Picture[], captions: readonly string[]): Promise<Picture[]> {
  const { width, height } = frames[0]!;
  const style = { size: Math.min(26, Math.max(10, Math.round(8 + Math.max(width, height) / 24))) };
  const padding = Math.round(style.size * 0.5);
  const texts = captions.map((text) => elideText(text, width - 2 * padding, style));
  const left = Math.round((width - Math.max(...texts.map((text) => measureText(text, style)))) / 2);
  const capHeight = Math.round(style.size * CAP_HEIGHT);
  const size = { width, height: height + capHeight + 2 * padding };
  return Promise.all(
    frames.map((frame, index) => {
      const page = blankPicture(size, WHITE);
      pastePicture(page, 0, 0, frame);
      return drawSvg(page, `<path fill="${INK}" d="${textPath(texts[index]!, left, height + padding + capHeight, style)}"/>`);
    }),
  );
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

function checkedDelay(delayMs: number): number {
  const [least, most] = DELAY_LIMITS;
  if (!(delayMs >= least && delayMs <= most)) {
    throw new UserError(`a delay of ${delayMs} ms between frames does not work: give ${least} to ${most}`);
  }
  return Math.round(delayMs);
}
