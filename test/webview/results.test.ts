import { describe, expect, it } from 'vitest';
import { alphaAt, alphaFraction, alphaScale } from '../../src/webview/model/alphaScale';
import { changed } from '../../src/webview/model/changed';
import { directionOrder, steadyOrder } from '../../src/webview/model/directionOrder';
import { eigenvalueBars } from '../../src/webview/model/eigenvalueBars';
import { isEdited, otherEdits } from '../../src/webview/model/otherEdits';
import { directionOf, panelOf, regionOf } from './directions';

describe('order of the directions', () => {
  const directions = [directionOf(1, 9, 3), directionOf(2, 7), directionOf(3, 5, 12), directionOf(4, 4, 3), directionOf(5, 2)];

  it('is theirs by eigenvalue', () => {
    expect(directionOrder(directions, false)).toEqual([0, 1, 2, 3, 4]);
  });

  it('has the most local first, equals by eigenvalue and those without a measurement last', () => {
    expect(directionOrder(directions, true)).toEqual([2, 0, 3, 1, 4]);
  });

  it('by locality waits until all of them are measured, where measurements are to come', () => {
    const before = [4, 3, 2, 1, 0];
    expect(steadyOrder(before, directions, true, true)).toEqual(before);
    expect(steadyOrder(before, directions, true, false)).toEqual([2, 0, 3, 1, 4]);
    expect(steadyOrder(before, directions, false, true)).toEqual([0, 1, 2, 3, 4]);
    expect(steadyOrder([1, 0], directions, true, true)).toEqual([2, 0, 3, 1, 4]);
    expect(steadyOrder([0, 1], [directionOf(1, 9, 3), directionOf(2, 7, 5)], true, true)).toEqual([1, 0]);
  });
});

describe('bars of the eigenvalues', () => {
  it('grow with the logarithm between the power of ten below the least and the largest', () => {
    const { bars, lines } = eigenvalueBars([100, 10, 2]);
    expect(bars.map(({ height }) => height)).toEqual([1, 0.5, expect.closeTo(Math.log10(2) / 2, 9)]);
    expect(lines.map(({ value }) => value)).toEqual([1, 10, 100]);
    expect(lines.map(({ height }) => height)).toEqual([0, 0.5, 1]);
  });

  it('stand side by side in equal places, with gaps and inside of the drawing', () => {
    const { bars } = eigenvalueBars([8, 4, 2, 1], 8);
    bars.forEach(({ x, width }, i) => {
      expect(x).toBeGreaterThan(i / 8);
      expect(x + width).toBeLessThan((i + 1) / 8);
      expect(x + width / 2).toBeCloseTo((i + 0.5) / 8, 9);
    });
  });

  it('keep a power of ten at the bottom visible, and the scale below the least value', () => {
    const { bars } = eigenvalueBars([10, 1]);
    expect(bars[1]!.height).toBeCloseTo(0.5, 9);
  });

  it('survive zeros, one value, equal values and very small ones', () => {
    expect(eigenvalueBars([]).bars).toEqual([]);
    for (const values of [[0, 0], [5], [3, 3, 3], [1e3, 1e-12], [1, -1]]) {
      for (const { height } of eigenvalueBars(values).bars) {
        expect(height).toBeGreaterThan(0);
        expect(height).toBeLessThanOrEqual(1);
      }
    }
  });

  it('have at most three lines', () => {
    expect(eigenvalueBars([1e6, 1e-1]).lines.length).toBeLessThanOrEqual(3);
    expect(eigenvalueBars([1e6, 1e-12]).lines.length).toBeLessThanOrEqual(3);
  });
});

describe('slider of an alpha', () => {
  it('has 200 steps and knows where 0 is', () => {
    expect(alphaScale([-6, 6])).toEqual({ min: -6, max: 6, step: 0.06, zero: 0.5 });
    expect(alphaScale([-2, 6]).zero).toBe(0.25);
    expect(alphaScale([1, 3]).zero).toBe(0);
  });

  it('snaps to 0 within half a step, and only there', () => {
    const scale = alphaScale([-1, 2.3]);
    expect([alphaAt(scale, 0.008), alphaAt(scale, -0.008), alphaAt(scale, 0.009), alphaAt(scale, 1.5)]).toEqual([0, 0, 0.009, 1.5]);
  });

  it('reaches 0 from some step of every scale', () => {
    for (const range of [[-6, 6], [-1, 2.3], [-0.07, 0.11]] as const) {
      const scale = alphaScale(range);
      const places = Array.from({ length: 201 }, (_, i) => alphaAt(scale, scale.min + i * scale.step));
      expect(places.filter((alpha) => alpha === 0).length).toBeGreaterThan(0);
    }
  });

  it('shows alphas beyond its ends at its ends', () => {
    const scale = alphaScale([-6, 6]);
    expect([-100, -6, 0, 3, 6, 100].map((alpha) => alphaFraction(scale, alpha))).toEqual([0, 0, 0.5, 0.75, 1, 1]);
  });
});

describe('edits of other regions', () => {
  const panel = panelOf([regionOf('eyes', [1, 0]), regionOf('mouth', [0, 1.5, -2]), regionOf('ears', [0])]);

  it('are those off 0 in regions that are not active', () => {
    expect(otherEdits(panel)).toEqual([
      { region: 1, regionName: 'mouth', direction: 1, alpha: 1.5 },
      { region: 1, regionName: 'mouth', direction: 2, alpha: -2 },
    ]);
    expect(otherEdits({ ...panel, active: 1 })).toEqual([{ region: 0, regionName: 'eyes', direction: 0, alpha: 1 }]);
  });

  it('count as edits, as those of the active region do', () => {
    expect(isEdited(panel)).toBe(true);
    expect(isEdited(panelOf([regionOf('eyes', [0, 0]), regionOf('mouth', [0, 3])]))).toBe(true);
    expect(isEdited(panelOf([regionOf('eyes', [0, 0])]))).toBe(false);
  });
});

describe('changes of the state', () => {
  it('are seen in the part that is asked for, and at the beginning in all', () => {
    const part = ({ a }: { a?: number; b: number }) => a;
    expect(changed({ b: 1 }, undefined, part)).toBe(true);
    expect(changed({ a: 1, b: 2 }, { a: 1, b: 1 }, part)).toBe(false);
    expect(changed({ a: 2, b: 1 }, { a: 1, b: 1 }, part)).toBe(true);
  });
});
