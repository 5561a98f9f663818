import * as vscode from 'vscode';
import { uriOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Opens a direction file as VS Code opens it: as a preview, unless the user has other wishes. */
export const openDirection: Command = {
  id: 'resefa.openDirection',
  run: async ({ directions }, argument) => {
    const uri = uriOf(argument) ?? (await pickDirection(directions));
    if (uri) await vscode.commands.executeCommand('vscode.open', uri);
  },
};
