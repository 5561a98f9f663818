import type { AppState } from '../appState';
import { activeRegion } from './panelRegions';

/** Why a discovery cannot begin, as what to do about it; nothing where it can. */
export function discoverHint({ info, panel, status }: AppState): string | undefined {
  if (!info) return status === 'loading' ? 'Opening the generator' : 'Choose a generator first';
  if (!activeRegion(panel).region) return 'Draw a region on the picture first';
  if (panel.preset === 'official' && panel.space === 'w+') return 'The official preset works in space w only';
  return undefined;
}

/** Says that a generator's Jacobians are less exact and slower than those of others; nothing for others. */
export function methodHint({ info }: AppState): string {
  return info?.obstacle === undefined ? '' : `By central differences: ${info.obstacle}`;
}
