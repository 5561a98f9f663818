/** Writes 8-bit RGB pixels as opaque RGBA. */
export function writeOpaque(rgb: Uint8Array, rgba: Uint8ClampedArray): void {
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from]!;
    rgba[to + 1] = rgb[from + 1]!;
    rgba[to + 2] = rgb[from + 2]!;
    rgba[to + 3] = 255;
  }
}

/** Red, green, blue and opacity of a change, from none to the largest: ever brighter and ever more opaque. */
const heatStops: readonly (readonly [red: number, green: number, blue: number, opacity: number])[] = [
  [72, 12, 116, 0],
  [129, 24, 132, 118],
  [193, 48, 108, 176],
  [240, 96, 60, 214],
  [253, 166, 40, 232],
  [252, 244, 150, 245],
];

/** One RGBA colour for each change of 0..255; no change is transparent. Most changes are small: the root spreads them out. */
const heatColors = Uint8ClampedArray.from({ length: 256 * 4 }, (_, k) => {
  const place = Math.sqrt((k >> 2) / 255) * (heatStops.length - 1);
  const stop = Math.min(Math.floor(place), heatStops.length - 2);
  const [from, to] = [heatStops[stop]![k & 3]!, heatStops[stop + 1]![k & 3]!];
  return Math.round(from + (to - from) * (place - stop));
});

/** Writes changes of 0..255 as the RGBA colours that they are shown in over the picture. */
export function writeHeat(heat: Uint8Array, rgba: Uint8ClampedArray): void {
  heat.forEach((change, k) => rgba.set(heatColors.subarray(change * 4, change * 4 + 4), k * 4));
}
