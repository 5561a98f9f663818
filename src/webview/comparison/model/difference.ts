/**
 * How much two pictures of the same size differ, pixel by pixel: the root mean square over red, green and blue of the
 * difference in the -1..1 range, times 255 and clamped, as the heat of an edit is measured.
 *
 * @param a RGBA, 8 bits each
 */
export function differenceOf(a: Uint8ClampedArray, b: Uint8ClampedArray): Uint8Array {
  return Uint8Array.from({ length: a.length / 4 }, (_, pixel) => {
    const squares = [0, 1, 2].reduce((sum, channel) => sum + (a[pixel * 4 + channel]! - b[pixel * 4 + channel]!) ** 2, 0);
    return Math.min(255, Math.round(2 * Math.sqrt(squares / 3)));
  });
}
