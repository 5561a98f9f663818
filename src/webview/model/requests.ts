import type { EngineCalls, FollowRequest, GeneratorInfo } from '../../shared/protocol/engineProtocol';
import type { PanelState } from '../../shared/protocol/pageProtocol';
import type { Region } from '../../shared/region';
import { stemOf } from './panelRegions';

/** Directions that are kept of a region. */
const directionCount = 8;

/** What the panel is set to, without the region. */
export function settingsRequest(panel: PanelState, info: GeneratorInfo): EngineCalls['estimate']['params'] {
  const { generator, preset, space, layers = info.editLayers, samples, label } = panel;
  return {
    generator, preset, space, layers, count: directionCount,
    ...(samples === undefined ? {} : { seeds: samples === 1 ? '0' : `0-${samples - 1}` }),
    ...(label === undefined ? {} : { label }),
  };
}

/** What the panel is set to, for one of its regions. */
export function regionRequest(panel: PanelState, info: GeneratorInfo, name: string, region: Region): FollowRequest {
  return { ...settingsRequest(panel, info), region, name: stemOf(name) };
}

/** Equal for equal settings: what is known of samples under one is not known under another. */
export function settingsKey(panel: PanelState, info: GeneratorInfo): string {
  return JSON.stringify(settingsRequest(panel, info));
}

/** Whether the settings go together. */
export function settingsFit({ preset, space }: PanelState): boolean {
  return preset !== 'official' || space !== 'w+';
}
