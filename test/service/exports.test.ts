import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { headline, sweepStrip } from '../../src/engine/editing/sweep';
import { Generator } from '../../src/engine/generators/generator';
import { CancelledError } from '../../src/shared/cancelledError';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { FigureRequest, Frame, Sample, Steps, StripRequest, SweepRequest } from '../../src/shared/protocol/engineProtocol';
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

describe('a figure', () => {
  const sweep = (more: Partial<SweepRequest> = {}): SweepRequest => ({ generator: cat, directions: eyes.map((direction) => ({ direction, from: -2, to: 2 })), samples, steps: 5, together: false, size: 48, ...more });
  const moving = { kind: 'animation', frameRate: 20, pingPong: true, loop: 2 } as const;
  const figures = (): FigureRequest[] => [
    { ...sweep(), kind: 'strip', format: 'png' },
    { ...sweep({ together: true }), kind: 'strip', format: 'webp' },
    { ...sweep(), ...moving, format: 'gif' },
    { ...sweep({ directions: [{ direction: eyes[0]!, from: 0, to: 1 }, { direction: eyes[1]!, from: -3, to: 2 }] }), ...moving, format: 'webp' },
    { kind: 'grid', format: 'png', generator: cat, directions: eyes.map((direction) => ({ direction, alpha: 2 })), samples, bothSigns: true, size: 48 },
  ];

  it('is of the size and the format that it was announced with', async () => {
    for (const figure of figures()) {
      const { width, height } = await engine.call('figureSize', figure);
      const told: Steps[] = [];
      const { pages = 1, loop, ...found } = await sharp(await engine.call('figure', figure, (step) => { told.push(step); })).metadata();
      expect(found).toMatchObject({ width, height, format: figure.format });
      if (figure.kind === 'animation') expect([pages, loop, found.delay?.[0]]).toEqual([8, 2, 50]);
      expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
    }
  });

  it('is not computed to know its size', async () => {
    const synthesize = vi.spyOn(Generator.prototype, 'synthesize');
    for (const figure of figures()) await engine.call('figureSize', figure);
    expect(synthesize).not.toHaveBeenCalled();
  });

  it('comes frame by frame for a video, the same frames as in an animation', async () => {
    const frames: { index: number; frame: Frame }[] = [];
    await engine.call('sweepFrames', sweep(), (frame) => { frames.push(frame); });
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    const { width, height } = await engine.call('figureSize', { ...sweep(), ...moving, format: 'webp' });
    expect(frames.every(({ frame }) => frame.format === 'rgb' && frame.width === width && frame.height === height && frame.data.length === 3 * width * height)).toBe(true);
    const webp = await engine.call('figure', { ...sweep(), ...moving, format: 'webp' });
    const second = await sharp(webp, { page: 1 }).removeAlpha().raw().toBuffer();
    expect(differenceOf(second, frames[1]!.frame.data).mean).toBeLessThan(6);
  });

  it('sends large frames as files', async () => {
    const frames: Frame[] = [];
    await engine.call('sweepFrames', sweep({ steps: 1, size: 300 }), ({ frame }) => { frames.push(frame); });
    const { format, width, height } = await sharp(frames[0]!.data).metadata();
    expect([frames[0]!.format, format, width, height]).toEqual(['webp', 'webp', frames[0]!.width, frames[0]!.height]);
  });

  it.each([
    ['no direction', () => engine.call('figure', { ...sweep({ directions: [] }), kind: 'strip', format: 'png' }), /^there is nothing to sweep/],
    ['too many steps', () => engine.call('sweepFrames', sweep({ steps: 102 })), /^the number of alphas must be a whole number from 1 to 101, not 102$|the number of alphas: must be a whole number from 1 to 101, not 102/],
    ['too many samples side by side', () => engine.call('sweepFrames', sweep({ samples: Array.from({ length: 17 }, (_, seed) => ({ seed, psi: 1 })) })), /^34 samples \(times directions\) are too many for an animation; choose at most 32$/],
    ['too many rows', () => engine.call('figureSize', { ...sweep({ samples: Array.from({ length: 51 }, (_, seed) => ({ seed, psi: 1 })) }), kind: 'strip', format: 'png' }), /^102 samples \(times directions\) are too many for a strip; choose at most 100$/],
    ['a frame rate of 0', () => engine.call('figure', { ...sweep(), ...moving, frameRate: 0, format: 'gif' }), /^a frame rate of 0 does not work/],
    ['a size of 3', () => engine.call('figure', { ...sweep({ size: 3 }), kind: 'strip', format: 'png' }), /^a picture size of 3 pixels does not work/],
    ['a seed that is none', () => engine.call('figure', { ...sweep({ samples: [{ seed: -1, psi: 1 }] }), kind: 'strip', format: 'png' }), /the seed/],
    ['an animation that is too large', () => engine.call('figureSize', { ...sweep({ size: 2048, samples: Array.from({ length: 5 }, (_, seed) => ({ seed, psi: 1 })) }), ...moving, format: 'webp' }), /at most 8192 a side/],
  ])('is refused: %s', async (_, make, message) => {
    expect(await userErrorOf(make)).toMatch(message);
  });

  it('can be cancelled', async () => {
    for (const figure of figures()) await expect(engine.call('figure', figure, undefined, AbortSignal.abort())).rejects.toThrow(CancelledError);
    await expect(engine.call('sweepFrames', sweep(), undefined, AbortSignal.abort())).rejects.toThrow(CancelledError);
  });
});

describe('a report', () => {
  it('is of the directions and samples that are asked for', async () => {
    const told: Steps[] = [];
    const { html } = await engine.call('report', { generator: cat, directions: eyes, seeds: '5-6', psi: 0.5 }, (step) => { told.push(step); });
    expect(html).toContain('seeds 5-6 at psi 0.5');
    expect(html.match(/<img /g)).toHaveLength(2 * 2 * 7 + 1);
    expect(told).toEqual([{ done: 1, total: 2 }, { done: 2, total: 2 }]);
  });

  it('is refused of directions of another generator', async () => {
    const strange = { ...eyes[0]!, generator: { ...eyes[0]!.generator, sha256: 'f'.repeat(64) } };
    expect(await userErrorOf(() => engine.call('report', { generator: cat, directions: [strange] }))).toMatch(/^eyes-1: made for generator /);
  });
});
