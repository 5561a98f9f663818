import { formatRanges, parseSeeds } from '../numberList';
import { formatRegion } from '../region';
import type { Region } from '../region';
import { isStacked, localityRatio, originOf, sixDigits, vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';

/** What a field is about, in the order in which people look for it. */
export type FieldKind = 'measurement' | 'edit' | 'provenance' | 'other';

/** One thing that a direction file says, as a line or a row of a table. */
export interface DirectionField {
  /** Where it stands in the file, such as "discovery.tau". */
  readonly key: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly order: number;
  /** What two directions are compared by: equal where both mean the same, however it is written. */
  readonly value: unknown;
  /** A few words. */
  readonly text: string;
  /** All of it on one line. */
  readonly fullText: string;
  /** What to say of two different numbers. */
  readonly change: 'factor' | 'difference' | undefined;
  /** Whether it follows from other fields. */
  readonly derived: boolean;
}

/** How a field that the format knows is read and written. */
interface FieldRule {
  readonly key: string;
  readonly label: string;
  readonly kind: FieldKind;
  /** Undefined where the direction has none. */
  readonly read: (direction: DirectionFile) => unknown;
  readonly text?: (direction: DirectionFile) => string;
  readonly fullText?: (direction: DirectionFile) => string;
  readonly change?: 'factor' | 'difference';
  readonly derived?: boolean;
}

const rules: readonly FieldRule[] = [
  { key: 'discovery.eigenvalue', label: 'eigenvalue', kind: 'measurement', read: ({ discovery }) => discovery?.eigenvalue, change: 'factor' },
  { key: 'metrics.ratio', label: 'inside/outside', kind: 'measurement', read: ({ metrics }) => metrics && localityRatio(metrics), change: 'factor', derived: true },
  { key: 'metrics.alpha', label: 'alpha of measurement', kind: 'measurement', read: ({ metrics }) => metrics?.alpha, change: 'difference' },
  { key: 'metrics.insideMse', label: 'inside MSE', kind: 'measurement', read: ({ metrics }) => metrics?.insideMse, change: 'factor' },
  { key: 'metrics.outsideMse', label: 'outside MSE', kind: 'measurement', read: ({ metrics }) => metrics?.outsideMse, change: 'factor' },
  { key: 'metrics.seeds', label: 'seeds of measurement', kind: 'measurement', read: ({ metrics }) => seedsOf(metrics?.seeds) },
  { key: 'vector', label: 'vector', kind: 'edit', read: ({ vector }) => (vector as readonly (number | readonly number[])[]).map((entry) => (typeof entry === 'number' ? sixDigits(entry) : entry.map(sixDigits))), text: largestComponent, fullText: largestComponent },
  { key: 'edit.alpha', label: 'alpha range', kind: 'edit', read: ({ edit }) => edit.alpha, text: ({ edit }) => edit.alpha.map(sixDigits).join(' to '), fullText: ({ edit }) => edit.alpha.join(' to ') },
  { key: 'latent.space', label: 'space', kind: 'edit', read: ({ latent }) => latent.space },
  { key: 'latent.layers', label: 'layers', kind: 'edit', read: ({ latent }) => latent.layers, text: ({ latent }) => formatRanges(latent.layers), fullText: ({ latent }) => formatRanges(latent.layers) },
  { key: 'latent.dimensions', label: 'dimensions', kind: 'edit', read: ({ latent }) => latent.dimensions },
  { key: 'name', label: 'name', kind: 'provenance', read: ({ name }) => name },
  { key: 'region', label: 'region', kind: 'provenance', read: ({ region }) => region, text: ({ region }) => formatRegion(region!), fullText: ({ region }) => fullRegion(region!) },
  { key: 'discovery.seeds', label: 'seeds', kind: 'provenance', read: ({ discovery }) => seedsOf(discovery?.seeds) },
  { key: 'discovery.truncation', label: 'psi', kind: 'provenance', read: ({ discovery }) => discovery?.truncation, change: 'difference' },
  { key: 'discovery.class', label: 'class', kind: 'provenance', read: ({ discovery }) => discovery?.class },
  { key: 'discovery.preset', label: 'preset', kind: 'provenance', read: ({ discovery }) => discovery?.preset },
  { key: 'discovery.tau', label: 'tau', kind: 'provenance', read: ({ discovery }) => discovery?.tau, change: 'factor' },
  { key: 'discovery.rank', label: 'rank', kind: 'provenance', read: ({ discovery }) => discovery?.rank },
  { key: 'discovery.rankedBy', label: 'ranking', kind: 'provenance', read: ({ discovery }) => discovery?.rankedBy },
  { key: 'discovery.jacobianResolution', label: 'Jacobian resolution', kind: 'provenance', read: ({ discovery }) => discovery?.jacobianResolution, text: ({ discovery }) => `${discovery!.jacobianResolution} px` },
  { key: 'discovery.channels', label: 'channels', kind: 'provenance', read: ({ discovery }) => discovery?.channels },
  { key: 'discovery.jacobian', label: 'Jacobian method', kind: 'provenance', read: ({ discovery }) => discovery && (discovery.jacobian ?? 'forward') },
  { key: 'discovery.grams', label: 'Gram matrices', kind: 'provenance', read: ({ discovery }) => discovery && (discovery.grams ?? 'pixels') },
  { key: 'source', label: 'source', kind: 'provenance', read: ({ source }) => source, text: (direction) => oneLine(originOf(direction)) },
  { key: 'generator.name', label: 'generator', kind: 'provenance', read: ({ generator }) => generator.name },
  { key: 'generator.sha256', label: 'generator hash', kind: 'provenance', read: ({ generator }) => generator.sha256.toLowerCase(), text: ({ generator }) => generator.sha256.toLowerCase().slice(0, 12) },
  { key: 'generator.architecture', label: 'architecture', kind: 'provenance', read: ({ generator }) => generator.architecture },
  { key: 'generator.resolution', label: 'resolution', kind: 'provenance', read: ({ generator }) => generator.resolution, text: ({ generator }) => `${generator.resolution} px` },
  { key: 'version', label: 'format version', kind: 'provenance', read: ({ version }) => version },
];

/** Keys that the rules above tell of, with those that say nothing of their own. */
const knownKeys = new Set(['format', ...rules.map(({ key }) => key)]);
/** Objects whose keys are fields of their own. */
const opened = ['generator', 'latent', 'discovery', 'edit', 'metrics'];

/** Everything that a direction file says; keys that the format does not know come last, by their path. */
export function directionFields(direction: DirectionFile): DirectionField[] {
  const known = rules.flatMap((rule, order): DirectionField[] => {
    const value = rule.read(direction);
    if (value === undefined) return [];
    const plain = typeof value === 'number' ? `${sixDigits(value)}` : typeof value === 'string' ? oneLine(value) : canonicalText(value);
    return [{
      key: rule.key, label: rule.label, kind: rule.kind, order, value, change: rule.change, derived: rule.derived === true,
      text: rule.text?.(direction) ?? plain,
      fullText: rule.fullText?.(direction) ?? (typeof value === 'number' ? `${value}` : plain),
    }];
  });
  const others = unknownValues(direction).map(([key, value]): DirectionField => {
    const text = canonicalText(value);
    return { key, label: key, kind: 'other', order: rules.length, value, change: typeof value === 'number' ? 'difference' : undefined, derived: false, text: shortened(text), fullText: text };
  });
  return [...known, ...others];
}

/** Whether two parsed JSON values are the same, whatever the order of their keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonicalText(a) === canonicalText(b);
}

function unknownValues(direction: DirectionFile): [string, unknown][] {
  return Object.entries(direction).flatMap(([key, value]: [string, unknown]) => {
    if (!opened.includes(key)) return knownKeys.has(key) ? [] : [[key, value] as [string, unknown]];
    return Object.entries(value as object).map(([inner, innerValue]): [string, unknown] => [`${key}.${inner}`, innerValue]).filter(([path]) => !knownKeys.has(path));
  }).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Seeds in their shortest form, so that "0,1,2" and "0-2" are the same. */
function seedsOf(seeds: string | undefined): string | undefined {
  return seeds === undefined ? undefined : formatRanges(parseSeeds(seeds));
}

function fullRegion(region: Region): string {
  return region.shape === 'box' || region.shape === 'ellipse' ? `${region.shape} ${region.x},${region.y} ${region.width}x${region.height}` : canonicalText(region);
}

/** "largest 0.31 at 17", in w+ "largest 0.31 at layer 4, 17". Where several are equally large, the first. */
function largestComponent(direction: DirectionFile): string {
  let largest = { value: 0, layer: 0, index: 0 };
  const rows = isStacked(direction.vector) ? vectorRows(direction) : vectorRows(direction).slice(0, 1);
  rows.forEach((row, i) => {
    row.forEach((value, index) => {
      if (Math.abs(value) > Math.abs(largest.value)) largest = { value, layer: direction.latent.layers[i]!, index };
    });
  });
  return `largest ${sixDigits(largest.value)} at ${isStacked(direction.vector) ? `layer ${largest.layer}, ` : ''}${largest.index}`;
}

/** JSON with the keys of objects in alphabetical order. */
function canonicalText(value: unknown): string {
  const inOrder = (_key: string, each: unknown): unknown => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  try {
    return JSON.stringify(value, inOrder) ?? '';
  } catch (error) {
    // A key that the format does not know may hold lists in lists, deeper than the stack.
    if (error instanceof RangeError) return 'nested too deeply';
    throw error;
  }
}

/** A text as it can stand in a row without breaking it: in quotes where its blanks or control characters are to be seen. */
export function oneLine(text: string): string {
  return /\p{Cc}|\p{Zl}|\p{Zp}|\s\s|^\s|\s$/u.test(text) ? JSON.stringify(text) : text;
}

const longest = 60;

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`;
}
