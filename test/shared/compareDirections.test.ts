import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/engine/editing/applyDirection';
import { cosines } from '../../src/shared/direction/compareDirections';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile, DirectionVector } from '../../src/shared/direction/directionFile';
import { userErrorOf } from '../support/userErrors';

function direction(layers: readonly number[], vector: DirectionVector, dimensions = 2): DirectionFile {
  return {
    format: 'resefa-direction',
    version: 1,
    name: 'a',
    generator: { name: 'g', architecture: 'stylegan2', resolution: 64, sha256: '0'.repeat(64) },
    latent: { space: Array.isArray(vector[0]) ? 'w+' : 'w', dimensions, layers },
    region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 },
    discovery: { seeds: '0', truncation: 1, preset: 'draft', jacobianResolution: 64, channels: 'rgb', tau: 0.001, rank: 1, eigenvalue: 1 },
    edit: { alpha: [-1, 1] },
    vector,
  };
}

describe('cosines', () => {
  it('are 1 for a direction and itself, and -1 for its negative', () => {
    const a = direction([2, 3], [0.6, 0.8]);
    expect(cosines(a, a, 'b').cosine).toBeCloseTo(1, 12);
    expect(cosines(a, direction([2, 3], [-0.6, -0.8]), 'b').cosine).toBeCloseTo(-1, 12);
  });

  it('are taken layer by layer as well', () => {
    const a = direction([2, 3], [[1, 0], [0, 1]]);
    const b = direction([2, 3], [[0.6, 0.8], [0, -2]]);
    const { cosine, layers } = cosines(a, b, 'b');
    // (0.6 - 2) / (sqrt(2) sqrt(1 + 4))
    expect(cosine).toBeCloseTo(-1.4 / Math.sqrt(10), 12);
    expect(layers).toEqual([{ layer: 2, cosine: 0.6 }, { layer: 3, cosine: -1 }]);
  });

  it('count a layer that only one of them edits as left alone by the other', () => {
    const { cosine, layers } = cosines(direction([5, 7], [0, 1]), direction([6, 7], [0, 1]), 'b');
    expect(cosine).toBeCloseTo(0.5, 12);
    expect(layers).toEqual([{ layer: 5, cosine: undefined }, { layer: 6, cosine: undefined }, { layer: 7, cosine: 1 }]);
  });

  it('have no value for a layer that one of them does not move', () => {
    expect(cosines(direction([1, 2], [[1, 0], [0, 0]]), direction([1, 2], [[1, 0], [0, 1]]), 'b').layers[1]).toEqual({ layer: 2, cosine: undefined });
  });

  it('compare one vector for all layers with one for each of them', () => {
    const { cosine, layers } = cosines(direction([0, 1], [0.6, 0.8]), direction([0, 1], [[0.6, 0.8], [0.8, -0.6]]), 'b');
    expect(cosine).toBeCloseTo(0.5, 12);
    expect(layers[0]!.cosine).toBeCloseTo(1, 12);
    expect(layers[1]!.cosine).toBeCloseTo(0, 12);
  });

  it('are refused for latent vectors of different length', async () => {
    const message = await userErrorOf(() => cosines(direction([0], [0.6, 0.8]), direction([0], [1, 0, 0], 3), 'b.resefa.json'));
    expect(message).toBe('b.resefa.json has latent vectors of 3, a of 2: directions of different generators cannot be compared');
  });
});

describe('applyEdits', () => {
  const ws = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), dims: [2, 3, 2] };

  it('adds alpha times the row of each edited layer to every sample, and leaves the original as it is', () => {
    const edited = applyEdits(ws, [{ layers: [0, 2], rows: vectorRows(direction([0, 2], [[1, 0], [0.5, -1]])), alpha: 2 }]);
    expect([...edited.data]).toEqual([3, 2, 3, 4, 6, 4, 9, 8, 9, 10, 12, 10]);
    expect(edited.dims).toEqual([2, 3, 2]);
    expect([...ws.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('adds several edits up', () => {
    const edits = [{ layers: [1], rows: [[1, 1]], alpha: 3 }, { layers: [1], rows: [[1, -1]], alpha: -1 }];
    expect([...applyEdits(ws, edits).data]).toEqual([1, 2, 5, 8, 5, 6, 7, 8, 11, 14, 11, 12]);
    expect(applyEdits(ws, []).data).toEqual(ws.data);
  });
});
