import * as vscode from 'vscode';
import type { Disposable } from '../disposables';
import { DisposableStore } from '../disposables';
import type { GeneratorCatalog } from '../workspace/generatorCatalog';
import type { KnownGenerator } from '../workspace/generatorScan';

type Origin = KnownGenerator['origin'];

const groupLabels: Readonly<Record<Origin, string>> = { embedded: 'Embedded', workspace: 'Workspace', imported: 'Imported' };

/** What stands where the workspace is not trusted. */
interface TrustHint {
  readonly kind: 'trust';
}

interface GeneratorGroup {
  readonly kind: 'group';
  readonly origin: Origin;
  readonly items: readonly (GeneratorItem | TrustHint)[];
}

/** A generator in the tree; commands get it as their argument. */
export interface GeneratorItem {
  readonly kind: 'generator';
  readonly generator: KnownGenerator;
}

type Element = GeneratorGroup | GeneratorItem | TrustHint;

/** The view "Generators": embedded ones, those of the workspace, imported ones. */
export class GeneratorsView implements vscode.TreeDataProvider<Element>, Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<undefined>());

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly generators: GeneratorCatalog) {
    this.store.add(generators.onDidChange(() => { this.changed.fire(undefined); }));
    this.store.add(vscode.window.registerTreeDataProvider('resefa.generators', this));
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (element) return element.kind === 'group' ? [...element.items] : [];
    const { generators } = this;
    const [embedded, workspace, imported] = await Promise.all([generators.embedded.items(), generators.workspace.items(), generators.imported.items()]);
    const hint: TrustHint[] = generators.workspaceHidden ? [{ kind: 'trust' }] : [];
    const groups = [group('embedded', embedded), group('workspace', workspace, hint), group('imported', imported)];
    return groups.filter(({ items }) => items.length > 0);
  }

  getTreeItem(element: Element): vscode.TreeItem {
    switch (element.kind) {
      case 'group':
        return groupItem(element);
      case 'trust':
        return trustItem();
      case 'generator':
        return generatorItem(element.generator);
    }
  }

  dispose(): void {
    this.store.dispose();
  }
}

function group(origin: Origin, generators: readonly KnownGenerator[], hints: readonly TrustHint[] = []): GeneratorGroup {
  return { kind: 'group', origin, items: [...hints, ...generators.map((generator) => ({ kind: 'generator' as const, generator }))] };
}

function groupItem({ origin }: GeneratorGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(groupLabels[origin], vscode.TreeItemCollapsibleState.Expanded);
  item.id = origin;
  item.contextValue = `group.${origin}`;
  return item;
}

function trustItem(): vscode.TreeItem {
  const item = new vscode.TreeItem('Trust the workspace to open its generators');
  item.iconPath = new vscode.ThemeIcon('workspace-untrusted');
  item.command = { command: 'workbench.trust.manage', title: 'Manage Workspace Trust' };
  return item;
}

function generatorItem({ reference, name, detail, origin, uri, licence, problem }: KnownGenerator): vscode.TreeItem {
  const item = new vscode.TreeItem(name);
  item.id = `${origin}:${reference}`;
  item.description = detail;
  item.tooltip = [`${name}: ${problem ?? detail}`, ...(licence === undefined ? [] : [`licence: ${licence}`]), uri.fsPath].join('\n');
  item.iconPath = problem === undefined ? new vscode.ThemeIcon('file-media') : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = `${problem === undefined ? 'generator' : 'brokenGenerator'}.${origin}`;
  return item;
}
