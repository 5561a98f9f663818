import { parseDirection } from '../../src/shared/direction/checkDirection';
import { isDiscovered } from '../../src/shared/direction/directionFile';
import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';

/** A direction in w that fits no real generator. */
export const exampleDirection: DiscoveredDirection = {
  format: 'resefa-direction',
  version: 1,
  name: 'eyes-1',
  generator: { name: 'cats', architecture: 'stylegan2', resolution: 64, sha256: '0123456789abcdef'.repeat(4) },
  latent: { space: 'w', dimensions: 4, layers: [2, 3, 4, 5] },
  region: { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.15 },
  discovery: { seeds: '0-19', truncation: 1, preset: 'standard', jacobianResolution: 64, channels: 'rgb', tau: 0.001, rank: 1, eigenvalue: 12.3456 },
  edit: { alpha: [-6, 6] },
  vector: [0.5, -0.5, 0.5, -0.5],
};

/** Reads a direction that a discovery found. */
export function parseDiscovered(text: string, where: string): DiscoveredDirection {
  const direction = parseDirection(text, where);
  if (!isDiscovered(direction)) throw new Error(`${where} was not discovered`);
  return direction;
}
