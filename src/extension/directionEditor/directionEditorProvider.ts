import * as vscode from 'vscode';
import type { Services } from '../services';
import { DirectionEditor } from './directionEditor';
import type { KeptPreviews } from './directionEditor';

export const directionViewType = 'resefa.direction';

/** Opens direction files as previews. They are text documents beneath: undo, save, merge and hot exit are VS Code's own. */
export class DirectionEditorProvider implements vscode.CustomTextEditorProvider {
  private readonly kept: KeptPreviews = new Map();

  constructor(private readonly services: Services) {}

  /** Registers it; what is returned takes it away again. */
  static register(services: Services): vscode.Disposable {
    return vscode.window.registerCustomEditorProvider(directionViewType, new DirectionEditorProvider(services), {
      webviewOptions: { retainContextWhenHidden: true },
      supportsMultipleEditorsPerDocument: true,
    });
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    new DirectionEditor(document, panel, this.services, this.kept);
  }
}
