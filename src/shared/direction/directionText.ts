import type { Node } from 'jsonc-parser';
import { UserError } from '../userError';
import { parseDirection } from './checkDirection';
import { sixDigits } from './directionFile';
import type { DirectionFile } from './directionFile';
import { jsonTree, nodeAt } from './jsonTree';
import { ascendingListEdits, numberEdits, usualSeparator, withoutItems } from './listText';
import type { TextEdit } from './textEdit';
import { unitNormEdits } from './unitNorm';

/*
 * Edits of direction files that people write by hand: each changes the value that it is about and leaves line ends,
 * indentation, the order of keys, unknown keys and the spelling of every other number as they are.
 *
 * All of them throw UserError for a text that is no direction and for a value that has no place in one, and answer with
 * no edit at all where the file says so already. Offsets count in the text that they are given.
 */

/** @param name not blank */
export function renameEdits(text: string, name: string): readonly TextEdit[] {
  const { direction, tree } = read(text);
  if (name.trim() === '') throw new UserError('"name" must be a text that is not empty');
  return name === direction.name ? [] : [replacement(nodeAt(tree, ['name'])!, JSON.stringify(name))];
}

/** @param alpha the smallest and the largest alpha; written to six digits */
export function alphaEdits(text: string, alpha: readonly [least: number, most: number]): readonly TextEdit[] {
  const { direction, tree } = read(text);
  // An end that is not edited keeps the digits that it has.
  const ends = alpha.map((end, i) => (end === direction.edit.alpha[i] ? end : sixDigits(end))) as [number, number];
  if (!ends.every(Number.isFinite) || ends[0] >= ends[1]) {
    throw new UserError(`"edit.alpha" cannot be ${alpha[0]} to ${alpha[1]}: its first number must be less than its second`);
  }
  return numberEdits(text, nodeAt(tree, ['edit', 'alpha'])!.children!, ends);
}

/**
 * Sets the edited layers.
 *
 * In w that is the list alone. In w+ each layer has a row of its own in the vector: the rows of layers that are taken away
 * go with them and the others are scaled to unit norm together; a layer that has no row is refused.
 *
 * @param layers whole numbers from 0, in any order
 */
export function layersEdits(text: string, layers: readonly number[]): readonly TextEdit[] {
  const { direction, tree } = read(text);
  const wanted = [...new Set(layers)].sort((a, b) => a - b);
  if (wanted.length === 0) throw new UserError('"latent.layers" cannot be empty, name at least one layer');
  const odd = wanted.find((layer) => !Number.isSafeInteger(layer) || layer < 0);
  if (odd !== undefined) throw new UserError(`"latent.layers" cannot have ${odd}, a layer is a whole number of at least 0`);
  const list = nodeAt(tree, ['latent', 'layers'])!;
  if (direction.latent.space === 'w') {
    const apart = usualSeparator(text, nodeAt(tree, ['edit', 'alpha'])!.children!)!;
    return ascendingListEdits(text, list.children!, direction.latent.layers, wanted, apart);
  }
  const strange = wanted.find((layer) => !direction.latent.layers.includes(layer));
  if (strange !== undefined) {
    throw new UserError(`layer ${strange} has no row in the vector: in w+ "latent.layers" can only lose layers, this direction has ${direction.latent.layers.join(', ')}`);
  }
  const kept = direction.latent.layers.map((layer) => wanted.includes(layer));
  return [...withoutItems(list.children!, kept), ...rowsEdits(text, nodeAt(tree, ['vector'])!.children!, kept)];
}

/** Takes rows out of a w+ vector and scales the others, if that changes their norm. */
function rowsEdits(text: string, rows: readonly Node[], kept: readonly boolean[]): TextEdit[] {
  const lost = rows.some((row, i) => !kept[i] && row.children!.some(({ value }) => value !== 0));
  const left = rows.filter((_, i) => kept[i]).flatMap(({ children }) => children!);
  if (lost && left.every(({ value }) => value === 0)) throw new UserError('the rows of the layers that are left are all zero: a direction without them has no effect');
  return [...withoutItems(rows, kept), ...(lost ? unitNormEdits(text, left) : [])];
}

function read(text: string): { readonly direction: DirectionFile; readonly tree: Node } {
  return { direction: parseDirection(text, 'the direction'), tree: jsonTree(text)! };
}

function replacement({ offset, length }: Node, text: string): TextEdit {
  return { offset, length, text };
}
