import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../shared/cancelledError';
import { isDiscovered } from '../../shared/direction/directionFile';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import { durationText } from '../../shared/durationText';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import type { Services } from '../services';

/** What takes longer than so many seconds is asked for first. */
const longSolve = 30;

/**
 * How to get at the direction that is to be saved: one that is exact is there; one from tiles is solved exactly, if the
 * user would rather wait than have it as it is where that takes long.
 *
 * Undefined where the user gives up; so does what the returned function promises.
 */
export async function chosenSolution(generator: string, direction: DirectionFile, services: Services): Promise<(() => Promise<DirectionFile | undefined>) | undefined> {
  const asItIs = () => Promise.resolve(direction);
  if (!isDiscovered(direction) || direction.discovery.grams !== 'tiles') return asItIs;
  const seconds = await secondsToSolve(generator, direction, services);
  if (seconds > longSolve) {
    const [exactly, tiles] = [`Solve exactly (about ${durationText(seconds)})`, 'Save as it is (from tiles)'];
    const detail = 'Its region was put together from tiles of the picture, which is nearly but not quite what a discovery for exactly this region finds.';
    const answer = await vscode.window.showInformationMessage(`Solve ${direction.name} exactly before it is saved?`, { modal: true, detail }, exactly, tiles);
    if (answer !== exactly) return answer === tiles ? asItIs : undefined;
  }
  return () => solved(generator, direction, services);
}

async function secondsToSolve(generator: string, { discovery, latent }: DiscoveredDirection, { engine, work }: Services): Promise<number> {
  const { preset, seeds, class: label } = discovery;
  const { space, layers } = latent;
  const request = { generator, preset, space, layers, seeds, count: 1, ...(label === undefined ? {} : { label }) };
  return (await work.during(`timing ${basename(generator)}`, () => engine.call('estimate', request))).exactSeconds;
}

/** Solves exactly, with a notification that tells how far it is and cancels. */
async function solved(generator: string, direction: DirectionFile, { engine, work }: Services): Promise<DirectionFile | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title: `ReSeFa: solving ${direction.name} exactly`, cancellable: true };
  return work.during(`solving ${direction.name} exactly`, async () => vscode.window.withProgress(options, async (progress, cancelled) => {
    const controller = new AbortController();
    cancelled.onCancellationRequested(() => { controller.abort(); });
    let told = 0;
    const onProgress = (update: DiscoverUpdate) => {
      if (update.kind !== 'progress') return;
      progress.report({ message: stepText(update), increment: 100 * (update.fraction - told) });
      told = update.fraction;
    };
    try {
      return await engine.call('solveExactly', { generator, direction }, { signal: controller.signal, onProgress });
    } catch (error) {
      if (error instanceof CancelledError) return undefined;
      throw error;
    }
  }));
}

function stepText({ phase, samplesDone, samples }: Extract<DiscoverUpdate, { kind: 'progress' }>): string {
  return phase === 'measuring' ? 'measuring' : `sample ${Math.min(samplesDone + 1, samples)} of ${samples}`;
}
