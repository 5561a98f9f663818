import type { ComparedField, Comparison } from '../../shared/direction/compareDirections';
import { escapeMarkdown, markdownCode } from '../../shared/markdown';

/** A comparison as a text for a pull request: the verdict, |cos|, and what differs. */
export function comparisonMarkdown({ labels, verdict, pairs, notes, cosines, layers, fields }: Comparison): string {
  const [first, ...others] = labels as [string, ...string[]];
  const changed = fields.filter((field) => field.changed);
  const told = others.map((label, i) => `- ${markdownCode(first)} and ${markdownCode(label)}: ${pairs[i]!.cosine === null ? '' : `\\|cos\\| ${magnitude(pairs[i]!.cosine)}, `}${escapeMarkdown(pairs[i]!.verdict)}`);
  return [
    `**${escapeMarkdown(verdict)}**`,
    told.join('\n'),
    [...pairs.flatMap(({ edits }) => edits ?? []), ...notes].map(escapeMarkdown).join('\n'),
    labels.length > 2 ? table(['\\|cos\\|', ...labels.map(escapeMarkdown)], labels.map((label, i) => [escapeMarkdown(label), ...cosines[i]!.map(magnitude)])) : '',
    layers.length === 0 ? '' : table(['layers', ...(others.length > 1 ? others.map(escapeMarkdown) : ['\\|cos\\|'])], layers.map((row) => [row.layers, ...row.cosines.map(layerCell)])),
    changed.length === 0 ? '' : table(['different', ...labels.map(escapeMarkdown)], changed.map((field) => [escapeMarkdown(field.label), ...cells(field)])),
  ].filter((part) => part !== '').join('\n\n').concat('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellTexts: readonly string[]) => `| ${cellTexts.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

function cells({ values, changes }: ComparedField): string[] {
  return values.map((value, i) => `${value === null ? '-' : escapeMarkdown(value)}${i > 0 && changes[i - 1] !== null ? ` (${changes[i - 1]!})` : ''}`);
}

function magnitude(cosine: number | null): string {
  return cosine === null ? '-' : Math.abs(cosine).toFixed(6);
}

function layerCell(cosine: number | null): string {
  return cosine === null ? 'in one only' : `${magnitude(cosine)}${cosine < 0 ? ' (flipped)' : ''}`;
}
