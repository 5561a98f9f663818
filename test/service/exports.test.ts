import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { headline, sweepStrip } from '../../src/engine/editing/sweep';
import { Generator } from '../../src/engine/generators/generator';
import { CancelledError } from '../../src/shared/cancelledError';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { Sample, StripRequest } from '../../src/shared/protocol/engineProtocol';
import { differenceOf } from '../support/differences';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat, embedded } from './engineCalls';

const [dimensions, layerCount] = [128, 10];
const region = { shape: 'box', x: 0.24, y: 0.45, width: 0.52, height: 0.14 } as const;
const samples: Sample[] = [{ seed: 3, psi: 0.7 }, { seed: 8, psi: 0.7 }];

let engine: Engine;
let generator: Generator;
/** Two measured directions of the eyes. */
let eyes: readonly DirectionFile[];

beforeAll(async () => {
  engine = new Engine();
  generator = await Generator.open(cat, embedded);
  const found = await engine.call('discover', { id: 'a', generator: cat, region, name: 'eyes', preset: 'draft', space: 'w', layers: [6, 7, 8, 9], seeds: '0', count: 2 });
  eyes = found.directions;
});

afterEach(() => {
  vi.restoreAllMocks();
});

function strip(directions: StripRequest['directions'], more: Partial<StripRequest> = {}, signal?: AbortSignal): Promise<Uint8Array> {
  return engine.call('strip', { generator: cat, directions, samples, ...more }, undefined, signal);
}

async function pixelsOf(png: Uint8Array) {
  expect((await sharp(png).metadata()).format).toBe('png');
  return sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
}

describe('a strip', () => {
  it('of one direction is its sweep over seven alphas', async () => {
    const png = await strip([{ direction: eyes[0]!, alpha: 1.8 }]);
    const alphas = [-1.8, -1.2, -0.6, 0, 0.6, 1.2, 1.8];
    const ws = await generator.sample([3, 8], { psi: 0.7 });
    const expected = await sweepStrip(generator, { ...headline([eyes[0]!], 0.7), rows: [{ directions: [eyes[0]!] }], alphas, seeds: [3, 8], ws });
    expect(differenceOf((await pixelsOf(png)).data, (await pixelsOf(expected)).data).largest).toBeLessThanOrEqual(1);
  });

  it('of a direction at 0 is its sweep over its own range', async () => {
    const [least, most] = eyes[0]!.edit.alpha;
    expect(least).toBe(-most);
    const one = { samples: [samples[0]!] };
    expect(await strip([{ direction: eyes[0]!, alpha: 0 }], one)).toEqual(await strip([{ direction: eyes[0]!, alpha: most }], one));
  });

  it('of several directions adds them up, from -1 to 1 times their alphas', async () => {
    const synthesize = vi.spyOn(Generator.prototype, 'synthesize');
    await strip([{ direction: eyes[0]!, alpha: 1.5 }, { direction: eyes[1]!, alpha: -3 }]);
    expect(synthesize).toHaveBeenCalledTimes(7);
    const plain = await generator.sample([3, 8], { psi: 0.7 });
    const [first, second] = eyes.map((file) => vectorRows(file)[0]!) as [number[], number[]];
    synthesize.mock.calls.forEach(([ws], column) => {
      const share = (column - 3) / 3;
      const expected = plain.data.map((value, i) => {
        const [layer, k] = [Math.floor(i / dimensions) % layerCount, i % dimensions];
        return layer < 6 ? value : value + share * (1.5 * first[k]! - 3 * second[k]!);
      });
      expect(ws.dims).toEqual([2, layerCount, dimensions]);
      expect(differenceOf(ws.data, expected).largest).toBeLessThan(1e-5);
    });
  });

  it('has a row for each sample', async () => {
    const height = async (count: number) => (await pixelsOf(await strip([{ direction: eyes[0]!, alpha: 1 }], { samples: Array.from({ length: count }, (_, seed) => ({ seed, psi: 1 })) }))).info.height;
    expect((await height(3)) - (await height(1))).toBeGreaterThan(2 * 128);
  });

  it('can be cancelled', async () => {
    await expect(strip([{ direction: eyes[0]!, alpha: 1 }], {}, AbortSignal.abort())).rejects.toThrow(CancelledError);
  });

  it.each([
    ['no direction', () => strip([]), /^there is nothing to sweep/],
    ['no sample', () => strip([{ direction: eyes[0]!, alpha: 1 }], { samples: [] }), /^there is nothing to sweep/],
    ['too many samples', () => strip([{ direction: eyes[0]!, alpha: 1 }], { samples: Array.from({ length: 101 }, (_, seed) => ({ seed, psi: 1 })) }), /^101 samples are too many for a strip; choose at most 100$/],
    ['a direction of another generator', () => strip([{ direction: { ...eyes[0]!, generator: { ...eyes[0]!.generator, sha256: 'f'.repeat(64) } }, alpha: 1 }]), /^eyes-1: made for generator /],
    ['a short vector', () => strip([{ direction: { ...eyes[0]!, vector: [1, 0] }, alpha: 1 }]), /vectors of 2 numbers/],
    ['an endless alpha', () => strip([{ direction: eyes[0]!, alpha: Infinity }]), /the alpha Infinity/],
  ])('is refused: %s', async (_, make, message) => {
    expect(await userErrorOf(make)).toMatch(message);
  });
});

describe('the picture', () => {
  it('is what is shown, pixel by pixel', async () => {
    const edits = [{ layers: [7, 8], rows: [0, 1].map(() => Float32Array.from(vectorRows(eyes[0]!)[0]!)), alpha: 2 }];
    const png = await engine.call('picture', { generator: cat, sample: samples[0]!, edits });
    const { frame } = await engine.call('render', { generator: cat, sample: samples[0]!, edits, heat: false });
    const { data, info } = await pixelsOf(png);
    expect([info.width, info.height]).toEqual([64, 64]);
    expect(new Uint8Array(data)).toEqual(frame.data);
  });

  it('is refused where an edit does not fit', async () => {
    expect(await userErrorOf(() => engine.call('picture', { generator: cat, sample: samples[0]!, edits: [{ layers: [99], rows: [new Float32Array(128)], alpha: 1 }] }))).toMatch(/layer 99/);
  });
});
