import * as vscode from 'vscode';
import type { PanelState } from '../../shared/protocol/pageProtocol';
import type { Log } from '../log';
import { reasonOf } from '../reason';

/** States this old are of panels that ended without a word; VS Code's own copy is left of those that did not. */
const oldestMilliseconds = 90 * 24 * 3600 * 1000;

/**
 * The states of the panels as files: VS Code keeps a page's state too, but writes it down from time to time only, and a
 * window that is closed meanwhile comes back with an older one.
 */
export class KeptStates {
  private last: Promise<void> = Promise.resolve();
  private tidied = false;

  constructor(
    private readonly folder: vscode.Uri,
    private readonly log: Log,
  ) {}

  /** What was written last for a panel; undefined where there is nothing that can be read. */
  async read(id: string): Promise<unknown> {
    try {
      return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(this.file(id)))) as unknown;
    } catch {
      return undefined;
    }
  }

  write(state: PanelState): void {
    this.next(async () => {
      await vscode.workspace.fs.createDirectory(this.folder);
      await this.tidy();
      await vscode.workspace.fs.writeFile(this.file(state.id), new TextEncoder().encode(JSON.stringify(state)));
    });
  }

  /** Forgets a panel that the user has closed. */
  remove(id: string): void {
    this.next(async () => {
      await vscode.workspace.fs.delete(this.file(id)).then(undefined, () => undefined);
    });
  }

  /** Once in a window's life, what nobody will ask for any more goes. */
  private async tidy(): Promise<void> {
    if (this.tidied) return;
    this.tidied = true;
    for (const [name] of await vscode.workspace.fs.readDirectory(this.folder)) {
      const file = vscode.Uri.joinPath(this.folder, name);
      const { mtime } = await vscode.workspace.fs.stat(file);
      if (Date.now() - mtime > oldestMilliseconds) await vscode.workspace.fs.delete(file);
    }
  }

  /** One after the other, so that what is written last stays. */
  private next(step: () => Promise<void>): void {
    this.last = this.last.then(step).catch((error: unknown) => { this.log.warn(`the state of a panel could not be kept: ${reasonOf(error)}`); });
  }

  private file(id: string): vscode.Uri {
    return vscode.Uri.joinPath(this.folder, `${id}.json`);
  }
}
