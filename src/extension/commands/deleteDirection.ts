import * as vscode from 'vscode';
import { reasonOf } from '../reason';
import { nameOf } from '../workspace/files';
import { uriOf } from './arguments';
import type { Command } from './command';

/** Moves a direction file to the trash, after asking. */
export const deleteDirection: Command = {
  id: 'resefa.deleteDirection',
  run: async ({ directions, log }, argument) => {
    const uri = uriOf(argument);
    if (!uri || !(await confirmed(`Delete ${nameOf(uri)}?`, 'It is moved to the trash.', 'Delete'))) return;
    try {
      await vscode.workspace.fs.delete(uri, { useTrash: true });
    } catch (error) {
      log.warn(reasonOf(error));
      if (!(await confirmed(`${nameOf(uri)} cannot be moved to the trash. Delete it for good?`, 'This cannot be undone.', 'Delete'))) return;
      await vscode.workspace.fs.delete(uri);
    }
    directions.refresh();
  },
};

/** Asks in a dialog whether to go on. */
export async function confirmed(question: string, detail: string, button: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}
