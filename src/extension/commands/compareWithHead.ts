import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { UserError } from '../../shared/userError';
import { textInHead } from '../comparison/gitApi';
import { withoutLinks } from '../withoutLinks';
import { directionInEditor, presentText } from '../workspace/directionFiles';
import { isDirectionFile } from '../workspace/directionCatalog';
import { nameOf } from '../workspace/files';
import { uriOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Compares a direction file, as it stands in the editor, with the one of the last commit. */
export const compareWithHead: Command = {
  id: 'resefa.compareWithHead',
  run: async ({ comparisons, directions }, argument) => {
    const given = uriOf(argument) ?? directionInEditor() ?? (await pickDirection(directions));
    if (!given) return;
    const uri = inWorkingTree(given);
    const head = await textInHead(uri);
    parseDirection(head, `HEAD's ${nameOf(uri)} is no direction to compare with: ${nameOf(uri)} (HEAD)`);
    const present = await presentText(uri);
    if (lines(present) === lines(head)) {
      void vscode.window.showInformationMessage(withoutLinks(`${nameOf(uri)} is unchanged since the last commit.`));
      return;
    }
    parseDirection(present, nameOf(uri));
    comparisons.show([{ uri, ref: 'HEAD' }, { uri }]);
  },
};

/** The file itself where a view of git's on it was given. */
function inWorkingTree(uri: vscode.Uri): vscode.Uri {
  if (!isDirectionFile(uri)) throw new UserError(`${nameOf(uri)} is not a direction file (*.resefa.json)`);
  if (uri.scheme === 'git') return vscode.Uri.file(uri.path);
  if (uri.scheme !== 'file') throw new UserError(`${nameOf(uri)} is not on this computer's disk (${uri.scheme}:), where git could know it`);
  return uri;
}

/** git may turn the ends of lines. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
