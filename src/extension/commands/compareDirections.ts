import type * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import { directionInEditor } from '../workspace/directionFiles';
import { isDirectionFile } from '../workspace/directionCatalog';
import { nameOf } from '../workspace/files';
import { urisOf } from './arguments';
import type { Command } from './command';
import { pickDirections } from './pickDirection';

/** Compares direction files: those selected, or the one given or in the editor with others that the user picks. */
export const compareDirections: Command = {
  id: 'resefa.compareDirections',
  run: async ({ comparisons, directions }, argument, selection) => {
    const given = urisOf(argument, selection);
    const chosen = given.length > 0 ? given.filter(isDirectionFile) : [directionInEditor() ?? []].flat();
    if (given.length > 0 && chosen.length === 0) throw new UserError(`${nameOf(given[0]!)} is not a direction file (*.resefa.json)`);
    const files = distinct(chosen);
    const sides = files.length > 1 ? files : await withOthers(files);
    if (sides) comparisons.show(sides.map((uri) => ({ uri })));

    async function withOthers([first]: readonly vscode.Uri[]): Promise<vscode.Uri[] | undefined> {
      const picked = await pickDirections(directions, first ? `The directions to compare with ${nameOf(first)}` : 'Two or more directions to compare', first);
      if (!picked) return undefined;
      const all = distinct([...(first ? [first] : []), ...picked]);
      if (all.length < 2) throw new UserError('a comparison takes two or more directions: pick another one as well');
      return all;
    }
  },
};

function distinct(uris: readonly vscode.Uri[]): vscode.Uri[] {
  return [...new Map(uris.map((uri) => [String(uri), uri])).values()];
}
