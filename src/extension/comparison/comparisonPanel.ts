import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { compareDirections } from '../../shared/direction/compareDirections';
import type { Compared } from '../../shared/direction/compareDirections';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { alphaLimits } from '../../shared/numberList';
import { comparisonChecks } from '../../shared/protocol/comparisonProtocol';
import type { ComparisonCalls, ComparisonEvents, ComparisonView } from '../../shared/protocol/comparisonProtocol';
import { Server } from '../../shared/protocol/rpc';
import type { Handlers } from '../../shared/protocol/rpc';
import { UserError } from '../../shared/userError';
import { DisposableStore } from '../disposables';
import { logDefect } from '../errors';
import { loadPage, pageIcons } from '../pages/loadPage';
import { webviewPort } from '../pages/webviewPort';
import type { Services } from '../services';
import { folderOf, nameOf } from '../workspace/files';
import { comparedPictures } from './comparedPictures';
import { comparisonMarkdown } from './comparisonMarkdown';
import { onRepositoryChange, uriInHead } from './gitApi';
import { addressOf, readSides } from './sides';
import type { FoundSide, Side } from './sides';

export const viewType = 'resefa.comparison';

/** Changes often come in bursts: they are looked at after so much quiet. */
const quietMilliseconds = 150;

/** What the directions are now. */
interface Present {
  readonly found: readonly FoundSide[];
  readonly view: ComparisonView;
}

/** A panel that compares directions and follows their files. */
export class ComparisonPanel {
  private readonly store = new DisposableStore();
  private readonly server: Server<ComparisonCalls, ComparisonEvents>;
  private present: Promise<Present> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  /** What the page was told last; undefined before it listens. */
  private told: string | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private shown: readonly Side[],
    private readonly services: Services,
  ) {
    panel.iconPath = pageIcons(services.context.extensionUri);
    panel.onDidDispose(() => { this.close(); });
    this.server = new Server<ComparisonCalls, ComparisonEvents>(webviewPort(panel.webview), this.handlers(), comparisonChecks, (error) => { logDefect(error, services.log); });
    this.watch();
    loadPage(panel.webview, services.context.extensionUri, 'comparison');
  }

  /** What is compared; the first is what all others are held against. */
  get sides(): readonly Side[] {
    return this.shown;
  }

  reveal(): void {
    this.refresh();
    this.panel.reveal();
  }

  private handlers(): Handlers<ComparisonCalls> {
    return {
      start: async (_params, { signal }) => {
        // A page starts once: this is its first call, or that of the page that it was replaced by.
        this.server.cancelOthers(signal);
        const { view } = await this.current();
        this.told = JSON.stringify(view);
        return view;
      },
      pictures: async (params, context) => {
        const { found, view: { comparison } } = await this.current();
        if (!comparison) return;
        const pictured = found.flatMap(({ direction, file }, i) => (direction ? [{ direction, file, flipped: (comparison.cosines[0]![i] ?? 0) < 0 }] : []));
        await comparedPictures(pictured, params, this.services, context);
      },
      open: async ({ index }) => {
        const { uri, ref } = this.side(index);
        if (ref === undefined) await vscode.commands.executeCommand('vscode.open', uri);
        else await vscode.window.showTextDocument(await uriInHead(uri));
      },
      putFirst: ({ index }) => {
        const first = this.side(index);
        this.shown = [first, ...this.shown.filter((side) => side !== first)];
        this.refresh();
      },
      copy: async () => {
        const { comparison } = (await this.current()).view;
        if (!comparison) throw new UserError('there is nothing to copy while a direction cannot be read');
        await vscode.env.clipboard.writeText(comparisonMarkdown(comparison));
      },
    };
  }

  private side(index: number): Side {
    const side = this.shown[index];
    if (!side) throw new UserError(`there is no direction ${index + 1} in this comparison`);
    return side;
  }

  private current(): Promise<Present> {
    this.present ??= this.read();
    return this.present;
  }

  private async read(): Promise<Present> {
    const found = await readSides(this.shown);
    const view = viewOf(this.shown, found);
    // It may have been closed while files were read, and has no title then.
    if (!this.closed) this.panel.title = titleOf(view);
    return { found, view };
  }

  private refresh(): void {
    const present = this.read();
    this.present = present;
    present.then(({ view }) => {
      const text = JSON.stringify(view);
      if (this.present !== present || this.told === undefined || this.told === text) return;
      this.told = text;
      this.server.emit('changed', view);
    }, (error: unknown) => { logDefect(error, this.services.log); });
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.refresh(); }, quietMilliseconds);
  }

  /** Follows the files, the editors that they are in, and the repositories of those that come from git. */
  private watch(): void {
    const soon = () => { this.refreshSoon(); };
    const concerns = (uri: vscode.Uri) => this.shown.some((side) => String(side.uri) === String(uri));
    const follow = (document: vscode.TextDocument) => { if (concerns(document.uri)) soon(); };
    this.store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => { follow(document); }));
    this.store.add(vscode.workspace.onDidSaveTextDocument(follow));
    // One that is closed unsaved is again what it is on the disk.
    this.store.add(vscode.workspace.onDidCloseTextDocument(follow));
    for (const uri of new Map(this.shown.map((side) => [String(side.uri), side.uri])).values()) {
      const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folderOf(uri), nameOf(uri))));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) this.store.add(event(soon));
    }
    for (const { uri } of this.shown.filter(({ uri: { scheme }, ref }) => ref !== undefined || scheme === 'git')) {
      onRepositoryChange(vscode.Uri.file(uri.path), soon).then((listening) => { for (const each of listening) this.store.add(each); }, (error: unknown) => { logDefect(error, this.services.log); });
    }
  }

  private close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.server.dispose();
    this.store.dispose();
  }
}

function viewOf(sides: readonly Side[], found: readonly FoundSide[]): ComparisonView {
  const directions = found.flatMap(({ direction, file, version }): Compared[] => (direction ? [{ direction, file, ...(version === undefined ? {} : { version }) }] : []));
  return {
    addresses: sides.map(addressOf),
    sides: found.map(({ file, version, problem }) => ({ file, ...(version === undefined ? {} : { version }), ...(problem === undefined ? {} : { problem }) })),
    ...(directions.length === found.length ? { comparison: compareDirections(directions) } : {}),
    alphas: suitableAlphas(directions.map(({ direction }) => direction)),
    pictured: createHash('sha256').update(JSON.stringify(directions.map(({ direction: { generator, latent, vector } }) => [generator, latent, vector]))).digest('hex'),
  };
}

/** Five alphas around 0 that are within the range of every direction, whichever way it points, and that pictures can be asked for. */
function suitableAlphas(directions: readonly DirectionFile[]): string {
  const most = Math.min(...directions.map(({ edit: { alpha } }) => Math.max(Math.abs(alpha[0]), Math.abs(alpha[1]))));
  const end = Number.isFinite(most) ? Number(Math.min(most, alphaLimits.max).toPrecision(3)) : 6;
  return `${-end}:${end}:5`;
}

function titleOf({ sides, comparison }: ComparisonView): string {
  const labels = comparison?.labels ?? sides.map(({ file }) => file);
  if (labels.length > 2) return `${labels.length} directions`;
  const [a, b] = sides;
  return a && a.file === b?.file ? `${a.file} (${a.version ?? 'working tree'} ↔ ${b.version ?? 'working tree'})` : labels.join(' ↔ ');
}
