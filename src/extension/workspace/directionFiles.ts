import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';
import { reasonOf } from '../reason';
import { isDirectionFile, largestDirection } from './directionCatalog';
import { nameOf, readText } from './files';

/** The text of a direction file as the user sees it: what stands in the editor where that is not saved yet. */
export async function presentText(uri: vscode.Uri): Promise<string> {
  const known = vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== undefined;
  return unsaved(uri)?.getText() ?? (known ? readText(uri, largestDirection) : documentText(uri));
}

/** The text of what is no file: extensions show versions from elsewhere as documents alone. */
async function documentText(uri: vscode.Uri): Promise<string> {
  try {
    return (await vscode.workspace.openTextDocument(uri)).getText();
  } catch (error) {
    throw new UserError(`${nameOf(uri)} cannot be read: ${reasonOf(error)}`);
  }
}

/** The open document of a file that has changes which are not on the disk. */
export function unsaved(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.isDirty && String(document.uri) === String(uri));
}

/**
 * A direction file as the user sees it, saved or not.
 *
 * @throws UserError with the reason and the place where it cannot be read or is none
 */
export async function readDirectionFile(uri: vscode.Uri): Promise<DirectionFile> {
  return parseDirection(await presentText(uri), nameOf(uri));
}

/**
 * The two versions of a direction file, the older one first, in a text diff that can be seen: the one with a file at its right
 * side, or else the one that has the keyboard.
 */
export function directionsInDiff(modified?: vscode.Uri): readonly [vscode.Uri, vscode.Uri] | undefined {
  const { activeTabGroup, all } = vscode.window.tabGroups;
  const diffIn = ({ activeTab }: vscode.TabGroup) => (activeTab?.input instanceof vscode.TabInputTextDiff ? activeTab.input : undefined);
  const input = all.map(diffIn).find((diff) => diff !== undefined && String(diff.modified) === String(modified)) ?? diffIn(activeTabGroup);
  return input && isDirectionFile(input.original) && isDirectionFile(input.modified) ? [input.original, input.modified] : undefined;
}

/** The direction file in the editor that has the keyboard, as text or as a preview. */
export function directionInEditor(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  const uri = shown ?? vscode.window.activeTextEditor?.document.uri;
  return uri && isDirectionFile(uri) ? uri : undefined;
}
