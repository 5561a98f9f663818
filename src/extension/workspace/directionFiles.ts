import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { isDirectionFile, largestDirection } from './directionCatalog';
import { nameOf, readText } from './files';

/**
 * A direction file as it is on the disk.
 *
 * @throws UserError with the reason and the place where it cannot be read or is none
 */
export async function readDirectionFile(uri: vscode.Uri): Promise<DirectionFile> {
  return parseDirection(await readText(uri, largestDirection), nameOf(uri));
}

/** The direction file in the editor that has the keyboard, as text or as a preview. */
export function directionInEditor(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  const uri = shown ?? vscode.window.activeTextEditor?.document.uri;
  return uri && isDirectionFile(uri) ? uri : undefined;
}
