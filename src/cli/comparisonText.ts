import type { ComparedField, Comparison } from '../shared/direction/compareDirections';
import { formatTable } from '../shared/table';

/** A comparison for the terminal: the verdict, |cos| in full and by layers, what differs, what does not. */
export function comparisonText(comparison: Comparison): string {
  const { labels, fields } = comparison;
  const unchanged = fields.filter(({ changed }) => !changed);
  return blocks([
    ...heads(comparison),
    labels.length > 2 ? matrixTable(comparison) : '',
    layerTable(comparison),
    differences(comparison),
    unchanged.length > 0 ? formatTable(['the same', ''], unchanged.map(({ label, values }) => [label, values[0] ?? ''])) : '',
  ]);
}

/** What has changed from one version of a file to the next, and nothing else. */
export function changeText(comparison: Comparison): string {
  const turned = comparison.fields.some(({ label, changed }) => label === 'vector' && changed);
  return blocks([...heads(comparison), turned ? layerTable(comparison) : '', differences(comparison)]);
}

function blocks(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function heads({ labels, verdict, pairs, notes }: Comparison): string[] {
  const [first, ...others] = labels as [string, ...string[]];
  const lines = others.map((label, i) => `${first} and ${label}: ${cosineText(pairs[i]!.cosine)}${pairs[i]!.verdict}`);
  const edits = pairs.flatMap((pair, i) => (pair.edits === null ? [] : [pairs.length > 1 ? `${others[i]!}: ${pair.edits}` : pair.edits]));
  return [pairs.length > 1 ? `${verdict}\n\n${lines.join('\n')}` : lines.join('\n'), [...edits, ...notes].join('\n')];
}

function cosineText(cosine: number | null): string {
  return cosine === null ? '' : `|cos| ${magnitude(cosine)}, `;
}

function magnitude(cosine: number | null): string {
  return cosine === null ? '-' : Math.abs(cosine).toFixed(6);
}

function matrixTable({ labels, cosines }: Comparison): string {
  return formatTable(['|cos|', ...labels], labels.map((label, i) => [label, ...cosines[i]!.map(magnitude)]));
}

function layerTable({ labels, pairs, layers }: Comparison): string {
  if (layers.length === 0) return '';
  const several = pairs.length > 1;
  const cell = (cosine: number | null) => (cosine === null ? 'in one only' : magnitude(cosine));
  const header = several ? [`|cos| with ${labels[0]!}`, ...labels.slice(1)] : ['layers', '|cos|', layers.some(({ cosines }) => (cosines[0] ?? 0) < 0) ? 'sign' : ''];
  return formatTable(header, layers.map(({ layers: name, cosines }) => [several ? `layers ${name}` : name, ...cosines.map(cell), ...(several ? [] : [(cosines[0] ?? 0) < 0 ? 'flipped' : ''])]));
}

function differences({ labels, fields }: Comparison): string {
  const changed = fields.filter((field) => field.changed);
  return changed.length === 0 ? '' : formatTable(['different', ...labels], changed.map((field) => [field.label, ...cells(field)]));
}

function cells({ values, changes }: ComparedField): string[] {
  return values.map((value, i) => `${value ?? '-'}${i > 0 && changes[i - 1] !== null ? ` (${changes[i - 1]!})` : ''}`);
}
