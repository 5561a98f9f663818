import * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import { reasonOf } from '../reason';
import { folderOf, nameOf } from '../workspace/files';

/** What `vscode.extensions.getExtension('vscode.git').exports` gives; see extensions/git/src/api/git.d.ts of VS Code. */
interface GitExtension {
  /** False where git is switched off or was not found. */
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

interface GitApi {
  getRepository(uri: vscode.Uri): GitRepository | null;
  openRepository(root: vscode.Uri): Promise<GitRepository | null>;
  toGitUri(uri: vscode.Uri, ref: string): vscode.Uri;
}

/** Paths are those of the file system, without regard to where the repository begins. */
interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly state: { readonly onDidChange: vscode.Event<void> };
  getCommit(ref: string): Promise<unknown>;
  /** Rejected where the commit has no such file. */
  getObjectDetails(treeish: string, path: string): Promise<unknown>;
  show(ref: string, path: string): Promise<string>;
}

/**
 * The text of a file in the commit that is checked out.
 *
 * @throws UserError in one line: no git, no repository, no commit, no such file in it
 */
export async function textInHead(uri: vscode.Uri): Promise<string> {
  const file = nameOf(uri);
  const repository = await repositoryOf(uri);
  await orElse(repository.getCommit('HEAD'), () => `the git repository of ${file} has no commit yet: commit something to compare with`);
  await orElse(repository.getObjectDetails('HEAD', uri.fsPath), () => `${file} is not in the last commit (HEAD): there is nothing to compare it with`);
  return orElse(repository.show('HEAD', uri.fsPath), (reason) => `git does not give ${file} of the last commit (HEAD): ${reason}`);
}

/**
 * Listens to changes of the repository that a file is in, such as commits; there is nothing to hear where there is none.
 *
 * VS Code tells of them when its window has the focus; git's own log of what HEAD was tells at once.
 */
export async function onRepositoryChange(uri: vscode.Uri, listener: () => void): Promise<readonly vscode.Disposable[]> {
  const repository = await repositoryOf(uri).catch(() => undefined);
  if (!repository) return [];
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(repository.rootUri, '.git/logs/HEAD'));
  return [watcher, watcher.onDidChange(listener), watcher.onDidCreate(listener), repository.state.onDidChange(listener)];
}

/** Where an editor finds the text of a file in the commit that is checked out. */
export async function uriInHead(uri: vscode.Uri): Promise<vscode.Uri> {
  return (await gitApi()).toGitUri(uri, 'HEAD');
}

async function repositoryOf(uri: vscode.Uri): Promise<GitRepository> {
  const api = await gitApi();
  // VS Code looks for repositories when it has the time; one that it has not found yet is opened here.
  const repository = api.getRepository(uri) ?? (await api.openRepository(folderOf(uri)).catch(() => null)) ?? api.getRepository(uri);
  if (!repository) throw new UserError(`${nameOf(uri)} is not in a git repository that VS Code has opened`);
  return repository;
}

async function gitApi(): Promise<GitApi> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) throw new UserError('comparing with HEAD takes VS Code\'s own Git extension, which is disabled: enable it, or trust the workspace');
  const git = await orElse(Promise.resolve(extension.activate()), (reason) => `VS Code's Git extension does not start: ${reason}`);
  if (!git.enabled) throw new UserError('git is switched off in VS Code (the setting git.enabled), or it was not found');
  return git.getAPI(1);
}

/** The answer; a refusal becomes the user's to mend. */
async function orElse<Answer>(asked: PromiseLike<Answer>, message: (reason: string) => string): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw new UserError(message(reasonOf(error)));
  }
}
