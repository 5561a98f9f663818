import type * as vscode from 'vscode';
import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';
import { pageChecks } from '../../shared/protocol/pageChecks';
import type { PageCalls, PageEvents, PanelState } from '../../shared/protocol/pageProtocol';
import { Server } from '../../shared/protocol/rpc';
import { logDefect } from '../errors';
import { loadPage, pageIcons } from '../pages/loadPage';
import { webviewPort } from '../pages/webviewPort';
import type { Services } from '../services';
import { pageHandlers } from './pageHandlers';
import type { PageOwner } from './pageHandlers';

export const viewType = 'resefa.discover';

/** One panel: a page, and what answers it. */
export class DiscoverPanel implements PageOwner {
  private readonly server: Server<PageCalls, PageEvents>;
  private reference: string;
  /** What the page is told once it listens; undefined from then on. */
  private untold: (() => void)[] | undefined = [];
  private closed = false;

  /** @param state what the page starts with; from then on what it was last seen with */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    private state: PanelState,
    private readonly services: Services,
  ) {
    this.reference = state.generator;
    panel.onDidDispose(() => { this.close(); });
    panel.iconPath = pageIcons(services.context.extensionUri);
    this.server = new Server<PageCalls, PageEvents>(webviewPort(panel.webview), pageHandlers(this, services), pageChecks, (error) => { logDefect(error, services.log); });
    loadPage(panel.webview, services.context.extensionUri, 'webview');
  }

  /** The generator that the page shows. */
  get generator(): string {
    return this.reference;
  }

  /** The regions that are drawn in it. */
  get regions(): PanelState['regions'] {
    return this.state.regions;
  }

  get title(): string {
    return this.panel.title;
  }

  get active(): boolean {
    return this.panel.active;
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** Tells the page something, as soon as it listens. */
  emit<Name extends keyof PageEvents>(name: Name, value: PageEvents[Name]): void {
    const tell = () => { if (!this.closed) this.server.emit(name, value); };
    if (this.untold) this.untold.push(tell);
    else tell();
  }

  async start(signal: AbortSignal): Promise<PageCalls['start']['result']> {
    // A page starts once: this is its first call, or that of the page that it was replaced by, as in a window of its own.
    this.server.cancelOthers(signal);
    const { generators, log } = this.services;
    const { entries, complete } = await generators.entriesAtOnce();
    if (!complete) generators.entries().then((all) => { this.emit('generators', all); }, (error: unknown) => { logDefect(error, log); });
    // The page listens from when it has the answer, which leaves before the next turn of the event loop.
    setImmediate(() => { this.listened(); });
    return { state: this.state, generators: entries };
  }

  keep(state: PanelState): void {
    this.state = { ...state, id: this.state.id };
    if (!this.closed) this.services.kept.write(this.state);
  }

  opened(reference: string, info: GeneratorInfo): void {
    this.reference = reference;
    this.panel.title = `ReSeFa: ${info.name}`;
  }

  private listened(): void {
    const untold = this.untold ?? [];
    this.untold = undefined;
    for (const tell of untold) tell();
  }

  private close(): void {
    this.closed = true;
    this.services.kept.remove(this.state.id);
    this.server.dispose();
  }
}
