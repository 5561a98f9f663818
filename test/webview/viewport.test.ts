import { describe, expect, it } from 'vitest';
import type { Point } from '../../src/shared/region';
import { fitInto, panBy, toCanvas, toPicture, wholePicture, zoomAt } from '../../src/webview/model/viewport';
import type { Viewport } from '../../src/webview/model/viewport';
import { seededRandom } from '../shared/seededRandom';

const canvas = { width: 600, height: 400 };

function close(actual: Point, expected: Point): void {
  expect(actual[0]).toBeCloseTo(expected[0], 9);
  expect(actual[1]).toBeCloseTo(expected[1], 9);
}

describe('places on the canvas and points of the picture', () => {
  it('are the corners of each other where all of the picture is seen', () => {
    close(toCanvas(wholePicture, canvas, [0, 0]), [0, 0]);
    close(toCanvas(wholePicture, canvas, [1, 1]), [600, 400]);
    close(toPicture(wholePicture, canvas, [300, 100]), [0.5, 0.25]);
  });

  it('show a quarter of each side at a zoom of 4', () => {
    const viewport: Viewport = { zoom: 4, left: 0.5, top: 0.25 };
    close(toCanvas(viewport, canvas, [0.5, 0.25]), [0, 0]);
    close(toCanvas(viewport, canvas, [0.75, 0.5]), [600, 400]);
    close(toPicture(viewport, canvas, [-150, 400]), [0.4375, 0.5]);
  });

  it('lead back to where they came from, beside the picture too', () => {
    const random = seededRandom(1);
    for (let k = 0; k < 200; k++) {
      const viewport = zoomAt(wholePicture, 1 + 15 * random(), [random(), random()]);
      const point: Point = [random() * 3 - 1, random() * 3 - 1];
      close(toPicture(viewport, canvas, toCanvas(viewport, canvas, point)), point);
    }
  });
});

describe('zoomAt', () => {
  it('keeps the point under the anchor where it is', () => {
    const random = seededRandom(2);
    for (let k = 0; k < 200; k++) {
      const before = zoomAt(wholePicture, 1 + 8 * random(), [random(), random()]);
      const anchor: Point = [random(), random()];
      const place: Point = [anchor[0] * canvas.width, anchor[1] * canvas.height];
      const after = zoomAt(before, before.zoom * (1 + random()), anchor);
      close(toPicture(after, canvas, place), toPicture(before, canvas, place));
    }
  });

  it('stays between 1 and 16', () => {
    expect(zoomAt(wholePicture, 0.2, [0.3, 0.9])).toEqual(wholePicture);
    expect(zoomAt(wholePicture, 99, [0, 0]).zoom).toBe(16);
  });

  it('never shows beyond the picture when it zooms out at an edge', () => {
    const corner = zoomAt(wholePicture, 8, [1, 1]);
    close([corner.left, corner.top], [0.875, 0.875]);
    const out = zoomAt(corner, 2, [0, 0]);
    close([out.left, out.top], [0.5, 0.5]);
    expect(zoomAt(out, 1, [0, 0])).toEqual(wholePicture);
  });
});

describe('panBy', () => {
  it('moves the picture with the pointer', () => {
    const viewport: Viewport = { zoom: 4, left: 0.25, top: 0.25 };
    const grabbed = toPicture(viewport, canvas, [300, 200]);
    close(toPicture(panBy(viewport, [0.1, -0.2]), canvas, [360, 120]), grabbed);
  });

  it('stops at the edges', () => {
    expect(panBy({ zoom: 4, left: 0.5, top: 0.5 }, [9, -9])).toEqual({ zoom: 4, left: 0, top: 0.75 });
    expect(panBy(wholePicture, [0.4, -0.4])).toEqual(wholePicture);
  });
});

describe('fitInto', () => {
  it('keeps the proportions and touches the nearer sides', () => {
    expect(fitInto({ width: 500, height: 300 }, { width: 64, height: 64 })).toEqual({ width: 300, height: 300 });
    expect(fitInto({ width: 500, height: 300 }, { width: 200, height: 50 })).toEqual({ width: 500, height: 125 });
    expect(fitInto({ width: -16, height: 300 }, { width: 64, height: 64 })).toEqual({ width: 0, height: 0 });
  });
});
