import * as vscode from 'vscode';
import { directionInEditor } from '../workspace/directionFiles';

/**
 * Shows a file in another editor. The one that shows it already and has the keyboard is replaced, also where the file is
 * not saved: both edit the same text.
 */
export async function openWith(uri: vscode.Uri, editor: string): Promise<void> {
  if (String(directionInEditor()) === String(uri)) await vscode.commands.executeCommand('reopenActiveEditorWith', editor);
  else await vscode.commands.executeCommand('vscode.openWith', uri, editor);
}
