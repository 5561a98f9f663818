import { blankPicture, drawSvg, pastePicture } from './pictures';
import type { Colour, Picture, Size } from './pictures';
import { CAP_HEIGHT, elideText, measureText, textPath, withMinusSigns } from './text';

const WHITE: Colour = [255, 255, 255];
const INK = '#1b1f24';
const SMALLEST = 10;

/** Writes a line of text under each frame of an animation. */
export interface Captions {
  /** Of a frame with its caption. */
  readonly size: Size;
  /** The frame, which has the size that the captions were laid out for, with the caption of its number. */
  readonly under: (frame: Picture, index: number) => Promise<Picture>;
}

/** Lays captions out for frames of one size. All start at the same place, so that what stays the same in them stands still. */
export function layOutCaptions({ width, height }: Size, captions: readonly string[]): Captions {
  const usual = Math.min(26, Math.max(10, Math.round(8 + Math.max(width, height) / 24)));
  const padding = Math.round(usual * 0.5);
  const style = { size: fittingSize(captions, width - 2 * padding, usual) };
  const texts = captions.map((text) => elideText(withMinusSigns(text), width - 2 * padding, style));
  const left = Math.round((width - Math.max(...texts.map((text) => measureText(text, style)))) / 2);
  const capHeight = Math.round(style.size * CAP_HEIGHT);
  const size = { width, height: height + capHeight + 2 * padding };
  return {
    size,
    under: (frame, index) => {
      const page = blankPicture(size, WHITE);
      pastePicture(page, 0, 0, frame);
      return drawSvg(page, `<path fill="${INK}" d="${textPath(texts[index]!, left, height + padding + capHeight, style)}"/>`);
    },
  };
}

/** Long captions are smaller, until they could not be read; what is too long then is shortened. */
function fittingSize(captions: readonly string[], available: number, usual: number): number {
  const widest = Math.max(...captions.map((text) => measureText(withMinusSigns(text), { size: usual })));
  return Math.max(Math.min(usual, SMALLEST), Math.min(usual, Math.floor((usual * available) / Math.max(1, widest))));
}
