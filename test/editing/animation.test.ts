import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeAnimation, frameDelays, requireAnimatable } from '../../src/engine/editing/animation';
import { layOutCaptions } from '../../src/engine/editing/captions';
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
  return { levels: read.map(({ data }) => data[3 * (24 * width + (width >> 1))]!), width, height };
}

function expectLevels(found: number[], expected: number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((level, index) => {
    expect(Math.abs(level - expected[index]!)).toBeLessThanOrEqual(4);
  });
}

describe.each(['gif', 'webp'] as const)('encodeAnimation to %s', (format) => {
  it('shows the frames in order, for ever, each as long as told', async () => {
    const file = await encodeAnimation(frames, { format, frameRate: 12.5, pingPong: false });
    const metadata = await sharp(file).metadata();
    expect([metadata.format, metadata.pages, metadata.loop]).toEqual([format, 4, 0]);
    expect(metadata.delay).toEqual([80, 80, 80, 80]);
    const pages = await readPages(file);
    expect([pages.width, pages.height]).toEqual([64, 48]);
    expectLevels(pages.levels, levels);
  });

  it.each([1, 3])('is shown %i times where that is asked for', async (loop) => {
    const file = await encodeAnimation(frames, { format, frameRate: 10, pingPong: false, loop });
    expect((await sharp(file).metadata()).loop).toBe(loop);
  });

  it('keeps frame rates between whole units on the whole', async () => {
    const { delay = [] } = await sharp(await encodeAnimation([...frames, ...frames, ...frames], { format, frameRate: 30, pingPong: false })).metadata();
    expect(delay).toHaveLength(12);
    expect(delay.reduce((sum, each) => sum + each, 0)).toBe(400);
    expect(Math.max(...delay) - Math.min(...delay)).toBeLessThanOrEqual(10);
  });

  it('runs back without repeating the ends', async () => {
    const file = await encodeAnimation(frames, { format, frameRate: 20, pingPong: true });
    expectLevels((await readPages(file)).levels, [20, 90, 160, 230, 160, 90]);
  });

  it('takes a single frame', async () => {
    const file = await encodeAnimation([frames[0]!], { format, frameRate: 10, pingPong: true });
    expectLevels((await readPages(file)).levels, [20]);
  });

  it('gives the same bytes each time', async () => {
    const options = { format, frameRate: 12, pingPong: true };
    expect(Buffer.compare(await encodeAnimation(frames, options), await encodeAnimation(frames, options))).toBe(0);
  });

  it('keeps the colours of a photo-like frame', async () => {
    const file = await encodeAnimation([colourful(0), colourful(40)], { format, frameRate: 10, pingPong: false });
    const { data } = await sharp(file, { page: 1 }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const squares = colourful(40).rgb.map((value, index) => Math.min(255, (value - data[index]!) ** 2));
    expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)).toBeLessThan(9);
  });
});

describe('encodeAnimation', () => {
  it('refuses frame rates that players do not keep', async () => {
    for (const frameRate of [0, 0.05, 51, NaN, -10, Infinity]) {
      await expect(encodeAnimation(frames, { format: 'gif', frameRate, pingPong: false })).rejects.toThrow(UserError);
    }
  });

  it('refuses to be shown less than never, half or too often', async () => {
    for (const loop of [-1, 0.5, 1001, NaN]) {
      await expect(encodeAnimation(frames, { format: 'webp', frameRate: 10, pingPong: false, loop })).rejects.toThrow(UserError);
    }
  });

  it('refuses no frames and frames of several sizes', async () => {
    const options = { format: 'gif', frameRate: 10, pingPong: false } as const;
    await expect(encodeAnimation([], options)).rejects.toThrow(RangeError);
    await expect(encodeAnimation([frames[0]!, blankPicture({ width: 48, height: 64 }, [0, 0, 0])], options)).rejects.toThrow(RangeError);
  });
});

describe('frameDelays', () => {
  it.each([
    [10, 10, [100, 100, 100, 100]],
    [30, 10, [30, 40, 30, 30]],
    [30, 1, [33, 34, 33, 33]],
    [50, 10, [20, 20, 20, 20]],
    [0.1, 1, [10_000, 10_000, 10_000, 10_000]],
  ])('of %f frames a second in units of %i ms', (frameRate, unit, expected) => {
    expect(frameDelays(4, frameRate, unit)).toEqual(expected);
  });
});

describe('the limits of an animation', () => {
  it('are its side and what it takes of the memory', () => {
    expect(() => { requireAnimatable({ width: 8192, height: 100 }, 40); }).not.toThrow();
    expect(() => { requireAnimatable({ width: 8193, height: 100 }, 1); }).toThrow(/^the frames would be 8193 x 100 pixels, at most 8192 a side/);
    expect(() => { requireAnimatable({ width: 8192, height: 8192 }, 6); }).toThrow(/^6 frames of 8192 x 8192 pixels take 1.1 GiB/);
  });
});

describe('captions', () => {
  const under = (texts: readonly string[]) => {
    const captions = layOutCaptions({ width: 200, height: 150 }, texts);
    return Promise.all(texts.map((_, index) => captions.under(blankPicture({ width: 200, height: 150 }, [90, 90, 90]), index)));
  };
  const textOf = ({ rgb, width }: Picture) => Array.from(rgb.subarray(3 * width * 150));

  it('stand below the frames, each with its own', async () => {
    const pictures = await under(['\u03b1 = -2', '\u03b1 = -1', '\u03b1 = 0']);
    for (const picture of pictures) {
      expect([picture.width, picture.height]).toEqual([200, pictures[0]!.height]);
      expect(picture.height).toBeGreaterThan(150 + 15);
      expect(picture.height).toBeLessThan(150 + 50);
      expect(picture.rgb.subarray(0, 3 * 200 * 150).every((level) => level === 90)).toBe(true);
      expect(textOf(picture).some((level) => level < 80)).toBe(true);
    }
    expect(textOf(pictures[0]!)).not.toEqual(textOf(pictures[1]!));
    expect(layOutCaptions({ width: 200, height: 150 }, ['x']).size.height).toBe(pictures[0]!.height);
  });

  it('may hold anything', async () => {
    const [picture] = await under(['<&>\u6f22 '.repeat(60)]);
    expect(textOf(picture!).some((level) => level < 80)).toBe(true);
  });
});

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
