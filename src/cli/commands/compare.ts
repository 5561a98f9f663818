import type { Command } from 'commander';
import { parseDirection } from '../../shared/direction/checkDirection';
import { compareDirections } from '../../shared/direction/compareDirections';
import { UserError } from '../../shared/userError';
import { readFileBytes } from '../../engine/files';
import { readDirection } from '../arguments';
import { comparisonText } from '../comparisonText';
import { directionText } from '../directionText';
import { gitDiffText } from '../gitDiff';

interface Options {
  readonly gitDiff?: boolean;
  readonly gitTextconv?: boolean;
}

export function addCompare(program: Command): void {
  program
    .command('compare')
    .argument('<files.resefa.json...>', 'two or more direction files; of a single one, all that it says')
    .option('--git-diff', 'be the external diff driver of git: the arguments are git\'s own')
    .option('--git-textconv', 'be the text converter of git: a file that is no direction is passed on as it is')
    .description('how alike directions are: a verdict, |cos| in full and by layers, what else differs; or one direction as a text')
    .action(compare);
}

async function compare(paths: readonly string[], options: Options): Promise<void> {
  if (options.gitDiff && options.gitTextconv) throw new UserError('--git-diff and --git-textconv exclude each other: give one of them');
  if (options.gitDiff) console.log(await gitDiffText(paths));
  else if (options.gitTextconv) process.stdout.write(await convertedText(paths));
  else if (paths.length === 1) console.log(directionText(await readDirection(paths[0]!)));
  else console.log(comparisonText(compareDirections(await Promise.all(paths.map(async (file) => ({ file, direction: await readDirection(file) }))))));
}

/**
 * What git compares in place of the file. git stops at a converter that fails, so that a file that is no direction, such
 * as one with conflict markers, is passed on.
 *
 * VS Code asks git for converted texts too, and shows them beside files that are not converted: it gets the file as it is.
 */
async function convertedText(paths: readonly string[]): Promise<string | Uint8Array> {
  if (paths.length !== 1) throw new UserError(`--git-textconv takes one file, as git gives it, not ${paths.length}`);
  const bytes = await readFileBytes(paths[0]!);
  if (process.env.VSCODE_GIT_COMMAND !== undefined) return bytes;
  const text = bytes.toString('utf8');
  try {
    return `${directionText(parseDirection(text, 'direction'))}\n`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `not shown as a direction (${error.message})\n${text}`;
  }
}
