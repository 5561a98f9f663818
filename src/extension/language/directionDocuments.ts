import * as vscode from 'vscode';
import { directionProblems } from '../../shared/direction/directionProblems';
import type { Problem } from '../../shared/direction/directionProblems';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import { reasonOf } from '../reason';
import type { Services } from '../services';
import { isDirectionFile } from '../workspace/directionCatalog';
import type { KnownGenerator } from '../workspace/generatorScan';
import { findingOf } from './generatorFinding';

interface Examined {
  readonly version: number;
  readonly generators: readonly KnownGenerator[] | undefined;
  readonly problems: readonly Problem[];
}

/** Direction files that are open, and what is wrong with them. */
export class DirectionDocuments implements Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<void>());
  private readonly examined = new WeakMap<vscode.TextDocument, Examined>();
  /** Undefined until they are found for the first time. */
  private generators: readonly KnownGenerator[] | undefined;
  private timesLooked = 0;

  /** More is known of the generators that there are, so that all documents have to be looked at again. */
  readonly onDidChangeGenerators = this.changed.event;

  constructor(private readonly services: Pick<Services, 'generators' | 'log'>) {
    this.store.add(services.generators.onDidChange(() => {
      // Without a direction file in sight nobody has asked for generators, and looking for them can wait.
      if (this.timesLooked > 0) void this.look();
    }));
  }

  /** Those that somebody can write to: git's versions are of the past. */
  get open(): readonly vscode.TextDocument[] {
    return vscode.workspace.textDocuments.filter(isEditable);
  }

  /** Never throws. What needs the list of generators comes with the next onDidChangeGenerators where it is not there yet. */
  problemsOf(document: vscode.TextDocument): readonly Problem[] {
    if (this.timesLooked === 0) void this.look();
    const { version } = document;
    const last = this.examined.get(document);
    if (last?.version === version && last.generators === this.generators) return last.problems;
    const { generators } = this;
    const problems = directionProblems(document.getText(), generators && ((named) => findingOf(named, generators, this.services.generators.workspaceHidden)));
    this.examined.set(document, { version, generators, problems });
    return problems;
  }

  dispose(): void {
    this.store.dispose();
  }

  private async look(): Promise<void> {
    const time = ++this.timesLooked;
    try {
      const generators = await this.services.generators.all();
      if (time !== this.timesLooked) return;
      this.generators = generators;
      this.changed.fire();
    } catch (error) {
      this.services.log.warn(reasonOf(error));
    }
  }
}

export function isEditable({ uri, isClosed }: vscode.TextDocument): boolean {
  return !isClosed && isDirectionFile(uri) && (uri.scheme === 'untitled' || vscode.workspace.fs.isWritableFileSystem(uri.scheme) === true);
}
