import type * as vscode from 'vscode';

/** Which of git's versions of a file an address is of: "HEAD", "index", the beginning of a commit's hash; undefined where it does not say. */
export function gitVersion({ query }: vscode.Uri): string | undefined {
  // VS Code's git extension writes it into the query; the index is "~" or nothing.
  const [, ref] = /"ref":"([^"]*)"/.exec(query) ?? [];
  if (ref === '' || ref === '~') return 'index';
  return ref?.replace(/[0-9a-f]{40}/, (hash) => hash.slice(0, 8));
}
