import type { ComparedField, Comparison } from '../../../shared/direction/compareDirections';
import { element } from '../../dom';
import type { Child } from '../../dom';
import { countText, magnitude } from '../model/wording';

/** |cos| in full and by layers: a column for every direction but the first. */
export function cosineTable({ labels, pairs, layers }: Comparison): HTMLElement {
  const [first, ...others] = labels;
  const heads = others.length > 1 ? others : ['|cos|'];
  const rows = [
    row('in full', pairs.map(({ cosine }) => cosineCell(cosine))),
    ...layers.map((group) => row(`layer${/\D/.test(group.layers) ? 's' : ''} ${group.layers}`, group.cosines.map((cosine) => (cosine === null ? cell('edited in one only', 'quiet') : cosineCell(cosine))))),
  ];
  return table('cosines', others.length > 1 ? `|cos| with ${first!}` : '|cos| by layers', ['', ...heads], rows);
}

/** |cos| of all with all; the more alike, the stronger the colour. */
export function matrixTable({ labels, cosines }: Comparison): HTMLElement {
  const rows = labels.map((label, i) => row(label, cosines[i]!.map((cosine) => {
    const shown = cosineCell(cosine);
    shown.style.setProperty('--likeness', `${Math.round(Math.abs(cosine ?? 0) * 100)}%`);
    return shown;
  })));
  return table('matrix', '|cos| of all with all', ['', ...labels], rows);
}

/** What differs; what does not is folded away. */
export function fieldTable({ labels, fields }: Comparison): HTMLElement {
  const [changed, same] = [fields.filter((field) => field.changed), fields.filter((field) => !field.changed)];
  const folded = element('details', { class: 'same-fields' },
    element('summary', {}, countText(changed.length, same.length)),
    table('fields-same', 'The same in all', ['', ''], same.map((field) => row(field.label, [cell(field.values[0] ?? '–', 'quiet')]))),
  );
  if (same.length === 0) return table('fields', 'What differs', ['', ...labels], changed.map(fieldRow));
  if (changed.length === 0) return folded;
  return element('div', {}, table('fields', 'What differs', ['', ...labels], changed.map(fieldRow)), folded);
}

function fieldRow({ label, values, changes }: ComparedField): HTMLElement {
  return row(label, values.map((value, i) => {
    const change = i > 0 ? changes[i - 1] : undefined;
    const differs = i > 0 && value !== values[0];
    return cell(value ?? '–', differs ? 'differs' : '', change == null ? undefined : element('span', { class: 'change' }, change.replace(/^x /, '× ').replace(/^-/, '−')));
  }));
}

function cosineCell(cosine: number | null): HTMLTableCellElement {
  return cell(magnitude(cosine), 'number', cosine !== null && cosine < 0 ? element('span', { class: 'change' }, 'flipped') : undefined);
}

function cell(text: string, kind: string, ...more: Child[]): HTMLTableCellElement {
  return element('td', { class: kind === '' ? undefined : kind }, text, ...more);
}

function row(head: string, cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', {}, element('th', { scope: 'row' }, head), ...cells);
}

function table(kind: string, caption: string, heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const named = heads.some((head) => head !== '');
  const head = named ? element('thead', {}, element('tr', {}, ...heads.map((text) => (text === '' ? element('td') : element('th', { scope: 'col' }, text))))) : undefined;
  return element('table', { class: `comparison-table ${kind}` }, element('caption', {}, caption), head, element('tbody', {}, ...rows));
}
