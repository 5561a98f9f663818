import * as vscode from 'vscode';
import type { TextEdit } from '../../shared/direction/textEdit';
import { UserError } from '../../shared/userError';
import { nameOf } from '../workspace/files';

const mostAttempts = 3;

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
      for (let attempt = 1; ; attempt++) {
        const { version } = document;
        const edits = compute(document.getText());
        if (edits.length === 0 || (await vscode.workspace.applyEdit(editOf(document, edits)))) return;
        // An edit is refused as well where somebody has typed meanwhile: it is made anew of what stands there then.
        if (document.version === version || attempt === mostAttempts) throw new UserError(`${nameOf(document.uri)} cannot be edited: VS Code refuses to change it`);
      }
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

function editOf(document: vscode.TextDocument, edits: readonly TextEdit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, text } of edits) edit.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  return edit;
}
