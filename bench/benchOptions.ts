import { quote } from '../src/shared/quote';
import { UserError } from '../src/shared/userError';

/** What a run of the benchmark is asked for. */
export interface BenchOptions {
  readonly subjects: readonly string[];
  readonly groups: readonly string[];
  /** Where the figures go as data. */
  readonly json: string | undefined;
  /** Figures of an earlier run. */
  readonly compare: string | undefined;
}

/** What there is to choose from. */
export interface BenchChoices {
  readonly subjects: readonly string[];
  /** Those that are measured only with --full, or by name. */
  readonly largeSubjects: readonly string[];
  readonly groups: readonly string[];
}

export const benchHelp = `npm run bench -- [subject or group ..] [--full] [--json file] [--compare old.json]

  --full            the large subjects as well
  --json file       where the figures go as data (default: bench-results.json in the folder for temporary files)
  --compare file    figures of an earlier run: a column with the ratio to them`;

/**
 * Names choose subjects and groups; all of a sort where none of it is named.
 *
 * @throws UserError where an option or a name is unknown, or a value is missing
 */
export function benchOptions(args: readonly string[], choices: BenchChoices): BenchOptions {
  const values: Partial<Record<'--json' | '--compare', string>> = {};
  const names: string[] = [];
  let full = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--full') full = true;
    else if (arg === '--json' || arg === '--compare') values[arg] = valueOf(arg, args[++i]);
    else if (arg.startsWith('-')) throw new UserError(`unknown option ${quote(arg)}; expected --full, --json <file> or --compare <file>`);
    else names.push(known(arg, choices));
  }
  const all = [...choices.subjects, ...choices.largeSubjects];
  const chosen = { subjects: all.filter((name) => names.includes(name)), groups: choices.groups.filter((name) => names.includes(name)) };
  return {
    subjects: chosen.subjects.length > 0 ? all.filter((name) => chosen.subjects.includes(name) || (full && choices.largeSubjects.includes(name))) : full ? all : choices.subjects,
    groups: chosen.groups.length > 0 ? chosen.groups : choices.groups,
    json: values['--json'],
    compare: values['--compare'],
  };
}

function valueOf(option: string, value: string | undefined): string {
  if (value === undefined || value === '' || value.startsWith('-')) throw new UserError(`${option} needs a file`);
  return value;
}

function known(name: string, { subjects, largeSubjects, groups }: BenchChoices): string {
  if ([...subjects, ...largeSubjects, ...groups].includes(name)) return name;
  throw new UserError(`there is no subject or group ${quote(name)}; subjects are ${[...subjects, ...largeSubjects].join(', ')}, groups are ${groups.join(', ')}`);
}
