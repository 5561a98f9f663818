import * as vscode from 'vscode';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { PanelState } from '../../shared/protocol/pageProtocol';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import type { Services } from '../services';
import { webviewOptions } from '../pages/loadPage';
import { DiscoverPanel, viewType } from './discoverPanel';
import { latest, restoredState, standardGenerator, startState } from './startState';

/** The panels that are open. */
export class PanelManager implements Disposable, vscode.WebviewPanelSerializer {
  private readonly store = new DisposableStore();
  /** The one that was used last comes last. */
  private readonly panels: DiscoverPanel[] = [];

  constructor(private readonly services: Services) {
    this.store.add(vscode.window.registerWebviewPanelSerializer(viewType, this));
    this.store.addStop(services.engine.onDidStop((message, hadStarted) => {
      for (const panel of this.panels) panel.emit('engineStopped', { message, hadStarted });
    }));
    this.store.add(services.generators.onDidChange(() => { void this.tellGenerators(); }));
  }

  /** The open panels; the one that was used last comes last. */
  get open(): readonly DiscoverPanel[] {
    return this.panels;
  }

  /** Opens a new panel on a generator: a path, or the name of an embedded one. */
  create(generator: string = standardGenerator): DiscoverPanel {
    const { context, settings } = this.services;
    const panel = vscode.window.createWebviewPanel(viewType, 'ReSeFa', vscode.ViewColumn.Active, { ...webviewOptions(context.extensionUri), retainContextWhenHidden: true });
    return this.add(panel, startState(generator, settings.defaultPreset));
  }

  /** Shows a direction in the panel that has its generator, or in a new one. */
  apply(generator: string, direction: DirectionFile): void {
    const shown = this.panels.findLast((panel) => panel.generator === generator);
    shown?.reveal();
    (shown ?? this.create(generator)).emit('applyDirection', { generator, direction });
  }

  /** Shows the panel that was used last. */
  reveal(): void {
    this.panels.at(-1)?.reveal();
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, left: unknown): Promise<void> {
    const { settings, log, kept } = this.services;
    const state = restoredState(left, settings.defaultPreset, (problem) => { log.warn(problem); });
    this.add(panel, latest(await kept.read(state.id), state));
  }

  dispose(): void {
    this.store.dispose();
  }

  private add(panel: vscode.WebviewPanel, state: PanelState): DiscoverPanel {
    // The process starts while the page loads.
    this.services.engine.warmUp();
    const added = new DiscoverPanel(panel, state, this.services);
    this.panels.push(added);
    panel.onDidDispose(() => { this.panels.splice(this.panels.indexOf(added), 1); });
    panel.onDidChangeViewState(() => {
      if (panel.active) this.panels.push(...this.panels.splice(this.panels.indexOf(added), 1));
    });
    return added;
  }

  private async tellGenerators(): Promise<void> {
    if (this.panels.length === 0) return;
    const entries = await this.services.generators.entries();
    for (const panel of this.panels) panel.emit('generators', entries);
  }
}
