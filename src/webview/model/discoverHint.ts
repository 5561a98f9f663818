import type { AppState } from '../appState';
import { activeRegion } from './panelRegions';

/** Why a discovery cannot begin, as what to do about it; nothing where it can. */
export function discoverHint({ info, panel, status }: AppState): string | undefined {
  if (!info) return status === 'loading' ? 'Opening the generator' : 'Choose a generator first';
  if (!activeRegion(panel).region) return 'Draw a region on the picture first';
  if (panel.preset === 'official' && panel.space === 'w+') return 'The official preset works in space w only';
  return undefined;
}
