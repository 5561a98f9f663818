import * as vscode from 'vscode';
import { isDiscovered } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { durationText } from '../../shared/durationText';
import { longRepetition, repeating, secondsToRepeat } from '../rediscovery/repeating';
import type { Services } from '../services';

/**
 * How to get at the direction that is to be saved: one that is exact is there; one from tiles is solved exactly, if the
 * user would rather wait than have it as it is where that takes long.
 *
 * Undefined where the user gives up; so does what the returned function promises.
 */
export async function chosenSolution(generator: string, direction: DirectionFile, services: Services): Promise<(() => Promise<DirectionFile | undefined>) | undefined> {
  const asItIs = () => Promise.resolve(direction);
  if (!isDiscovered(direction) || direction.discovery.grams !== 'tiles') return asItIs;
  const seconds = await secondsToRepeat(generator, direction, services);
  if (seconds > longRepetition) {
    const [exactly, tiles] = [`Solve exactly (about ${durationText(seconds)})`, 'Save as it is (from tiles)'];
    const detail = 'Its region was put together from tiles of the picture, which is nearly but not quite what a discovery for exactly this region finds.';
    const answer = await vscode.window.showInformationMessage(`Solve ${direction.name} exactly before it is saved?`, { modal: true, detail }, exactly, tiles);
    if (answer !== exactly) return answer === tiles ? asItIs : undefined;
  }
  return () => repeating(`solving ${direction.name} exactly`, services, (options) => services.engine.call('solveExactly', { generator, direction }, options));
}
