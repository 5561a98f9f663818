import type { Node } from 'jsonc-parser';
import { parseDirection } from './checkDirection';
import { directionProblems } from './directionProblems';
import type { Problem } from './directionProblems';
import type { ProblemCode } from './complaint';
import { formatDirection } from './formatDirection';
import { jsonTree, nodeAt, propertyOf } from './jsonTree';
import { endOf, usualSeparator, withoutItems } from './listText';
import { applyTextEdits } from './textEdit';
import type { TextEdit } from './textEdit';
import { unitNormEdits } from './unitNorm';

/** A way to mend a problem. */
export interface Fix {
  readonly title: string;
  /** What they leave is the file without that problem; everything else is as it was, unless the title says so. */
  readonly edits: readonly TextEdit[];
}

/** What a fix is made from. The tree is the text's. */
type Mend = (text: string, tree: Node, problem: Problem) => Fix | undefined;

const mends: Partial<Record<ProblemCode, Mend>> = {
  norm: renormalise,
  layerOrder: sortLayers,
  alphaOrder: swapAlpha,
  versionOfSource: setVersion,
  shape: (text, tree, problem) => (problem.path[0] === 'version' ? setVersion(text, tree) : undefined),
  sign: flipSign,
  duplicateKey: removeOverridden,
  keyOrder: (text) => writeCanonically(text, 'Re-sort the keys, and write the file as ReSeFa does'),
  digits: (text) => writeCanonically(text, 'Round to six digits, and write the file as ReSeFa does'),
};

/**
 * How to mend one of the problems that directionProblems found in a text; undefined where that is not known.
 *
 * Never throws for a problem of that text.
 */
export function fixOf(text: string, problem: Problem): Fix | undefined {
  const mend = mends[problem.code];
  return mend?.(text, jsonTree(text)!, problem);
}

/** Edits that mend everything that there is a fix for, but for what is a hint only. */
export function fixAllEdits(text: string): readonly TextEdit[] {
  let mended = text;
  // Each round mends one problem for good; a file has few.
  for (let round = 0; round < 50; round++) {
    const fixes = directionProblems(mended).filter(({ severity }) => severity !== 'hint').map((problem) => fixOf(mended, problem));
    const fix = fixes.find((each) => each !== undefined);
    if (!fix) break;
    mended = applyTextEdits(mended, fix.edits);
  }
  return difference(text, mended);
}

