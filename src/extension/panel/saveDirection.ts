import * as vscode from 'vscode';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { directionSuffix, fileNameProblem, freeName, safeFileName } from '../fileNames';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';
import { mayWrite, nameOf } from '../workspace/files';
import { isDirectionFile } from '../workspace/directionCatalog';
import { directionNamesIn, folderForDirections, writeDirection } from '../workspace/newDirections';
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
  return saved(uri, solved);
}

/** The same for a direction that is to be saved as it is. */
export async function saveAsItIs(direction: DirectionFile, services: Services): Promise<{ readonly name: string; readonly path: string } | undefined> {
  const uri = await askFile(direction, services);
  return uri && saved(uri, direction);
}

/** Writes a direction under the name of its file, and offers to open it. */
async function saved(uri: vscode.Uri, direction: DirectionFile): Promise<{ readonly name: string; readonly path: string }> {
  const name = nameOf(uri).slice(0, -directionSuffix.length);
  await writeDirection(uri, { ...direction, name });
  offerToOpen(`Saved ${name}`, uri);
  return { name, path: vscode.workspace.asRelativePath(uri) };
}

async function askFile(direction: DirectionFile, services: Services): Promise<vscode.Uri | undefined> {
  const folder = await folderForDirections(direction.generator.name, services);
  if (folder === 'none') return askPlace(direction);
  return folder && askName(direction, folder);
}

async function askName(direction: DirectionFile, folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  const taken = await directionNamesIn(folder);
  const name = await vscode.window.showInputBox({
    title: 'Save direction',
    prompt: withoutLinks(`Saved as <name>${directionSuffix} in ${vscode.workspace.asRelativePath(folder)}`),
    value: freeName(safeFileName(direction.name, 'direction'), taken),
    ignoreFocusOut: true,
    validateInput: (value) => nameAdvice(value, taken),
  });
  if (name === undefined) return undefined;
  const uri = vscode.Uri.joinPath(folder, `${name}${directionSuffix}`);
  return (await mayWrite(uri)) ? uri : undefined;
}

function nameAdvice(value: string, taken: ReadonlySet<string>): string | vscode.InputBoxValidationMessage | undefined {
  const problem = fileNameProblem(value);
  if (problem !== undefined || !taken.has(value)) return problem;
  return { message: `${value} exists already; you will be asked whether to replace it`, severity: vscode.InputBoxValidationSeverity.Warning };
}

async function askPlace(direction: DirectionFile): Promise<vscode.Uri | undefined> {
  const defaultUri = placeFor(`${safeFileName(direction.name, 'direction')}${directionSuffix}`);
  const chosen = await vscode.window.showSaveDialog({ defaultUri, filters: { 'ReSeFa direction': ['json'] }, saveLabel: 'Save' });
  if (!chosen || isDirectionFile(chosen)) return chosen;
  const uri = chosen.with({ path: chosen.path.replace(/(?:\.json)?$/i, directionSuffix) });
  return (await mayWrite(uri)) ? uri : undefined;
}
