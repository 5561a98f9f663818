import { parseNumber } from '../numberList';
import type { Region } from '../region';
import { UserError } from '../userError';
import { canonicalSign, pointsBackwards, sameGenerator, vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';

/** How directions become one. */
export interface Composition {
  /** Of the composed direction. */
  readonly name: string;
  /** One for each direction: the alpha at which it takes part; 0 leaves it out but for what is made orthogonal to it. 1 each where left out. */
  readonly weights?: readonly number[] | undefined;
  /** Whether each direction is made orthogonal to those before it (Gram-Schmidt), so that edits do not undo each other. */
  readonly orthogonal: boolean;
}

/** Less than this share of a direction is the rounding of files to six digits. */
const nothing = 1e-4;

/**
 * The sum of weighted directions of one generator, as a file of version 2: `sum of weight_i n_i` of the edits of ws, at unit norm.
 *
 * Directions in w that edit the same layers stay in w; any others give one in w+, over all layers that one of them edits.
 * With Gram-Schmidt each direction loses what it has in common with those before it, as edits of ws, and gets its length back.
 * The range of alpha is the widest in which every term stays within its own. The region is kept where all that have a weight have the same.
 *
 * @throws UserError when there is nothing to compose, the directions are of different generators, their number is not that of the
 *   weights, one of them is made of those before it, or their sum is nothing
 */
export function composeDirections(directions: readonly DirectionFile[], { name, weights = directions.map(() => 1), orthogonal }: Composition): DirectionFile {
  const [first] = directions;
  if (!first || directions.length < 2) throw new UserError(`${first?.name ?? 'nothing'} alone is no composition; choose at least two directions`);
  for (const other of directions) requireSameGenerator(first, other);
  if (weights.length !== directions.length) throw new UserError(`there are ${weights.length} weights for ${directions.length} directions; expected one for each`);
  const { parts, shares } = takingPart(directions, weights, orthogonal);
  const layers = editedLayers(parts);
  const inW = parts.every(({ latent }) => latent.space === 'w' && latent.layers.length === layers.length);
  const flat = parts.map((direction) => (inW ? vectorRows(direction)[0]! : stacked(direction, layers)));
  const terms = orthogonal ? orthogonalised(flat, parts) : flat;
  const sum = (terms[0] ?? []).map((_, k) => terms.reduce((total, term, i) => total + shares[i]! * term[k]!, 0));
  const norm = lengthOf(sum);
  if (norm <= nothing * terms.reduce((total, term, i) => total + Math.abs(shares[i]!) * lengthOf(term), 0)) {
    throw new UserError(`${termsText(directions, weights)} cancel each other out: nothing is left; choose other weights`);
  }
  const unit = sum.map((value) => value / norm);
  const vector = inW ? unit : layers.map((_, i) => unit.slice(i * first.latent.dimensions, (i + 1) * first.latent.dimensions));
  const [least, most] = commonRange(parts, shares).map((end) => end * norm) as [number, number];
  const region = commonRegion(parts.filter((_, i) => shares[i] !== 0));
  return {
    format: 'resefa-direction',
    version: 2,
    name,
    generator: first.generator,
    latent: { space: inW ? 'w' : 'w+', dimensions: first.latent.dimensions, layers },
    ...(region ? { region } : {}),
    source: { kind: 'composition', orthogonal, terms: directions.map((direction, i) => ({ name: direction.name, weight: weights[i]! })) },
    edit: { alpha: pointsBackwards(vector) ? [0 - most, 0 - least] : [least, most] },
    vector: canonicalSign(vector),
  };
}

/**
 * Weights from "1, 0.5, -1".
 *
 * @param count how many there must be
 * @param name of the option, for messages
 * @throws UserError for another number of them, text that is no number, and nothing but zeros
 */
export function parseWeights(text: string, count: number, name: string): number[] {
  const weights = text.split(',').map((part) => parseNumber(part.trim(), name, { min: -1e6, max: 1e6 }));
  if (weights.length !== count) throw new UserError(`${name}: ${weights.length} ${weights.length === 1 ? 'number' : 'numbers'} for ${count} directions; expected one for each, such as ${Array.from({ length: count }, (_, i) => (i === 0 ? '1' : '0.5')).join(',')}`);
  if (weights.every((weight) => weight === 0)) throw new UserError(`${name}: all are 0; give at least one direction a weight`);
  return weights;
}

/** Those that have a weight. With Gram-Schmidt a later one loses what it has in common with one of weight 0, too, and has some of it then, on its layers. */
function takingPart(directions: readonly DirectionFile[], weights: readonly number[], orthogonal: boolean): { readonly parts: readonly DirectionFile[]; readonly shares: readonly number[] } {
  const takes = (i: number) => weights[i] !== 0 || (orthogonal && weights.slice(i + 1).some((later) => later !== 0));
  return { parts: directions.filter((_, i) => takes(i)), shares: weights.filter((_, i) => takes(i)) };
}

function requireSameGenerator(first: DirectionFile, other: DirectionFile): void {
  if (sameGenerator(first, other) && first.latent.dimensions === other.latent.dimensions) return;
  const made = ({ name, sha256 }: DirectionFile['generator']) => `${name} (sha256 ${sha256.slice(0, 12)})`;
  throw new UserError(`${first.name} was made for the generator ${made(first.generator)}, ${other.name} for ${made(other.generator)}: only directions of one generator can be composed`);
}

/** The layers that any of them edits, ascending. */
function editedLayers(directions: readonly DirectionFile[]): number[] {
  return [...new Set(directions.flatMap(({ latent }) => latent.layers))].sort((a, b) => a - b);
}

/** [layers x d], zeros on layers that the direction leaves alone. */
function stacked(direction: DirectionFile, layers: readonly number[]): number[] {
  const rows = vectorRows(direction);
  const still = Array.from({ length: direction.latent.dimensions }, () => 0);
  return layers.flatMap((layer) => rows[direction.latent.layers.indexOf(layer)] ?? still);
}

/** Modified Gram-Schmidt; each vector keeps its length. */
function orthogonalised(vectors: readonly (readonly number[])[], directions: readonly DirectionFile[]): number[][] {
  const before: number[][] = [];
  return vectors.map((vector, i) => {
    const length = lengthOf(vector);
    const rest = before.reduce<readonly number[]>((left, unit) => {
      const share = dot(left, unit);
      return left.map((value, k) => value - share * unit[k]!);
    }, vector);
    const left = lengthOf(rest);
    if (left <= nothing * length) throw new UserError(`${directions[i]!.name} is made of the directions before it: nothing of it is orthogonal to them; leave it out, or compose without Gram-Schmidt`);
    before.push(rest.map((value) => value / left));
    return rest.map((value) => (value * length) / left);
  });
}

/** The widest range of the common factor in which every term stays within its own range; that of the widest term where they have none in common. */
function commonRange(directions: readonly DirectionFile[], weights: readonly number[]): [number, number] {
  const ranges = directions.flatMap(({ edit: { alpha: [least, most] } }, i) => {
    const weight = weights[i]!;
    if (weight === 0) return [];
    return [weight > 0 ? [least / weight, most / weight] : [most / weight, least / weight]] as [number, number][];
  });
  const common: [number, number] = [Math.max(...ranges.map(([least]) => least)), Math.min(...ranges.map(([, most]) => most))];
  return common[0] < common[1] ? common : [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, most]) => most))];
}

function commonRegion(directions: readonly DirectionFile[]): Region | undefined {
  const texts = new Set(directions.map(({ region }) => (region ? sorted(region) : '')));
  return texts.size === 1 ? directions[0]!.region : undefined;
}

/** The same text for the same region, however its keys are ordered. */
function sorted(region: Region): string {
  return JSON.stringify(Object.entries(region).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function termsText(directions: readonly DirectionFile[], weights: readonly number[]): string {
  return directions.map(({ name }, i) => `${weights[i]!} ${name}`).join(' and ');
}

function lengthOf(vector: readonly number[]): number {
  return Math.sqrt(dot(vector, vector));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
