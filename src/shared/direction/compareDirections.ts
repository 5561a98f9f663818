import { directionFields, oneLine, sameValue } from './directionFields';
import type { DirectionField, FieldKind } from './directionFields';
import { angleOf, comparable, cosineOf, cosines, innerCosine } from './directionCosines';
import { sameGenerator, sixDigits, vectorRows } from './directionFile';
import type { DirectionFile } from './directionFile';
import { formatRanges } from '../numberList';

/** A direction that takes part in a comparison. */
export interface Compared {
  readonly direction: DirectionFile;
  /** The file that it is in, as people are to read it. */
  readonly file: string;
  /** Which state of the file it is, such as "HEAD". */
  readonly version?: string;
}

/**
 * What there is to say of several directions, each of which is held against the first. Plain data without undefined, which
 * does not come through as JSON: null stands where there is no value.
 */
export interface Comparison {
  /** What the directions are called here: their names, or their files where those repeat. */
  readonly labels: readonly string[];
  /** In plain words, such as "rotated 12 degrees". */
  readonly verdict: string;
  /** What else to know before the numbers are believed; sentences. */
  readonly notes: readonly string[];
  /** The second direction, and all further ones, against the first. */
  readonly pairs: readonly DirectionPair[];
  /** Cosines of all with all, [n x n], -1..1; null where latent vectors are of different length. */
  readonly cosines: readonly (readonly (number | null)[])[];
  readonly layers: readonly ComparedLayers[];
  /** Every field that one of them has. */
  readonly fields: readonly ComparedField[];
}

/** One direction against the first. */
export interface DirectionPair {
  readonly verdict: string;
  /** -1..1 */
  readonly cosine: number | null;
  /** Degrees between the two lines, whatever their signs: 0..90. */
  readonly angle: number | null;
  /** Whether the same can be done with both, in words; null where nobody would expect it. */
  readonly edits: string | null;
}

/** Layers, and the cosine of each pair on them; null where one of the two leaves them alone. */
export interface ComparedLayers {
  /** "2-9" */
  readonly layers: string;
  readonly cosines: readonly (number | null)[];
}

export interface ComparedField {
  readonly label: string;
  readonly kind: FieldKind;
  /** Whether any differs from the first. */
  readonly changed: boolean;
  /** One for each direction; null where it has no such field. */
  readonly values: readonly (string | null)[];
  /** How each further direction differs from the first, such as "x 1.25" or "+0.2"; null where a number says nothing. */
  readonly changes: readonly (string | null)[];
}

/** Below so many degrees two directions are the same one, and above so many they have nothing to do with each other. */
const angles = { same: 1, unrelated: 80 };

/**
 * Compares directions, each with the first.
 *
 * Directions of different generators, and of latent vectors of different length, are compared as far as that goes.
 *
 * @param compared at least two
 */
export function compareDirections(compared: readonly Compared[]): Comparison {
  const [first, ...others] = compared.map(({ direction }) => direction) as [DirectionFile, ...DirectionFile[]];
  const labels = labelsOf(compared);
  const fields = comparedFields([first, ...others]);
  const pairs = others.map((other, i) => comparedPair(first, other, fields.filter(({ differs }) => differs[i])));
  const matrix = compared.map(({ direction: a }, i) => compared.map(({ direction: b }, j) => (i === j ? 1 : cosineOf(a, b))));
  return {
    labels,
    verdict: pairs.length === 1 ? pairs[0]!.verdict : verdictOfAll(labels, pairs, matrix, [first, ...others]),
    notes: others.flatMap((other, i) => notesOf(first, other, others.length > 1 ? `${labels[i + 1]!}: ` : '')),
    pairs,
    cosines: matrix,
    layers: comparedLayers(first, others),
    fields: fields.map(({ label, kind, differs, values, changes }) => ({ label, kind, changed: differs.some(Boolean), values, changes })),
  };
}

function labelsOf(compared: readonly Compared[]): string[] {
  const distinct = (texts: readonly string[]) => new Set(texts).size === texts.length;
  const names = compared.map(({ direction }) => oneLine(direction.name));
  if (distinct(names)) return names;
  return compared.map(({ file, version }) => (version === undefined ? file : `${file} (${version})`));
}

/** A row of the table, and which of the further directions differ from the first in it. */
interface FieldRow extends DirectionField {
  readonly differs: readonly boolean[];
  readonly values: readonly (string | null)[];
  readonly changes: readonly (string | null)[];
}

function comparedFields(directions: readonly DirectionFile[]): FieldRow[] {
  const lists = directions.map(directionFields);
  const found = new Map<string, DirectionField>();
  for (const field of lists.flat()) if (!found.has(field.key)) found.set(field.key, field);
  return [...found.values()].sort((a, b) => a.order - b.order).map((field) => {
    const [first, ...others] = lists.map((list) => list.find(({ key }) => key === field.key));
    return {
      ...field,
      differs: others.map((other) => !sameValue(first?.value, other?.value)),
      values: textsOf([first, ...others]),
      changes: others.map((other) => changeOf(first, other)),
    };
  });
}

