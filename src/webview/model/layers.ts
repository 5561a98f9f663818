import { formatRanges } from '../../shared/numberList';

/** A set of layers as the shortest text that parseLayers reads back: "all", "2-9", "2,4,6-9". */
export function layersText(layers: readonly number[], layerCount: number): string {
  const sorted = [...layers].sort((a, b) => a - b);
  return sorted.length === layerCount ? 'all' : formatRanges(sorted);
}

/** Adds a layer or takes it away; ascending. Undefined where nothing would be left: a direction needs a layer. */
export function withLayer(layers: readonly number[], layer: number, edited: boolean): number[] | undefined {
  const others = layers.filter((other) => other !== layer);
  const changed = edited ? [...others, layer].sort((a, b) => a - b) : others;
  return changed.length === 0 ? undefined : changed;
}

export function sameLayers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((layer, i) => layer === b[i]);
}
