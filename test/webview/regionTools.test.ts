import { describe, expect, it } from 'vitest';
import type { BoxRegion, Point, PolygonRegion, Region } from '../../src/shared/region';
import { countInside, maskFromPixels, rasterize, validateRegion } from '../../src/shared/region';
import type { Canvas, FrameRegion, Handle, Side } from '../../src/webview/model/regionTools';
import {
  boundsOf, contains, defaultRegion, frameBetween, handlesOf, hitRegion, insertVertex, moveRegion, moveVertex, removeVertex, resizeFrame, sameRegion, stretchRegion, tidyRegion,
} from '../../src/webview/model/regionTools';
import { seededRandom } from '../shared/seededRandom';

const scale: Point = [500, 500];
const canvas: Canvas = { scale, least: [1 / 64, 1 / 64] };
const grid = { width: 64, height: 64 };
const box: BoxRegion = { shape: 'box', x: 0.2, y: 0.4, width: 0.4, height: 0.2 };
const triangle: PolygonRegion = { shape: 'polygon', points: [[0.2, 0.2], [0.8, 0.3], [0.4, 0.9]] };
/** Two patches, of 2 x 2 and 1 x 3 cells. */
const mask = maskFromPixels(Uint8Array.from({ length: 64 * 64 }, (_, k) => {
  const [x, y] = [k % 64, Math.floor(k / 64)];
  return (x >= 10 && x < 12 && y >= 20 && y < 22) || (x === 40 && y >= 30 && y < 33) ? 1 : 0;
}), 64, 64);

/** Left, top, right and bottom, to nine digits. */
function edges({ x, y, width, height }: { x: number; y: number; width: number; height: number }): number[] {
  return [x, y, x + width, y + height].map((value) => Number(value.toFixed(9)) + 0);
}

describe('frameBetween', () => {
  it('spans the two points in whatever order they come', () => {
    for (const [from, to] of [[[0.1, 0.7], [0.6, 0.3]], [[0.6, 0.3], [0.1, 0.7]], [[0.1, 0.3], [0.6, 0.7]]] as [Point, Point][]) {
      expect(edges(frameBetween('box', from, to, canvas, false))).toEqual([0.1, 0.3, 0.6, 0.7]);
    }
  });

  it('stays inside of the picture', () => {
    expect(edges(frameBetween('ellipse', [0.5, 0.5], [3, -2], canvas, false))).toEqual([0.5, 0, 1, 0.5]);
    expect(edges(frameBetween('box', [-0.4, 0.5], [0.3, 1.2], canvas, false))).toEqual([0, 0.5, 0.3, 1]);
  });

  it('is at least as large as a pixel, at the edges too', () => {
    expect(edges(frameBetween('box', [1, 1], [1, 1], canvas, false))).toEqual([63 / 64, 63 / 64, 1, 1]);
    expect(edges(frameBetween('box', [0, 0.5], [0, 0.5], canvas, false))).toEqual([0, 0.5, 1 / 64, 0.5 + 1 / 64]);
  });

  it('is a square on the screen when it shall be one', () => {
    const wide: Canvas = { scale: [800, 400], least: [0.001, 0.001] };
    const square = frameBetween('box', [0.3, 0.3], [0.4, 0.35], wide, true);
    expect(edges(square)).toEqual([0.3, 0.3, 0.4, 0.5]);
    expect(edges(frameBetween('box', [0.5, 0.5], [0.4, 0.3], wide, true))).toEqual([0.4, 0.3, 0.5, 0.5]);
  });

  it('keeps a square a square where the picture ends', () => {
    expect(edges(frameBetween('ellipse', [0.8, 0.5], [1.5, 0.6], canvas, true))).toEqual([0.8, 0.5, 1, 0.7]);
  });
});

