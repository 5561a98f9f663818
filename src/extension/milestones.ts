import * as vscode from 'vscode';

/** What a user does for the first time, which ticks off a step of the walkthrough. */
type Milestone = 'discovered' | 'edited' | 'saved';

const known = new Set<Milestone>();

/** Sets the context key `resefa.<milestone>`, once. */
export function reached(milestone: Milestone): void {
  if (known.has(milestone)) return;
  known.add(milestone);
  void vscode.commands.executeCommand('setContext', `resefa.${milestone}`, true);
}
