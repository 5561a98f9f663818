import { describe, expect, it } from 'vitest';
import {
  countInside, ffhqRegions, findRegion, formatRegion, maskFromPixels, officialBox, outline, parseBox, rasterize, requirePixels, validateRegion,
} from '../../src/shared/region';
import type { BoxRegion, EllipseRegion, MaskRegion, Point, PolygonRegion, Region } from '../../src/shared/region';
import { UserError } from '../../src/shared/userError';
import { userError } from '../support/userErrors';
import { seededRandom } from './seededRandom';

const box = (x: number, y: number, width: number, height: number): BoxRegion => ({ shape: 'box', x, y, width, height });
const ellipse = (x: number, y: number, width: number, height: number): EllipseRegion => ({ shape: 'ellipse', x, y, width, height });
const polygon = (...points: Point[]): PolygonRegion => ({ shape: 'polygon', points });
const mask = (width: number, ...rows: string[]): MaskRegion => ({ shape: 'mask', width, height: rows.length, rows });

function picture(region: Region, width: number, height: number): string[] {
  const pixels = rasterize(region, width, height);
  return Array.from({ length: height }, (_, j) => [...pixels.subarray(j * width, (j + 1) * width)].map((pixel) => '.#'[pixel]).join(''));
}

describe('rasterize', () => {
  it('takes the pixels whose centres lie in a box', () => {
    expect(picture(box(0.25, 0.5, 0.5, 0.25), 8, 4)).toEqual(['........', '........', '..####..', '........']);
    expect(picture(box(0.3, 0, 0.1, 1), 4, 1)).toEqual(['.#..']);
  });

  it('is half-open where a centre lies on an edge', () => {
    // Centres at 0.1, 0.3, 0.5, 0.7, 0.9.
    expect(picture(box(0.1, 0, 0.2, 1), 5, 1)).toEqual(['#....']);
    expect(picture(box(0.3, 0, 0.4, 1), 5, 1)).toEqual(['.##..']);
    expect(picture(box(0, 0.1, 1, 0.8), 1, 5)).toEqual(['#', '#', '#', '#', '.']);
  });

  it('keeps its pixels when coordinates are rounded to six digits', () => {
    const six = (value: number) => Number(value.toPrecision(6));
    for (const [name, region] of Object.entries(ffhqRegions)) {
      const { x, y, width, height } = region as BoxRegion;
      const rounded = box(six(x), six(y), six(width), six(height));
      for (const size of [32, 64, 128, 256, 512, 1024]) {
        const same = Buffer.from(rasterize(rounded, size, size)).equals(rasterize(region, size, size));
        expect(same, `${name} at ${size}`).toBe(true);
      }
    }
  });

  it('fills ellipses by their equation', () => {
    expect(picture(ellipse(0, 0, 1, 1), 6, 6)).toEqual(['.####.', '######', '######', '######', '######', '.####.']);
    expect(picture(ellipse(0.25, 0, 0.5, 1), 8, 4)).toEqual(['...##...', '..####..', '..####..', '...##...']);
    // The area of an ellipse is pi/4 of its box.
    expect(countInside(rasterize(ellipse(0.1, 0.2, 0.6, 0.4), 1000, 1000)) / 1e6).toBeCloseTo((Math.PI / 4) * 0.24, 4);
  });

  it('fills polygons by the even-odd rule', () => {
    expect(picture(polygon([0, 0], [1, 0], [0, 1]), 4, 4)).toEqual(['###.', '##..', '#...', '....']);
    const pentagram = polygon(...[0, 2, 4, 1, 3].map((k): Point => [0.5 + 0.5 * Math.sin((k * 2 * Math.PI) / 5), 0.5 - 0.5 * Math.cos((k * 2 * Math.PI) / 5)]));
    const pixels = rasterize(pentagram, 101, 101);
    expect(pixels[50 * 101 + 50]).toBe(0);
    expect(pixels[10 * 101 + 50]).toBe(1);
  });

  it('gives an axis-aligned polygon the pixels of the same box', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 200; round++) {
      const [x, y] = [Math.floor(random() * 10) / 20, Math.floor(random() * 10) / 20];
      const [width, height] = [(1 + Math.floor(random() * 10)) / 20, (1 + Math.floor(random() * 10)) / 20];
      const corners = polygon([x, y], [x + width, y], [x + width, y + height], [x, y + height]);
      expect(rasterize(corners, 10, 15)).toEqual(rasterize(box(x, y, width, height), 10, 15));
    }
  });

  it('looks masks up by the nearest cell', () => {
    const region = mask(4, '0+1 2+2', '', '1+2');
    expect(picture(region, 4, 3)).toEqual(['#.##', '....', '.##.']);
    expect(picture(region, 8, 6)).toEqual(['##..####', '##..####', '........', '........', '..####..', '..####..']);
    expect(picture(region, 2, 1)).toEqual(['..']);
    expect(picture(region, 2, 3)).toEqual(['.#', '..', '#.']);
  });

  it('turns pixels into a mask and back', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round++) {
      const [width, height] = [1 + Math.floor(random() * 20), 1 + Math.floor(random() * 20)];
      const pixels = Uint8Array.from({ length: width * height }, () => Number(random() < 0.5));
      const region = maskFromPixels(pixels, width, height);
      expect(rasterize(region, width, height)).toEqual(pixels);
      if (countInside(pixels) > 0) expect(validateRegion(region, 'x')).toBe(region);
    }
    expect(maskFromPixels(Uint8Array.of(0, 255, 1, 0, 0, 9), 6, 1).rows).toEqual(['1+2 5+1']);
    expect(() => maskFromPixels(new Uint8Array(5), 2, 3)).toThrow(RangeError);
  });
});

