import * as vscode from 'vscode';
import type { Disposable } from '../disposables';
import { DisposableStore } from '../disposables';

const scheme = 'resefa-report';

/** Texts to be read and not to be edited, each in an editor of its own that asks for nothing when it is closed. */
export class Reports implements vscode.TextDocumentContentProvider, Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<vscode.Uri>());
  private readonly texts = new Map<string, string>();

  readonly onDidChange = this.changed.event;

  constructor() {
    this.store.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())));
  }

  /** Shows a text under a title, in place of an earlier one of that title. */
  async show(title: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${title.replaceAll('/', '-')}.txt` });
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This report is gone: examine the generator again.';
  }

  dispose(): void {
    this.store.dispose();
  }
}
