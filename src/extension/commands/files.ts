import * as vscode from 'vscode';
import { uriOf } from './arguments';
import type { Command } from './command';

/** Shows a tree item's file in VS Code's explorer. */
export const revealInExplorer: Command = {
  id: 'resefa.revealInExplorer',
  run: (_services, argument) => vscode.commands.executeCommand('revealInExplorer', uriOf(argument)),
};

/** Shows a tree item's file in the file manager of the operating system. */
export const revealInFileManager: Command = {
  id: 'resefa.revealInFileManager',
  run: (_services, argument) => vscode.commands.executeCommand('revealFileInOS', uriOf(argument)),
};

/** Copies the path of a tree item's file. */
export const copyPath: Command = {
  id: 'resefa.copyPath',
  run: (_services, argument) => vscode.env.clipboard.writeText(uriOf(argument)?.fsPath ?? ''),
};
