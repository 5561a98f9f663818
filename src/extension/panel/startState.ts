import { randomUUID } from 'node:crypto';
import type { Preset } from '../../shared/direction/directionFile';
import { checkPanelState } from '../../shared/protocol/pageChecks';
import type { PanelState } from '../../shared/protocol/pageProtocol';
import { reasonOf } from '../reason';

/** The generator that a panel opens where none is named. */
export const standardGenerator = 'afhq-cat-64';

/** What a new panel begins with. */
export function startState(generator: string, preset: Preset): PanelState {
  return {
    version: 1,
    id: randomUUID(),
    generator,
    seed: 0,
    psi: 0.7,
    space: 'w',
    preset,
    shape: 'box',
    regions: [{ name: 'region 1', directions: [], alphas: [] }],
    active: 0,
    heat: false,
    byLocality: false,
  };
}

/** The state that a panel was left with; a new one, and a word to `tell`, where that cannot be read. */
export function restoredState(left: unknown, preset: Preset, tell: (problem: string) => void): PanelState {
  try {
    return checkPanelState(left);
  } catch (error) {
    tell(`the panel starts anew: ${reasonOf(error)}`);
    return startState(standardGenerator, preset);
  }
}

/** What was kept of a panel, or what VS Code says where that cannot be read. */
export function latest(kept: unknown, left: PanelState): PanelState {
  try {
    return checkPanelState(kept);
  } catch {
    return left;
  }
}
