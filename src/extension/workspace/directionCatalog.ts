import * as vscode from 'vscode';
import { directionSuffix } from '../fileNames';
import { reasonOf } from '../reason';
import { summarizeDirection } from './directionSummary';
import type { DirectionSummary } from './directionSummary';
import { folderOf, nameOf, readText } from './files';
import { WatchedList } from './watchedList';

/** A direction file of the workspace. */
export interface KnownDirection {
  readonly uri: vscode.Uri;
  /** Its folder, as a path relative to the workspace; the workspace folder's name where it lies right in there. */
  readonly folder: string;
  /** The file name without its suffix. */
  readonly fileName: string;
  /** What the file says, or why it cannot be used. */
  readonly summary: DirectionSummary | undefined;
  readonly problem: string | undefined;
}

/** A direction of 18 layers in w+ takes about 100 kB. */
export const largestDirection = 16 * 2 ** 20;
const mostFiles = 2000;
const pattern = `**/*${directionSuffix}`;

/** The direction files of the workspace. */
export class DirectionCatalog extends WatchedList<KnownDirection> {
  constructor() {
    super([pattern], scan, '**');
    this.store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => { this.refresh(); }));
  }
}

export function isDirectionFile(uri: vscode.Uri): boolean {
  return uri.path.toLowerCase().endsWith(directionSuffix);
}

async function scan(): Promise<readonly KnownDirection[]> {
  const files = await vscode.workspace.findFiles(pattern, '**/node_modules/**', mostFiles);
  const directions = await Promise.all(files.map(describe));
  return directions.sort((a, b) => a.folder.localeCompare(b.folder) || a.fileName.localeCompare(b.fileName, undefined, { numeric: true }));
}

async function describe(uri: vscode.Uri): Promise<KnownDirection> {
  const file = nameOf(uri);
  const place = { uri, folder: folderName(folderOf(uri)), fileName: file.slice(0, -directionSuffix.length) };
  try {
    return { ...place, summary: summarizeDirection(await readText(uri, largestDirection), file), problem: undefined };
  } catch (error) {
    return { ...place, summary: undefined, problem: reasonOf(error) };
  }
}

function folderName(folder: vscode.Uri): string {
  const workspace = vscode.workspace.getWorkspaceFolder(folder);
  return workspace && String(workspace.uri) === String(folder) ? workspace.name : vscode.workspace.asRelativePath(folder);
}
