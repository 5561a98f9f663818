import type { Comparison } from '../direction/compareDirections';
import { Field } from '../field';
import { alphaLimits, largestSeed, psiLimits } from '../numberList';
import type { Frame } from './engineProtocol';
import type { Call, Checks } from './rpc';

/** One direction of a comparison, as a window that is reloaded finds it again. */
export interface ComparedAddress {
  /** A Uri as text. */
  readonly uri: string;
  /** The state in git, such as "HEAD"; the file as it is now where left out. */
  readonly ref?: string;
}

/** What is told of one direction beside what the comparison says. */
export interface ComparedSide {
  /** The file, as short as it may be. */
  readonly file: string;
  /** Which state of the file it is: "HEAD", "working tree", "unsaved". */
  readonly version?: string;
  /** Why it cannot be read now, in one line. */
  readonly problem?: string;
}

/** All that the page shows but the pictures. */
export interface ComparisonView {
  readonly addresses: readonly ComparedAddress[];
  readonly sides: readonly ComparedSide[];
  /** Left out while one of the directions cannot be read. */
  readonly comparison?: Comparison;
  /** The alphas that suit the directions, as parseAlphas reads them. */
  readonly alphas: string;
  /** Changes when pictures have to be made anew. */
  readonly pictured: string;
}

export interface PicturesRequest {
  readonly seeds: readonly number[];
  readonly psi: number;
  readonly alphas: readonly number[];
  /** Whether alpha is negated for directions that point the other way than the first. */
  readonly alignSigns: boolean;
}

/** Pictures come one by one; a direction that has none comes with the reason. */
export type PictureUpdate =
  | { readonly direction: number; readonly seed: number; readonly alpha: number; readonly frame: Frame }
  | { readonly direction: number; readonly problem: string };

/** What the page of a comparison asks of the extension. All parameters are checked. */
export interface ComparisonCalls {
  readonly start: Call<Record<string, never>, ComparisonView>;
  /** Indices of an update count the directions and the request's seeds and alphas. */
  readonly pictures: Call<PicturesRequest, void, PictureUpdate>;
  /** Opens the file of a direction in an editor. */
  readonly open: Call<{ readonly index: number }, void>;
  /** Puts a direction first: the one that all others are held against. */
  readonly putFirst: Call<{ readonly index: number }, void>;
  /** Copies the comparison as Markdown. */
  readonly copy: Call<Record<string, never>, void>;
}

export interface ComparisonEvents {
  /** A file has changed, or the order. */
  readonly changed: ComparisonView;
}

/** More would be neither legible nor soon done. */
export const mostDirections = 20;
export const mostSeeds = 12;
export const mostAlphas = 15;

export const comparisonChecks: Checks<ComparisonCalls> = {
  start: () => ({}),
  pictures: (params) => {
    const field = new Field(params, 'pictures');
    const alignSigns = field.at('alignSigns');
    if (typeof alignSigns.value !== 'boolean') alignSigns.refuse('true or false');
    return {
      seeds: upTo(mostSeeds, field.at('seeds')).map((seed) => seed.integer({ min: 0, max: largestSeed })),
      psi: field.at('psi').number(psiLimits),
      alphas: upTo(mostAlphas, field.at('alphas')).map((alpha) => alpha.number(alphaLimits)),
      alignSigns: alignSigns.value as boolean,
    };
  },
  open: (params) => ({ index: indexIn(params, 'open') }),
  putFirst: (params) => ({ index: indexIn(params, 'putFirst') }),
  copy: () => ({}),
};

/**
 * Which directions a page compared that a reloaded window brings back.
 *
 * @throws UserError that names the field
 */
export function checkAddresses(left: unknown): ComparedAddress[] {
  const addresses = new Field(left, 'state of the comparison').at('addresses');
  const found = upTo(mostDirections, addresses).map((address): ComparedAddress => {
    const ref = address.at('ref');
    return { uri: address.at('uri').text(), ...(ref.present ? { ref: ref.oneOf(['HEAD']) } : {}) };
  });
  if (found.length < 2) addresses.refuse('two or more');
  return found;
}

function indexIn(params: unknown, call: string): number {
  return new Field(params, call).at('index').integer({ min: 0, max: mostDirections - 1 });
}

function upTo(most: number, field: Field): readonly Field[] {
  const items = field.list();
  if (items.length === 0 || items.length > most) field.fail(`has ${items.length} items, must have 1 to ${most}`);
  return items;
}
