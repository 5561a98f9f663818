import type * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import { nameOf } from '../workspace/files';
import { distinctFiles, givenDirections } from './chosenDirections';
import type { Command } from './command';
import { pickDirections } from './pickDirection';

/** Compares direction files: those selected, or the one given or in the editor with others that the user picks. */
export const compareDirections: Command = {
  id: 'resefa.compareDirections',
  run: async ({ comparisons, directions }, argument, selection) => {
    const files = givenDirections(argument, selection);
    const sides = files.length > 1 ? files : await withOthers(files);
    if (sides) comparisons.show(sides.map((uri) => ({ uri })));

    async function withOthers([first]: readonly vscode.Uri[]): Promise<readonly vscode.Uri[] | undefined> {
      const picked = await pickDirections(directions, first ? `The directions to compare with ${nameOf(first)}` : 'Two or more directions to compare', first);
      if (!picked) return undefined;
      const all = distinctFiles([...(first ? [first] : []), ...picked]);
      if (all.length < 2) throw new UserError('a comparison takes two or more directions: pick another one as well');
      return all;
    }
  },
};