/** Texts that tell different values apart: shortened ones where they do, full ones where not. */
function textsOf(fields: readonly (DirectionField | undefined)[]): (string | null)[] {
  const given = fields.filter((field) => field !== undefined);
  const ambiguous = given.some((a) => given.some((b) => a.text === b.text && !sameValue(a.value, b.value)));
  return fields.map((field) => (field ? (ambiguous ? field.fullText : field.text) : null));
}

function changeOf(first: DirectionField | undefined, other: DirectionField | undefined): string | null {
  const [before, after] = [first?.value, other?.value];
  if (typeof before !== 'number' || typeof after !== 'number' || before === after) return null;
  if (first!.change === 'factor') return before > 0 && after > 0 ? `x ${short(after / before)}` : null;
  return first!.change === 'difference' ? `${after > before ? '+' : ''}${sixDigits(after - before)}` : null;
}

function short(value: number): string {
  return `${Number(value.toPrecision(Math.abs(value - 1) < 0.01 ? 6 : 3))}`;
}

function comparedPair(a: DirectionFile, b: DirectionFile, changed: readonly FieldRow[]): DirectionPair {
  const cosine = cosineOf(a, b);
  if (cosine === null) return { verdict: `not comparable: latent vectors of ${a.latent.dimensions} and of ${b.latent.dimensions} numbers`, cosine, angle: null, edits: null };
  return { verdict: verdictOf(a, b, changed), cosine, angle: angleOf(cosine), edits: editsOf(a, b) };
}

function verdictOf(a: DirectionFile, b: DirectionFile, changed: readonly FieldRow[]): string {
  if (changed.length === 0) return 'identical';
  if (changed.every(({ key }) => key !== 'vector' && key !== 'latent.space')) return `identical but for its ${listed(changed.filter(({ derived }) => !derived).map(({ label }) => label))}`;
  const cosine = innerCosine(a, b);
  const layers = sameValue(a.latent.layers, b.latent.layers) ? '' : `, on layers ${formatRanges(b.latent.layers)} instead of ${formatRanges(a.latent.layers)}`;
  if (cosine === undefined) return 'unrelated directions: they have no layer in common';
  const generators = sameGenerator(a, b) ? '' : ', for different generators';
  return `${rotation(cosine)}${mirrored(a, b, cosine) ? ' and alpha range mirrored: the same edit' : ''}${layers}${generators}`;
}

function rotation(cosine: number): string {
  const degrees = angleOf(cosine);
  if (degrees > angles.unrelated) return 'unrelated directions';
  const flipped = cosine < 0 ? ', sign flipped' : '';
  return `${degrees < angles.same ? 'same direction' : `rotated ${degreesText(degrees)} degrees`}${flipped}`;
}

function degreesText(degrees: number): string {
  return `${Number(degrees.toFixed(degrees < 10 ? 1 : 0))}`;
}

/** Whether a flipped direction asks for the mirrored range, so that all is as before. A range around 0 mirrors itself: nothing was done to it. */
function mirrored(a: DirectionFile, b: DirectionFile, cosine: number): boolean {
  const same = angleOf(cosine) < angles.same && sameValue(a.latent.layers, b.latent.layers) && sameGenerator(a, b);
  return same && cosine < 0 && !sameRange(a.edit.alpha, b.edit.alpha) && sameRange(reachOf(a), flip(reachOf(b)));
}

/** Whether the same can be done with two directions that are the same one. */
function editsOf(a: DirectionFile, b: DirectionFile): string | null {
  const cosine = cosines(a, b, '').cosine;
  if (angleOf(cosine) >= angles.same || !sameGenerator(a, b)) return null;
  const flipped = cosine < 0;
  const [reachA, reachB] = [reachOf(a), flipped ? flip(reachOf(b)) : reachOf(b)];
  const factor = strength(a) / strength(b);
  const stretched = Math.abs(factor - 1) > 1e-3;
  const alpha = `alpha 1 of the first is alpha ${flipped ? '-' : ''}${stretched ? short(factor) : '1'} of the other`;
  if (sameRange(reachA, reachB)) {
    if (flipped) return `The edits do the same thing: ${sameRange(a.edit.alpha, b.edit.alpha) ? '' : 'the sign is flipped and the alpha range mirrored, '}${alpha}.`;
    return stretched ? `The edits do the same thing: ${alpha}.` : 'The edits do the same thing.';
  }
  const ranges = rangesText(a, b);
  if (!flipped) return `The edits go the same way, but not equally far: ${ranges}${stretched ? `, ${rangeText(a) === rangeText(b) ? 'but ' : ''}${alpha}` : ''}.`;
  if (sameRange(reachA, reachOf(b))) return `The edits go opposite ways: the sign is flipped, but the alpha range (${rangeText(b)}) is not mirrored with it.`;
  return `The sign is flipped, and the edits do not go equally far: ${ranges}, ${alpha}.`;
}

