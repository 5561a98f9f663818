import { afterEach, describe, expect, it } from 'vitest';
import { GramAccumulator } from '../../src/engine/factorization/gram';
import { createJacobianStore } from '../../src/engine/factorization/jacobianStore';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';

const [tangents, channels, side] = [5, 3, 6];
const pixels = side * side;
const rows = channels * pixels;
const blob = Uint8Array.from({ length: pixels }, (_, i) => (i % side > 1 && i % side < 5 && i > 7 && i < 25 ? 1 : 0));
const corner = Uint8Array.from({ length: pixels }, (_, i) => (i === pixels - 1 ? 1 : 0));
const half = Uint8Array.from({ length: pixels }, (_, i) => (i < pixels / 2 ? 1 : 0));
const masks = [blob, corner, half];

const samples = [1, 2, 3].map((seed) => new Gaussian(seed).tensor([tangents, rows], 2).data);

/** Sums of products over the rows of one side of a region, divided by their number and averaged over the samples. */
function naiveGram(jacobians: readonly Float32Array[], mask: Uint8Array, side: 0 | 1): number[] {
  const picked = Array.from({ length: rows }, (_, row) => row).filter((row) => mask[row % pixels] === side);
  return Array.from({ length: tangents * tangents }, (_, k) => {
    const [i, j] = [Math.floor(k / tangents), k % tangents];
    const sums = jacobians.map((values) => picked.reduce((sum, row) => sum + values[i * rows + row]! * values[j * rows + row]!, 0));
    return sums.reduce((total, sum) => total + sum, 0) / (picked.length * jacobians.length);
  });
}

describe('GramAccumulator', () => {
  let accumulator: GramAccumulator | undefined;

  afterEach(async () => {
    await accumulator?.release();
  });

  async function accumulated(jacobians: readonly Float32Array[], regions: readonly Uint8Array[], blockBytes?: number): Promise<GramAccumulator> {
    accumulator = await GramAccumulator.create(tangents, regions, {}, blockBytes);
    for (const values of jacobians) {
      const store = await createJacobianStore(tangents, rows, Infinity);
      await store.write(0, values);
      await accumulator.add(store);
    }
    return accumulator;
  }

  // 20 bytes are one row; 260 bytes are 13 rows, which divide neither the pixels nor the rows.
  it.each([
    ['one block', undefined],
    ['blocks of 13 rows', 260],
    ['blocks of one row', 20],
    ['blocks that cannot hold a row', 1],
  ])('means the products of rows inside and outside of each region (%s)', async (_, blockBytes) => {
    const result = await accumulated(samples, masks, blockBytes);
    masks.forEach((mask, region) => {
      const { size, inside, outside } = result.grams(region);
      expect(size).toBe(tangents);
      expect(differenceOf(inside, naiveGram(samples, mask, 1)).relative).toBeLessThan(1e-12);
      expect(differenceOf(outside, naiveGram(samples, mask, 0)).relative).toBeLessThan(1e-12);
    });
  });

  it('means over what has been added so far', async () => {
    const result = await accumulated(samples.slice(0, 1), [blob]);
    const first = result.grams();
    const store = await createJacobianStore(tangents, rows, Infinity);
    await store.write(0, samples[1]!);
    await result.add(store);
    expect(differenceOf(first.inside, naiveGram(samples.slice(0, 1), blob, 1)).relative).toBeLessThan(1e-12);
    expect(differenceOf(result.grams().inside, naiveGram(samples.slice(0, 2), blob, 1)).relative).toBeLessThan(1e-12);
  });

  it('has an inside and an outside that add up to the whole, whatever the region', async () => {
    const result = await accumulated(samples, masks, 260);
    const shares = masks.map((mask) => mask.reduce((sum, value) => sum + value, 0) / pixels);
    const wholes = masks.map((_, region) => {
      const { inside, outside } = result.grams(region);
      return inside.map((value, i) => value * shares[region]! + outside[i]! * (1 - shares[region]!));
    });
    for (const whole of wholes.slice(1)) expect(differenceOf(whole, wholes[0]!).relative).toBeLessThan(1e-12);
  });

  it('is not disturbed by large energy beside small', async () => {
    // The second unknown moves nothing outside, and the first a lot inside: float32 sums would leave a remainder.
    const values = new Float32Array(tangents * rows);
    for (let row = 0; row < rows; row++) {
      const inside = blob[row % pixels] === 1;
      values[row] = inside ? 1e4 : 1;
      values[rows + row] = inside ? 1 : 0;
      values[2 * rows + row] = inside ? 0 : 1e-4;
    }
    const { outside } = (await accumulated([values], [blob])).grams();
    expect(outside[0]).toBeCloseTo(1, 6);
    expect(Math.abs(outside[tangents + 1]!)).toBeLessThan(1e-12);
    expect(outside[2 * tangents + 2]).toBeCloseTo(1e-8, 14);
  });
});
