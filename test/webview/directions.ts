import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';
import type { PanelState, RegionState } from '../../src/shared/protocol/pageProtocol';

/** A direction of a two-dimensional generator, measured where a locality is given. */
export function directionOf(rank: number, eigenvalue: number, locality?: number): DiscoveredDirection {
  return {
    format: 'resefa-direction', version: 1, name: `eyes-${rank}`,
    generator: { name: 'g', architecture: 'test', resolution: 8, sha256: '0'.repeat(64) },
    latent: { space: 'w', dimensions: 2, layers: [0, 1] },
    region: { shape: 'box', x: 0.25, y: 0.25, width: 0.5, height: 0.5 },
    discovery: { seeds: '0-1', truncation: 1, preset: 'draft', jacobianResolution: 8, channels: 'rgb', tau: 0.001, rank, eigenvalue },
    edit: { alpha: [-6, 6] },
    ...(locality === undefined ? {} : { metrics: { seeds: '100-107', alpha: 1, insideMse: 0.02, outsideMse: 0.02 / locality } }),
    vector: [1, 0],
  };
}

export function regionOf(name: string, alphas: readonly number[]): RegionState {
  return { name, region: { shape: 'box', x: 0, y: 0, width: 1, height: 0.5 }, directions: alphas.map((_, i) => directionOf(i + 1, 10 - i)), alphas };
}

export function panelOf(regions: readonly RegionState[], active = 0): PanelState {
  return { version: 1, id: 'a', generator: 'g', seed: 0, psi: 0.7, space: 'w', preset: 'standard', shape: 'box', regions, active, heat: false, byLocality: false };
}
