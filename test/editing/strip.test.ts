import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blankPicture } from '../../src/engine/editing/pictures';
import type { Colour, Picture } from '../../src/engine/editing/pictures';
import { encodeStrip, renderStrip } from '../../src/engine/editing/strip';
import type { OutlinePath, Strip, StripRow } from '../../src/engine/editing/strip';
import { UserError } from '../../src/shared/userError';

const white: Colour = [255, 255, 255];
/** The region of most tests: x 16..48, y 24..40 of a 64-pixel picture. */
const box: OutlinePath = { closed: true, points: [[16, 24], [48, 24], [48, 40], [16, 40]] };

/** A colour of its own for each picture, none of them grey like the text. */
function colourOf(row: number, column: number): Colour {
  return [220, 10 + 30 * row, 10 + 9 * column];
}

function stripOf(rows: number, columns: number, more: Partial<Strip> = {}, row: Partial<StripRow> = {}, side = 64): Strip {
  return {
    title: 'eyes-1',
    columns: Array.from({ length: columns }, (_, column) => String(column - (columns - 1) / 2)),
    rows: Array.from({ length: rows }, (_, index) => ({
      label: `seed ${index}`,
      pictures: Array.from({ length: columns }, (_, column) => blankPicture({ width: side, height: side }, colourOf(index, column))),
      outline: [],
      ...row,
    })),
    ...more,
  };
}

function pixel({ rgb, width }: Picture, x: number, y: number): Colour {
  const at = 3 * (y * width + x);
  return [rgb[at]!, rgb[at + 1]!, rgb[at + 2]!];
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The extent, ends included, of the pixels that fit. */
function extent(picture: Picture, fits: (colour: Colour) => boolean, within: Partial<Box> = {}): Box {
  const { left = 0, top = 0, right = picture.width - 1, bottom = picture.height - 1 } = within;
  const found = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      if (fits(pixel(picture, x, y))) {
        found.left = Math.min(found.left, x);
        found.top = Math.min(found.top, y);
        found.right = Math.max(found.right, x);
        found.bottom = Math.max(found.bottom, y);
      }
    }
  }
  return found;
}

const isColour = (wanted: Colour) => (colour: Colour) => colour.every((value, channel) => value === wanted[channel]);
const isInk = (colour: Colour) => Math.max(...colour) < 150;
const cellOf = (figure: Picture, row: number, column: number) => extent(figure, isColour(colourOf(row, column)));

