import * as vscode from 'vscode';
import type { TextEdit } from '../../shared/direction/textEdit';
import { UserError } from '../../shared/userError';
import { nameOf } from '../workspace/files';

/** Edits of one document, one after the other: each is computed on the text that the one before has left. */
export class DocumentEdits {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly document: vscode.TextDocument) {}

  /**
   * Changes the document in one step for undo; no step where nothing is to be changed.
   *
   * @param compute gives the edits of a text
   * @throws what `compute` throws; UserError where VS Code does not let the document be changed
   */
  apply(compute: (text: string) => readonly TextEdit[]): Promise<void> {
    return this.next(async () => {
      const { document } = this;
      const edits = compute(document.getText());
      if (edits.length === 0) return;
      const edit = new vscode.WorkspaceEdit();
      for (const { offset, length, text } of edits) edit.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
      if (!(await vscode.workspace.applyEdit(edit))) throw new UserError(`${nameOf(document.uri)} cannot be edited: VS Code holds it for read-only`);
    });
  }

  /** Saves the document after the edits before. */
  save(): Promise<void> {
    return this.next(async () => { await this.document.save(); });
  }

  private next(step: () => Promise<void>): Promise<void> {
    const done = this.last.then(step);
    this.last = done.catch(() => undefined);
    return done;
  }
}
