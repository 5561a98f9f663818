import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeAnimation } from '../../src/engine/editing/animation';
import { blankPicture } from '../../src/engine/editing/pictures';
import type { Picture } from '../../src/engine/editing/pictures';
import { UserError } from '../../src/shared/userError';

const levels = [20, 90, 160, 230];
const frames = levels.map((level) => blankPicture({ width: 64, height: 48 }, [level, level, level]));

/** The level in the middle of each page, and the size of the pages. */
async function readPages(file: Uint8Array): Promise<{ levels: number[]; width: number; height: number }> {
  const { pages = 1 } = await sharp(file).metadata();
  const read = await Promise.all(
    Array.from({ length: pages }, (_, page) => sharp(file, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  const { width, height } = read[0]!.info;
  return { levels: read.map(({ data }) => data[3 * (48 * width + (width >> 1))]!), width, height };
}

function expectLevels(found: number[], expected: number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((level, index) => {
    expect(Math.abs(level - expected[index]!)).toBeLessThanOrEqual(4);
  });
}

describe.each(['gif', 'webp'] as const)('encodeAnimation to %s', (format) => {
  it('shows the frames in order, for ever, each as long as told', async () => {
    const file = await encodeAnimation(frames, { format, delayMs: 120, pingPong: false });
    const metadata = await sharp(file).metadata();
    expect([metadata.format, metadata.pages, metadata.loop]).toEqual([format, 4, 0]);
    expect(metadata.delay).toEqual([120, 120, 120, 120]);
    const pages = await readPages(file);
    expect([pages.width, pages.height]).toEqual([128, 96]);
    expectLevels(pages.levels, levels);
  });

  it('runs back without repeating the ends', async () => {
    const file = await encodeAnimation(frames, { format, delayMs: 50, pingPong: true });
    expectLevels((await readPages(file)).levels, [20, 90, 160, 230, 160, 90]);
  });

  it('writes a caption of its own under each frame', async () => {
    const options = { format, delayMs: 100, pingPong: false, cell: 200, caption: (index: number) => `\u03b1 = ${String(index - 2)}` };
    const file = await encodeAnimation([frames[1]!, frames[1]!, frames[1]!], options);
    const { width, height, levels: found } = await readPages(file);
    expect([width, found.length]).toEqual([200, 3]);
    expect(height).toBeGreaterThan(150 + 15);
    expect(height).toBeLessThan(150 + 50);
    const captions = await Promise.all([0, 1, 2].map((page) => captionOf(file, page, height - 150)));
    expect(captions.every((caption) => caption.some((value) => value < 80))).toBe(true);
    expect(captions[0]).not.toEqual(captions[1]);
    expect(captions[1]).not.toEqual(captions[2]);
  });

  it('takes a single frame and any caption', async () => {
    const file = await encodeAnimation([frames[0]!], { format, delayMs: 100, pingPong: true, caption: () => '<&>\u6f22 '.repeat(60) });
    expectLevels((await readPages(file)).levels, [20]);
  });

  it('gives the same bytes each time', async () => {
    const options = { format, delayMs: 80, pingPong: true, caption: (index: number) => `frame ${index}` };
    expect(Buffer.compare(await encodeAnimation(frames, options), await encodeAnimation(frames, options))).toBe(0);
  });

  it('keeps the colours of a photo-like frame', async () => {
    const file = await encodeAnimation([colourful(0), colourful(40)], { format, delayMs: 100, pingPong: false });
    const { data } = await sharp(file, { page: 1 }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const squares = colourful(40).rgb.map((value, index) => Math.min(255, (value - data[index]!) ** 2));
    expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)).toBeLessThan(9);
  });
});

describe('encodeAnimation', () => {
  it('refuses delays that players do not keep', async () => {
    for (const delayMs of [0, 19, 65_536, NaN, -100]) {
      await expect(encodeAnimation(frames, { format: 'gif', delayMs, pingPong: false })).rejects.toThrow(UserError);
    }
  });

  it('refuses no frames and frames of several sizes', async () => {
    const options = { format: 'gif', delayMs: 100, pingPong: false } as const;
    await expect(encodeAnimation([], options)).rejects.toThrow(RangeError);
    await expect(encodeAnimation([frames[0]!, blankPicture({ width: 48, height: 64 }, [0, 0, 0])], options)).rejects.toThrow(RangeError);
  });
});

async function captionOf(file: Uint8Array, page: number, rows: number): Promise<number[]> {
  const { data, info } = await sharp(file, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return Array.from(data.subarray(3 * info.width * (info.height - rows)));
}

/** Smooth in all three channels, 128 x 128. */
function colourful(shift: number): Picture {
  const rgb = new Uint8Array(3 * 128 * 128);
  for (let y = 0; y < 128; y++) {
    for (let x = 0; x < 128; x++) {
      rgb.set([60 + x, 40 + y + shift, 120 + Math.round(60 * Math.sin((x + y) / 20))], 3 * (y * 128 + x));
    }
  }
  return { width: 128, height: 128, rgb };
}
