import { eigenvalueOf, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile, DirectionVector } from '../../shared/direction/directionFile';
import type { RegionState } from '../../shared/protocol/pageProtocol';

/** What the cards of a region show: a direction and its slider on each. */
export type Cards = Pick<RegionState, 'directions' | 'alphas'>;

/** Cards with better directions on them than before. */
export interface Refined extends Cards {
  /** For each card the index that it had before; undefined for one that is new. */
  readonly from: readonly (number | undefined)[];
}

/** How cards are ordered: as they lie; by eigenvalue where one is clearly larger than another; strictly by eigenvalue. */
export type CardOrder = 'kept' | 'clear' | 'strict';

/** An eigenvalue is clearly larger than another from this factor on. */
const clearFactor = 1.1;

/** Directions with a smaller |cos| have nothing to do with each other. */
const alike = 0.5;

/** The range of a slider stays where a guess of it is at most this many times larger or smaller. */
const sameRange = 2;

interface Card {
  readonly direction: DirectionFile;
  readonly alpha: number;
  readonly from: number | undefined;
}

/**
 * Puts better directions on the cards of those that they refine: each goes to the card whose direction has the largest
 * |cos| to it, and is turned to point the same way, so that the slider stays as it is. Directions that are like none
 * before fill the cards that are left, the larger eigenvalue first; what remains gets new cards with the slider at 0.
 * Where there are fewer directions than cards, those with the slider off 0 are the last to go.
 *
 * Directions of another generator, latent space or other layers begin anew: an alpha means something else there.
 */
export function refined(before: Cards, update: readonly DirectionFile[], order: CardOrder = 'clear'): Refined {
  const [earlier, next] = [before.directions[0], update[0]];
  if (!earlier || !next || !comparable(earlier, next)) return toCards(sorted(update.map((direction) => ({ direction, alpha: 0, from: undefined })), order));
  const refinedBy = cardsOf(before, update);
  const kept = before.directions.flatMap((direction, card): Card[] => {
    const index = refinedBy.indexOf(card);
    return index < 0 ? [] : [{ direction: inPlaceOf(direction, update[index]!), alpha: before.alphas[card] ?? 0, from: card }];
  });
  const added = update.flatMap((direction, i): Card[] => (refinedBy[i] === undefined ? [{ direction, alpha: 0, from: undefined }] : []));
  return toCards(sorted([...kept, ...added], order));
}

/** The same cards in another order. */
export function reordered({ directions, alphas }: Cards, order: CardOrder): Refined {
  return toCards(sorted(directions.map((direction, from) => ({ direction, alpha: alphas[from] ?? 0, from })), order));
}

/** Whether the sliders that are off 0 stand for the same steps along the same vectors, in any order. */
export function sameEdits(a: Cards, b: Cards): boolean {
  const [first, second] = [editsOf(a), editsOf(b)];
  return first.length === second.length && first.every((edit) => second.some(({ alpha, direction }) => alpha === edit.alpha && sameVector(direction, edit.direction)));
}

function editsOf({ directions, alphas }: Cards): Pick<Card, 'direction' | 'alpha'>[] {
  return directions.flatMap((direction, i) => (alphas[i] ? [{ direction, alpha: alphas[i] }] : []));
}

function sameVector(a: DirectionFile, b: DirectionFile): boolean {
  if (a === b) return true;
  const [first, second] = [flat(a), flat(b)];
  return comparable(a, b) && first.every((value, i) => value === second[i]);
}

/** Whether the vectors of two directions can be compared, and an alpha is the same step along both. */
function comparable(a: DirectionFile, b: DirectionFile): boolean {
  const { space, dimensions, layers } = a.latent;
  return a.generator.sha256 === b.generator.sha256 && space === b.latent.space && dimensions === b.latent.dimensions && layers.join() === b.latent.layers.join();
}

/** For each direction of the update the index of the card that it goes to; undefined where there is none left. */
function cardsOf({ directions, alphas }: Cards, update: readonly DirectionFile[]): (number | undefined)[] {
  const cards = update.map((): number | undefined => undefined);
  const pairs = update.flatMap((next, i) => directions.map((direction, card) => ({ i, card, likeness: Math.abs(cosine(next, direction)) })));
  const taken = new Set<number>();
  for (const { i, card } of pairs.filter(({ likeness }) => likeness >= alike).sort((a, b) => b.likeness - a.likeness)) {
    if (cards[i] !== undefined || taken.has(card)) continue;
    cards[i] = card;
    taken.add(card);
  }
  const left = update.flatMap((_, i) => (cards[i] === undefined ? [i] : []));
  const free = directions.flatMap((_, card) => (taken.has(card) ? [] : [card]));
  const edited = (card: number) => Number(Boolean(alphas[card]));
  const places = free.sort((a, b) => edited(b) - edited(a) || a - b).slice(0, left.length).sort((a, b) => a - b);
  places.forEach((card, k) => { cards[left[k]!] = card; });
  return cards;
}

/** A direction as its card shows it: it points the way of the one before, and keeps its range where there is but another guess. */
function inPlaceOf(before: DirectionFile, direction: DirectionFile): DirectionFile {
  const turns = cosine(before, direction) < 0;
  const [least, most] = direction.edit.alpha;
  const alpha = turns ? [-most, -least] as const : direction.edit.alpha;
  const guessed = direction.metrics === undefined && ratio(before.edit.alpha, alpha) <= sameRange;
  if (!turns && !guessed) return direction;
  return { ...direction, edit: guessed ? before.edit : { ...direction.edit, alpha }, vector: turns ? negated(direction.vector) : direction.vector };
}

function ratio([a0, a1]: readonly [number, number], [b0, b1]: readonly [number, number]): number {
  const [a, b] = [a1 - a0, b1 - b0];
  return Math.max(a / b, b / a);
}

function negated(vector: DirectionVector): DirectionVector {
  const minus = (component: number) => 0 - component;
  return (vector as readonly (number | readonly number[])[]).map((row) => (typeof row === 'number' ? minus(row) : row.map(minus))) as unknown as DirectionVector;
}

const flatVectors = new WeakMap<DirectionFile, Float64Array>();

/** All components one after the other: [d] in w, [layers x d] in w+. */
function flat(direction: DirectionFile): Float64Array {
  const known = flatVectors.get(direction);
  if (known) return known;
  const components = Float64Array.from(direction.latent.space === 'w' ? vectorRows(direction)[0] ?? [] : vectorRows(direction).flat());
  flatVectors.set(direction, components);
  return components;
}

/** Of two directions of unit norm that can be compared. */
function cosine(a: DirectionFile, b: DirectionFile): number {
  const [first, second] = [flat(a), flat(b)];
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += first[i]! * second[i]!;
  return sum;
}

/** Each place goes to the first of the remaining cards that none of the others is clearly larger than. */
function sorted(cards: readonly Card[], order: CardOrder): Card[] {
  if (order === 'kept') return [...cards];
  const factor = order === 'strict' ? 1 : clearFactor;
  const [rest, placed]: [Card[], Card[]] = [[...cards], []];
  while (rest.length > 0) {
    const largest = Math.max(...rest.map(({ direction }) => eigenvalueOf(direction)));
    const next = rest.findIndex(({ direction }) => Math.max(eigenvalueOf(direction), eigenvalueOf(direction) * factor) >= largest);
    placed.push(...rest.splice(Math.max(next, 0), 1));
  }
  return placed;
}

function toCards(cards: readonly Card[]): Refined {
  return { directions: cards.map(({ direction }) => direction), alphas: cards.map(({ alpha }) => alpha), from: cards.map(({ from }) => from) };
}
