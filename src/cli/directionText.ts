import { createHash } from 'node:crypto';
import { directionFields } from '../shared/direction/directionFields';
import { isStacked, sixDigits, vectorRows } from '../shared/direction/directionFile';
import type { DirectionFile } from '../shared/direction/directionFile';

/** Fields longer than this, such as the rows of a mask, are told by their summary and a digest. */
const longestField = 160;
const shownComponents = { w: 8, 'w+': 3 } as const;

/**
 * A direction as a text to read, one field a line: what `git diff` shows line by line where it is set up so.
 *
 * The vector stands there as the norm and the largest components of each layer, with a digest that changes with every
 * component. Nothing depends on where the file is.
 */
export function directionText(direction: DirectionFile): string {
  const fields = directionFields(direction).filter(({ key, derived }) => key !== 'vector' && !derived);
  const first = fields.filter(({ key }) => key === 'name');
  const lines = [...first, ...fields.filter(({ key }) => key !== 'name')].map(({ label, text, fullText }) => [label, fullText.length <= longestField ? fullText : `${text}, ${digest(fullText)}`] as const);
  const all = [...lines, ...vectorLines(direction)];
  const width = Math.max(...all.map(([label]) => label.length));
  return all.map(([label, text]) => `${label.padEnd(width)}  ${text}`).join('\n');
}

function vectorLines(direction: DirectionFile): (readonly [label: string, text: string])[] {
  const { latent, vector } = direction;
  const rows = vectorRows(direction);
  const told = isStacked(vector) ? rows.map((row, i) => [`layer ${latent.layers[i]!}`, rowText(row, shownComponents['w+'])] as const) : [['every layer', rowText(rows[0]!, shownComponents.w)] as const];
  return [...told, ['vector', digest(JSON.stringify(vector))]];
}

function rowText(row: readonly number[], count: number): string {
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  const largest = row.map((value, index) => ({ value, index })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index).slice(0, count);
  return `norm ${sixDigits(norm)}, largest ${largest.map(({ value, index }) => `${value} at ${index}`).join(', ')}`;
}

function digest(text: string): string {
  return `sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