describe('resizeFrame', () => {
  const sides: readonly Side[] = [-1, 0, 1];
  const all = sides.flatMap((across) => sides.map((down): [Side, Side] => [across, down])).filter(([across, down]) => across !== 0 || down !== 0);

  it.each(all)('moves the edges of the handle %i, %i and no others', (across, down) => {
    const [left, top, right, bottom] = edges(resizeFrame(box, across, down, [0.5, 0.45], canvas, false));
    expect(left).toBe(across < 0 ? 0.5 : 0.2);
    expect(right).toBe(across > 0 ? 0.5 : 0.6);
    expect(top).toBe(down < 0 ? 0.45 : 0.4);
    expect(bottom).toBe(down > 0 ? 0.45 : 0.6);
  });

  it.each(all)('turns over when the handle %i, %i goes beyond the opposite edge', (across, down) => {
    // Mirrored about the opposite edge: 0.1 beyond it.
    const to: Point = [across < 0 ? 0.7 : 0.1, down < 0 ? 0.7 : 0.3];
    const [left, top, right, bottom] = edges(resizeFrame(box, across, down, to, canvas, false));
    expect([left, right]).toEqual(across === 0 ? [0.2, 0.6] : across < 0 ? [0.6, 0.7] : [0.1, 0.2]);
    expect([top, bottom]).toEqual(down === 0 ? [0.4, 0.6] : down < 0 ? [0.6, 0.7] : [0.3, 0.4]);
  });

  it.each(all)('stops at the edge of the picture with the handle %i, %i', (across, down) => {
    const [left, top, right, bottom] = edges(resizeFrame(box, across, down, [across * 9, down * 9], canvas, false));
    expect([left, right]).toEqual([across < 0 ? 0 : 0.2, across > 0 ? 1 : 0.6]);
    expect([top, bottom]).toEqual([down < 0 ? 0 : 0.4, down > 0 ? 1 : 0.6]);
  });

  it('keeps the shape, and never loses its area', () => {
    const ellipse: FrameRegion = { ...box, shape: 'ellipse' };
    const flat = resizeFrame(ellipse, 1, 1, [0.2, 0.4], canvas, false);
    expect(flat.shape).toBe('ellipse');
    expect([flat.width, flat.height]).toEqual([1 / 64, 1 / 64]);
  });

  it('makes a square from a corner', () => {
    expect(edges(resizeFrame(box, -1, -1, [0.5, 0.1], canvas, true))).toEqual([0.1, 0.1, 0.6, 0.6]);
  });
});

describe('handles', () => {
  it('stand at the corners and edges of a frame', () => {
    const points = handlesOf(box, scale).map(({ point }) => point.map((value) => Number(value.toFixed(9))).join());
    expect(points.sort()).toEqual(['0.2,0.4', '0.2,0.5', '0.2,0.6', '0.4,0.4', '0.4,0.6', '0.6,0.4', '0.6,0.5', '0.6,0.6'].sort());
  });

  it('leave out the middle of edges that are short on the screen', () => {
    expect(handlesOf(box, [500, 100]).length).toBe(6);
    expect(handlesOf(box, [50, 50]).length).toBe(4);
  });

  it('stand at the vertices of a polygon and at the middle of its edges', () => {
    const handles = handlesOf(triangle, scale);
    expect(handles.filter(({ kind }) => kind === 'vertex').map(({ point }) => point)).toEqual(triangle.points);
    const middle = handles.find((handle) => handle.kind === 'edge' && handle.index === 2)!.point;
    expect(middle[0]).toBeCloseTo(0.3, 9);
    expect(middle[1]).toBeCloseTo(0.55, 9);
  });

  it('a mask has none', () => {
    expect(handlesOf(mask, scale)).toEqual([]);
  });
});

