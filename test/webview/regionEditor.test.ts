import { describe, expect, it } from 'vitest';
import type { RegionShape } from '../../src/shared/protocol/pageProtocol';
import type { BoxRegion, Point, PolygonRegion, Region } from '../../src/shared/region';
import { countInside, maskFromPixels, rasterize } from '../../src/shared/region';
import type { Pointer } from '../../src/webview/model/regionEditor';
import { RegionEditor } from '../../src/webview/model/regionEditor';
import { contains } from '../../src/webview/model/regionTools';

const box: BoxRegion = { shape: 'box', x: 0.2, y: 0.4, width: 0.4, height: 0.2 };
const square: PolygonRegion = { shape: 'polygon', points: [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]] };
const patch = maskFromPixels(rasterize({ ...box, shape: 'ellipse' }, 64, 64), 64, 64);

type Keys = Partial<Pick<Pointer, 'shift' | 'alt'>>;

/** An editor whose region is what it hands over, as the page does it. */
class Desk {
  /** What was handed over, one by one. */
  readonly handed: (Region | undefined)[] = [];
  readonly editor: RegionEditor;

  constructor(
    public tool: RegionShape,
    public region?: Region,
    public active = 0,
  ) {
    this.editor = new RegionEditor(this.situation(), (handed) => {
      this.handed.push(handed);
      this.set({ region: handed });
    });
  }

  set(change: { tool?: RegionShape; region?: Region | undefined; active?: number }): void {
    Object.assign(this, change);
    this.editor.setSituation(this.situation());
  }

  press(point: Point, keys: Keys = {}, erase = false): void {
    this.editor.press(this.pointer(point, keys), erase);
  }

  to(point: Point, keys: Keys = {}): void {
    this.editor.dragTo(this.pointer(point, keys));
  }

  drag(points: readonly Point[], keys: Keys = {}, erase = false): void {
    this.press(points[0]!, keys, erase);
    for (const point of points.slice(1)) this.to(point, keys);
    this.editor.release();
  }

  click(point: Point, keys: Keys = {}): void {
    this.drag([point], keys);
  }

  private pointer(point: Point, { shift = false, alt = false }: Keys): Pointer {
    return { point, scale: [500, 500], reach: 8, shift, alt };
  }

  private situation() {
    const { tool, region, active } = this;
    return { tool, region, active, picture: { width: 64, height: 64 } };
  }
}

describe('drawing a box or an ellipse', () => {
  it('follows the drag live and hands over once', () => {
    const desk = new Desk('ellipse');
    desk.press([0.1, 0.2]);
    desk.to([0.3, 0.3]);
    expect(desk.editor.region).toMatchObject({ shape: 'ellipse', x: 0.1, y: 0.2 });
    desk.to([0.5, 0.6]);
    expect(desk.handed).toEqual([]);
    desk.editor.release();
    expect(desk.handed).toEqual([{ shape: 'ellipse', x: 0.1, y: 0.2, width: 0.4, height: 0.4 }]);
  });

  it('keeps the old region where the drag is shorter than four pixels', () => {
    const desk = new Desk('box', box);
    desk.drag([[0.9, 0.9], [0.9 + 3 / 500, 0.9]]);
    expect(desk.handed).toEqual([]);
    expect(desk.editor.region).toBe(box);
  });

  it('is given up by abandoning the drag', () => {
    const desk = new Desk('box', box);
    desk.press([0.7, 0.7]);
    desk.to([0.9, 0.9]);
    expect(desk.editor.abandon()).toBe(true);
    desk.to([0.95, 0.95]);
    desk.editor.release();
    expect(desk.handed).toEqual([]);
    expect(desk.editor.region).toBe(box);
    expect(desk.editor.abandon()).toBe(false);
  });

  it('tells presses on the bare picture from those that do something else', () => {
    const pointer: Pointer = { point: [0.9, 0.9], scale: [500, 500], reach: 8, shift: false, alt: false };
    expect(new Desk('box', box).editor.press(pointer)).toBe(false);
    expect(new Desk('polygon', box).editor.press(pointer)).toBe(true);
    expect(new Desk('box', box).editor.press({ ...pointer, point: [0.4, 0.5] })).toBe(true);
  });
});

