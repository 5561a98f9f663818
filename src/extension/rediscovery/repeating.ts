import { basename } from 'node:path';
import type { DiscoveredDirection } from '../../shared/direction/directionFile';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import type { CallOptions } from '../../shared/protocol/rpc';
import { notifiedWork, unlessCancelled } from '../notifiedWork';
import type { Services } from '../services';

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
export async function repeating<Result>(title: string, services: Services, run: (options: CallOptions<DiscoverUpdate>) => Promise<Result>): Promise<Result | undefined> {
  return unlessCancelled(notifiedWork(title, services, (signal, report) => run({
    signal,
    onProgress: (update) => { if (update.kind === 'progress') report(stepText(update), update.fraction); },
  })));
}

function stepText({ phase, samplesDone, samples }: Extract<DiscoverUpdate, { kind: 'progress' }>): string {
  return phase === 'measuring' ? 'measuring' : `sample ${Math.min(samplesDone + 1, samples)} of ${samples}`;
}
