/** Where the bars of a spectrum stand, in fractions of the drawing: x from the left, heights from the bottom. */
export interface EigenvalueBars {
  readonly bars: readonly { readonly x: number; readonly width: number; readonly height: number }[];
  /** Lines at powers of ten. */
  readonly lines: readonly { readonly value: number; readonly height: number }[];
}

/** The scale reaches at most this many powers of ten below the largest value. */
const mostDecades = 6;
/** The share of a bar's place that it fills, and its height at the least, so that none disappears. */
const [fill, leastHeight] = [0.6, 0.03];
const mostLines = 3;

/**
 * Bars on a logarithmic scale that begins at the power of ten below the smallest value and ends at the largest.
 *
 * @param places how many bars there is room for, so that a few do not become slabs
 */
export function eigenvalueBars(values: readonly number[], places = values.length): EigenvalueBars {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return { bars: values.map((_, i) => bar(i, places, leastHeight)), lines: [] };
  const top = Math.log10(Math.max(...positive));
  const bottom = Math.max(decadeBelow(Math.log10(Math.min(...positive))), decadeBelow(top) - mostDecades);
  const heightOf = (value: number) => (value > 0 ? (Math.log10(value) - bottom) / (top - bottom) : 0);
  return {
    bars: values.map((value, i) => bar(i, places, Math.max(leastHeight, heightOf(value)))),
    lines: decades(bottom, top).map((exponent) => ({ value: 10 ** exponent, height: (exponent - bottom) / (top - bottom) })),
  };
}

/** The next whole exponent that is really below, with room for a bar. */
function decadeBelow(exponent: number): number {
  return Math.floor(exponent - 0.05);
}

function bar(index: number, places: number, height: number): { x: number; width: number; height: number } {
  const place = 1 / Math.max(places, 1);
  return { x: (index + (1 - fill) / 2) * place, width: fill * place, height };
}

/** Whole exponents on the scale, thinned out to a few. */
function decades(bottom: number, top: number): number[] {
  const all = Array.from({ length: Math.floor(top) - bottom + 1 }, (_, i) => bottom + i);
  const step = Math.ceil(all.length / mostLines);
  return all.filter((_, i) => i % step === 0);
}