describe('hitRegion', () => {
  const kind = (region: Region, point: Point, reach = 8) => {
    const hit = hitRegion(region, point, scale, reach);
    return typeof hit === 'object' ? describeHandle(hit) : hit;
  };

  it('takes hold of a handle within reach, from inside and outside', () => {
    expect(kind(box, [0.2 - 7 / 500, 0.4])).toBe('-1,-1');
    expect(kind(box, [0.2 + 7 / 500, 0.4 + 2 / 500])).toBe('-1,-1');
    expect(kind(box, [0.6, 0.5 + 5 / 500])).toBe('1,0');
    expect(kind(box, [0.2 - 9 / 500, 0.4])).toBeUndefined();
  });

  it('takes the nearest of several', () => {
    const small: BoxRegion = { shape: 'box', x: 0.5, y: 0.5, width: 0.03, height: 0.03 };
    expect(kind(small, [0.5 - 1 / 500, 0.5 - 1 / 500], 20)).toBe('-1,-1');
    expect(kind(small, [0.53 + 1 / 500, 0.5 - 1 / 500], 20)).toBe('1,-1');
  });

  it('leaves room to move a small region', () => {
    const small: BoxRegion = { shape: 'box', x: 0.5, y: 0.5, width: 0.03, height: 0.03 };
    expect(kind(small, [0.515, 0.515], 20)).toBe('inside');
  });

  it('tells vertices, edges, inside and outside of a polygon apart', () => {
    expect(kind(triangle, [0.8, 0.3])).toBe('vertex 1');
    expect(kind(triangle, [0.5, 0.25])).toBe('edge 0');
    expect(kind(triangle, [0.45, 0.45])).toBe('inside');
    expect(kind(triangle, [0.8, 0.8])).toBeUndefined();
  });

  it('is inside of the cells of a mask alone', () => {
    expect(kind(mask, [10.5 / 64, 21.5 / 64])).toBe('inside');
    expect(kind(mask, [12.5 / 64, 21.5 / 64])).toBeUndefined();
    expect(kind(mask, [1.01, 0.5])).toBeUndefined();
  });
});

function describeHandle(handle: Handle): string {
  return handle.kind === 'frame' ? `${handle.across},${handle.down}` : `${handle.kind} ${handle.index}`;
}

describe('contains', () => {
  it('agrees with the rasterized region at the centres of pixels', () => {
    const regions: Region[] = [box, { ...box, shape: 'ellipse' }, triangle, mask];
    for (const region of regions) {
      const pixels = rasterize(region, 64, 64);
      const asked = pixels.map((_, k) => (contains(region, [((k % 64) + 0.5) / 64, (Math.floor(k / 64) + 0.5) / 64]) ? 1 : 0));
      expect(asked).toEqual(pixels);
    }
  });
});

describe('moveRegion', () => {
  it('moves every kind by the same way', () => {
    expect(edges(moveRegion(box, [0.1, -0.2], grid) as BoxRegion)).toEqual([0.3, 0.2, 0.7, 0.4]);
    const moved = moveRegion(triangle, [0.1, -0.1], grid) as PolygonRegion;
    moved.points.forEach(([x, y], k) => {
      expect(x).toBeCloseTo(triangle.points[k]![0] + 0.1, 9);
      expect(y).toBeCloseTo(triangle.points[k]![1] - 0.1, 9);
    });
  });

  it('keeps the size at the edges of the picture', () => {
    expect(edges(moveRegion(box, [5, 5], grid) as BoxRegion)).toEqual([0.6, 0.8, 1, 1]);
    const moved = moveRegion(triangle, [-5, 0], grid) as PolygonRegion;
    expect(moved.points.map(([x]) => Number(x.toFixed(9)))).toEqual([0, 0.6, 0.2]);
    expect(moved.points.map(([, y]) => y)).toEqual(triangle.points.map(([, y]) => y));
  });

  it('moves a mask by whole cells, and no cell is lost at the edges', () => {
    const moved = rasterize(moveRegion(mask, [3.2 / 64, -2 / 64], grid), 64, 64);
    const expected = new Uint8Array(64 * 64);
    rasterize(mask, 64, 64).forEach((cell, k) => { if (cell) expected[k - 2 * 64 + 3] = 1; });
    expect(moved).toEqual(expected);
    for (const way of [[9, 0], [-9, 0], [0, 9], [0, -9]] as Point[]) expect(countInside(rasterize(moveRegion(mask, way, grid), 64, 64))).toBe(7);
    expect(moveRegion(mask, [0.4 / 64, 0], grid)).toBe(mask);
  });

  it('moves a coarse mask by fine steps', () => {
    const coarse = maskFromPixels(Uint8Array.from([0, 0, 0, 1]), 2, 2);
    const moved = moveRegion(coarse, [-4 / 64, -1 / 64], grid);
    expect(edges(boundsOf(moved))).toEqual([28 / 64, 31 / 64, 60 / 64, 63 / 64]);
  });
});

