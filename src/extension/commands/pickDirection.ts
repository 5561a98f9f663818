import * as vscode from 'vscode';
import type { DirectionCatalog } from '../workspace/directionCatalog';

/** Lets the user pick a direction file of the workspace; nothing where they give up or there is none. */
export async function pickDirection(directions: DirectionCatalog): Promise<vscode.Uri | undefined> {
  const items = (await directions.items()).map(({ uri, fileName, folder, summary }) => ({
    label: summary?.name ?? fileName,
    description: summary?.detail ?? 'cannot be read',
    detail: folder,
    uri,
  }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage('There are no directions in the workspace yet. Discover some and save them.');
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: 'The direction', matchOnDescription: true, matchOnDetail: true }))?.uri;
}
