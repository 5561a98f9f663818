import * as vscode from 'vscode';
import type { Disposable } from './disposables';

/** Shorter work is not shown: the item would only flicker. */
const patienceMilliseconds = 200;

/** One piece of work that is running. */
interface Work {
  text: string;
  shown: boolean;
}

/** The status bar item that is there while the engine works for more than a moment. */
export class WorkIndicator implements Disposable {
  private readonly item = vscode.window.createStatusBarItem('resefa.work', vscode.StatusBarAlignment.Left);
  private readonly works: Work[] = [];

  /** @param command what a click does */
  constructor(command: string) {
    this.item.name = 'ReSeFa';
    this.item.command = command;
  }

  /** Shows `text` while `work` runs, which can tell what it is at. */
  async during<Result>(text: string, work: (tell: (text: string) => void) => Promise<Result>): Promise<Result> {
    const entry: Work = { text, shown: false };
    this.works.push(entry);
    const timer = setTimeout(() => {
      entry.shown = true;
      this.update();
    }, patienceMilliseconds);
    try {
      return await work((next) => {
        entry.text = next;
        this.update();
      });
    } finally {
      clearTimeout(timer);
      this.works.splice(this.works.indexOf(entry), 1);
      this.update();
    }
  }

  dispose(): void {
    this.item.dispose();
  }

  private update(): void {
    const shown = this.works.findLast((work) => work.shown);
    if (!shown) {
      this.item.hide();
      return;
    }
    // A spinning icon would take the processor from the engine where there is no GPU to draw it.
    this.item.text = `$(pulse) ReSeFa: ${shown.text}`;
    this.item.tooltip = `The ReSeFa engine is ${shown.text}. Click to show the panel.`;
    this.item.show();
  }
}