describe('changing a region', () => {
  it('moves it by what the pointer moves', () => {
    const desk = new Desk('box', box);
    desk.drag([[0.3, 0.5], [0.4, 0.45]]);
    expect(desk.handed).toEqual([{ ...box, x: 0.3, y: 0.35 }]);
  });

  it('does not jump to a handle that is not held at its middle', () => {
    const desk = new Desk('box', box);
    desk.drag([[0.61, 0.605], [0.71, 0.655]]);
    expect(desk.handed).toEqual([{ ...box, width: 0.5, height: 0.25 }]);
  });

  it('hands over nothing where it comes back to where it was', () => {
    const desk = new Desk('box', box);
    desk.drag([[0.3, 0.5], [0.4, 0.45], [0.3, 0.5]]);
    expect(desk.handed).toEqual([]);
  });

  it('draws anew with a tool that was chosen after the region', () => {
    const desk = new Desk('box', box);
    desk.set({ tool: 'ellipse' });
    expect(desk.editor.region).toBe(box);
    expect(desk.editor.handles([500, 500])).toEqual([]);
    desk.drag([[0.3, 0.45], [0.5, 0.55]]);
    expect(desk.handed).toEqual([{ shape: 'ellipse', x: 0.3, y: 0.45, width: 0.2, height: 0.1 }]);
  });

  it('changes a region that came after the tool, whatever its shape', () => {
    const desk = new Desk('box');
    desk.set({ region: { ...box, shape: 'ellipse' } });
    desk.drag([[0.4, 0.5], [0.5, 0.5]]);
    expect(desk.handed).toEqual([{ ...box, shape: 'ellipse', x: 0.3 }]);
    desk.set({ region: patch });
    expect(desk.editor.handles([500, 500])).toEqual([]);
    desk.drag([[0.4, 0.5], [0.5, 0.5]]);
    expect(contains(desk.region!, [0.68, 0.5])).toBe(true);
    expect(contains(desk.region!, [0.25, 0.5])).toBe(false);
  });

  it('gives up a drag when another region becomes active', () => {
    const desk = new Desk('box', box);
    desk.press([0.3, 0.5]);
    desk.to([0.5, 0.5]);
    desk.set({ active: 1, region: { ...box, y: 0 } });
    desk.editor.release();
    expect(desk.handed).toEqual([]);
  });
});