describe('renderStrip', () => {
  it('lays the pictures out in an even grid', async () => {
    const figure = await renderStrip(stripOf(3, 5));
    const first = cellOf(figure, 0, 0);
    const pitch = cellOf(figure, 0, 1).left - first.left;
    expect(pitch).toBeGreaterThan(128);
    expect(pitch).toBeLessThan(140);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 5; column++) {
        const left = first.left + column * pitch;
        const top = first.top + row * pitch;
        expect(cellOf(figure, row, column)).toEqual({ left, top, right: left + 127, bottom: top + 127 });
      }
    }
  });

  it('has an equal white margin left, right and at the top', async () => {
    const figure = await renderStrip(stripOf(2, 4, { subtitle: 'inside/outside 9.8' }));
    const painted = extent(figure, (colour) => !isColour(white)(colour));
    const margin = figure.width - 1 - painted.right;
    expect(margin).toBeGreaterThan(8);
    expect(Math.abs(painted.left - margin)).toBeLessThanOrEqual(2);
    expect(Math.abs(painted.top - margin)).toBeLessThanOrEqual(2);
    expect(Math.abs(figure.height - 1 - painted.bottom - margin)).toBeLessThanOrEqual(4);
  });

  it('writes the alphas under the last row, each in the middle of its column', async () => {
    const figure = await renderStrip(stripOf(2, 3, { columns: ['000', '888', '000'] }));
    for (let column = 0; column < 3; column++) {
      const cell = cellOf(figure, 1, column);
      const text = extent(figure, isInk, { left: cell.left, right: cell.right, top: cell.bottom + 1 });
      expect(Math.abs(text.left + text.right - cell.left - cell.right)).toBeLessThanOrEqual(3);
      expect(text.top - cell.bottom).toBeGreaterThan(4);
      expect(text.bottom).toBeLessThan(figure.height - 8);
    }
  });

  it('writes each label left of its row, in the middle of its height', async () => {
    const figure = await renderStrip(stripOf(3, 2));
    for (let row = 0; row < 3; row++) {
      const cell = cellOf(figure, row, 0);
      const text = extent(figure, isInk, { top: cell.top, bottom: cell.bottom, right: cell.left - 1 });
      expect(cell.left - text.right).toBeGreaterThan(6);
      expect(Math.abs(text.top + text.bottom - cell.top - cell.bottom)).toBeLessThanOrEqual(3);
    }
  });

  it('outlines the region on every picture, light between dark, and on no other pixel', async () => {
    const figure = await renderStrip(stripOf(2, 3, {}, { outline: [box] }));
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 3; column++) {
        const { left, top } = cellOf(figure, row, column);
        const at = (x: number, y: number) => pixel(figure, left + x, top + y);
        const colour = colourOf(row, column);
        // Twice enlarged, the box runs from 32 to 96 and from 48 to 80; its line is 3 pixels wide.
        for (const [x, y, dx, dy] of [[32, 64, 1, 0], [96, 64, 1, 0], [64, 48, 0, 1], [64, 80, 0, 1]] as const) {
          expect(at(x, y)).toEqual(white);
          expect(Math.max(...at(x - dx, y - dy))).toBeLessThan(100);
          expect(at(x - dx, y - dy)).toEqual(at(x + dx, y + dy));
          expect(at(x - 2 * dx, y - 2 * dy)).toEqual(colour);
          expect(at(x + 2 * dx, y + 2 * dy)).toEqual(colour);
        }
      }
    }
  });

  it('follows curves, holes and open lines, and stays on the picture', async () => {
    const wide: OutlinePath = { closed: true, points: [[-50, -50], [130, -50], [130, 130], [-50, 130]] };
    const line: OutlinePath = { closed: false, points: [[10, 10], [50, 10]] };
    const figure = await renderStrip(stripOf(1, 1, {}, { outline: [wide, line] }));
    const { left, top, right, bottom } = cellOf(figure, 0, 0);
    // The frame takes the picture's outermost 3 pixels, so its colour starts right inside.
    expect(right - left).toBe(127 - 6);
    expect(bottom - top).toBe(127 - 6);
    expect(pixel(figure, left - 2, top + 50)).toEqual(white);
    expect(pixel(figure, left - 3 + 60, top - 3 + 20)).toEqual(white);
    expect(isInk(pixel(figure, left - 4, top + 50))).toBe(false);
    expect(pixel(figure, left - 3 + 60, top - 3 + 60)).toEqual(colourOf(0, 0));
  });

  it('marks the unedited column alone', async () => {
    const figure = await renderStrip(stripOf(2, 3, {}, { baseline: 1 }));
    const marked = cellOf(figure, 0, 1);
    const plain = cellOf(figure, 0, 0);
    expect(pixel(figure, marked.left - 1, marked.top + 64)).toEqual(pixel(figure, marked.right + 1, marked.top + 64));
    expect(pixel(figure, marked.left - 1, marked.top + 64)).not.toEqual(white);
    expect(pixel(figure, plain.left - 1, plain.top + 64)).toEqual(white);
    const unmarked = await renderStrip(stripOf(2, 3));
    expect(pixel(unmarked, marked.left - 1, marked.top + 64)).toEqual(white);
  });

  it('shows large pictures reduced, and any picture at the wished size', async () => {
    const large = await renderStrip(stripOf(1, 2, {}, {}, 1024));
    expect(cellOf(large, 0, 1).right - cellOf(large, 0, 1).left).toBe(255);
    const wished = await renderStrip(stripOf(1, 2, { cell: 48 }));
    expect(cellOf(wished, 0, 1).right - cellOf(wished, 0, 1).left).toBe(47);
  });

  it('keeps long and strange texts within the figure', async () => {
    const text = '<script>&amp;\u6f22\u5b57 "a-very-long-name" '.repeat(9);
    const figure = await renderStrip(stripOf(1, 2, { title: text, subtitle: text, columns: [text, text] }, { label: text, note: text }));
    const painted = extent(figure, (colour) => !isColour(white)(colour));
    expect(figure.width).toBeLessThan(1000);
    expect(painted.right).toBeLessThan(figure.width - 8);
    const cell = cellOf(figure, 0, 0);
    expect(extent(figure, isInk, { top: cell.top, bottom: cell.bottom, right: cell.left - 1 }).right).toBeLessThan(cell.left - 4);
  });

  it('refuses rows that do not fit the columns', async () => {
    await expect(renderStrip(stripOf(1, 3, { columns: ['0', '1'] }))).rejects.toThrow(RangeError);
    await expect(renderStrip(stripOf(0, 3))).rejects.toThrow(RangeError);
    await expect(renderStrip(stripOf(1, 3, {}, { baseline: 3 }))).rejects.toThrow(RangeError);
    const mixed = [blankPicture({ width: 64, height: 64 }, white), blankPicture({ width: 32, height: 64 }, white)];
    await expect(renderStrip(stripOf(1, 2, {}, { pictures: mixed }))).rejects.toThrow(RangeError);
  });
});

describe('encodeStrip', () => {
  it.each(['png', 'webp'] as const)('writes %s, the same bytes each time', async (format) => {
    const strip = stripOf(2, 3, { subtitle: '\u03bb 12.3' }, { outline: [box], baseline: 1, note: '9.8' });
    const file = await encodeStrip(strip, format);
    const figure = await renderStrip(strip);
    const metadata = await sharp(file).metadata();
    expect([metadata.format, metadata.width, metadata.height]).toEqual([format, figure.width, figure.height]);
    expect(Buffer.compare(await encodeStrip(strip, format), file)).toBe(0);
  });

  it('names the limit of the format that a strip is too large for', async () => {
    const tall = stripOf(1, 1, { cell: 1024 });
    const strip = { ...tall, rows: Array.from({ length: 20 }, () => tall.rows[0]!) };
    await expect(encodeStrip(strip, 'webp')).rejects.toThrow(UserError);
    await expect(encodeStrip(strip, 'webp')).rejects.toThrow(/16383/);
    await expect(encodeStrip({ ...tall, cell: 3 }, 'png')).rejects.toThrow(UserError);
  });
});
