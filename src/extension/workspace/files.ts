import * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import { reasonOf } from '../reason';

/** The name of a file or folder, without the folders that it is in. */
export function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** The folder that a file or folder is in. */
export function folderOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..');
}

export async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(() => true, () => false);
}

/** Whether a file may be written: it is not there yet, or the user lets it be replaced. */
export async function mayWrite(uri: vscode.Uri): Promise<boolean> {
  return !(await exists(uri)) || (await vscode.window.showWarningMessage(`${nameOf(uri)} exists already. Replace it?`, { modal: true }, 'Replace')) !== undefined;
}

/** @throws UserError when the file cannot be read or is larger than `most` bytes. */
export async function readText(uri: vscode.Uri, most: number): Promise<string> {
  const { size } = await stat(uri);
  if (size > most) throw new UserError(`${nameOf(uri)} has ${size} bytes, expected at most ${most}`);
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

async function stat(uri: vscode.Uri): Promise<vscode.FileStat> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch (error) {
    throw new UserError(`${nameOf(uri)} cannot be read: ${reasonOf(error)}`);
  }
}

/** Writes a file and the folders that lead to it. Throws UserError when it cannot. */
export async function writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(uri, bytes);
  } catch (error) {
    throw new UserError(`${vscode.workspace.asRelativePath(uri)} cannot be written: ${reasonOf(error)}`);
  }
}

/** The path that the engine, a process of its own, can open. Throws UserError where there is none. */
export function enginePath(uri: vscode.Uri): string {
  if (uri.scheme !== 'file') throw new UserError(`${nameOf(uri)} is not on this computer's disk (${uri.scheme}:), copy it to a local folder first`);
  return uri.fsPath;
}
