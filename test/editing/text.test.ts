import { describe, expect, it } from 'vitest';
import { CAP_HEIGHT, elideText, measureText, textPath, withMinusSigns } from '../../src/engine/editing/text';

const style = { size: 20 };
const missing = '\u6f22';

describe('measureText', () => {
  it('adds the advance widths of the font', () => {
    // Inter's horizontal metrics: "0" is 1292 and "1" 833 of 2048 units wide, a semibold "0" 1351.
    expect(measureText('10', { size: 2048 })).toBeCloseTo(1292 + 833, 6);
    expect(measureText('0', { size: 2048, weight: 'semibold' })).toBeCloseTo(1351, 6);
    expect(measureText('10', { size: 1024 })).toBeCloseTo((1292 + 833) / 2, 6);
    expect(measureText('', style)).toBe(0);
  });
});

describe('textPath', () => {
  it.each(['\u03b1', '\u03bb', '\u03c8', '\u2212', '\u00d7', '\u00b7', '\u2026', '\u00e9'])('has a glyph for %s', (character) => {
    for (const weight of ['regular', 'semibold'] as const) {
      expect(textPath(character, 0, 0, { size: 20, weight })).not.toBe(textPath(missing, 0, 0, { size: 20, weight }));
    }
  });

  it('gives plain path data, whatever the text', () => {
    for (const text of ['<b>&"\'</b>', `${missing}\u{1f600}`, 'a\nb\tc\u0000', '\ud800', '\u0301', '']) {
      expect(textPath(text, 3, 5, style)).toMatch(/^[MLQCZ\d .-]*$/);
    }
    expect(textPath('a\nb', 0, 0, style)).toBe(textPath('a b', 0, 0, style));
  });

  it('places the anchor at x', () => {
    const width = measureText('seed 3', style);
    expect(textPath('seed 3', 100, 9, style, 'end')).toBe(textPath('seed 3', 100 - width, 9, style));
    expect(textPath('seed 3', 100, 9, style, 'middle')).toBe(textPath('seed 3', 100 - width / 2, 9, style));
  });

  it('stands on the baseline and is as high as the capitals', () => {
    const path = textPath('I', 0, 2000, { size: 2048 });
    const heights = Array.from(path.matchAll(/[ML]-?[\d.]+[ -]([\d.]+)/g), ([, y]) => Number(y));
    expect(heights.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...heights)).toBe(2000);
    expect(Math.min(...heights)).toBe(2000 - 2048 * CAP_HEIGHT);
  });
});

describe('elideText', () => {
  const name = 'stylegan2-afhq-cat-64-eyes-and-brows-12.resefa.json';

  it('leaves a text that fits', () => {
    expect(elideText(name, measureText(name, style), style)).toBe(name);
  });

  it('keeps both ends of a text that does not fit, and as much as there is room for', () => {
    const elided = elideText(name, 200, style);
    const [head = '', tail = ''] = elided.split('\u2026');
    expect(measureText(elided, style)).toBeLessThanOrEqual(200);
    expect(measureText(elided, style)).toBeGreaterThan(170);
    expect(name.startsWith(head) && name.endsWith(tail)).toBe(true);
    expect(Math.abs(head.length - tail.length)).toBeLessThanOrEqual(1);
  });

  it('ends in an ellipsis alone, and never cuts a character in two', () => {
    expect(elideText(name, 0, style)).toBe('\u2026');
    expect(elideText('\u{1f600}'.repeat(40), 150, style)).toMatch(/^(\u{1f600})+\u2026(\u{1f600})+$/u);
  });
});

describe('withMinusSigns', () => {
  it.each([
    ['-6', '\u22126'],
    ['-.5 and (-2)', '\u2212.5 and (\u22122)'],
    ['\u03b1 = -2.4', '\u03b1 = \u22122.4'],
    ['eyes-1', 'eyes-1'],
    ['seeds 0-19', 'seeds 0-19'],
    ['cat.v-2', 'cat.v-2'],
    ['- 6', '- 6'],
  ])('%s', (text, expected) => {
    expect(withMinusSigns(text)).toBe(expected);
  });
});
