import { isAbsolute, resolve } from 'node:path';
import * as vscode from 'vscode';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';

/**
 * Checks that a generator, named by the page or a command, may be opened.
 *
 * @throws UserError for what is neither an absolute path nor a plain name, and for a path in a workspace that is not trusted.
 */
export function requireOpenable(reference: string): void {
  if (isAbsolute(reference)) requireTrusted(vscode.Uri.file(resolve(reference)));
  else if (/[\\/]/.test(reference) || /^\.*$/.test(reference)) throw new UserError(`${quote(reference)} must be an absolute path or the name of an embedded generator`);
}

/** @throws UserError for a file of a workspace that nobody has trusted: the engine is not to read it. */
export function requireTrusted(uri: vscode.Uri): void {
  if (vscode.workspace.isTrusted || !vscode.workspace.getWorkspaceFolder(uri)) return;
  throw new UserError(`${vscode.workspace.asRelativePath(uri)} is in a workspace that is not trusted: trust the workspace to open its generators`);
}