describe('requirePixels', () => {
  it('wants an inside and an outside', () => {
    expect(countInside(requirePixels(box(0, 0, 0.5, 1), 4, 4))).toBe(8);
    expect(() => requirePixels(box(0.5, 0.5, 0.001, 0.001), 64, 64)).toThrow(userError('the region covers no pixel at 64x64: draw it larger'));
    expect(() => requirePixels(box(0, 0, 1, 1), 64, 32)).toThrow(
      new UserError('the region covers the whole image at 64x32: there is no outside left to keep, draw it smaller'),
    );
  });
});

describe('validateRegion', () => {
  it.each<Region>([
    box(0, 0, 1, 1),
    box(0.7, 0.1, 0.3, 0.9),
    box(0, 0, 1 + 5e-10, 1),
    ellipse(0.2, 0.2, 0.1, 0.1),
    polygon([0, 0], [1, 0], [0, 1]),
    polygon([0, 0], [1, 1], [1, 0], [0, 1]),
    mask(16, '3+5 12+2', '', '0+16'),
    mask(4, '0+1 1+3'),
  ])('accepts %j', (region) => {
    expect(validateRegion(region, 'here')).toBe(region);
  });

  it.each<[unknown, string]>([
    [null, 'here: must be an object, not null'],
    [[], 'here: must be an object, not []'],
    [{}, 'here: "shape" is missing: it must be "box" or "ellipse" or "polygon" or "mask"'],
    [{ shape: 'circle' }, 'here: "shape" must be "box" or "ellipse" or "polygon" or "mask", not "circle"'],
    [{ shape: 'box', x: 0, y: 0, width: 1 }, 'here: "height" is missing: it must be a number'],
    [box(NaN, 0, 1, 1), 'here: "x" must be a number from 0 to 1, a fraction of the image, not NaN'],
    [box(0, '0' as unknown as number, 1, 1), 'here: "y" must be a number from'],
    [box(-0.1, 0, 1, 1), 'here: "x" must be a number from'],
    [box(0, 1.1, 1, 1), 'here: "y" must be a number from'],
    [box(0, 0, 0, 1), 'here: "width" must be positive, not 0'],
    [box(0, 0, 1, -0.5), 'here: "height" must be positive, not -0.5'],
    [box(0, 0, Infinity, 1), 'here: "width" must be a number, not Infinity'],
    [box(0.6, 0, 0.5, 1), 'here: "width" is 0.5, which goes beyond the right edge of the image: it must be at most 0.4'],
    [ellipse(0, 0.5, 1, 0.50001), 'here: "height" is 0.50001, which goes beyond the lower edge of the image: it must be at most 0.5'],
    [{ shape: 'polygon' }, 'here: "points" is missing: it must be a list'],
    [polygon([0, 0], [1, 1]), 'here: "points" has 2 points, must have from 3 to 10000'],
    [polygon([0, 0], [1, 1], [0, 1.5]), 'here: "points[2][1]" must be a number from'],
    [polygon([0, 0], [1, 1], [0] as unknown as Point), 'here: "points[2]" must be two numbers, x and y, not [0]'],
    [polygon([0, 0], [0.5, 0.5], [1, 1]), 'here: "points" lie on one line: a region needs an area'],
    [polygon([0.5, 0.5], [0.5, 0.5], [0.5, 0.5]), 'here: "points" lie on one line'],
    [mask(0, ''), 'here: "width" must be a whole number from 1 to 8192, not 0'],
    [{ ...mask(2, '0+1'), height: 8193 }, 'here: "height" must be a whole number from 1 to 8192, not 8193'],
    [{ ...mask(2, '0+1'), width: 2.5 }, 'here: "width" must be a whole number from 1 to 8192, not 2.5'],
    [{ ...mask(2, '0+1'), height: 2 }, 'here: "rows" has 1 rows, "height" says 2'],
    [mask(2, '', ''), 'here: "rows" has no run: a region needs an area'],
    [mask(8, '0+1', '3'), 'here: "rows[1]" must be runs such as "3+5 12+2", not "3"'],
    [mask(8, '0+1  3+1'), 'here: "rows[0]" must be runs'],
    [mask(8, '00+1'), 'here: "rows[0]" must be runs'],
    [mask(8, '-1+1'), 'here: "rows[0]" must be runs'],
    [mask(8, 3 as unknown as string), 'here: "rows[0]" must be runs'],
    [mask(8, '1+0'), 'here: "rows[0]" has the run 1+0, a run is at least 1 cell long'],
    [mask(8, '4+2 1+1'), 'here: "rows[0]" has the run 1+1, which must begin at 6 or later: runs ascend and do not overlap'],
    [mask(8, '1+3 3+1'), 'here: "rows[0]" has the run 3+1, which must begin at 4 or later'],
    [mask(8, '6+3'), 'here: "rows[0]" has the run 6+3, which goes beyond the width of 8 cells'],
  ])('refuses %j', (value, message) => {
    expect(() => validateRegion(value, 'here')).toThrow(UserError);
    expect(() => validateRegion(value, 'here')).toThrow(message);
  });

  it('names the keys that lead to the region', () => {
    expect(() => validateRegion(box(0, 0, 0, 1), 'a.json', ['region'])).toThrow(userError('a.json: "region.width" must be positive, not 0'));
  });
});

