import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { CancelledError } from '../shared/cancelledError';
import { UserError } from '../shared/userError';
import { addCompare } from './commands/compare';
import { addCompose } from './commands/compose';
import { addDemo } from './commands/demo';
import { addDiscover } from './commands/discover';
import { addEdit } from './commands/edit';
import { addExportDirections } from './commands/exportDirections';
import { addImport } from './commands/import';
import { addImportDirections } from './commands/importDirections';
import { addInfo } from './commands/info';
import { addJvp } from './commands/jvp';
import { addReport } from './commands/report';
import { addRediscover } from './commands/rediscover';
import { addSolve } from './commands/solve';
import { addSynthesize } from './commands/synthesize';

/** Every command, in the order in which `--help` lists them. */
const commands = [addImport, addInfo, addSynthesize, addDiscover, addEdit, addReport, addCompare, addRediscover, addCompose, addImportDirections, addExportDirections, addJvp, addSolve, addDemo];

const exitCodes = { mistake: 2, defect: 1, cancelled: 130 } as const;

function program(): Command {
  const root = new Command('resefa')
    .description('Region-based latent directions of GANs: draw a region, get edits that change it and leave the rest alone.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .version(version, '--version', 'show the version')
    .showSuggestionAfterError(false)
    .configureHelp({ showGlobalOptions: false });
  for (const add of commands) add(root);
  for (const command of [root, ...root.commands]) {
    const hint = command === root ? expectedCommand(root) : `see resefa ${command.name()} --help`;
    command.exitOverride().helpOption('-h, --help', 'show this help').configureOutput({ outputError: (text, write) => { write(mistake(`${plainText(text)}; ${hint}`)); } });
  }
  return root.addHelpText('after', `
A generator is a folder that import made, an .onnx file, or an embedded generator (afhq-cat-64).
Regions are names (eyes), x,y,width,height in fractions of the image, ellipse:.., polygon:.., or a .json file.

  resefa discover afhq-cat-64 --region eyes --out directions
  resefa edit afhq-cat-64 directions/eyes-1.resefa.json --seeds 0-3 --out eyes.png`);
}

function expectedCommand(root: Command): string {
  return `expected one of the commands ${root.commands.map((command) => command.name()).join(', ')} (resefa --help explains them)`;
}

/** Commander's message without what frames it. */
function plainText(text: string): string {
  return text.trim().replace(/^error: /, '').replace(/\.$/, '');
}

/** Runs one command line; the answer is the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const root = program();
    if (args.length === 0) throw new UserError(`no command given; ${expectedCommand(root)}`);
    requireKnownOptions(root, args);
    await root.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.mistake;
    if (error instanceof CancelledError) return exitCodes.cancelled;
    if (error instanceof UserError) {
      process.stderr.write(mistake(error.message));
      return exitCodes.mistake;
    }
    process.stderr.write(`resefa failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.defect;
  }
}

/**
 * Refuses an option that the command does not have. Commander would look for missing options first, and call a
 * misspelt `--regoin` a missing `--region`.
 */
function requireKnownOptions(root: Command, args: readonly string[]): void {
  const command = root.commands.find((candidate) => candidate.name() === args[0]);
  const known = ['--help', ...(command?.options ?? []).flatMap(({ long }) => long ?? [])];
  const unknown = args.map((arg) => arg.split('=')[0]!).find((arg) => /^--[a-z]/.test(arg) && !known.includes(arg));
  if (!command || unknown === undefined) return;
  const near = known.find((option) => editDistance(option, unknown) <= Math.min(2, (unknown.length - 2) / 3));
  throw new UserError(`unknown option '${unknown}'${near ? ` (did you mean ${near}?)` : ''}; see resefa ${command.name()} --help`);
}

/** How many letters have to be changed, left out or put in (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** One line for a user's mistake. */
function mistake(text: string): string {
  return `resefa: ${text.trim().replace(/\s*\n\s*/g, ' ')}\n`;
}
