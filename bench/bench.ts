/*
 * npm run bench: how long things take, as medians and as ratios of measurements that took turns in one run.
 * `npm run bench -- --help` lists the arguments, subjects.ts and groups.ts what there is to measure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireWritableFile, writeFileAtomic } from '../src/engine/atomicFile';
import { UserError } from '../src/shared/userError';
import { benchHelp, benchOptions } from './benchOptions';
import type { BenchOptions } from './benchOptions';
import { benchTable } from './benchTable';
import { figure, parseReport, thisMachine } from './figures';
import type { BenchReport, Figures, Results } from './figures';
import type { Group } from './group';
import { groups } from './groups';
import { answerStep, askedStep, runStep } from './ownProcess';
import { prepare, referenceOf } from './prepare';
import { subjects } from './subjects';
import type { Subject } from './subjects';

async function main(args: readonly string[]): Promise<void> {
  const options = benchOptions(args, {
    subjects: subjects.filter(({ large }) => !large).map(({ name }) => name),
    largeSubjects: subjects.filter(({ large }) => large).map(({ name }) => name),
    groups: groups.map(({ name }) => name),
  });
  const before = options.compare === undefined ? undefined : readReport(options.compare);
  const json = options.json ?? join(tmpdir(), 'bench-results.json');
  await requireWritableFile(json);
  const report: BenchReport = { format: 'resefa-bench', version: 1, machine: thisMachine(), results: resultsOf(options) };
  console.log(benchTable(report, before));
  await writeFileAtomic(json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nThe figures as data: ${json}`);
}

function readReport(path: string): BenchReport {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? String(error)}); --compare needs a file that an earlier run wrote with --json`);
  }
  return parseReport(text, path);
}

/** The chosen groups that say something about a subject, for each chosen subject. */
function resultsOf({ subjects: names, groups: chosen }: BenchOptions): Results {
  const plan = subjects.filter(({ name }) => names.includes(name))
    .map((subject) => ({ subject, taken: groups.filter(({ name, fits }) => chosen.includes(name) && (fits?.(subject) ?? true)) }))
    .filter(({ taken }) => taken.length > 0);
  if (plan.length === 0) throw new UserError(`there is nothing to measure: no figures of ${chosen.join(' or ')} for ${names.join(' or ')}; choose another group or subject`);
  return Object.fromEntries(plan.map(({ subject, taken }) => [subject.name, measured(subject, taken)]));
}

function measured(subject: Subject, taken: readonly Group[]): Readonly<Record<string, Figures>> {
  const folder = mkdtempSync(join(tmpdir(), 'resefa-bench-'));
  const results: Record<string, Figures> = {};
  const peaks: Record<string, Figures[string]> = {};
  try {
    runStep('prepare', subject.name, folder);
    for (const { name, peakOf } of taken) {
      process.stderr.write(`${subject.name}: ${name} ..\n`);
      const { value, peak } = runStep<Figures>(name, subject.name, folder);
      results[name] = value;
      if (peakOf !== undefined) peaks[`peak memory of ${peakOf}, MiB`] = figure('memory', [peak / 2 ** 20]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...results, memory: { ...results.memory, ...peaks } };
}

/** One step in this process: to prepare a subject, or to measure a group on it. */
async function step([name, subjectName, folder]: readonly string[]): Promise<unknown> {
  const subject = subjects.find((each) => each.name === subjectName)!;
  if (name === 'prepare') return prepare(subject, folder!);
  return groups.find((group) => group.name === name)!.measure({ subject, reference: referenceOf(subject, folder!), folder: folder! });
}

async function run(): Promise<void> {
  const asked = askedStep();
  const args = process.argv.slice(2);
  if (asked) answerStep(await step(asked));
  else if (args.includes('--help') || args.includes('-h')) console.log(benchHelp);
  else await main(args);
}

void run().catch((error: unknown) => {
  if (error instanceof UserError) console.error(`bench: ${error.message}`);
  else console.error(error);
  process.exitCode = error instanceof UserError ? 2 : 1;
});
