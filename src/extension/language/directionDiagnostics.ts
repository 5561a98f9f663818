import * as vscode from 'vscode';
import { capitalised } from '../../shared/capitalised';
import type { Problem } from '../../shared/direction/directionProblems';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import { logDefect } from '../errors';
import type { Log } from '../log';
import { isEditable } from './directionDocuments';
import type { DirectionDocuments } from './directionDocuments';
import { saidByJsonFeatures, validateSetting } from './jsonFeatures';

/** A text is looked at after so much quiet. */
const quietMilliseconds = 200;

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Underlines what is wrong in open direction files, but for what VS Code says by itself. */
export class DirectionDiagnostics implements Disposable {
  private readonly store = new DisposableStore();
  private readonly shown = this.store.add(vscode.languages.createDiagnosticCollection('resefa'));
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly documents: DirectionDocuments,
    private readonly log: Log,
  ) {
    const { workspace, extensions } = vscode;
    this.store.add(workspace.onDidOpenTextDocument((document) => { this.refresh(document); }));
    this.store.add(workspace.onDidChangeTextDocument(({ document }) => { this.refreshSoon(document); }));
    this.store.add(workspace.onDidCloseTextDocument(({ uri }) => { this.forget(uri); }));
    this.store.add(workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(validateSetting)) this.refreshAll();
    }));
    this.store.add(extensions.onDidChange(() => { this.refreshAll(); }));
    this.store.add(documents.onDidChangeGenerators(() => { this.refreshAll(); }));
    this.store.addStop(() => {
      for (const timer of this.waiting.values()) clearTimeout(timer);
    });
    this.refreshAll();
  }

  dispose(): void {
    this.store.dispose();
  }

  private refreshAll(): void {
    for (const document of this.documents.open) this.refresh(document);
  }

  private refreshSoon(document: vscode.TextDocument): void {
    if (!isEditable(document)) return;
    const key = String(document.uri);
    clearTimeout(this.waiting.get(key));
    this.waiting.set(key, setTimeout(() => {
      this.waiting.delete(key);
      this.refresh(document);
    }, quietMilliseconds));
  }

  private refresh(document: vscode.TextDocument): void {
    if (!isEditable(document)) return;
    try {
      const problems = this.documents.problemsOf(document).filter(({ code }) => !saidByJsonFeatures(code, document));
      this.shown.set(document.uri, problems.map((problem) => diagnostic(problem, document)));
    } catch (error) {
      logDefect(error, this.log);
    }
  }

  private forget(uri: vscode.Uri): void {
    clearTimeout(this.waiting.get(String(uri)));
    this.waiting.delete(String(uri));
    this.shown.delete(uri);
  }
}

/** A problem as VS Code shows it. */
function diagnostic(problem: Problem, document: vscode.TextDocument): vscode.Diagnostic {
  const shown = new vscode.Diagnostic(rangeOf(problem, document), capitalised(problem.message), severities[problem.severity]);
  shown.source = 'ReSeFa';
  shown.code = problem.code;
  return shown;
}

export function rangeOf({ start, end }: Pick<Problem, 'start' | 'end'>, document: vscode.TextDocument): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
