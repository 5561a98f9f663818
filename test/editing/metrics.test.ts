import { afterEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/shared/cancelledError';
import { LocalityMeter, heldOutPsi, heldOutSeeds, insideTarget } from '../../src/engine/editing/metrics';
import type { BoxRegion } from '../../src/shared/region';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openSigned, openToyFolder, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';

const [unknowns, side, channels] = [6, 8, 3];
const pixels = side * side;
/** 3 x 4 of the 64 pixels. */
const region: BoxRegion = { shape: 'box', x: 0.25, y: 0.5, width: 0.375, height: 0.5 };
const isInside = (pixel: number) => pixel % side >= 2 && pixel % side < 5 && pixel >= 4 * side;
const weight = new Gaussian(5).tensor([unknowns, channels * pixels]).data;
const direction = new Gaussian(6).tensor([unknowns]).data;

let opened: OpenedGenerator | undefined;

afterEach(async () => {
  await opened?.close();
});

/** What the direction adds to flat pictures, for each unit of alpha. */
const step = Array.from({ length: channels * pixels }, (_, k) => direction.reduce((sum, value, i) => sum + value * weight[i * channels * pixels + k]!, 0));

/** The mean of squares over the pixels of one side of the region. */
function meanSquare(values: readonly number[], inside: boolean): number {
  const picked = values.filter((_, k) => isInside(k % pixels) === inside);
  return picked.reduce((sum, value) => sum + value * value, 0) / picked.length;
}

describe('the locality of a direction of a linear generator', () => {
  const edit = { layers: [0], rows: [direction] };
  const exact = Math.sqrt(insideTarget / meanSquare(step, true));

  it.each([
    ['half', exact / 2],
    ['twice', exact * 2],
    ['a hundredth of', exact / 100],
    ['a million times', exact * 1e6],
    ['exactly', exact],
    ['nothing like', NaN],
  ])('is found from a guess that is %s the alpha', async (_, guess) => {
    opened = await openSigned(linearNetwork({ input: ['N', unknowns], resolution: side }, weight));
    const meter = await LocalityMeter.create(opened.generator, region);
    const { alpha, insideMse, outsideMse } = await meter.measure(edit, guess);
    expect(Math.abs(insideMse / insideTarget - 1)).toBeLessThan(0.005);
    expect(Math.abs(alpha / exact - 1)).toBeLessThan(0.0026);
    expect(outsideMse / insideMse).toBeCloseTo(meanSquare(step, false) / meanSquare(step, true), 4);
  });

  it('is measured in the -1..1 range, whatever the range of the generator', async () => {
    opened = await openToyFolder({
      synthesis: linearNetwork({ input: ['N', 1, unknowns], resolution: side }, weight),
      description: { resolution: side, w_dim: unknowns, layers: [{ index: 0, name: 'all', resolution: side }], value_range: [0, 255] },
    });
    const meter = await LocalityMeter.create(opened.generator, region);
    const { insideMse, outsideMse } = await meter.change(edit, 3);
    expect(insideMse).toBeCloseTo(meanSquare(step, true) * (3 * 2 / 255) ** 2, 6);
    expect(outsideMse).toBeCloseTo(meanSquare(step, false) * (3 * 2 / 255) ** 2, 6);
  });

  it('stops at an alpha of ten thousand where the inside stays as it is', async () => {
    opened = await openSigned(linearNetwork({ input: ['N', unknowns], resolution: side }, weight));
    const meter = await LocalityMeter.create(opened.generator, region);
    expect(await meter.measure({ layers: [0], rows: [new Float32Array(unknowns)] }, 1)).toEqual({ alpha: 1e4, insideMse: 0, outsideMse: 0 });
  });

  it('can be cancelled', async () => {
    opened = await openSigned(linearNetwork({ input: ['N', unknowns], resolution: side }, weight));
    const meter = await LocalityMeter.create(opened.generator, region);
    await expect(meter.measure(edit, 1, AbortSignal.abort())).rejects.toThrow(CancelledError);
  });
});

describe('a generator that is not linear', () => {
  const curved = (linear: number) => linear + 0.3 * linear ** 2;

  async function openCurved(): Promise<OpenedGenerator['generator']> {
    opened = await openSigned(toyNetwork({
      input: ['N', unknowns],
      resolution: side,
      body: (g, latent) => {
        const linear = g.matmul(latent, g.weight('weight', weight, [unknowns, channels * pixels]));
        return g.add(linear, g.mul(0.3, g.square(linear)));
      },
    }));
    return opened.generator;
  }

  it('changes by the mean over both signs and the held-out samples', async () => {
    const generator = await openCurved();
    const meter = await LocalityMeter.create(generator, region);
    const codes = await generator.sample(heldOutSeeds(), { psi: heldOutPsi });
    expect(codes.dims[0]).toBe(8);
    const bySign = [0.5, -0.5].map((alpha) => {
      const changes = heldOutSeeds().flatMap((_, n) => step.map((slope, k) => {
        const code = codes.data.subarray(n * unknowns, (n + 1) * unknowns);
        const linear = code.reduce((sum, value, i) => sum + value * weight[i * channels * pixels + k]!, 0);
        return curved(linear + alpha * slope) - curved(linear);
      }));
      return { inside: meanSquare(changes, true), outside: meanSquare(changes, false) };
    });
    const { insideMse, outsideMse } = await meter.change({ layers: [0], rows: [direction] }, 0.5);
    expect(insideMse / ((bySign[0]!.inside + bySign[1]!.inside) / 2)).toBeCloseTo(1, 4);
    expect(outsideMse / ((bySign[0]!.outside + bySign[1]!.outside) / 2)).toBeCloseTo(1, 4);
    // The two signs differ here, so that one alone would not do.
    expect(Math.abs(bySign[0]!.inside / bySign[1]!.inside - 1)).toBeGreaterThan(0.01);
  });

  it.each([0.001, 0.04, 0.1, 2, 30])('is measured where the inside changes as far as it should, from a guess of %d', async (guess) => {
    const meter = await LocalityMeter.create(await openCurved(), region);
    const { alpha, insideMse, outsideMse } = await meter.measure({ layers: [0], rows: [direction] }, guess);
    expect(Math.abs(insideMse / insideTarget - 1)).toBeLessThan(0.005);
    expect(await meter.change({ layers: [0], rows: [direction] }, alpha)).toEqual({ insideMse, outsideMse });
  });
});
