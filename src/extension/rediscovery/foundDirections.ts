import * as vscode from 'vscode';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import { directionSuffix, safeFileName } from '../fileNames';

const scheme = 'resefa-found';

/** Older ones are forgotten: nobody compares with them any more. */
const most = 20;

/** Directions that were found and are not saved, as files that can be read and compared like any other, in memory alone. */
export class FoundDirections implements vscode.FileSystemProvider, Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  /** The oldest first. */
  private readonly texts = new Map<string, { readonly bytes: Uint8Array; readonly time: number }>();
  private count = 0;

  readonly onDidChangeFile = this.changed.event;

  constructor() {
    this.store.add(vscode.workspace.registerFileSystemProvider(scheme, this, { isReadonly: true, isCaseSensitive: true }));
  }

  /** @param name what the file is called, without its suffix */
  keep(name: string, text: string): vscode.Uri {
    this.count++;
    const uri = vscode.Uri.from({ scheme, path: `/${this.count}/${safeFileName(name, 'direction')}${directionSuffix}` });
    this.texts.set(uri.path, { bytes: new TextEncoder().encode(text), time: Date.now() });
    for (const path of this.texts.keys()) if (this.texts.size > most) this.texts.delete(path);
    return uri;
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { bytes, time } = this.found(uri);
    return { type: vscode.FileType.File, ctime: time, mtime: time, size: bytes.length };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.found(uri).bytes;
  }

  watch(): Disposable {
    return { dispose: () => undefined };
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.store.dispose();
  }

  private found(uri: vscode.Uri): { readonly bytes: Uint8Array; readonly time: number } {
    const text = this.texts.get(uri.path);
    if (!text) throw vscode.FileSystemError.FileNotFound(uri);
    return text;
  }
}
