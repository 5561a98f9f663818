import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ganspaceDirections, sefaDirections } from '../../src/engine/factorization/closedForm';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { nvlabs } from '../../src/engine/importers/formats/nvlabs';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { fixtureCheckpoint, linearNetwork, openBare, openFixture, openToyFolder } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

let opened: OpenedGenerator | undefined;

afterEach(async () => {
  await opened?.close();
});

function dotOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('SeFa', () => {
  /** Rows of the affine weights of a checkpoint's layers. */
  function affineRows(names: readonly string[], size: number): Float32Array[] {
    const network = nvlabs.read(readCheckpoint(readFileSync(fixtureCheckpoint), 'generator.pkl'), 'generator.pkl')!;
    return names.flatMap((name) => {
      const { data, dims } = network.weight(`synthesis.${name}.affine.weight`, ['out', size]);
      return Array.from({ length: dims[0]! }, (_, row) => data.subarray(row * size, (row + 1) * size));
    });
  }

  it("finds the eigenvectors of A^T A of the checkpoint's affine layers", async () => {
    opened = await openFixture();
    const { generator } = opened;
    const [size, layers] = [generator.dimensions, [2, 3, 5]];
    const rows = affineRows(layers.map((layer) => generator.description.layers[layer]!.name), size);
    const gram = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)));
    const directions = sefaDirections(generator, layers, size);
    expect(directions).toHaveLength(size);
    const strengths = directions.map((n) => Math.sqrt(dotOf(gram.map((row) => dotOf(row, n)), n)));
    expect([...strengths].sort((a, b) => b - a)).toEqual(strengths);
    directions.forEach((n, i) => {
      expect(dotOf(n, n)).toBeCloseTo(1, 10);
      gram.forEach((row, k) => expect(dotOf(row, n) / strengths[0]! ** 2).toBeCloseTo((strengths[i]! ** 2 * n[k]!) / strengths[0]! ** 2, 5));
    });
    // All of the energy is there: the trace of A^T A is the sum of its eigenvalues.
    const energy = rows.reduce((sum, row) => sum + dotOf(row, row), 0);
    expect(strengths.reduce((sum, strength) => sum + strength ** 2, 0) / energy).toBeCloseTo(1, 6);
    expect(sefaDirections(generator, layers, 3)).toEqual(directions.slice(0, 3));
  });

  it('is refused for a generator without affine layers', async () => {
    opened = await openBare(linearNetwork({ input: ['N', 2], resolution: 2 }, new Float32Array(24)));
    expect(await userErrorOf(() => sefaDirections(opened!.generator, [0], 1))).toBe('layer 0 of toy has no affine weight that SeFa could factorise');
  });
});

describe('GANSpace', () => {
  it('finds the axes along which w spreads most, whatever its mean', async () => {
    // w = 10 u + 0.1 z_0 u + 3 z_1 v + z_2 t, with u, v and t at right angles.
    const axes = [[0, 0.6, 0.8], [1, 0, 0], [0, 0.8, -0.6]];
    const scales = [0.1, 3, 1];
    const g = new GraphBuilder();
    const weight = g.weight('weight', Float32Array.from(axes.flatMap((axis, i) => axis.map((value) => scales[i]! * value))), [3, 3]);
    g.output('w', g.add(g.matmul(g.input('z', ['N', 3]), weight), g.weight('mean', Float32Array.of(0, 6, 8), [3])), ['N', 3]);
    opened = await openToyFolder({
      synthesis: linearNetwork({ input: ['N', 2, 3], resolution: 2 }, new Float32Array(6 * 12)),
      mapping: g.build('mapping'),
      description: { resolution: 2, w_dim: 3, layers: [0, 1].map((index) => ({ index, name: `layer ${index}`, resolution: 2 })) },
    });
    const directions = await ganspaceDirections(opened.generator, Array.from({ length: 400 }, (_, seed) => seed), 3);
    expect(directions).toHaveLength(3);
    [axes[1]!, axes[2]!, axes[0]!].forEach((axis, i) => {
      expect(dotOf(directions[i]!, directions[i]!)).toBeCloseTo(1, 10);
      expect(Math.abs(dotOf(directions[i]!, axis))).toBeGreaterThan(0.998);
    });
  });
});
