import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/engine/editing/applyDirection';
import { directionGrid, gridHeadline, sizeOfGrid } from '../../src/engine/editing/directionGrid';
import type { DirectionGrid } from '../../src/engine/editing/directionGrid';
import type { Picture } from '../../src/engine/editing/pictures';
import { editedPictures, headline, sizeOfFrames, sizeOfSweepStrip, sweepAnimation, sweepFrames, sweepStrip } from '../../src/engine/editing/sweep';
import type { Sweep } from '../../src/engine/editing/sweep';
import { sweepOfRanges } from '../../src/engine/editing/sweepRanges';
import { Generator } from '../../src/engine/generators/generator';
import { CancelledError } from '../../src/shared/cancelledError';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { exampleDirection } from '../support/directions';
import { differenceOf } from '../support/differences';
import { userErrorOf } from '../support/userErrors';

const [dimensions, layers] = [128, [2, 3, 4, 5, 6, 7, 8, 9]];
const seeds = [3, 8];

let generator: Generator;
let ws: Sweep['ws'];

beforeAll(async () => {
  generator = await Generator.open('afhq-cat-64', fileURLToPath(new URL('../../models/', import.meta.url)));
  ws = await generator.sample(seeds, { psi: 0.7 });
});

function directionOf(name: string, component: number, x = 0.2): DirectionFile {
  const vector = Array.from({ length: dimensions }, (_, k) => (k === component ? 1 : 0));
  return { ...exampleDirection, name, latent: { space: 'w', dimensions, layers }, region: { shape: 'box', x, y: 0.4, width: 0.3, height: 0.2 }, vector };
}

const [first, second] = [directionOf('eyes-1', 3), directionOf('mouth-1', 40, 0.5)];

/** Two directions below each other, unless told otherwise. */
function sweepOf(more: Partial<Sweep> = {}): Sweep {
  const rows = [first, second].map((direction) => ({ directions: [direction], label: direction.name }));
  return { ...headline([first, second], 0.7), rows, alphas: [-2, 0, 2], seeds, ws, ...more };
}

async function framesOf(sweep: Sweep, cell?: number): Promise<Picture[]> {
  const frames: Picture[] = [];
  for await (const frame of sweepFrames(generator, sweep, cell === undefined ? {} : { cell })) frames.push(frame);
  return frames;
}

/** A part of a picture, as raw values. */
async function cut({ rgb, width, height }: Picture, left: number, top: number, size: number): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } }).extract({ left, top, width: size, height: size }).raw().toBuffer();
}