describe('drawing a polygon', () => {
  const corners: readonly Point[] = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]];

  it('closes on its first vertex', () => {
    const desk = new Desk('polygon', box);
    for (const corner of corners) desk.click(corner);
    expect(desk.editor.draft).toEqual(corners);
    expect(desk.handed).toEqual([]);
    desk.click([0.1 + 5 / 500, 0.1]);
    expect(desk.handed).toEqual([{ shape: 'polygon', points: corners }]);
    expect(desk.editor.draft).toEqual([]);
  });

  it('closes by a double click, which adds one vertex', () => {
    const desk = new Desk('polygon');
    for (const corner of [...corners, corners[2]!]) desk.click(corner);
    expect(desk.handed).toEqual([{ shape: 'polygon', points: corners }]);
  });

  it('closes by Enter, but not with two vertices or without an area', () => {
    const desk = new Desk('polygon');
    desk.click([0.1, 0.1]);
    desk.click([0.3, 0.3]);
    expect(desk.editor.enter()).toBe(false);
    desk.click([0.5, 0.5]);
    expect(desk.editor.enter()).toBe(false);
    desk.click([0.2, 0.6]);
    expect(desk.editor.enter()).toBe(true);
    expect((desk.handed[0] as PolygonRegion).points.length).toBe(4);
  });

  it('takes back vertices, and is given up with the last or at once', () => {
    const desk = new Desk('polygon', box);
    for (const corner of corners) desk.click(corner);
    expect(desk.editor.removeLastVertex()).toBe(true);
    expect(desk.editor.draft).toEqual(corners.slice(0, 2));
    desk.editor.removeLastVertex();
    desk.editor.removeLastVertex();
    expect(desk.editor.removeLastVertex()).toBe(false);
    desk.click([0.9, 0.9]);
    desk.editor.abandon();
    expect(desk.editor.draft).toEqual([]);
    expect(desk.handed).toEqual([]);
  });

  it('lets a vertex be placed while the button is held, inside of the picture', () => {
    const desk = new Desk('polygon');
    desk.drag([[0.5, 0.5], [0.7, 1.4]]);
    expect(desk.editor.draft).toEqual([[0.7, 1]]);
  });

  it('is given up by another tool', () => {
    const desk = new Desk('polygon');
    desk.click([0.5, 0.5]);
    desk.set({ tool: 'box' });
    expect(desk.editor.draft).toEqual([]);
  });

  it('begins inside of a region of another shape by a click, while a drag moves that region', () => {
    const desk = new Desk('polygon');
    desk.set({ region: box });
    desk.drag([[0.4, 0.5], [0.5, 0.5]]);
    expect(desk.handed).toEqual([{ ...box, x: 0.3 }]);
    desk.click([0.5, 0.5]);
    expect(desk.editor.draft).toEqual([[0.5, 0.5]]);
  });
});

describe('changing a polygon', () => {
  it('moves a vertex, adds one in the middle of an edge, and removes one', () => {
    const desk = new Desk('polygon', square);
    desk.drag([[0.6, 0.6], [0.7, 0.8]]);
    expect((desk.region as PolygonRegion).points[2]).toEqual([0.7, 0.8]);
    desk.drag([[0.4, 0.2], [0.4, 0.1]]);
    expect((desk.region as PolygonRegion).points).toEqual([[0.2, 0.2], [0.4, 0.1], [0.6, 0.2], [0.7, 0.8], [0.2, 0.6]]);
    desk.click([0.4, 0.1], { alt: true });
    expect((desk.region as PolygonRegion).points.length).toBe(4);
    desk.press([0.7, 0.8], {}, true);
    expect((desk.region as PolygonRegion).points).toEqual([[0.2, 0.2], [0.6, 0.2], [0.2, 0.6]]);
    desk.click([0.6, 0.2], { alt: true });
    expect((desk.region as PolygonRegion).points.length).toBe(3);
    expect(desk.handed.length).toBe(4);
  });
});

describe('the brush', () => {
  it('hands over one mask for a stroke', () => {
    const desk = new Desk('brush');
    const radius = 7 / 64;
    desk.editor.brushRadius = radius;
    desk.drag([[0.3, 0.5], [0.4, 0.5], [0.7, 0.5]]);
    expect(desk.handed.length).toBe(1);
    const cells = rasterize(desk.region!, 64, 64);
    // A bar with half a disc at each end.
    const area = (0.4 * 2 * radius + Math.PI * radius ** 2) * 64 * 64;
    expect(Math.abs(countInside(cells) / area - 1)).toBeLessThan(0.02);
  });

  it('paints a dab where it is pressed without a drag', () => {
    const desk = new Desk('brush');
    desk.click([0.5, 0.5]);
    expect(contains(desk.region!, [0.5, 0.5])).toBe(true);
  });

  it('goes on from a region of any shape', () => {
    const desk = new Desk('box', box);
    desk.set({ tool: 'brush' });
    expect(desk.handed).toEqual([]);
    desk.drag([[0.8, 0.8], [0.85, 0.8]]);
    const cells = rasterize(desk.region!, 64, 64);
    rasterize(box, 64, 64).forEach((cell, k) => { if (cell) expect(cells[k]).toBe(1); });
    expect(contains(desk.region!, [0.82, 0.8])).toBe(true);
  });

  it.each([[{ alt: true }, false], [{}, true]] as const)('erases with %o and the right button %s, and clears with the last cell', (keys, rightButton) => {
    const desk = new Desk('brush', patch);
    desk.editor.brushRadius = 0.05;
    desk.drag([[0.4, 0.45], [0.4, 0.55]], keys, rightButton);
    expect(contains(desk.region!, [0.4, 0.5])).toBe(false);
    expect(contains(desk.region!, [0.3, 0.5])).toBe(true);
    desk.editor.brushRadius = 0.25;
    desk.drag([[0.2, 0.5], [0.6, 0.5]], keys, rightButton);
    expect(desk.handed.length).toBe(2);
    expect(desk.region).toBeUndefined();
  });

  it('hands over nothing where nothing changes', () => {
    const desk = new Desk('brush', patch);
    desk.drag([[0.9, 0.9], [0.95, 0.95]], {}, true);
    expect(desk.handed).toEqual([]);
  });
});

