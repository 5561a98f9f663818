import greekRegular from '@fontsource/inter/files/inter-greek-400-normal.woff';
import greekSemibold from '@fontsource/inter/files/inter-greek-600-normal.woff';
import latinRegular from '@fontsource/inter/files/inter-latin-400-normal.woff';
import latinSemibold from '@fontsource/inter/files/inter-latin-600-normal.woff';
import { parse } from 'opentype.js';
import type { Font, Glyph } from 'opentype.js';

/**
 * Text as SVG path data, set in the Inter font that is bundled with us: a figure looks the same on every
 * machine, whatever fonts it has.
 */
export interface TextStyle {
  /** Pixels to the em. */
  readonly size: number;
  /** `regular` where not given. */
  readonly weight?: FontWeight;
}

export type FontWeight = 'regular' | 'semibold';

/** Which point of the text lies at the given x. */
export type TextAnchor = 'start' | 'middle' | 'end';

/** The height of Inter's capitals and digits, as a fraction of the size. */
export const CAP_HEIGHT = 1490 / 2048;

const ELLIPSIS = '\u2026';
const MINUS = '\u2212';

/** The files of each weight in the order in which they are asked for a character. */
const FILES: Readonly<Record<FontWeight, readonly Uint8Array[]>> = {
  regular: [latinRegular, greekRegular],
  semibold: [latinSemibold, greekSemibold],
};

const parsedFonts = new Map<FontWeight, readonly Font[]>();

/** The width of one line of text in pixels. */
export function measureText(text: string, style: TextStyle): number {
  return layOut(text, style).width;
}

/**
 * Shortens a text in its middle, where file names and paths are least telling, until it fits.
 *
 * @param maxWidth in pixels
 * @returns the text itself where it fits, and a lone ellipsis where nothing else does
 */
export function elideText(text: string, maxWidth: number, style: TextStyle): string {
  if (measureText(text, style) <= maxWidth) {
    return text;
  }
  const characters = Array.from(text);
  let fits = 0;
  let tooLong = characters.length;
  while (tooLong - fits > 1) {
    const kept = (fits + tooLong) >> 1;
    if (measureText(withoutMiddle(characters, kept), style) <= maxWidth) {
      fits = kept;
    } else {
      tooLong = kept;
    }
  }
  return withoutMiddle(characters, fits);
}

/**
 * One line of text as SVG path data, to be filled. Characters that the font lacks become its empty box,
 * control characters become spaces.
 *
 * @param x of the anchor, in pixels
 * @param baseline y of the baseline, in pixels, y down
 */
export function textPath(text: string, x: number, baseline: number, style: TextStyle, anchor: TextAnchor = 'start'): string {
  const { glyphs, width } = layOut(text, style);
  const start = x - width * { start: 0, middle: 0.5, end: 1 }[anchor];
  return glyphs.map(({ glyph, left }) => glyph.getPath(start + left, baseline, style.size).toPathData(2)).join('');
}

/** Writes the sign of negative numbers as a minus, which is as wide as the plus; hyphens within words stay. */
export function withMinusSigns(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_.)-])-(?=\.?\d)/gu, MINUS);
}

interface PlacedGlyph {
  readonly glyph: Glyph;
  /** Pixels from the start of the line. */
  readonly left: number;
}

function layOut(text: string, style: TextStyle): { glyphs: PlacedGlyph[]; width: number } {
  const fonts = fontsOf(style.weight ?? 'regular');
  const glyphs: PlacedGlyph[] = [];
  let width = 0;
  for (const character of text.replace(/\p{Cc}/gu, ' ')) {
    const font = fonts.find((candidate) => candidate.charToGlyphIndex(character) > 0) ?? fonts[0]!;
    const glyph = font.charToGlyph(character);
    glyphs.push({ glyph, left: width });
    width += (glyph.advanceWidth / font.unitsPerEm) * style.size;
  }
  return { glyphs, width };
}

function fontsOf(weight: FontWeight): readonly Font[] {
  const known = parsedFonts.get(weight);
  if (known) {
    return known;
  }
  const fonts = FILES[weight].map((bytes) => parse(bytes));
  parsedFonts.set(weight, fonts);
  return fonts;
}

function withoutMiddle(characters: readonly string[], kept: number): string {
  const head = Math.ceil(kept / 2);
  const tail = kept - head;
  const start = characters.slice(0, head).join('').trimEnd();
  return start + ELLIPSIS + characters.slice(characters.length - tail).join('').trimStart();
}