describe('the frames of a sweep', () => {
  it('are the samples side by side and the directions below each other, one frame for each alpha', async () => {
    const frames = await framesOf(sweepOf(), 64);
    expect(frames).toHaveLength(3);
    for (const [column, alpha] of [-2, 0, 2].entries()) {
      for (const [row, direction] of [first, second].entries()) {
        const expected = await editedPictures(generator, applyEdits(ws, [{ layers, rows: layers.map(() => direction.vector as number[]), alpha }]), { width: 64, height: 64 });
        for (const n of seeds.keys()) {
          // A gap of two pixels is between the pictures.
          expect(differenceOf(await cut(frames[column]!, n * 66, row * 66, 64), expected[n]!.rgb).largest).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('have the size that is foretold, with a caption below', async () => {
    for (const cell of [undefined, 48, 300]) {
      const [frame] = await framesOf(sweepOf({ alphas: [1] }), cell);
      const { width, height } = sizeOfFrames(generator, sweepOf({ alphas: [1] }), cell);
      expect([frame!.width, frame!.height]).toEqual([width, height]);
      expect(height - width).toBeGreaterThan(12);
    }
    expect(sizeOfFrames(generator, sweepOf(), 100).width).toBe(202);
  });

  it('can be left in the middle, and cancelled', async () => {
    for await (const frame of sweepFrames(generator, sweepOf(), { cell: 32 })) {
      expect(frame.width).toBe(66);
      break;
    }
    await expect(sweepFrames(generator, sweepOf(), { signal: AbortSignal.abort() }).next()).rejects.toThrow(CancelledError);
  });

  it('are refused where they would be too large', async () => {
    const many = { seeds: Array.from({ length: 5 }, (_, seed) => seed) };
    expect(await userErrorOf(() => framesOf(sweepOf(many), 2048))).toMatch(/^the frames would be 103\d\d x 4\d\d\d pixels, at most 8192 a side/);
  });

  it('tell how many steps are done', async () => {
    const told: string[] = [];
    await sweepAnimation(generator, sweepOf(), { format: 'webp', frameRate: 10, pingPong: true }, { cell: 32, onProgress: (done, total) => { told.push(`${done}/${total}`); } });
    expect(told).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  });
});

describe.each(['gif', 'webp'] as const)('a sweep as %s', (format) => {
  it('has the frames there and back, at their pace', async () => {
    const file = await sweepAnimation(generator, sweepOf({ alphas: [-2, -1, 0, 1, 2] }), { format, frameRate: 5, pingPong: true, loop: 1 }, { cell: 48 });
    const { width, height } = sizeOfFrames(generator, sweepOf({ alphas: [-2, -1, 0, 1, 2] }), 48);
    expect(await sharp(file).metadata()).toMatchObject({ format, width, height, pages: 8, loop: 1, delay: Array.from({ length: 8 }, () => 200) });
  });
});

describe('a strip of a sweep', () => {
  it.each(['png', 'webp'] as const)('as %s has the size that is foretold', async (format) => {
    const file = await sweepStrip(generator, sweepOf(), { format, cell: 80 });
    const { width, height } = sizeOfSweepStrip(generator, sweepOf(), format, 80);
    expect(await sharp(file).metadata()).toMatchObject({ format, width, height });
    expect([width, height].every((side) => side > 4 * 80)).toBe(true);
  });

  it('calls samples without seeds by their own names', async () => {
    expect(await sweepStrip(generator, sweepOf({ labels: ['ws 0', 'ws 1'] }))).not.toEqual(await sweepStrip(generator, sweepOf()));
  });

  it('is refused before any work where its format cannot take it', async () => {
    const wide = sweepOf({ alphas: Array.from({ length: 101 }, (_, i) => i) });
    let asked = 0;
    expect(await userErrorOf(() => sweepStrip(generator, wide, { format: 'webp', cell: 500, onProgress: () => { asked++; } }))).toMatch(/^the strip would be \d+ x \d+ pixels, a webp file has at most 16383 a side/);
    expect(asked).toBe(0);
  });
});

describe('a grid of directions', () => {
  const gridOf = (more: Partial<DirectionGrid> = {}): DirectionGrid => ({
    ...gridHeadline(generator, [first, second], 0.7), directions: [{ direction: first, alpha: 3 }, { direction: second, alpha: 2 }], bothSigns: false, seeds, ws, ...more,
  });

  /** The places of the pictures: columns that are not white below the head, by their left ends. */
  async function columnsOf(file: Uint8Array): Promise<number[]> {
    const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const row = info.height - 60;
    const white = (x: number) => [0, 1, 2].every((c) => data[3 * (row * info.width + x) + c]! > 250);
    // Pictures are full of colour, the band around the unedited one is not 64 pixels wide.
    return Array.from({ length: info.width }, (_, x) => x).filter((x) => x > 0 && white(x - 1) && Array.from({ length: 40 }, (_, i) => x + i).every((at) => at < info.width && !white(at)));
  }

  it('has a column for the unedited picture and one for each direction, or two', async () => {
    expect(await columnsOf(await directionGrid(generator, gridOf(), 'png'))).toHaveLength(3);
    expect(await columnsOf(await directionGrid(generator, gridOf({ bothSigns: true }), 'png'))).toHaveLength(5);
  });

  it.each(['png', 'webp'] as const)('as %s has the size that is foretold', async (format) => {
    for (const bothSigns of [false, true]) {
      const { width, height } = sizeOfGrid(generator, gridOf({ bothSigns }), format, 70);
      expect(await sharp(await directionGrid(generator, gridOf({ bothSigns }), format, { cell: 70 })).metadata()).toMatchObject({ format, width, height });
    }
  });

  it('shows what the directions do at their alphas, and outlines their regions', async () => {
    const { data, info } = await sharp(await directionGrid(generator, gridOf(), 'png', { cell: 64 })).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const whole = { rgb: data, width: info.width, height: info.height };
    const lefts = await columnsOf(await directionGrid(generator, gridOf(), 'png', { cell: 64 }));
    const bottom = info.height - 64 - Math.round(1.4 * 11);
    const [last] = (await editedPictures(generator, applyEdits(ws, [{ layers, rows: layers.map(() => second.vector as number[]), alpha: 2 }]), { width: 64, height: 64 })).slice(-1);
    const shown = await cut(whole, lefts[2]!, bottom, 64);
    const different = Array.from({ length: 64 * 64 }, (_, i) => i).filter((i) => [0, 1, 2].some((c) => Math.abs(shown[3 * i + c]! - last!.rgb[3 * i + c]!) > 12));
    // Only the outline differs, and it lies around the region of that direction: x 32 to 51, y 26 to 38.
    const xs = different.map((i) => i % 64);
    const ys = different.map((i) => Math.floor(i / 64));
    expect(different.length).toBeGreaterThan(60);
    expect([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)].map((value, i) => Math.abs(value - [32, 51, 25, 38][i]!) <= 2)).toEqual([true, true, true, true]);
  });

  it('gives the same bytes each time', async () => {
    expect(await directionGrid(generator, gridOf(), 'webp')).toEqual(await directionGrid(generator, gridOf(), 'webp'));
  });
});

describe('a sweep over ranges', () => {
  it('that are the same has their alphas', () => {
    expect(sweepOfRanges([{ direction: first, from: 0, to: 3 }, { direction: second, from: 0, to: 3 }], 4, false, 0.7)).toMatchObject({
      subtitle: 'psi 0.7', alphas: [0, 1, 2, 3], rows: [{ label: 'eyes-1', directions: [first] }, { label: 'mouth-1', directions: [second] }],
    });
  });

  it('that are different has shares of them', () => {
    const symmetric = sweepOfRanges([{ direction: first, from: -2, to: 2 }, { direction: second, from: 3, to: -3 }], 3, true, 0.7);
    expect(symmetric).toMatchObject({ subtitle: '1 is alpha 2 of eyes-1, -3 of mouth-1   psi 0.7', alphas: [-1, 0, 1], rows: [{ directions: [first, second], alphas: [[-2, 0, 2], [3, 0, -3]] }] });
    const other = sweepOfRanges([{ direction: first, from: 0, to: 2 }, { direction: second, from: -1, to: 3 }], 3, false, 0.7);
    expect(other).toMatchObject({ subtitle: '0 to 1 is alpha 0 to 2 of eyes-1, -1 to 3 of mouth-1   psi 0.7', alphas: [0, 0.5, 1], rows: [{ alphas: [[0, 1, 2]] }, { alphas: [[-1, 1, 3]] }] });
  });
});
