import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDirection } from '../../shared/direction/checkDirection';
import { localityRatio } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { escapeMarkdown, markdownCode } from '../../shared/markdown';
import type { BatchPlan } from '../../shared/plan';
import { counted, formatTable } from '../../shared/table';
import { writeFileAtomic } from '../atomicFile';
import type { Job, Task } from './jobs';

/** Where all tasks of a plan stand at the end. */
export interface BatchState {
  readonly plan: BatchPlan;
  readonly jobs: readonly Job[];
  /** The files of each task that is done, by its id. */
  readonly done: ReadonlyMap<string, readonly string[]>;
  /** Why the others are not. */
  readonly failed: ReadonlyMap<string, string>;
  /** Files that were left as somebody edited them, as `<generator>/<file>`. */
  readonly edited: readonly string[];
  /** Files of earlier discoveries of the same names. */
  readonly stale: readonly string[];
}

export const summaryName = 'summary.md';

/** What tells a summary from a file of somebody else. */
const mark = '<!-- Written by ReSeFa after every run of the plan. -->';

/** Directions of each region that the summary lists. */
const leading = 3;

/** A task, and the directions that its files hold now. */
export interface SummaryLine {
  readonly task: Task;
  readonly job: Job;
  readonly directions: readonly DirectionFile[];
}

/**
 * Writes `summary.md`: what there is after a run, and nothing of how it came about, so that a run that was interrupted leaves
 * the same one. A file of that name that is somebody else's stays.
 *
 * @returns its path, or undefined where it was left
 * @throws UserError when it cannot be written
 */
export async function writeSummary(state: BatchState, lines: readonly SummaryLine[], out: string): Promise<string | undefined> {
  const path = join(out, summaryName);
  const found = await readFile(path, 'utf8').catch(() => mark);
  if (!found.startsWith(mark)) return undefined;
  const text = markdown(state, lines);
  if (text !== found) await writeFileAtomic(path, text);
  return path;
}

/** The same for the terminal, in a line for each region. */
export function summaryTable(state: BatchState, lines: readonly SummaryLine[]): string {
  const rows = lines.map(({ task, directions }) => {
    const best = directions.reduce<DirectionFile | undefined>((most, each) => ((ratioOf(each) ?? 0) > (most ? (ratioOf(most) ?? 0) : 0) ? each : most), undefined);
    return [task.id, state.done.has(task.id) ? String(directions.length) : 'failed', eigenvalueText(directions[0]), ratioText(directions[0]), best ? `${ratioText(best)} (${best.name})` : '-'];
  });
  return formatTable(['discovery', 'directions', 'eigenvalue', 'inside/outside', 'most local'], rows);
}

/** Reads what a summary tells of. */
export async function summaryLines({ jobs, done }: BatchState, out: string): Promise<SummaryLine[]> {
  const lines: SummaryLine[] = [];
  for (const job of jobs) {
    for (const task of job.tasks) {
      const names = (done.get(task.id) ?? []).filter((name) => name.endsWith('.json'));
      const directions: DirectionFile[] = [];
      for (const name of names) {
        const direction = await readDirection(join(out, task.folder, name), name);
        // Its file is what people look for, whatever they call it in there.
        if (direction) directions.push({ ...direction, name: name.replace(/\.resefa\.json$/, '') });
      }
      lines.push({ task, job, directions });
    }
  }
  return lines;
}

/** One that was edited until it is none is left out. */
async function readDirection(path: string, name: string): Promise<DirectionFile | undefined> {
  try {
    return parseDirection(await readFile(path, 'utf8'), name);
  } catch {
    return undefined;
  }
}

function markdown(state: BatchState, lines: readonly SummaryLine[]): string {
  const { plan, failed, edited, stale, done } = state;
  const total = done.size + failed.size;
  const parts = [
    mark,
    `# Directions of ${escapeMarkdown(plan.where)}`,
    `${counted(total, 'discovery')}: ${done.size} done, ${failed.size} failed. Preset ${plan.preset}, sorted by ${plan.rankBy}; the ${leading} leading directions of each. inside/outside is the ratio of changes on samples that took no part, the larger the more local.`,
    ...plan.generators.flatMap(({ name }) => generatorPart(name, lines.filter(({ task }) => task.folder === name && done.has(task.id)), plan)),
    ...listPart('Not discovered', failures(failed)),
    ...listPart('Not as this plan makes them (edited, or of another origin), and left', edited.map(markdownCode)),
    ...listPart('Left by earlier discoveries', stale.map(markdownCode)),
    'To go on after an interruption, to make what was deleted again or to follow a changed plan, run it again: '
      + `\`resefa discover --plan ${plan.where} --out <this folder>\`, or "ReSeFa: Discover for Several Regions" in VS Code. What is done is not repeated; \`--force\` makes edited files anew.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function generatorPart(name: string, lines: readonly SummaryLine[], plan: BatchPlan): string[] {
  if (lines.length === 0) return [];
  const axes = [...(plan.spaces.length > 1 ? ['space'] : []), ...(plan.seeds.length > 1 ? ['seeds'] : [])];
  const header = ['direction', ...axes, 'eigenvalue', 'inside/outside'];
  const rows = lines.flatMap(({ task, job, directions }) => directions.slice(0, leading).map((direction) => [
    `[${escapeMarkdown(direction.name)}](${encodeURI(`${task.folder}/${direction.name}.resefa.json`)})`,
    ...(plan.spaces.length > 1 ? [job.space] : []),
    ...(plan.seeds.length > 1 ? [job.seeds!] : []),
    eigenvalueText(direction),
    ratioText(direction),
  ]));
  const rule = header.map((_, column) => (column > axes.length ? '---:' : '---'));
  return [`## ${escapeMarkdown(name)}`, [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')];
}

/** Tasks that failed for the same reason share a line. */
function failures(failed: BatchState['failed']): string[] {
  const reasons = [...new Set(failed.values())];
  return reasons.map((reason) => `${[...failed].filter(([, each]) => each === reason).map(([id]) => markdownCode(id)).join(', ')}: ${escapeMarkdown(reason)}`);
}

function listPart(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.map((item) => `- ${item}`).join('\n')];
}

function eigenvalueText(direction: DirectionFile | undefined): string {
  return direction?.discovery?.eigenvalue.toPrecision(4) ?? '-';
}

function ratioText(direction: DirectionFile | undefined): string {
  return (direction && ratioOf(direction))?.toFixed(1) ?? '-';
}

function ratioOf({ metrics }: DirectionFile): number | undefined {
  return metrics && localityRatio(metrics);
}
