import * as vscode from 'vscode';
import { CancelledError } from '../shared/cancelledError';
import { capitalised } from '../shared/capitalised';
import { isExpected } from '../shared/protocol/rpc';
import { EngineStoppedError } from '../shared/protocol/engineStoppedError';
import type { Log } from './log';
import { reasonOf } from './reason';
import { withoutLinks } from './withoutLinks';

/** Tells the user in one line what went wrong; a defect of ours goes into the log with all that is known. Returns at once. */
export function showError(error: unknown, log: Log): void {
  if (error instanceof CancelledError) return;
  if (isExpected(error)) log.error(reasonOf(error));
  else logDefect(error, log);
  const buttons = error instanceof EngineStoppedError || !isExpected(error) ? ['Show Log'] : [];
  void vscode.window.showErrorMessage(withoutLinks(sentence(reasonOf(error))), ...buttons).then((button) => {
    if (button !== undefined) log.show();
  });
}

/** Writes an error that is nobody's mistake but ours into the log. */
export function logDefect(error: unknown, log: Log): void {
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** A message as people read it in a notification: with a capital letter, unless it begins with the name of a file. */
function sentence(text: string): string {
  return /^[a-z]+(?![\w.\\/-]|:\/\/)/.test(text) ? capitalised(text) : text;
}
