import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { alphaEdits, layersEdits, renameEdits } from '../../shared/direction/directionText';
import { directionEditorChecks } from '../../shared/protocol/directionEditorProtocol';
import type { DirectionEditorCalls, DirectionEditorEvents, PreviewGenerator, PreviewState } from '../../shared/protocol/directionEditorProtocol';
import { Server } from '../../shared/protocol/rpc';
import type { Handlers } from '../../shared/protocol/rpc';
import { UserError } from '../../shared/userError';
import { DisposableStore } from '../disposables';
import { logDefect } from '../errors';
import { MissingGeneratorError, generatorOfDirection } from '../generators/generatorOfDirection';
import { loadPage, pageIcons } from '../pages/loadPage';
import { webviewPort } from '../pages/webviewPort';
import type { Services } from '../services';
import { nameOf } from '../workspace/files';
import { requireOpenable } from '../workspace/openable';
import { contentsOf } from './contents';
import { DocumentEdits } from './documentEdits';
import { readOnlyReason } from './readOnly';

/** How previews were left, by the address of the file: one that is opened as text and as a preview again goes on. */
export type KeptPreviews = Map<string, PreviewState>;

/** One editor of a direction file: the page that shows it as a preview, and what answers it. The text stays with VS Code. */
export class DirectionEditor {
  private readonly store = new DisposableStore();
  private readonly server: Server<DirectionEditorCalls, DirectionEditorEvents>;
  private readonly edits: DocumentEdits;
  private readonly readOnly: Promise<string | undefined>;
  /** The version of the document that the page was last told. */
  private told = 0;

  constructor(
    private readonly document: vscode.TextDocument,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
    private readonly kept: KeptPreviews,
  ) {
    const { context, engine, generators, log } = services;
    this.edits = new DocumentEdits(document);
    this.readOnly = readOnlyReason(document.uri);
    this.server = this.store.add(new Server<DirectionEditorCalls, DirectionEditorEvents>(webviewPort(panel.webview), this.handlers(), directionEditorChecks, (error) => { logDefect(error, log); }));
    this.store.add(vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document === document) this.tellContents();
    }));
    this.store.add(panel.onDidChangeViewState(() => { this.server.emit('visible', panel.visible); }));
    this.store.add(generators.onDidChange(() => { this.server.emit('generators', {}); }));
    this.store.addStop(engine.onDidStop((message, hadStarted) => { this.server.emit('engineStopped', { message, hadStarted }); }));
    panel.onDidDispose(() => { this.store.dispose(); });
    panel.iconPath = pageIcons(context.extensionUri);
    loadPage(panel.webview, context.extensionUri, 'directionEditor');
  }

  private handlers(): Handlers<DirectionEditorCalls> {
    const { engine, work } = this.services;
    const { document, panel } = this;
    return {
      start: async (_params, { signal }) => {
        // A page starts once: this is its first call, or that of the page that it was replaced by, as in a window of its own.
        this.server.cancelOthers(signal);
        const readOnly = await this.readOnly;
        this.told = document.version;
        return { file: nameOf(document.uri), onDisk: document.uri.scheme === 'file', contents: contentsOf(document.getText()), readOnly, visible: panel.visible, left: this.kept.get(String(document.uri)) };
      },
      keep: ({ state }) => { this.kept.set(String(document.uri), state); },
      open: () => this.open(),
      render: (params, { signal }) => {
        requireOpenable(params.generator);
        return work.during('rendering', () => engine.call('render', params, { signal }));
      },
      rename: ({ name }) => this.edit((text) => renameEdits(text, name)),
      setAlphas: ({ alpha }) => this.edit((text) => alphaEdits(text, alpha)),
      setLayers: ({ layers }) => this.edit((text) => layersEdits(text, layers)),
      save: () => this.edits.save(),
      run: ({ command }) => { void vscode.commands.executeCommand(`resefa.${command}`, ...(command === 'importGenerator' || command === 'showLog' ? [] : [document.uri])); },
    };
  }

  private tellContents(): void {
    const { document } = this;
    // Also told where only its dirty mark has changed.
    if (document.version === this.told) return;
    this.told = document.version;
    this.server.emit('contents', contentsOf(document.getText()));
  }

  private async open(): Promise<PreviewGenerator> {
    const file = nameOf(this.document.uri);
    try {
      const { reference, info } = await generatorOfDirection(parseDirection(this.document.getText(), file), file, this.services);
      return { kind: 'opened', generator: reference, info };
    } catch (error) {
      if (error instanceof MissingGeneratorError) return { kind: 'missing', reason: error.message };
      throw error;
    }
  }

  private async edit(compute: Parameters<DocumentEdits['apply']>[0]): Promise<void> {
    const readOnly = await this.readOnly;
    if (readOnly !== undefined) throw new UserError(readOnly);
    await this.edits.apply(compute);
  }
}
