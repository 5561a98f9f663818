import { describe, expect, it } from 'vitest';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { alphaEdits, layersEdits, renameEdits } from '../../src/shared/direction/directionText';
import { applyTextEdits } from '../../src/shared/direction/textEdit';
import type { TextEdit } from '../../src/shared/direction/textEdit';
import { Dice } from '../fuzz/dice';
import { exampleDirection } from '../support/directions';
import { handmadeDirection } from '../support/handmadeDirections';
import type { HandmadeDirection, Span } from '../support/handmadeDirections';
import { userError } from '../support/userErrors';

const files = Array.from({ length: 400 }, (_, seed) => handmadeDirection(new Dice(seed)));
const inW = files.filter(({ text }) => spaceOf(text) === 'w');
const inWPlus = files.filter(({ text }) => spaceOf(text) === 'w+');

describe('edits of directions that somebody has written by hand', () => {
  it('are tried on every kind of file', () => {
    const parsed = files.map(({ text }) => parseDirection(text, 'a'));
    for (const shape of ['box', 'ellipse', 'polygon', 'mask', undefined]) expect(parsed.some(({ region }) => region?.shape === shape)).toBe(true);
    for (const kind of ['npy', 'composition', undefined]) expect(parsed.some(({ source }) => source?.kind === kind)).toBe(true);
    for (const version of [1, 2]) expect(parsed.some((direction) => direction.version === version)).toBe(true);
    for (const part of ['\r\n', '\t', '\uFEFF', 'e-', 'E-', '00,', '"note"', 'not this one']) expect(files.some(({ text }) => text.includes(part))).toBe(true);
    expect([inW.length > 100, inWPlus.length > 100]).toEqual([true, true]);
    files.forEach(({ text, value }) => { expect(parseDirection(text, 'a')).toEqual(value); });
  });

  it('leave a file alone that says so already, to the byte', () => {
    for (const { text } of files) {
      const { name, edit, latent } = parseDirection(text, 'a');
      expect([...renameEdits(text, name), ...alphaEdits(text, edit.alpha), ...layersEdits(text, latent.layers)]).toEqual([]);
      expect(applyTextEdits(text, [])).toBe(text);
    }
  });

  it('rename, and touch the name alone', () => {
    for (const file of files) {
      const after = changed(file, renameEdits(file.text, 'new "name" \n\u2028'), [file.spanOf(['name'])]);
      expect(after).toEqual({ ...file.value, name: 'new "name" \n\u2028' });
    }
  });

  it('set the range of alpha, and touch the ends that differ alone', () => {
    for (const file of files) {
      const { edit } = parseDirection(file.text, 'a');
      expect(changed(file, alphaEdits(file.text, [-20.25, 30]), [file.spanOf(['edit', 'alpha', 0]), file.spanOf(['edit', 'alpha', 1])])).toEqual({ ...file.value, edit: { ...edit, alpha: [-20.25, 30] } });
      expect(changed(file, alphaEdits(file.text, [edit.alpha[0], 1 / 0.003]), [file.spanOf(['edit', 'alpha', 1])])).toEqual({ ...file.value, edit: { ...edit, alpha: [edit.alpha[0], 333.333] } });
    }
  });

  it('set the layers of a direction in w, and touch the list alone', () => {
    for (const [seed, file] of inW.entries()) {
      const dice = new Dice(seed);
      const { latent } = parseDirection(file.text, 'a');
      const wanted = Array.from({ length: 20 }, (_, layer) => layer).filter(() => dice.chance(0.4));
      for (const layers of [wanted.length > 0 ? wanted : [3], latent.layers.slice(0, 1), [...latent.layers, 40], [50]]) {
        expect(changed(file, layersEdits(file.text, layers), [file.spanOf(['latent', 'layers'])])).toEqual({ ...file.value, latent: { ...latent, layers } });
      }
    }
  });

  it('take layers from a direction in w+ with their rows, and scale the others where they lie', () => {
    let losses = 0;
    for (const [seed, file] of inWPlus.entries()) {
      const direction = parseDirection(file.text, 'a');
      const { layers } = direction.latent;
      const dice = new Dice(seed);
      const kept = layers.map((_, i) => i).filter((i) => i === seed % layers.length || dice.chance(0.5));
      if (kept.length === layers.length || rowsOf(direction, kept).flat().every((component) => component === 0)) continue;
      losses++;
      const edits = layersEdits(file.text, kept.map((i) => layers[i]!));
      const after = changed(file, edits, [file.spanOf(['latent', 'layers']), file.spanOf(['vector'])]) as unknown as DirectionFile;
      expect(after.latent).toEqual({ ...direction.latent, layers: kept.map((i) => layers[i]) });
      expectScaled(after.vector as number[][], rowsOf(direction, kept));
      const text = applyTextEdits(file.text, edits);
      for (const i of kept) expect(withoutNumbers(text)).toContain(withoutNumbers(textOf(file.text, file.spanOf(['vector', i]))));
    }
    expect(losses).toBeGreaterThan(50);
  });

  it('are taken back by the opposite edit, to the byte', () => {
    for (const { text } of files.filter(({ plain }) => plain)) {
      const { name, edit, latent } = parseDirection(text, 'a');
      const renamed = applyTextEdits(text, renameEdits(text, 'other'));
      expect(applyTextEdits(renamed, renameEdits(renamed, name))).toBe(text);
      const digits = edit.alpha.every((end) => Number(end.toPrecision(6)) === end);
      const stretched = applyTextEdits(text, alphaEdits(text, [-90, 90]));
      if (digits) expect(applyTextEdits(stretched, alphaEdits(stretched, edit.alpha))).toBe(text);
      if (latent.space === 'w+') continue;
      const more = applyTextEdits(text, layersEdits(text, [...latent.layers, 20, 21]));
      expect(applyTextEdits(more, layersEdits(more, latent.layers))).toBe(text);
    }
  });

  it('put a layer back where it was taken from', () => {
    const text = JSON.stringify({ ...exampleDirection, latent: { ...exampleDirection.latent, layers: [2, 3, 4, 5] } }, null, 2);
    for (const taken of [2, 3, 4, 5]) {
      const less = applyTextEdits(text, layersEdits(text, [2, 3, 4, 5].filter((layer) => layer !== taken)));
      expect(less.split('\n')).toHaveLength(text.split('\n').length - 1);
      expect(applyTextEdits(less, layersEdits(less, [5, 4, 3, 2, 2]))).toBe(text);
    }
  });

  it.each<[string, (text: string) => unknown, string]>([
    ['a blank name', (text) => renameEdits(text, ' '), '"name" must be a text that is not empty'],
    ['alphas the wrong way around', (text) => alphaEdits(text, [3, -3]), '"edit.alpha" cannot be 3 to -3: its first number must be less than its second'],
    ['alphas that are one in six digits', (text) => alphaEdits(text, [3, 3.0000001]), '"edit.alpha" cannot be 3 to 3.0000001: its first number must be less than its second'],
    ['an endless alpha', (text) => alphaEdits(text, [-Infinity, 3]), '"edit.alpha" cannot be -Infinity to 3: its first number must be less than its second'],
    ['no layers', (text) => layersEdits(text, []), '"latent.layers" cannot be empty, name at least one layer'],
    ['half a layer', (text) => layersEdits(text, [1.5]), '"latent.layers" cannot have 1.5, a layer is a whole number of at least 0'],
    ['a text that is no direction', () => renameEdits('{}', 'x'), 'the direction: "format" is missing: it must be "resefa-direction"'],
    ['a text that is no JSON', () => renameEdits('{', 'x'), 'the direction:1:2: expected a key in double quotes, but the file ends here'],
    ['a text that nobody can read', (text) => renameEdits(text.replace('{', `{"a":${'['.repeat(9999)}${']'.repeat(9999)},`), 'x'), 'the direction:1:506: nested too deeply'],
  ])('refuse %s', (_, edit, message) => {
    expect(() => edit(JSON.stringify(exampleDirection))).toThrow(userError(message));
  });

  it('refuse layers that have no row, and rows that are nothing, in w+', () => {
    const text = JSON.stringify({ ...exampleDirection, latent: { space: 'w+', dimensions: 2, layers: [4, 7] }, vector: [[0.6, -0.8], [0, 0]] });
    expect(() => layersEdits(text, [4, 5])).toThrow(userError('layer 5 has no row in the vector: in w+ "latent.layers" can only lose layers, this direction has 4, 7'));
    expect(() => layersEdits(text, [7])).toThrow(userError('the rows of the layers that are left are all zero: a direction without them has no effect'));
    expect(applyTextEdits(text, layersEdits(text, [4]))).toBe(text.replace('[4,7]', '[4]').replace(',[0,0]', ''));
  });
});

