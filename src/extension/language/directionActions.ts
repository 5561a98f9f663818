import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { difference, fixAllEdits, fixOf } from '../../shared/direction/directionFixes';
import { formatDirection } from '../../shared/direction/formatDirection';
import type { TextEdit } from '../../shared/direction/textEdit';
import { isEditable } from './directionDocuments';
import type { DirectionDocuments } from './directionDocuments';
import { rangeOf } from './directionDiagnostics';

const fixAll = vscode.CodeActionKind.SourceFixAll.append('resefa');
const canonical = vscode.CodeActionKind.Source.append('resefa.writeCanonically');

/** Quick fixes of what is wrong under the cursor, and actions for the whole file. */
export class DirectionActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix, fixAll, canonical];

  constructor(private readonly documents: DirectionDocuments) {}

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range, { only, diagnostics }: vscode.CodeActionContext): vscode.CodeAction[] {
    if (!isEditable(document)) return [];
    return [
      ...(!only || only.contains(vscode.CodeActionKind.QuickFix) ? this.quickFixes(document, range, diagnostics) : []),
      // An action for the whole file is a question of its own: it is not asked at every move of the cursor.
      ...(only?.contains(fixAll) ? wholeFile(document, 'Fix All Problems of the Direction', fixAll, fixAllEdits(document.getText())) : []),
      ...(only?.contains(canonical) ? wholeFile(document, 'Write the File as ReSeFa Does', canonical, this.canonicalEdits(document)) : []),
    ];
  }

  private quickFixes(document: vscode.TextDocument, range: vscode.Range, shown: readonly vscode.Diagnostic[]): vscode.CodeAction[] {
    const text = document.getText();
    const near = this.documents.problemsOf(document).filter((problem) => rangeOf(problem, document).intersection(range) !== undefined);
    return near.flatMap((problem) => {
      const fix = fixOf(text, problem);
      if (!fix) return [];
      const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
      action.edit = workspaceEdit(document, fix.edits);
      action.diagnostics = shown.filter(({ source, code }) => source === 'ReSeFa' && code === problem.code);
      action.isPreferred = problem.severity !== 'hint';
      return [action];
    });
  }

  private canonicalEdits(document: vscode.TextDocument): readonly TextEdit[] {
    if (this.documents.problemsOf(document).some(({ severity, code }) => severity === 'error' && !code.startsWith('generator'))) return [];
    const text = document.getText();
    return difference(text, formatDirection(parseDirection(text, 'the direction')).replaceAll('\n', document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n'));
  }
}

function wholeFile(document: vscode.TextDocument, title: string, kind: vscode.CodeActionKind, edits: readonly TextEdit[]): vscode.CodeAction[] {
  if (edits.length === 0) return [];
  const action = new vscode.CodeAction(title, kind);
  action.edit = workspaceEdit(document, edits);
  return [action];
}

function workspaceEdit(document: vscode.TextDocument, edits: readonly TextEdit[]): vscode.WorkspaceEdit {
  const whole = new vscode.WorkspaceEdit();
  for (const { offset, length, text } of edits) whole.replace(document.uri, rangeOf({ start: offset, end: offset + length }, document), text);
  return whole;
}
