import { readFileBytes } from '../engine/files';
import { parseDirection } from '../shared/direction/checkDirection';
import { compareDirections } from '../shared/direction/compareDirections';
import type { DirectionFile } from '../shared/direction/directionFile';
import { UserError } from '../shared/userError';
import { changeText } from './comparisonText';
import { directionText } from './directionText';

/** One side of a change, as git hands it over. */
interface Version {
  readonly file: string;
  /** The object's hash; "." or zeros where git has none. */
  readonly hex: string;
  /** Such as "100644"; "." where the file is not there. */
  readonly mode: string;
}

/** A version that was read: a direction, none at all, or the reason why it is no direction. */
type Content = { readonly direction: DirectionFile } | { readonly absent: true } | { readonly problem: string };

/**
 * What git prints for a changed file in place of its own diff.
 *
 * @param args what git gives to an external diff driver (git(1), GIT_EXTERNAL_DIFF): path, and file, hash and mode of the
 *   old and of the new version; for a renamed file the new path and git's own header lines follow; for one that is not
 *   merged there is the path alone
 * @throws UserError for other arguments. Nothing about the files themselves makes it fail: git would stop.
 */
export async function gitDiffText(args: readonly string[]): Promise<string> {
  const [path, oldFile, oldHex, oldMode, newFile, newHex, newMode, newPath, headers] = args;
  if (args.length === 1) return `* Unmerged path ${path!}`;
  if (newMode === undefined || args.length > 9) {
    throw new UserError(`--git-diff takes the seven arguments that git gives to a diff driver (path old-file old-hex old-mode new-file new-hex new-mode), not ${args.length}`);
  }
  const before = { file: oldFile!, hex: oldHex!, mode: oldMode! };
  const after = { file: newFile!, hex: newHex!, mode: newMode };
  const paths = { before: `a/${path!}`, after: `b/${newPath ?? path!}` };
  const header = [`diff --resefa ${paths.before} ${paths.after}`, ...(headers === undefined ? headerLines(before, after) : [headers.trimEnd()])];
  return `${header.join('\n')}\n\n${await bodyOf(before, after, paths)}\n`;
}

function headerLines(before: Version, after: Version): string[] {
  const hashes = `${short(before.hex)}..${short(after.hex)}`;
  if (isAbsent(before)) return [`new file mode ${after.mode}`, `index ${hashes}`];
  if (isAbsent(after)) return [`deleted file mode ${before.mode}`, `index ${hashes}`];
  if (before.mode !== after.mode) return [`old mode ${before.mode}`, `new mode ${after.mode}`, `index ${hashes}`];
  return [`index ${hashes} ${after.mode}`];
}

/** git does not hash what lies in the working tree alone. */
function short(hex: string): string {
  return /^[0-9a-f]+$/i.test(hex) ? hex.slice(0, 7) : '0000000';
}

function isAbsent({ file, mode }: Version): boolean {
  return file === '/dev/null' || file.toLowerCase() === 'nul' || mode === '.';
}

async function bodyOf(before: Version, after: Version, paths: { readonly before: string; readonly after: string }): Promise<string> {
  const [a, b] = [await contentOf(before), await contentOf(after)];
  const problems = [...reason(paths.before, a), ...reason(paths.after, b)];
  if (problems.length > 0) return ['Not compared as directions:', ...problems].join('\n');
  if ('direction' in a && 'direction' in b) return changeText(compareDirections([{ file: paths.before, direction: a.direction }, { file: paths.after, direction: b.direction }]));
  if ('direction' in b) return `A new direction.\n\n${directionText(b.direction)}`;
  return 'direction' in a ? `The direction is gone.\n\n${directionText(a.direction)}` : 'There is no file on either side.';
}

function reason(path: string, content: Content): string[] {
  return 'problem' in content ? [`${path}${content.problem}`] : [];
}

async function contentOf(version: Version): Promise<Content> {
  if (isAbsent(version)) return { absent: true };
  try {
    // Temporary files of git's have names that say nothing: the message gets the path in their place.
    return { direction: parseDirection((await readFileBytes(version.file)).toString('utf8'), '') };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.message.startsWith(':') ? error.message : `: ${error.message}` };
  }
}
