import * as vscode from 'vscode';
import { composeDirections as composed, parseWeights } from '../../shared/direction/composeDirections';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';
import { directionSuffix, fileNameProblem, freeName } from '../fileNames';
import { offerToOpen } from '../panel/exportPng';
import { reasonOf } from '../reason';
import { withoutLinks } from '../withoutLinks';
import { readDirectionFile } from '../workspace/directionFiles';
import { exists, folderOf, nameOf } from '../workspace/files';
import { directionNamesIn, writeDirection } from '../workspace/newDirections';
import { givenDirections } from './chosenDirections';
import type { Command } from './command';
import { pickDirections } from './pickDirection';
import type { DirectionCatalog } from '../workspace/directionCatalog';

/** Adds directions up with weights and writes the sum beside the first of them. */
export const composeDirections: Command = {
  id: 'resefa.composeDirections',
  run: async ({ directions: catalog }, argument, selection) => {
    const uris = await chosenFiles(givenDirections(argument, selection), catalog);
    if (!uris) return;
    const directions = await Promise.all(uris.map(readDirectionFile));
    const weights = await askWeights(directions);
    const orthogonal = weights && (await askOrthogonal());
    if (orthogonal === undefined) return;
    const sum = composed(directions, { name: 'composition', weights, orthogonal });
    const folder = folderOf(uris[0]!);
    const name = await askName(folder);
    if (name === undefined) return;
    const uri = vscode.Uri.joinPath(folder, `${name}${directionSuffix}`);
    // Some file systems do not tell capital letters from small ones, and time has passed since the folder was read.
    if (await exists(uri)) throw new UserError(`${nameOf(uri)} exists already, choose another name`);
    await writeDirection(uri, { ...sum, name });
    offerToOpen(`Composed ${name}`, uri);
  },
};

/** At least two files; nothing where the user gives up. */
async function chosenFiles(given: readonly vscode.Uri[], catalog: DirectionCatalog): Promise<readonly vscode.Uri[] | undefined> {
  if (given.length > 1) return given;
  const [first] = given;
  const picked = await pickDirections(catalog, first ? 'The directions to add to it' : 'Two or more directions to add up', first);
  const all = picked && [...(first ? [first] : []), ...picked];
  if (all?.length === 1) throw new UserError('a composition takes two or more directions: pick another one as well');
  return all;
}

async function askWeights(directions: readonly DirectionFile[]): Promise<number[] | undefined> {
  const parse = (text: string) => parseWeights(text, directions.length, 'weights');
  const text = await vscode.window.showInputBox({
    title: 'Compose directions',
    prompt: withoutLinks(`A weight for each of ${directions.map(({ name }) => name).join(', ')}`),
    placeHolder: directions.map((_, i) => (i === 0 ? '1' : '0.5')).join(', '),
    value: directions.map(() => '1').join(', '),
    ignoreFocusOut: true,
    validateInput: (value) => problemOf(() => parse(value)),
  });
  return text === undefined ? undefined : parse(text);
}

function problemOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return reasonOf(error).replace(/^weights: /, '');
  }
}

async function askOrthogonal(): Promise<boolean | undefined> {
  const items = [
    { label: 'Add up as they are', orthogonal: false },
    { label: 'Make orthogonal first (Gram-Schmidt)', detail: 'Each loses what it has in common with those before it, so that edits do not undo each other', orthogonal: true },
  ];
  return (await vscode.window.showQuickPick(items, { title: 'Compose directions', placeHolder: 'How to add them up', ignoreFocusOut: true }))?.orthogonal;
}

async function askName(folder: vscode.Uri): Promise<string | undefined> {
  const taken = await directionNamesIn(folder);
  return vscode.window.showInputBox({
    title: 'Compose directions',
    prompt: withoutLinks(`Saved as <name>${directionSuffix} in ${vscode.workspace.asRelativePath(folder)}`),
    value: freeName('composition', taken),
    ignoreFocusOut: true,
    validateInput: (value) => fileNameProblem(value) ?? (taken.has(value) ? `${value} exists already, choose another name` : undefined),
  });
}
