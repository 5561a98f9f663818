import * as vscode from 'vscode';
import type { DirectionCatalog } from '../workspace/directionCatalog';

/** Lets the user pick a direction file of the workspace; nothing where they give up or there is none. */
export async function pickDirection(directions: DirectionCatalog): Promise<vscode.Uri | undefined> {
  const items = await itemsOf(directions);
  return items && (await vscode.window.showQuickPick(items, { placeHolder: 'The direction', matchOnDescription: true, matchOnDetail: true }))?.uri;
}

/** The same with several; at least one. @param leftOut a file that is not to be among them */
export async function pickDirections(directions: DirectionCatalog, placeHolder: string, leftOut?: vscode.Uri): Promise<vscode.Uri[] | undefined> {
  const items = (await itemsOf(directions))?.filter(({ uri }) => String(uri) !== String(leftOut));
  if (items?.length === 0) {
    void vscode.window.showInformationMessage('There are no other directions in the workspace.');
    return undefined;
  }
  const picked = items && (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, matchOnDetail: true, canPickMany: true, ignoreFocusOut: true }));
  return picked && picked.length > 0 ? picked.map(({ uri }) => uri) : undefined;
}

interface DirectionPick extends vscode.QuickPickItem {
  readonly uri: vscode.Uri;
}

async function itemsOf(directions: DirectionCatalog): Promise<DirectionPick[] | undefined> {
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
  return items;
}
