import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { formatDirection } from '../../shared/direction/formatDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { directionSuffix, fileNameProblem, freeName, safeFileName } from '../fileNames';
import type { Services } from '../services';
import { exists, nameOf, writeFile } from '../workspace/files';
import { isDirectionFile } from '../workspace/directionCatalog';
import { chosenSolution } from './exactDirection';
import { offerToOpen, placeFor } from './exportPng';

/**
 * Asks for a name and writes the direction to `<directions folder>/<generator>/<name>.resefa.json` of the workspace,
 * or to a place that the user chooses where there is no workspace. One that is from tiles is solved exactly before, see
 * chosenSolution. Nothing comes back where the user gives up.
 */
export async function saveDirection(generator: string, direction: DirectionFile, services: Services): Promise<{ readonly name: string; readonly path: string } | undefined> {
  const solve = await chosenSolution(generator, direction, services);
  const uri = solve && (await askFile(direction, services));
  const solved = uri && (await solve());
  if (!uri || !solved) return undefined;
  const name = nameOf(uri).slice(0, -directionSuffix.length);
  const path = vscode.workspace.asRelativePath(uri);
  await writeFile(uri, new TextEncoder().encode(checkedText({ ...solved, name }, path)));
  offerToOpen(`Saved ${name}`, uri);
  return { name, path };
}

/** What could not be read again is not to be written. */
function checkedText(direction: DirectionFile, path: string): string {
  const text = formatDirection(direction);
  parseDirection(text, path);
  return text;
}

async function askFile(direction: DirectionFile, { settings }: Services): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) return askPlace(direction);
  const workspace = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick({ placeHolder: 'The workspace folder to save the direction in' });
  if (!workspace) return undefined;
  const generator = safeFileName(direction.generator.name, 'generator');
  return askName(direction, vscode.Uri.joinPath(workspace.uri, settings.directionsFolder(workspace.uri), generator));
}

async function askName(direction: DirectionFile, folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  const taken = await namesIn(folder);
  const name = await vscode.window.showInputBox({
    title: 'Save direction',
    prompt: `Saved as <name>${directionSuffix} in ${vscode.workspace.asRelativePath(folder)}`,
    value: freeName(safeFileName(direction.name, 'direction'), taken),
    ignoreFocusOut: true,
    validateInput: (value) => nameAdvice(value, taken),
  });
  if (name === undefined) return undefined;
  const uri = vscode.Uri.joinPath(folder, `${name}${directionSuffix}`);
  return !(await exists(uri)) || (await mayOverwrite(uri)) ? uri : undefined;
}

function nameAdvice(value: string, taken: ReadonlySet<string>): string | vscode.InputBoxValidationMessage | undefined {
  const problem = fileNameProblem(value);
  if (problem !== undefined || !taken.has(value)) return problem;
  return { message: `${value} exists already; you will be asked whether to replace it`, severity: vscode.InputBoxValidationSeverity.Warning };
}

async function namesIn(folder: vscode.Uri): Promise<ReadonlySet<string>> {
  const entries = await vscode.workspace.fs.readDirectory(folder).then((found) => found, () => []);
  return new Set(entries.map(([name]) => name).filter((name) => name.endsWith(directionSuffix)).map((name) => name.slice(0, -directionSuffix.length)));
}

async function askPlace(direction: DirectionFile): Promise<vscode.Uri | undefined> {
  const defaultUri = placeFor(`${safeFileName(direction.name, 'direction')}${directionSuffix}`);
  const chosen = await vscode.window.showSaveDialog({ defaultUri, filters: { 'ReSeFa direction': ['json'] }, saveLabel: 'Save' });
  if (!chosen || isDirectionFile(chosen)) return chosen;
  const uri = chosen.with({ path: chosen.path.replace(/(?:\.json)?$/i, directionSuffix) });
  return !(await exists(uri)) || (await mayOverwrite(uri)) ? uri : undefined;
}

async function mayOverwrite(uri: vscode.Uri): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(`${nameOf(uri)} exists already. Replace it?`, { modal: true }, 'Replace');
  return answer !== undefined;
}
