import type { AppState } from '../appState';
import { estimateText } from './estimate';
import { activeRegion } from './panelRegions';
import { settingsFit } from './requests';

/** Why a discovery cannot begin, as what to do about it; nothing where it can. */
export function discoverHint({ info, panel, status }: AppState): string | undefined {
  if (!info) return status === 'loading' ? 'Opening the generator' : 'Choose a generator first';
  if (!activeRegion(panel).region) return 'Draw a region on the picture first';
  if (!settingsFit(panel)) return 'The official preset works in space w only';
  return undefined;
}

/** What to know before a discovery: how long it takes where that is not quick, and that a generator's Jacobians are less exact and slower than those of others. */
export function workHint({ info, estimate }: AppState): string {
  const method = info?.obstacle === undefined ? '' : `By central differences: ${info.obstacle}`;
  return [estimate ? estimateText(estimate) : '', method].filter(Boolean).join('. ');
}