type Range = readonly [number, number];

/** How far ws is moved at both ends of the alpha range. */
function reachOf(direction: DirectionFile): Range {
  const length = strength(direction);
  return [direction.edit.alpha[0] * length, direction.edit.alpha[1] * length];
}

/** The length of what alpha 1 adds to ws, all layers together. */
function strength(direction: DirectionFile): number {
  return Math.sqrt(vectorRows(direction).flat().reduce((sum, value) => sum + value * value, 0));
}

function flip([least, most]: Range): Range {
  return [-most, -least];
}

function sameRange(a: Range, b: Range): boolean {
  const size = Math.max(...a.map(Math.abs), ...b.map(Math.abs));
  return a.every((end, i) => Math.abs(end - b[i]!) <= 1e-3 * size);
}

function rangesText(a: DirectionFile, b: DirectionFile): string {
  const [first, other] = [rangeText(a), rangeText(b)];
  return first === other ? `alpha goes from ${first} in both` : `alpha goes from ${first} in the first and from ${other} in the other`;
}

function rangeText({ edit }: DirectionFile): string {
  return edit.alpha.map(sixDigits).join(' to ');
}

/** "a", "a and b", "a, b and 3 more" */
function listed(things: readonly string[]): string {
  const shown = things.length > 4 ? [...things.slice(0, 3), `${things.length - 3} more`] : things;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`;
}

function verdictOfAll(labels: readonly string[], pairs: readonly DirectionPair[], matrix: Comparison['cosines'], directions: readonly DirectionFile[]): string {
  const all = `all ${labels.length}`;
  if (pairs.every(({ verdict }) => verdict === 'identical')) return `identical, ${all}`;
  if (pairs.every(({ angle }) => angle !== null && angle < angles.same)) return `same direction, ${all}${pairs.some(({ cosine }) => cosine! < 0) ? ', some with the sign flipped' : ''}`;
  let best: { readonly i: number; readonly j: number; readonly cosine: number } | undefined;
  matrix.forEach((row, i) => {
    row.slice(0, i).forEach((cosine, j) => {
      if (cosine !== null && Math.abs(cosine) > Math.abs(best?.cosine ?? 0)) best = { i: j, j: i, cosine };
    });
  });
  if (!best) return matrix.flat().some((cosine) => cosine === 0) ? `unrelated directions, ${all}` : 'not comparable: latent vectors of different length';
  if (angleOf(best.cosine) > angles.unrelated) return `unrelated directions, ${all}`;
  const [a, b] = [directions[best.i]!, directions[best.j]!];
  const changed = comparedFields([a, b]).filter(({ differs }) => differs[0]);
  return `${labels[best.i]!} and ${labels[best.j]!} are the most alike: ${verdictOf(a, b, changed)}`;
}

function notesOf(a: DirectionFile, b: DirectionFile, prefix: string): string[] {
  const notes = [];
  if (!comparable(a, b)) notes.push(`Latent vectors of ${a.latent.dimensions} and of ${b.latent.dimensions} numbers have no cosine; only the other fields are compared.`);
  else if (!sameGenerator(a, b)) notes.push('The two were made for different generators (their hashes differ): a cosine means something only where one network was trained on from the other.');
  if (comparable(a, b) && a.latent.space !== b.latent.space) notes.push('One is in w and one in w+: they are compared by what they add to each layer.');
  if (comparable(a, b) && !sameValue(a.latent.layers, b.latent.layers)) notes.push('They edit different layers: in the cosine in full, a layer that only one of them edits counts as left alone by the other.');
  return notes.map((note) => `${prefix}${note}`);
}

/** Layers with the same cosines share a row where all directions are in w; in w+ each has its own. */
function comparedLayers(first: DirectionFile, others: readonly DirectionFile[]): ComparedLayers[] {
  const columns = others.map((other) => (comparable(first, other) ? new Map(cosines(first, other, '').layers.map(({ layer, cosine }) => [layer, cosine])) : new Map<number, number | undefined>()));
  const layers = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  const stacked = [first, ...others].some(({ latent }) => latent.space === 'w+');
  const groups = new Map<string, { readonly members: number[]; readonly cosines: (number | null)[] }>();
  for (const layer of layers) {
    const row = columns.map((column) => column.get(layer) ?? null);
    const key = `${row.map((cosine) => cosine?.toFixed(9)).join()}${stacked && row.some((cosine) => cosine !== null) ? ` ${layer}` : ''}`;
    const group = groups.get(key);
    if (group) group.members.push(layer);
    else groups.set(key, { members: [layer], cosines: row });
  }
  return [...groups.values()].map(({ members, cosines: row }) => ({ layers: formatRanges(members), cosines: row }));
}