describe('stretchRegion', () => {
  it('moves the right and lower edge', () => {
    expect(edges(stretchRegion(box, [0.1, -0.05], canvas.least, grid) as BoxRegion)).toEqual([0.2, 0.4, 0.7, 0.55]);
    expect(edges(stretchRegion(box, [9, -9], canvas.least, grid) as BoxRegion)).toEqual([0.2, 0.4, 1, 0.4 + 1 / 64].map((value) => Number(value.toFixed(9))));
  });

  it('stretches a polygon as a whole', () => {
    const stretched = stretchRegion(triangle, [0.2, 0], canvas.least, grid) as PolygonRegion;
    expect(edges(boundsOf(stretched))).toEqual([0.2, 0.2, 1, 0.9]);
    expect(stretched.points[2]![0]).toBeCloseTo(0.2 + (0.2 * 0.8) / 0.6, 9);
  });

  it('stretches the cells of a mask', () => {
    const square = maskFromPixels(rasterize({ shape: 'box', x: 0.25, y: 0.25, width: 0.25, height: 0.25 }, 64, 64), 64, 64);
    expect(edges(boundsOf(stretchRegion(square, [8 / 64, -4 / 64], canvas.least, grid)))).toEqual([16 / 64, 16 / 64, 40 / 64, 28 / 64]);
  });
});

describe('vertices of a polygon', () => {
  it('move alone, and only inside of the picture', () => {
    expect(moveVertex(triangle, 1, [2, -1]).points).toEqual([[0.2, 0.2], [1, 0], [0.4, 0.9]]);
  });

  it('are added on the edge after a vertex', () => {
    expect(insertVertex(triangle, 0, [0.5, 0.1]).points).toEqual([[0.2, 0.2], [0.5, 0.1], [0.8, 0.3], [0.4, 0.9]]);
    expect(insertVertex(triangle, 2, [0.1, 0.6]).points.at(-1)).toEqual([0.1, 0.6]);
  });

  it('are taken away until three are left', () => {
    const four = insertVertex(triangle, 0, [0.5, 0.1]);
    expect(removeVertex(four, 1)).toEqual(triangle);
    expect(removeVertex(triangle, 1)).toBe(triangle);
  });
});

describe('tidyRegion', () => {
  it('keeps five decimals and stays inside of the picture', () => {
    const random = seededRandom(4);
    for (let k = 0; k < 300; k++) {
      const region = tidyRegion(frameBetween('box', [random(), random()], [random() * 1.4 - 0.2, random() * 1.4 - 0.2], canvas, false)) as BoxRegion;
      expect(validateRegion(region, 'test')).toBe(region);
      for (const value of [region.x, region.y, region.width, region.height]) expect(String(value).length).toBeLessThanOrEqual(7);
    }
    expect(tidyRegion({ shape: 'polygon', points: [[0.123456789, 0], [1.2, 0.5], [0.3, 1]] })).toEqual({ shape: 'polygon', points: [[0.12346, 0], [1, 0.5], [0.3, 1]] });
  });

  it('refuses what has no area', () => {
    expect(tidyRegion({ shape: 'polygon', points: [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]] })).toBeUndefined();
    expect(tidyRegion({ ...box, width: 0 })).toBeUndefined();
    expect(tidyRegion({ shape: 'mask', width: 1, height: 1, rows: [''] })).toBeUndefined();
  });
});

describe('sameRegion', () => {
  it('compares what the regions are, not which objects', () => {
    expect(sameRegion(box, { ...box })).toBe(true);
    expect(sameRegion(box, { ...box, shape: 'ellipse' })).toBe(false);
    expect(sameRegion(triangle, moveVertex(triangle, 0, [0.21, 0.2]))).toBe(false);
    expect(sameRegion(mask, { ...mask, rows: [...mask.rows] })).toBe(true);
    expect(sameRegion(undefined, undefined)).toBe(true);
    expect(sameRegion(undefined, box)).toBe(false);
  });
});

describe('defaultRegion', () => {
  it.each(['box', 'ellipse', 'polygon', 'brush'] as const)('of the tool %s lies over the middle', (tool) => {
    const region = validateRegion(defaultRegion(tool, grid), 'test');
    expect(contains(region, [0.5, 0.5])).toBe(true);
    const [left, top, right, bottom] = edges(boundsOf(region)) as [number, number, number, number];
    for (const value of [left, top]) expect(value).toBeCloseTo(0.3, 1);
    for (const value of [right, bottom]) expect(value).toBeCloseTo(0.7, 1);
  });
});