describe('outline', () => {
  it('draws boxes, polygons and ellipses in pixels', () => {
    expect(outline(box(0.25, 0.5, 0.5, 0.25), 100, 200)).toEqual([[[25, 100], [75, 100], [75, 150], [25, 150]]]);
    expect(outline(polygon([0, 0], [1, 0], [0, 1]), 10, 20)).toEqual([[[0, 0], [10, 0], [0, 20]]]);
    const [loop = []] = outline(ellipse(0.2, 0.4, 0.4, 0.2), 100, 100);
    expect(loop).toHaveLength(64);
    for (const [x, y] of loop) expect(((x - 40) / 20) ** 2 + ((y - 50) / 10) ** 2).toBeCloseTo(1, 12);
  });

  it('draws the sides of a mask', () => {
    expect(outline(mask(4, '', '1+2', '1+1', ''), 8, 4)).toEqual([[[2, 1], [6, 1], [6, 2], [4, 2], [4, 3], [2, 3]]]);
  });

  it('keeps patches that touch at a corner apart, and goes around holes', () => {
    expect(outline(mask(2, '0+1', '1+1'), 2, 2)).toEqual([[[0, 0], [1, 0], [1, 1], [0, 1]], [[1, 1], [2, 1], [2, 2], [1, 2]]]);
    const ring = outline(mask(3, '0+3', '0+1 2+1', '0+3'), 3, 3);
    expect(ring).toHaveLength(2);
    expect(ring[0]).toEqual([[0, 0], [3, 0], [3, 3], [0, 3]]);
    expect(new Set(ring[1]?.map(String))).toEqual(new Set(['1,1', '2,1', '2,2', '1,2']));
  });

  it('encloses exactly the cells of any mask', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 100; round++) {
      const [width, height] = [1 + Math.floor(random() * 9), 1 + Math.floor(random() * 9)];
      const pixels = Uint8Array.from({ length: width * height }, () => Number(random() < 0.6));
      const loops = outline(maskFromPixels(pixels, width, height), width, height);
      expect(signedArea(loops)).toBe(countInside(pixels));
      const covered = new Uint8Array(width * height);
      for (const loop of loops) {
        const scaled = polygon(...loop.map(([x, y]): Point => [x / width, y / height]));
        rasterize(scaled, width, height).forEach((pixel, index) => (covered[index]! ^= pixel));
      }
      expect(covered).toEqual(pixels);
    }
  });

  function signedArea(loops: readonly (readonly Point[])[]): number {
    return loops.flatMap((loop) => loop.map(([x, y], k) => {
      const [nextX, nextY] = loop[(k + 1) % loop.length]!;
      return (x * nextY - nextX * y) / 2;
    })).reduce((sum, part) => sum + part, 0);
  }
});

