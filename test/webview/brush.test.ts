import { describe, expect, it } from 'vitest';
import type { Point } from '../../src/shared/region';
import { paintGrid, paintStroke } from '../../src/webview/model/brush';
import { seededRandom } from '../shared/seededRandom';

/** The cells that a brush covers that is set down at very many places along its way. */
function stamped(width: number, height: number, from: Point, to: Point, radius: number): Uint8Array {
  const cells = new Uint8Array(width * height);
  const stamps = 1000;
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      for (let k = 0; k <= stamps; k++) {
        const x = (from[0] + ((to[0] - from[0]) * k) / stamps) * width;
        const y = (from[1] + ((to[1] - from[1]) * k) / stamps) * height;
        if (Math.hypot(i + 0.5 - x, j + 0.5 - y) <= radius * width) {
          cells[j * width + i] = 1;
          break;
        }
      }
    }
  }
  return cells;
}

describe('paintStroke', () => {
  it('covers what a brush covers that is stamped along the way', () => {
    const random = seededRandom(3);
    for (let k = 0; k < 12; k++) {
      const [width, height] = [24, 18];
      const from: Point = [random() * 1.4 - 0.2, random() * 1.4 - 0.2];
      const to: Point = [random() * 1.4 - 0.2, random() * 1.4 - 0.2];
      const radius = 0.05 + 0.15 * random();
      const cells = new Uint8Array(width * height);
      paintStroke(cells, { width, height }, from, to, radius, 1);
      const expected = stamped(width, height, from, to, radius);
      const differing = cells.reduce((sum, cell, i) => sum + (cell === expected[i] ? 0 : 1), 0);
      // Stamps lie 1/1000 of the way apart: a cell on the very rim may be missed.
      expect(differing).toBeLessThanOrEqual(1);
    }
  });

  it('paints a disc where it is pressed, by the area of a circle', () => {
    const [width, height] = [200, 200];
    const cells = new Uint8Array(width * height);
    paintStroke(cells, { width, height }, [0.5, 0.5], [0.5, 0.5], 0.2, 1);
    expect(cells.reduce((sum, cell) => sum + cell, 0) / (Math.PI * 40 * 40)).toBeCloseTo(1, 2);
  });

  it('erases what it goes over and nothing else', () => {
    const size = { width: 32, height: 32 };
    const cells = new Uint8Array(32 * 32).fill(1);
    const painted = new Uint8Array(32 * 32);
    paintStroke(cells, size, [0.2, 0.3], [0.7, 0.6], 0.1, 0);
    paintStroke(painted, size, [0.2, 0.3], [0.7, 0.6], 0.1, 1);
    expect(cells.map((cell) => 1 - cell)).toEqual(painted);
  });

  it('always sets the cell below the pointer, however small the brush', () => {
    const cells = new Uint8Array(64);
    paintStroke(cells, { width: 8, height: 8 }, [0.26, 0.51], [0.26, 0.51], 0.001, 1);
    expect(cells.indexOf(1)).toBe(4 * 8 + 2);
    expect(cells.lastIndexOf(1)).toBe(4 * 8 + 2);
  });

  it('stays on the grid beside the picture', () => {
    const cells = new Uint8Array(64);
    paintStroke(cells, { width: 8, height: 8 }, [-3, -3], [-2, 5], 0.2, 1);
    expect(cells.includes(1)).toBe(false);
    paintStroke(cells, { width: 8, height: 8 }, [-0.01, 0.5], [-0.01, 0.5], 0.2, 1);
    expect(cells[4 * 8]).toBe(1);
    expect(cells[3 * 8 + 7]).toBe(0);
  });
});

describe('paintGrid', () => {
  it('has the pixels of the picture between 64 and 256', () => {
    expect(paintGrid({ width: 128, height: 128 })).toEqual({ width: 128, height: 128 });
    expect(paintGrid({ width: 32, height: 32 })).toEqual({ width: 64, height: 64 });
    expect(paintGrid({ width: 1024, height: 1024 })).toEqual({ width: 256, height: 256 });
    expect(paintGrid({ width: 1024, height: 512 })).toEqual({ width: 256, height: 128 });
  });
});
