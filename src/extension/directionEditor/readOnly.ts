import * as vscode from 'vscode';
import { gitVersion } from '../workspace/gitVersion';

/** Why a document cannot be edited, in one line; undefined where it can. */
export async function readOnlyReason(uri: vscode.Uri): Promise<string | undefined> {
  if (uri.scheme === 'git' || uri.scheme === 'gitlens') {
    const version = gitVersion(uri);
    return `This is git’s version of the file${version === undefined ? '' : ` (${version})`}: it is read-only, edit the file itself.`;
  }
  if (uri.scheme === 'untitled') return undefined;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true) return 'This version of the file is read-only.';
  const { permissions = 0 } = await vscode.workspace.fs.stat(uri).then((stat) => stat, () => ({ permissions: undefined }));
  return (permissions & vscode.FilePermission.Readonly) !== 0 ? 'The file is read-only.' : undefined;
}
