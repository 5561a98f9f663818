import { outside, within } from './field';
import type { Limits } from './field';
import { quote } from './quote';
import { UserError } from './userError';

/** Seeds are those of NumPy's RandomState: whole numbers from 0 to this one. */
export const largestSeed = 2 ** 32 - 1;
/** Of a list. */
export const mostSeeds = 10_000;
/** Of the truncation: psi = 0 is the mean, psi = 1 no truncation. */
export const psiLimits = { min: -2, max: 2 } as const;
/** Step sizes along a direction. */
export const alphaLimits = { min: -1e6, max: 1e6 } as const;
const mostRows = 65_536;
const mostAlphas = 101;

/**
 * Seeds from a list of numbers and ascending ranges, "0,2,5-8", in the order they are written.
 *
 * A seed is a whole number below 2^32 (NumPy's range). Throws UserError, with the name of the option, for
 * anything else, for a seed that appears twice and for more than 10000 seeds.
 */
export function parseSeeds(text: string, name = '--seeds'): number[] {
  return parseRanges(text, name, { example: '0,2,5-8', unit: 'seed', max: largestSeed, most: mostSeeds });
}

/**
 * Layer numbers from "4-7", "2,4,6-9" or "all", ascending.
 *
 * Throws UserError, with the name of the option, for a layer outside 0..layerCount-1 or one named twice.
 */
export function parseLayers(text: string, layerCount: number, name = '--layers'): number[] {
  if (text.trim().toLowerCase() === 'all') return Array.from({ length: layerCount }, (_, layer) => layer);
  const layers = parseRanges(text, name, { example: '4-7', unit: 'layer', max: layerCount - 1, most: layerCount });
  return layers.sort((a, b) => a - b);
}

/**
 * Rows of an array from "0,2,5-8", from 0, in the order they are written.
 *
 * Throws UserError, with the name of the option, for anything else and for a row that appears twice.
 */
export function parseRows(text: string, name = '--rows'): number[] {
  return parseRanges(text, name, { example: '0-9', unit: 'row', max: mostRows - 1, most: mostRows });
}

/** The shortest text that parseSeeds reads back to the same numbers in the same order: [0,1,2,5] is "0-2,5". */
export function formatRanges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const value of numbers) {
    const run = runs.at(-1);
    if (run && value === run[1] + 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/**
 * Step sizes along a direction: "from:to:count" (evenly spaced, both ends included), "a,b,c" or one number.
 *
 * At most 101 values of at most a million. Throws UserError with the name of the option.
 */
export function parseAlphas(text: string, name = '--alpha'): number[] {
  const parts = text.split(':');
  if (parts.length === 1 && !text.includes('..')) return parseAlphaList(text, name);
  if (parts.length !== 3) throw new UserError(`${name}: ${quote(text)} must be from:to:count, such as -6:6:7`);
  const [from, to] = parts.slice(0, 2).map((part) => parseNumber(part, name, alphaLimits)) as [number, number];
  return spread(from, to, parseInteger(parts[2] ?? '', `${name} count`, { min: 1, max: mostAlphas }));
}

/**
 * A decimal number such as "0.7" or "-1e-3", within limits.
 *
 * Throws UserError, with the name of the option, for other text, NaN and infinity.
 */
export function parseNumber(text: string, name: string, limits: Limits = {}): number {
  const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim());
  const value = Number(text);
  if (!decimal || !Number.isFinite(value) || outside(value, limits)) throw new UserError(`${name}: ${quote(text)} must be a number${within(limits)}`);
  return value + 0; // -0 becomes 0
}

/** A whole number within limits. Throws UserError with the name of the option. */
export function parseInteger(text: string, name: string, limits: Limits = {}): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || outside(value, limits)) {
    throw new UserError(`${name}: ${quote(text)} must be a whole number${within(limits)}`);
  }
  return value + 0;
}

interface RangeRules {
  readonly example: string;
  readonly unit: string;
  readonly max: number;
  readonly most: number;
}

function parseRanges(text: string, name: string, { example, unit, max, most }: RangeRules): number[] {
  const seen = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(item);
    if (!match) throw new UserError(`${name}: ${quote(item)} is not a ${unit} or a range of them; write for example ${example}`);
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (first > max || last > max) throw new UserError(`${name}: ${unit} ${Math.max(first, last)} is out of range, ${unit}s go from 0 to ${max}`);
    if (last < first) throw new UserError(`${name}: the range ${first}-${last} runs backwards; write ${last}-${first}`);
    for (let value = first; value <= last; value++) {
      if (seen.has(value)) throw new UserError(`${name}: ${unit} ${value} appears twice`);
      if (seen.size === most) throw new UserError(`${name}: too many ${unit}s, at most ${most} are allowed`);
      seen.add(value);
    }
  }
  return [...seen];
}

function parseAlphaList(text: string, name: string): number[] {
  const alphas = text.split(',').map((item) => parseNumber(item, name, alphaLimits));
  if (alphas.length > mostAlphas) throw new UserError(`${name}: ${alphas.length} values are too many, at most ${mostAlphas} are allowed`);
  return alphas;
}

/** Weighs both ends in one quotient, so that a range around zero is symmetric to the last bit. */
export function spread(from: number, to: number, count: number): number[] {
  if (count === 1) return [from];
  return Array.from({ length: count }, (_, i) => (from * (count - 1 - i) + to * i) / (count - 1) + 0);
}
