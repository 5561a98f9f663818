import * as vscode from 'vscode';
import { CancelledError } from '../shared/cancelledError';
import type { Services } from './services';
import { withoutLinks } from './withoutLinks';

/** Tells where work stands: a few words, and the share of it that is done, 0..1. */
export type Report = (message: string, fraction: number) => void;

/**
 * Runs work with a notification that tells how far it is and cancels.
 *
 * @param title such as "solving eyes-1 exactly"
 * @throws what the work throws: CancelledError where the user cancels and it heeds the signal
 */
export async function notifiedWork<Result>(title: string, { work }: Pick<Services, 'work'>, run: (signal: AbortSignal, report: Report) => Promise<Result>): Promise<Result> {
  const notification = { location: vscode.ProgressLocation.Notification, title: withoutLinks(`ReSeFa: ${title}`), cancellable: true };
  return work.during(title, async () => vscode.window.withProgress(notification, async (progress, cancelled) => {
    const controller = new AbortController();
    cancelled.onCancellationRequested(() => { controller.abort(); });
    let told = 0;
    return run(controller.signal, (message, fraction) => {
      progress.report({ message: withoutLinks(message), increment: 100 * (fraction - told) });
      told = fraction;
    });
  }));
}

/** What work gives; nothing where the user has cancelled it. */
export async function unlessCancelled<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CancelledError) return undefined;
    throw error;
  }
}