describe('applyTextEdits', () => {
  it('refuses edits that overlap or leave the text', () => {
    expect(() => applyTextEdits('abc', [{ offset: 0, length: 2, text: '' }, { offset: 1, length: 1, text: '' }])).toThrow(RangeError);
    expect(() => applyTextEdits('abc', [{ offset: 2, length: 2, text: '' }])).toThrow(RangeError);
  });
});

/** Applies edits and takes them back, looks that nothing but the spans has changed, and returns what the file says then. */
function changed({ text }: HandmadeDirection, edits: readonly TextEdit[], spans: readonly Span[]): Record<string, unknown> {
  const after = applyTextEdits(text, edits);
  expect(applyTextEdits(after, inverseEdits(text, edits))).toBe(text);
  const ordered = [...spans].sort((a, b) => a.start - b.start);
  for (const { offset, length } of edits) expect(ordered.some(({ start, end }) => offset >= start && offset + length <= end)).toBe(true);
  const outside = [...ordered.map(({ start }, i) => text.slice(ordered[i - 1]?.end ?? 0, start)), text.slice(ordered.at(-1)!.end)];
  expect(after.startsWith(outside[0]!)).toBe(true);
  expect(after.endsWith(outside.at(-1)!)).toBe(true);
  let from = 0;
  for (const part of outside) {
    expect(after.indexOf(part, from)).toBeGreaterThanOrEqual(from);
    from = after.indexOf(part, from) + part.length;
  }
  return parseDirection(after, 'edited') as unknown as Record<string, unknown>;
}

function expectScaled(actual: readonly (readonly number[])[], rows: readonly (readonly number[])[]): void {
  const norm = Math.hypot(...rows.flat());
  expect(Math.hypot(...actual.flat())).toBeCloseTo(1, 5);
  rows.forEach((row, i) => {
    row.forEach((component, j) => { expect(Math.abs(actual[i]![j]! - component / norm)).toBeLessThanOrEqual(5.1e-6 * Math.abs(component / norm)); });
  });
}

function rowsOf({ vector }: DirectionFile, kept: readonly number[]): readonly (readonly number[])[] {
  return kept.map((i) => vector[i] as readonly number[]);
}

function spaceOf(text: string): string {
  return parseDirection(text, 'a').latent.space;
}

function textOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, '#');
}

/** The edits that turn the text after `edits` into the text before. */
function inverseEdits(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  let shift = 0;
  return [...edits].sort((a, b) => a.offset - b.offset).map((edit) => {
    const inverse = { offset: edit.offset + shift, length: edit.text.length, text: text.slice(edit.offset, edit.offset + edit.length) };
    shift += edit.text.length - edit.length;
    return inverse;
  });
}