/** One edit that turns a text into another one, without the beginning and the end that they share. */
export function difference(text: string, other: string): readonly TextEdit[] {
  if (text === other) return [];
  const shorter = Math.min(text.length, other.length);
  let same = 0;
  while (same < shorter && text[same] === other[same]) same++;
  let tail = 0;
  while (tail < shorter - same && text[text.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  return [{ offset: same, length: text.length - same - tail, text: other.slice(same, other.length - tail) }];
}

function renormalise(text: string, tree: Node): Fix | undefined {
  const edits = unitNormEdits(text, components(tree));
  return edits.length > 0 ? { title: 'Renormalise the vector', edits } : undefined;
}

/** In w+ the rows go along. Two rows for one layer are for a person to choose from. */
function sortLayers(text: string, tree: Node): Fix | undefined {
  const layers = nodeAt(tree, ['latent', 'layers'])!.children!;
  const order = [...layers.keys()].sort((a, b) => valueOf(layers[a]!) - valueOf(layers[b]!));
  const distinct = order.filter((index, i) => i === 0 || valueOf(layers[index]!) !== valueOf(layers[order[i - 1]!]!));
  if (!layers.every(({ value }) => Number.isSafeInteger(value) && value >= 0)) return undefined;
  if (nodeAt(tree, ['latent', 'space'])?.value !== 'w+') {
    return { title: 'Sort the layers', edits: [...reordered(text, layers, distinct), ...withoutItems(layers, layers.map((_, i) => i < distinct.length))] };
  }
  const rows = nodeAt(tree, ['vector'])?.children ?? [];
  if (rows.length !== layers.length || distinct.length < layers.length) return undefined;
  return { title: 'Sort the layers and their rows', edits: [...reordered(text, layers, order), ...reordered(text, rows, order)] };
}

/** Writes the text of the item order[i] in the place of the item i. */
function reordered(text: string, items: readonly Node[], order: readonly number[]): TextEdit[] {
  return order.flatMap((from, i) => {
    const [{ offset, length }, moved] = [items[i]!, items[from]!];
    return from === i ? [] : [{ offset, length, text: textOf(text, moved) }];
  });
}

function swapAlpha(text: string, tree: Node): Fix | undefined {
  const ends = nodeAt(tree, ['edit', 'alpha'])!.children!;
  if (valueOf(ends[0]!) === valueOf(ends[1]!)) return undefined;
  return { title: 'Swap the ends of alpha', edits: reordered(text, ends, [1, 0]) };
}

/** Version 1 for what was discovered, 2 for what has a source instead. */
function setVersion(text: string, tree: Node): Fix | undefined {
  if (tree.type !== 'object') return undefined;
  const version = propertyOf(tree, 'source') && !propertyOf(tree, 'discovery') ? 2 : 1;
  const title = `Make it version ${version}`;
  const current = nodeAt(tree, ['version']);
  if (current) return { title, edits: [{ offset: current.offset, length: current.length, text: `${version}` }] };
  const neighbour = propertyOf(tree, 'format') ?? tree.children![0];
  if (!neighbour) return undefined;
  const [key, value] = neighbour.children as [Node, Node];
  const separator = usualSeparator(text, tree.children!) ?? ', ';
  return { title, edits: [{ offset: endOf(neighbour), length: 0, text: `${separator}"version"${text.slice(endOf(key), value.offset)}${version}` }] };
}

/** Negates the vector and mirrors alpha, so that the edits stay the same. */
function flipSign(text: string, tree: Node): Fix {
  const ends = nodeAt(tree, ['edit', 'alpha'])!.children!;
  const mirrored = ends.map(({ offset, length }, i) => ({ offset, length, text: negated(textOf(text, ends[1 - i]!)) }));
  const negatives = components(tree).map((node) => ({ offset: node.offset, length: node.length, text: negated(textOf(text, node)) }));
  const edits = [...mirrored, ...negatives].filter((edit) => edit.text !== text.slice(edit.offset, edit.offset + edit.length));
  return { title: 'Flip the sign of the vector, and mirror alpha', edits };
}

/** The negative of a number, spelled with the same digits. */
function negated(number: string): string {
  if (number.startsWith('-')) return number.slice(1);
  return Number(number) === 0 ? number : `-${number}`;
}

/** Takes the property away that a later one with the same key overrides. */
function removeOverridden(text: string, tree: Node, { path, start }: Problem): Fix | undefined {
  const properties = nodeAt(tree, path.slice(0, -1))?.children ?? [];
  const kept = properties.map(({ offset }) => offset !== start);
  return kept.includes(false) && kept.includes(true) ? { title: `Remove this ${textOf(text, properties[kept.indexOf(false)]!.children![0]!)}`, edits: withoutItems(properties, kept) } : undefined;
}

function writeCanonically(text: string, title: string): Fix {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  return { title, edits: [{ offset: mark, length: text.length - mark, text: formatDirection(parseDirection(text, 'the direction')) }] };
}

/** The numbers of the vector, in the order of the file. */
function components(tree: Node): readonly Node[] {
  const items = nodeAt(tree, ['vector'])?.children ?? [];
  return items.flatMap((item) => item.children ?? [item]);
}

function valueOf(node: Node): number {
  return node.value as number;
}

function textOf(text: string, { offset, length }: Node): string {
  return text.slice(offset, offset + length);
}
