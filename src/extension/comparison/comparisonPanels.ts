import * as vscode from 'vscode';
import { checkAddresses, mostDirections } from '../../shared/protocol/comparisonProtocol';
import { UserError } from '../../shared/userError';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import { webviewOptions } from '../pages/loadPage';
import { reasonOf } from '../reason';
import type { Services } from '../services';
import { ComparisonPanel, viewType } from './comparisonPanel';
import { addressOf, sideAt } from './sides';
import type { Side } from './sides';

/** The comparisons that are open. */
export class ComparisonPanels implements Disposable, vscode.WebviewPanelSerializer {
  private readonly store = new DisposableStore();
  private readonly panels: ComparisonPanel[] = [];

  constructor(private readonly services: Services) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(viewType, this));
  }

  /**
   * Compares directions in a panel, or shows the panel that compares them already.
   *
   * @throws UserError for fewer than two, and for too many
   */
  show(sides: readonly Side[]): void {
    if (sides.length < 2 || sides.length > mostDirections) throw new UserError(`a comparison is of 2 to ${mostDirections} directions, not ${sides.length}`);
    const open = this.panels.find((panel) => keyOf(panel.sides) === keyOf(sides));
    if (open) open.reveal();
    else this.add(vscode.window.createWebviewPanel(viewType, 'Comparison', vscode.ViewColumn.Active, { ...webviewOptions(this.services.context.extensionUri), retainContextWhenHidden: true }), sides);
  }

  /** What was compared is read anew: files and commits may have gone on. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, left: unknown): Promise<void> {
    try {
      this.add(panel, checkAddresses(left).map(sideAt));
    } catch (error) {
      this.services.log.warn(`a comparison does not come back: ${reasonOf(error)}`);
      panel.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.store.dispose();
  }

  private add(panel: vscode.WebviewPanel, sides: readonly Side[]): void {
    // The process starts while the page loads.
    this.services.engine.warmUp();
    const added = new ComparisonPanel(panel, sides, this.services);
    this.panels.push(added);
    panel.onDidDispose(() => { this.panels.splice(this.panels.indexOf(added), 1); });
  }
}

function keyOf(sides: readonly Side[]): string {
  return JSON.stringify(sides.map(addressOf));
}
