import * as vscode from 'vscode';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';

/** Files often change in bursts: they are looked at again after so much quiet. */
const quietMilliseconds = 200;

/** Something that was found on a disk. */
interface Found {
  readonly uri: vscode.Uri;
}

/** A list made from files, scanned when it is first asked for and again after one of them has changed. */
export class WatchedList<Item extends Found> implements Disposable {
  protected readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  private scanning: Promise<readonly Item[]> | undefined;
  private found: readonly Item[] | undefined;
  private current = false;
  private watching = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly onDidChange = this.changed.event;

  /**
   * @param patterns the files whose changes matter
   * @param within where whole folders may come and go, which is told of the folder alone and not of the files in it
   */
  constructor(
    private readonly patterns: readonly vscode.GlobPattern[],
    private readonly scan: () => Promise<readonly Item[]>,
    private readonly within?: vscode.GlobPattern,
  ) {}

  /** What was found the last time, without looking; `current` tells whether nothing has changed since. */
  get known(): { readonly items: readonly Item[]; readonly current: boolean } {
    return { items: this.found ?? [], current: this.current };
  }

  items(): Promise<readonly Item[]> {
    this.watch();
    this.scanning ??= this.look();
    return this.scanning;
  }

  /** Looks again when the list is next asked for. */
  refresh(): void {
    this.scanning = undefined;
    this.current = false;
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private look(): Promise<readonly Item[]> {
    const scanning = this.scan();
    // What a change has overtaken says nothing any more.
    const isLatest = () => this.scanning === scanning;
    scanning.then((items) => {
      if (isLatest()) [this.found, this.current] = [items, true];
    }, () => {
      if (isLatest()) this.scanning = undefined;
    });
    return scanning;
  }

  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    for (const pattern of this.patterns) {
      const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(pattern));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) this.store.add(event(() => { this.refreshSoon(); }));
    }
    if (this.within !== undefined) this.watchFolders(this.within);
  }

  private watchFolders(within: vscode.GlobPattern): void {
    const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(within, false, true, false));
    this.store.add(watcher.onDidDelete((folder) => {
      if (this.found?.some(({ uri }) => isIn(uri, folder))) this.refreshSoon();
    }));
    this.store.add(watcher.onDidCreate(async (created) => {
      if (this.timer === undefined && (await isFolder(created))) this.refreshSoon();
    }));
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.refresh();
    }, quietMilliseconds);
  }
}

/** Also true of the folder itself: some items are folders. */
function isIn({ scheme, path }: vscode.Uri, folder: vscode.Uri): boolean {
  return scheme === folder.scheme && `${path}/`.startsWith(`${folder.path}/`);
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(({ type }) => (type & vscode.FileType.Directory) !== 0, () => false);
}
