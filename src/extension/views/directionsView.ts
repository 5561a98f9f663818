import * as vscode from 'vscode';
import type { Disposable } from '../disposables';
import { DisposableStore } from '../disposables';
import type { DirectionCatalog, KnownDirection } from '../workspace/directionCatalog';
import { nameOf } from '../workspace/files';

/** The directions of one folder, which holds those of one generator. */
interface DirectionFolder {
  readonly kind: 'folder';
  readonly path: string;
  readonly items: readonly DirectionItem[];
}

/** A direction file in the tree; commands get it as their argument. */
export interface DirectionItem {
  readonly kind: 'direction';
  readonly direction: KnownDirection;
}

type Element = DirectionFolder | DirectionItem;

/** The view "Directions": the direction files of the workspace, by folder. */
export class DirectionsView implements vscode.TreeDataProvider<Element>, Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<undefined>());

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly directions: DirectionCatalog) {
    this.store.add(directions.onDidChange(() => { this.changed.fire(undefined); }));
    this.store.add(vscode.window.createTreeView<Element>('resefa.directions', { treeDataProvider: this, canSelectMany: true }));
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (element) return element.kind === 'folder' ? [...element.items] : [];
    return foldersOf(await this.directions.items());
  }

  getTreeItem(element: Element): vscode.TreeItem {
    return element.kind === 'folder' ? folderItem(element) : directionItem(element.direction);
  }

  dispose(): void {
    this.store.dispose();
  }
}

function foldersOf(directions: readonly KnownDirection[]): DirectionFolder[] {
  const folders = new Map<string, DirectionItem[]>();
  for (const direction of directions) {
    const items = folders.get(direction.folder) ?? [];
    folders.set(direction.folder, items);
    items.push({ kind: 'direction', direction });
  }
  return [...folders].map(([path, items]) => ({ kind: 'folder', path, items }));
}

function folderItem({ path }: DirectionFolder): vscode.TreeItem {
  const parts = path.split('/');
  const item = new vscode.TreeItem(parts.at(-1) ?? path, vscode.TreeItemCollapsibleState.Expanded);
  item.id = path;
  item.description = parts.slice(0, -1).join('/');
  item.iconPath = vscode.ThemeIcon.Folder;
  return item;
}

function directionItem({ uri, fileName, summary, problem }: KnownDirection): vscode.TreeItem {
  const item = new vscode.TreeItem(summary?.name ?? fileName);
  item.id = String(uri);
  item.description = summary?.detail ?? 'cannot be read';
  item.tooltip = [nameOf(uri), ...(summary?.lines ?? [problem ?? ''])].join('\n');
  item.iconPath = summary ? new vscode.ThemeIcon('arrow-both') : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = summary ? 'direction' : 'brokenDirection';
  item.command = { command: 'vscode.open', title: 'Open Direction', arguments: [uri] };
  return item;
}