describe('named regions', () => {
  it('follows the convention centre - floor(size / 2)', () => {
    expect(officialBox(120, 128, 20, 115)).toEqual(box(71 / 256, 110 / 256, 115 / 256, 20 / 256));
    expect(officialBox(5, 5, 3, 4, 10)).toEqual(box(0.3, 0.4, 0.4, 0.3));
  });

  it.each([
    ['left-eye', 110, 129, 76, 113],
    ['right-eye', 110, 129, 140, 177],
    ['eyes', 110, 129, 71, 185],
    ['nose', 122, 161, 108, 153],
    ['mouth', 169, 198, 92, 161],
    ['chin', 196, 237, 75, 184],
    ['eyebrow', 119, 133, 46, 163],
  ])('has %s at rows %i to %i and columns %i to %i of 256', (name, top, bottom, left, right) => {
    const pixels = rasterize(findRegion(ffhqRegions, name), 256, 256);
    const inside = [...pixels.keys()].filter((index) => pixels[index] === 1);
    const [rows, columns] = [inside.map((index) => Math.floor(index / 256)), inside.map((index) => index % 256)];
    expect([Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)]).toEqual([top, bottom, left, right]);
    expect(inside).toHaveLength((bottom - top + 1) * (right - left + 1));
    expect(() => validateRegion(ffhqRegions[name], name)).not.toThrow();
  });

  it('finds names however they are written', () => {
    for (const name of ['left_eye', 'Left-Eye', ' LEFT EYE ']) expect(findRegion(ffhqRegions, name)).toBe(ffhqRegions['left-eye']);
    expect(findRegion({ Left_Ear: box(0, 0, 0.1, 0.1) }, 'left-ear')).toEqual(box(0, 0, 0.1, 0.1));
  });

  it('lists the names for one it does not know', () => {
    expect(() => findRegion(ffhqRegions, 'ear')).toThrow(
      new UserError('--region: there is no region "ear"; the named regions are left-eye, right-eye, eyes, nose, mouth, chin, eyebrow'),
    );
    expect(() => findRegion(ffhqRegions, 'constructor')).toThrow(UserError);
    expect(() => findRegion({}, 'ear', '--of')).toThrow(userError('--of: there is no region "ear"; this generator has no named regions, give x,y,width,height'));
  });
});

describe('parseBox and formatRegion', () => {
  it('reads four fractions', () => {
    expect(parseBox('0.2,0.4,0.6,0.15')).toEqual(box(0.2, 0.4, 0.6, 0.15));
    expect(parseBox(' 0, 0, 1, .5')).toEqual(box(0, 0, 1, 0.5));
  });

  it.each([
    ['0.2,0.4,0.6', '--region: "0.2,0.4,0.6" must be x,y,width,height in fractions of the image, such as 0.2,0.4,0.6,0.15'],
    ['0.2,0.4,0.6,b', '--region: "b" must be a number'],
    ['0.2,0.4,0.9,0.1', '--region: "width" is 0.9, which goes beyond the right edge of the image: it must be at most 0.8'],
    ['0.2,0.4,0.1,0', '--region: "height" must be positive, not 0'],
  ])('refuses %j', (text, message) => {
    expect(() => parseBox(text)).toThrow(userError(message));
  });

  it.each<[Region, string]>([
    [box(0.2, 0.4, 0.6, 0.15), 'box 0.2,0.4 0.6x0.15'],
    [ellipse(1 / 3, 0, 0.1, 2 / 3), 'ellipse 0.333,0 0.1x0.667'],
    [polygon([0, 0], [1, 0], [0, 1]), 'polygon of 3 points'],
    [mask(16, '3+5 12+2', '0+1'), 'mask 16x2 with 8 cells'],
    [mask(16, '3+1'), 'mask 16x1 with 1 cell'],
  ])('describes %j', (region, text) => {
    expect(formatRegion(region)).toBe(text);
  });
});
