import type { JacobianChannels, Preset } from '../../shared/direction/directionFile';

/** How a discovery takes and weighs its Jacobians (see the README, "Presets"). */
export interface PresetSettings {
  /** Whether the Jacobian is taken at the layers that will be edited, or at all of them. */
  readonly layers: 'edited' | 'all';
  /** The Jacobian is taken at this resolution at most. */
  readonly maximumResolution: number;
  /** How the image is reduced to it. */
  readonly reduction: 'area' | 'nearest';
  /** Colour channels of the Jacobian; 'sum above' adds them where the image is larger than the maximum. */
  readonly channels: 'rgb' | 'sum above';
  readonly samples: number;
  readonly tau: number;
}

/** The named settings. `official` is what the authors' code does (github.com/zhujiapeng/resefa). */
export const presetSettings: Readonly<Record<Preset, PresetSettings>> = {
  draft: { layers: 'edited', maximumResolution: 64, reduction: 'area', channels: 'rgb', samples: 2, tau: 1e-3 },
  standard: { layers: 'edited', maximumResolution: 256, reduction: 'area', channels: 'rgb', samples: 20, tau: 1e-3 },
  exact: { layers: 'edited', maximumResolution: Infinity, reduction: 'area', channels: 'rgb', samples: 20, tau: 1e-3 },
  official: { layers: 'all', maximumResolution: 256, reduction: 'nearest', channels: 'sum above', samples: 1, tau: 0 },
};

/** How the image's tangents become rows of the Jacobian. */
export interface Readout {
  /** Pixels along one side. */
  readonly resolution: number;
  readonly reduction: 'area' | 'nearest';
  readonly channels: JacobianChannels;
}

/** The readout of a preset for an image of `resolution` px. */
export function readoutOf(settings: PresetSettings, resolution: number): Readout {
  const { maximumResolution, reduction, channels } = settings;
  const summed = channels === 'sum above' && resolution > maximumResolution;
  return { resolution: Math.min(resolution, maximumResolution), reduction, channels: summed ? 'sum' : 'rgb' };
}
