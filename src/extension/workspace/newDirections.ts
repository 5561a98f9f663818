import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatDirection } from '../../shared/direction/formatDirection';
import { directionSuffix, safeFileName } from '../fileNames';
import type { Services } from '../services';
import { writeFile } from './files';

/**
 * Where directions of a generator go: `<directions folder>/<generator>` of the workspace, of the folder that the user picks
 * where it has several. 'none' where there is no workspace, and nothing where the user gives up.
 */
export async function folderForDirections(generator: string, { settings }: Pick<Services, 'settings'>): Promise<vscode.Uri | 'none' | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) return 'none';
  const workspace = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick({ placeHolder: 'The workspace folder to save directions in' });
  return workspace && vscode.Uri.joinPath(workspace.uri, settings.directionsFolder(workspace.uri), safeFileName(generator, 'generator'));
}

/** The names of the directions in a folder, which may not be there. */
export async function directionNamesIn(folder: vscode.Uri): Promise<ReadonlySet<string>> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then((found) => found, () => []);
  return new Set(entries.map(([name]) => name).filter((name) => name.endsWith(directionSuffix)).map((name) => name.slice(0, -directionSuffix.length)));
}

/** Writes a direction file and the folders that lead to it. What could not be read again is not written. */
export async function writeDirection(uri: vscode.Uri, direction: DirectionFile): Promise<void> {
  const text = formatDirection(direction);
  parseDirection(text, vscode.workspace.asRelativePath(uri));
  await writeFile(uri, new TextEncoder().encode(text));
}
