import * as vscode from 'vscode';
import { directionInEditor } from '../workspace/directionFiles';

/**
 * From this version 1.x on, VS Code reopens a file that is not saved without a question; before, it asks whether to save
 * it, as if what both editors edit were about to be lost (microsoft/vscode#314327, fixed in May 2026).
 */
const reopensUnsaved = 121;

/**
 * Shows a file in another editor. The one that shows it already and has the keyboard is replaced, also where the file is
 * not saved: both edit the same text. Where VS Code would ask about that, the other editor opens in a tab beside it.
 */
export async function openWith(uri: vscode.Uri, editor: string): Promise<void> {
  if (String(directionInEditor()) === String(uri) && !isAskedAbout(uri)) await vscode.commands.executeCommand('reopenActiveEditorWith', editor);
  else await vscode.commands.executeCommand('vscode.openWith', uri, editor);
}

function isAskedAbout(uri: vscode.Uri): boolean {
  const [major = 0, minor = 0] = vscode.version.split('.').map(Number);
  if (major > 1 || minor >= reopensUnsaved) return false;
  return vscode.workspace.textDocuments.some((document) => document.isDirty && String(document.uri) === String(uri));
}
