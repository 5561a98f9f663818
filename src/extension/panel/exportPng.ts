import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { withoutLinks } from '../withoutLinks';
import { writeFile } from '../workspace/files';

/** Asks for a place, writes the PNG file that `compute` gives there, and offers to open it; nothing where the user gives up. */
export async function exportPng(fileName: string, compute: () => Promise<Uint8Array>): Promise<{ readonly path: string } | undefined> {
  const uri = await vscode.window.showSaveDialog({ defaultUri: placeFor(fileName), filters: { PNG: ['png'] }, saveLabel: 'Export' });
  if (!uri) return undefined;
  await writeFile(uri, await compute());
  const path = vscode.workspace.asRelativePath(uri);
  offerToOpen(`Exported ${path}`, uri);
  return { path };
}

/** A place for a new file: the workspace, or else the user's home. */
export function placeFor(fileName: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir()), fileName);
}

/** Says what has been written, with a button that opens it. Returns at once. */
export function offerToOpen(message: string, uri: vscode.Uri): void {
  void vscode.window.showInformationMessage(withoutLinks(message), 'Open').then((button) => {
    if (button !== undefined) void vscode.commands.executeCommand('vscode.open', uri);
  });
}
