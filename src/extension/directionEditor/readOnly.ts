import * as vscode from 'vscode';

/** Why a document cannot be edited, in one line; undefined where it can. */
export async function readOnlyReason(uri: vscode.Uri): Promise<string | undefined> {
  if (uri.scheme === 'git' || uri.scheme === 'gitlens') return `This is git’s version of the file${versionIn(uri.query)}: it is read-only, edit the file itself.`;
  if (uri.scheme === 'untitled') return undefined;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true) return 'This version of the file is read-only.';
  const { permissions = 0 } = await vscode.workspace.fs.stat(uri).then((stat) => stat, () => ({ permissions: undefined }));
  return (permissions & vscode.FilePermission.Readonly) !== 0 ? 'The file is read-only.' : undefined;
}

/** " (HEAD)" or the like; git's extension writes the commit into the query. */
function versionIn(query: string): string {
  const [, ref] = /"ref":"([^"]+)"/.exec(query) ?? [];
  if (ref === undefined) return '';
  if (ref === '~') return ' (index)';
  return ` (${/^[0-9a-f]{40}$/.test(ref) ? ref.slice(0, 8) : ref})`;
}
