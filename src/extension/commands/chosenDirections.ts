import type * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import type { DirectionCatalog } from '../workspace/directionCatalog';
import { isDirectionFile } from '../workspace/directionCatalog';
import { directionInEditor } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { urisOf } from './arguments';
import { pickDirections } from './pickDirection';

/**
 * The direction files that a command is for, each once: those that it was called on, the one in the editor, or some that the
 * user picks. None where they give up.
 *
 * @throws UserError where it was called on files that are no directions
 */
export async function chosenDirections(directions: DirectionCatalog, placeHolder: string, argument: unknown, selection: unknown): Promise<readonly vscode.Uri[]> {
  const given = givenDirections(argument, selection);
  return given.length > 0 ? given : ((await pickDirections(directions, placeHolder)) ?? []);
}

/**
 * The direction files that a command was called on, each once, or else the one in the editor; none where there is no such.
 *
 * @throws UserError where it was called on files that are no directions
 */
export function givenDirections(argument: unknown, selection: unknown): readonly vscode.Uri[] {
  const given = urisOf(argument, selection);
  const files = distinctFiles(given.filter(isDirectionFile));
  if (given.length > 0 && files.length === 0) throw new UserError(`${nameOf(given[0]!)} is not a direction file (*.resefa.json)`);
  return given.length > 0 ? files : [directionInEditor() ?? []].flat();
}

/** Each file once. */
export function distinctFiles(uris: readonly vscode.Uri[]): vscode.Uri[] {
  return [...new Map(uris.map((uri) => [String(uri), uri])).values()];
}
