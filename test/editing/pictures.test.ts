import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blankPicture, cellSize, drawSvg, encodePng, encodeWebp, fillRectangle, pastePicture, pictureFromTensor, resizePicture } from '../../src/engine/editing/pictures';
import type { Picture } from '../../src/engine/editing/pictures';
import { UserError } from '../../src/shared/userError';

function gradient(width: number, height: number): Picture {
  const rgb = Uint8Array.from({ length: 3 * width * height }, (_, index) => (index * 37 + (index % 3) * 11) % 256);
  return { width, height, rgb };
}

function pixel({ rgb, width }: Picture, x: number, y: number): number[] {
  return Array.from(rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));
}

describe('pictureFromTensor', () => {
  it('interleaves the planes', () => {
    const data = Float32Array.of(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25);
    const picture = pictureFromTensor(data, 3, 2, 3, [0, 255]);
    expect([picture.width, picture.height]).toEqual([3, 2]);
    expect(Array.from(picture.rgb)).toEqual([0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25]);
  });

  it('maps the range onto the bytes, rounded and clamped, and repeats a single channel', () => {
    const data = Float32Array.of(-1, 1, -7, 7, 0.5, NaN, Infinity, -Infinity);
    const { rgb } = pictureFromTensor(data, 1, 1, 8, [-1, 1]);
    // 0.5 is three quarters of the way: 191.25
    expect(Array.from(rgb)).toEqual([0, 255, 0, 255, 191, 0, 255, 0].flatMap((value) => [value, value, value]));
    expect(pictureFromTensor(Float32Array.of(0.1), 1, 1, 1, [0, 1]).rgb[0]).toBe(26); // 25.5 and a little
  });

  it('refuses data of another size', () => {
    expect(() => pictureFromTensor(new Float32Array(11), 3, 2, 2, [-1, 1])).toThrow(RangeError);
  });
});

describe('encoding', () => {
  it('writes PNG files without loss, the same bytes each time', async () => {
    const picture = gradient(13, 7);
    const png = await encodePng(picture);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([13, 7, 3]);
    expect(Array.from(data)).toEqual(Array.from(picture.rgb));
    expect(Buffer.compare(await encodePng(picture), png)).toBe(0);
  });

  it('writes WebP files', async () => {
    const metadata = await sharp(await encodeWebp(gradient(20, 10))).metadata();
    expect([metadata.format, metadata.width, metadata.height]).toEqual(['webp', 20, 10]);
  });
});

describe('cellSize', () => {
  it.each([
    [64, 64, 128, 128],
    [32, 32, 128, 128],
    [100, 100, 200, 200],
    [128, 128, 128, 128],
    [200, 200, 200, 200],
    [256, 256, 256, 256],
    [300, 300, 256, 256],
    [1024, 1024, 256, 256],
    [512, 1024, 128, 256],
    [64, 32, 128, 64],
    [1, 1, 128, 128],
  ])('%d x %d is shown as %d x %d', (width, height, shownWidth, shownHeight) => {
    expect(cellSize({ width, height })).toEqual({ width: shownWidth, height: shownHeight });
  });

  it('follows a wish', () => {
    expect(cellSize({ width: 1024, height: 512 }, 400)).toEqual({ width: 400, height: 200 });
    for (const wish of [0, 15, 2049, 64.5, NaN, -64]) {
      expect(() => cellSize({ width: 64, height: 64 }, wish)).toThrow(UserError);
    }
  });
});

describe('drawing', () => {
  it('keeps a plain colour when resizing', async () => {
    for (const size of [{ width: 64, height: 64 }, { width: 5, height: 5 }]) {
      const resized = await resizePicture(blankPicture({ width: 16, height: 16 }, [200, 100, 50]), size);
      expect([resized.width, resized.height]).toEqual([size.width, size.height]);
      expect(Buffer.compare(resized.rgb, blankPicture(size, [200, 100, 50]).rgb)).toBe(0);
    }
  });

  it('keeps the orientation and smooths the edges when resizing', async () => {
    const halves = blankPicture({ width: 8, height: 8 }, [0, 0, 0]);
    fillRectangle(halves, 4, 0, { width: 4, height: 8 }, [255, 0, 0]);
    const resized = await resizePicture(halves, { width: 32, height: 32 });
    expect(pixel(resized, 2, 28)).toEqual([0, 0, 0]);
    expect(pixel(resized, 29, 2)).toEqual([255, 0, 0]);
    const edge = Array.from({ length: 32 }, (_, x) => pixel(resized, x, 16)[0]!);
    expect(edge).toEqual([...edge].sort((a, b) => a - b));
    expect(edge.filter((value) => value > 0 && value < 255).length).toBeGreaterThanOrEqual(3);
  });

  it('pastes and fills where told', () => {
    const canvas = blankPicture({ width: 6, height: 5 }, [9, 9, 9]);
    fillRectangle(canvas, 4, 3, { width: 2, height: 2 }, [1, 2, 3]);
    pastePicture(canvas, 1, 2, blankPicture({ width: 2, height: 1 }, [7, 8, 0]));
    const painted = Array.from({ length: 30 }, (_, index) => pixel(canvas, index % 6, Math.floor(index / 6))[2]);
    expect(painted).toEqual([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 9, 9, 9, 9, 9, 9, 9, 3, 3, 9, 9, 9, 9, 3, 3]);
  });

  it('draws SVG elements pixel by pixel and leaves the rest as it is', async () => {
    const before = gradient(10, 6);
    const after = await drawSvg(before, '<rect x="2" y="1" width="3" height="2" fill="#0a141e"/>');
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 10; x++) {
        const isInside = x >= 2 && x < 5 && y >= 1 && y < 3;
        expect(pixel(after, x, y)).toEqual(isInside ? [10, 20, 30] : pixel(before, x, y));
      }
    }
  });
});
