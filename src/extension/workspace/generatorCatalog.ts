import * as vscode from 'vscode';
import type { GeneratorEntry } from '../../shared/protocol/pageProtocol';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import { scanFolder, scanWorkspace } from './generatorScan';
import type { KnownGenerator } from './generatorScan';
import { WatchedList } from './watchedList';

/** The generators that there are to choose from: embedded ones, those of the workspace, and imported ones. */
export class GeneratorCatalog implements Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  readonly embedded: WatchedList<KnownGenerator>;
  readonly workspace: WatchedList<KnownGenerator>;
  readonly imported: WatchedList<KnownGenerator>;

  readonly onDidChange = this.changed.event;

  /**
   * @param embeddedFolder holds the generators that come with the extension
   * @param importFolder holds a folder for each imported generator
   */
  constructor(
    embeddedFolder: vscode.Uri,
    readonly importFolder: vscode.Uri,
  ) {
    this.embedded = this.store.add(new WatchedList([], () => scanFolder(embeddedFolder, 'embedded')));
    this.workspace = this.store.add(new WatchedList(['**/{generator.json,*.onnx}'], async () => (this.workspaceHidden ? [] : scanWorkspace()), '**'));
    this.imported = this.store.add(new WatchedList([new vscode.RelativePattern(importFolder, '**')], () => scanFolder(importFolder, 'imported')));
    for (const list of [this.workspace, this.imported]) this.store.add(list.onDidChange(() => { this.changed.fire(); }));
    this.store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => { this.workspace.refresh(); }));
    this.store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => { this.workspace.refresh(); }));
  }

  /** Whether the workspace's generators are left alone because nobody has trusted the workspace. */
  get workspaceHidden(): boolean {
    return !vscode.workspace.isTrusted;
  }

  async all(): Promise<readonly KnownGenerator[]> {
    return (await Promise.all([this.embedded.items(), this.workspace.items(), this.imported.items()])).flat();
  }

  /** What can be chosen, for the page. */
  async entries(): Promise<readonly GeneratorEntry[]> {
    return entriesOf(await this.all());
  }

  /** The same without waiting for a search of the workspace, which may take a while; `complete` tells whether it is all. */
  async entriesAtOnce(): Promise<{ readonly entries: readonly GeneratorEntry[]; readonly complete: boolean }> {
    const { items, current } = this.workspace.known;
    const [embedded, imported] = await Promise.all([this.embedded.items(), this.imported.items()]);
    return { entries: entriesOf([...embedded, ...items, ...imported]), complete: current };
  }

  dispose(): void {
    this.store.dispose();
  }
}

function entriesOf(generators: readonly KnownGenerator[]): GeneratorEntry[] {
  return generators.filter(({ problem }) => problem === undefined).map(({ reference, name, origin, detail }) => ({ reference, name, origin, detail }));
}
