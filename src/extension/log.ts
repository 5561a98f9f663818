import * as vscode from 'vscode';
import type { EngineLog } from './engineProcess';

const keptLines = 500;

/** The output channel "ReSeFa". It remembers its last lines, which a channel does not give back. */
export class Log implements EngineLog, vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel('ReSeFa', { log: true });
  private readonly kept: string[] = [];

  /** The last lines, the oldest first. */
  get lines(): readonly string[] {
    return this.kept;
  }

  info(message: string): void {
    this.keep(message);
    this.channel.info(message);
  }

  warn(message: string): void {
    this.keep(message);
    this.channel.warn(message);
  }

  error(message: string): void {
    this.keep(message);
    this.channel.error(message);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }

  private keep(line: string): void {
    this.kept.push(line);
    if (this.kept.length > keptLines) this.kept.shift();
  }
}