describe('keys', () => {
  it('nudge by pixels of the picture, and are one step together', () => {
    const desk = new Desk('box', box);
    desk.editor.nudge(1, 0);
    desk.editor.nudge(8, -1);
    expect(desk.handed).toEqual([]);
    expect((desk.editor.region as BoxRegion).x).toBeCloseTo(0.2 + 9 / 64, 9);
    desk.editor.flush();
    desk.editor.flush();
    expect(desk.handed).toEqual([{ ...box, x: 0.34063, y: 0.38438 }]);
  });

  it('stop at the edges of the picture', () => {
    const desk = new Desk('box', box);
    desk.editor.nudge(-1000, 1000);
    desk.editor.flush();
    expect(desk.handed).toEqual([{ ...box, x: 0, y: 0.8 }]);
  });

  it('hand over a nudge before a press', () => {
    const desk = new Desk('box', box);
    desk.editor.nudge(0, 1);
    desk.drag([[0.8, 0.8], [0.9, 0.9]]);
    expect(desk.handed.length).toBe(2);
    expect((desk.handed[0] as BoxRegion).y).toBeCloseTo(0.4 + 1 / 64, 5);
  });

  it('move a mask by cells', () => {
    const desk = new Desk('brush', patch);
    desk.editor.nudge(3, 0);
    desk.editor.flush();
    const before = rasterize(patch, 64, 64);
    const after = rasterize(desk.region!, 64, 64);
    expect(after.every((cell, k) => cell === (k % 64 >= 3 ? before[k - 3] : 0))).toBe(true);
  });

  it('stretch to the right and down', () => {
    const desk = new Desk('box', box);
    desk.editor.stretch(8, -1);
    desk.editor.flush();
    expect(desk.handed).toEqual([{ ...box, width: 0.525, height: 0.18438 }]);
  });

  it('draw a shape where there is none, and leave one that is there', () => {
    for (const tool of ['box', 'ellipse', 'polygon', 'brush'] as const) {
      const desk = new Desk(tool);
      expect(desk.editor.enter()).toBe(true);
      expect(desk.region!.shape).toBe(tool === 'brush' ? 'mask' : tool);
      expect(desk.editor.enter()).toBe(false);
      expect(desk.handed.length).toBe(1);
    }
  });

  it('do nothing without a region or during a drag', () => {
    const desk = new Desk('box');
    desk.editor.nudge(1, 1);
    desk.editor.flush();
    desk.press([0.1, 0.1]);
    desk.to([0.5, 0.5]);
    desk.editor.nudge(8, 8);
    desk.editor.release();
    expect(desk.handed).toEqual([{ shape: 'box', x: 0.1, y: 0.1, width: 0.4, height: 0.4 }]);
  });
});
