import * as vscode from 'vscode';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';

/** Files often change in bursts: they are looked at again after so much quiet. */
const quietMilliseconds = 200;

/** A list made from files, scanned when it is first asked for and again after one of them has changed. */
export class WatchedList<Item> implements Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  private scanning: Promise<readonly Item[]> | undefined;
  private found: readonly Item[] | undefined;
  private watching = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly onDidChange = this.changed.event;

  /** @param patterns the files whose changes matter */
  constructor(
    private readonly patterns: readonly vscode.GlobPattern[],
    private readonly scan: () => Promise<readonly Item[]>,
  ) {}

  /** What was found the last time, without looking. */
  get known(): readonly Item[] | undefined {
    return this.found;
  }

  items(): Promise<readonly Item[]> {
    this.watch();
    if (!this.scanning) {
      const scanning = this.scan();
      this.scanning = scanning;
      scanning.then((items) => { this.found = items; }, () => { this.scanning = undefined; });
    }
    return this.scanning;
  }

  /** Looks again when the list is next asked for. */
  refresh(): void {
    this.scanning = undefined;
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.refresh(); }, quietMilliseconds);
    };
    for (const pattern of this.patterns) {
      const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(pattern));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) this.store.add(event(later));
    }
  }
}
