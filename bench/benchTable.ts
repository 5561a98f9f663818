import { formatTable } from '../src/shared/table';
import { changeOf, differenceOf } from './comparison';
import type { BenchReport, Figure, Machine } from './figures';

/** What the benchmark prints: a row for each figure, a column for each subject, and with an earlier run a column for the change. */
export function benchTable({ machine, results }: BenchReport, before?: BenchReport): string {
  const subjects = Object.keys(results);
  const sameMachine = before === undefined || differenceOf(machine, before.machine) === undefined;
  const cells = (group: string, name: string) => subjects.flatMap((subject) => {
    const now = results[subject]?.[group]?.[name];
    return before ? [formatted(now), changed(now, before.results[subject]?.[group]?.[name], sameMachine)] : [formatted(now)];
  });
  const sections = namesOf(subjects.map((subject) => results[subject]!)).map((group) =>
    namesOf(subjects.map((subject) => results[subject]![group] ?? {})).map((name) => [name, ...cells(group, name)]));
  const rows = sections.filter((section) => section.length > 0).flatMap((section, i) => (i === 0 ? section : [[''], ...section]));
  const header = subjects.flatMap((subject) => (before ? [subject, 'to before'] : [subject]));
  return [describeMachine(machine), ...notes(machine, before), '', formatTable(['', ...header], rows)].join('\n');
}

function describeMachine({ cores, processor, memoryGiB, node }: Machine): string {
  return `${cores} x ${processor}, ${memoryGiB} GiB of memory, Node ${node}; medians`;
}

function notes(machine: Machine, before: BenchReport | undefined): string[] {
  if (!before) return [];
  const difference = differenceOf(machine, before.machine);
  const meaning = '"to before" is the new median over the old one, with a word where they differ by more than the noise of both runs.';
  return difference === undefined ? [meaning] : [meaning, `Another machine (${difference}): times and memory are not judged, ratios are.`];
}

/** The keys of some objects in the order in which they first appear. */
function namesOf(objects: readonly object[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

function formatted(value: Figure | undefined): string {
  return value === undefined ? '' : formatNumber(value.median);
}

/** Three significant digits, and all that stand before the point. */
export function formatNumber(value: number): string {
  if (value === 0 || Number.isInteger(value)) return String(value);
  const decimals = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(decimals);
}

function changed(now: Figure | undefined, before: Figure | undefined, sameMachine: boolean): string {
  if (!now) return '';
  if (!before) return 'new';
  const change = changeOf(now, before, sameMachine);
  if (!change) return '';
  const ratio = change.ratio.toFixed(2);
  return change.verdict === 'same' ? ratio : `${change.verdict} ${ratio}`;
}
