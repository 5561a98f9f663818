import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../shared/cancelledError';
import type { DiscoveredDirection } from '../../shared/direction/directionFile';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import type { CallOptions } from '../../shared/protocol/rpc';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';

/** What takes longer than so many seconds is asked for first. */
export const longRepetition = 30;

/** Seconds to repeat the discovery of a direction, with all its samples anew. */
export async function secondsToRepeat(generator: string, { discovery, latent }: DiscoveredDirection, { engine, work }: Services): Promise<number> {
  const { preset, seeds, class: label } = discovery;
  const { space, layers } = latent;
  const request = { generator, preset, space, layers, seeds, count: 1, ...(label === undefined ? {} : { label }) };
  return (await work.during(`timing ${basename(generator)}`, () => engine.call('estimate', request))).exactSeconds;
}

/**
 * Runs a discovery with a notification that tells how far it is and cancels; nothing comes back where the user cancels.
 *
 * @param title such as "solving eyes-1 exactly"
 */
export async function repeating<Result>(title: string, { work }: Services, run: (options: CallOptions<DiscoverUpdate>) => Promise<Result>): Promise<Result | undefined> {
  const notification = { location: vscode.ProgressLocation.Notification, title: withoutLinks(`ReSeFa: ${title}`), cancellable: true };
  return work.during(title, async () => vscode.window.withProgress(notification, async (progress, cancelled) => {
    const controller = new AbortController();
    cancelled.onCancellationRequested(() => { controller.abort(); });
    let told = 0;
    const onProgress = (update: DiscoverUpdate) => {
      if (update.kind !== 'progress') return;
      progress.report({ message: stepText(update), increment: 100 * (update.fraction - told) });
      told = update.fraction;
    };
    try {
      return await run({ signal: controller.signal, onProgress });
    } catch (error) {
      if (error instanceof CancelledError) return undefined;
      throw error;
    }
  }));
}

function stepText({ phase, samplesDone, samples }: Extract<DiscoverUpdate, { kind: 'progress' }>): string {
  return phase === 'measuring' ? 'measuring' : `sample ${Math.min(samplesDone + 1, samples)} of ${samples}`;
}
