import { describe, expect, it } from 'vitest';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import type { DirectionGenerator } from '../../src/shared/direction/directionFile';
import { fixAllEdits, fixOf } from '../../src/shared/direction/directionFixes';
import { conflictMarker, directionProblems } from '../../src/shared/direction/directionProblems';
import type { Problem } from '../../src/shared/direction/directionProblems';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { applyTextEdits } from '../../src/shared/direction/textEdit';
import { UserError } from '../../src/shared/userError';
import { Dice } from '../fuzz/dice';
import { damaged, isReadable } from '../support/damagedDirections';
import { malformedDirections, soundDirection, stackedDirection } from '../support/malformedDirections';

describe('directionProblems', () => {
  it.each([['w', soundDirection], ['w+', stackedDirection]])('finds nothing in a file that ReSeFa wrote, in %s', (_, text) => {
    expect(directionProblems(text)).toEqual([]);
  });

  it('has a table of at least 60 malformed files', () => {
    expect(malformedDirections.length).toBeGreaterThanOrEqual(60);
    expect(new Set(malformedDirections.map(({ text }) => text)).size).toBe(malformedDirections.length);
  });

  it.each(malformedDirections)('finds and places $what', ({ text, code, line }) => {
    const [first] = sound(text).filter(({ severity }) => severity === 'error' || code === 'duplicateKey');
    expect(first).toMatchObject({ code });
    expect(linesOf(text)[first!.line - 1]).toContain(line);
    if (code !== 'duplicateKey') expect(() => parseDirection(text, 'a')).toThrow(UserError);
  });

  it('finds and places something in every file that dice have damaged', () => {
    let refused = 0;
    for (let seed = 0; seed < 600; seed++) {
      const text = damaged(new Dice(seed));
      const problems = sound(text);
      const accepted = isReadable(text);
      expect([seed, problems.filter(({ severity }) => severity === 'error').map(({ code }) => code), accepted]).toEqual([seed, accepted ? [] : expect.arrayContaining([expect.any(String)]), accepted]);
      if (!accepted) refused++;
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('finds all problems, and not only the first, in the order of the text', () => {
    const text = soundDirection.replace('"eyes-1"', '""').replace('[2, 3, 4, 5]', '[3, 2]').replace('"0-19"', '"a"').replace('"rank": 1', '"rank": 0').replace('[-6, 6]', '[6, -6]').replace('0.494731', '0.7');
    expect(directionProblems(text).map(({ code, message, line, column }) => [line, column, code, message])).toEqual([
      [4, 11, 'shape', '"name" must be a text that is not empty, not ""'],
      [6, 61, 'layerOrder', '"latent.layers[1]" is 2, must be at least 4: layers ascend and do not repeat'],
      [8, 27, 'seeds', '"discovery.seeds" is no list of seeds: "a" is not a seed or a range of them; write for example 0,2,5-8'],
      [9, 85, 'shape', '"discovery.rank" must be a whole number of at least 1, not 0'],
      [11, 22, 'alphaOrder', '"edit.alpha" is [6,-6], its first number must be less than its second'],
      [13, 3, 'norm', '"vector" has norm 1.1159, must have norm 1'],
    ]);
  });

  it('says of a newer version that, and nothing of what may be right there', () => {
    expect(directionProblems('{ "format": "resefa-direction", "version": 7 }', () => ({ missing: 'it is not here' })).map(({ message }) => message)).toEqual(['"version" is 7, which is newer than the version 2 that this program reads: update ReSeFa']);
  });

  it('stops at a hundred', () => {
    expect(directionProblems(soundDirection.replace(/"vector": \[[^]*\]/, `"vector": [${Array<string>(5000).fill('null').join()}]`))).toHaveLength(100);
  });

  it('counts lines and columns as editors do, whatever ends a line', () => {
    const text = soundDirection.replace('"eyes-1"', '1');
    expect(directionProblems(text.replaceAll('\n', '\r\n'))[0]).toMatchObject({ line: 4, column: 11 });
    expect(directionProblems(`\uFEFF${text.replaceAll('\n', ' ')}`)[0]).toMatchObject({ line: 1, column: text.replaceAll('\n', ' ').indexOf('1,', 60) + 1 });
  });

  const hints: readonly [string, string | RegExp, string, string, string][] = [
    ['keys out of order', '"version": 1,\n  "name": "eyes-1"', '"name": "eyes-1",\n  "version": 1', 'keyOrder', '"version" comes before "name" where ReSeFa writes the file'],
    ['keys out of order inside', '"x": 0.2, "y": 0.4', '"y": 0.4, "x": 0.2', 'keyOrder', '"x" comes before "y" where ReSeFa writes the file'],
    ['an own key before others', '"name": "eyes-1"', '"note": 1, "name": "eyes-1"', 'keyOrder', '"name" comes before "note" where ReSeFa writes the file'],
    ['a number of more than six digits', '12.3456', '12.3456789', 'digits', '"discovery.eigenvalue" is 12.3456789, which ReSeFa rounds to six digits when it writes the file'],
    ['a component of more than six digits', '0.123456', '0.12345678', 'digits', '"vector[8]" is 0.12345678, which ReSeFa rounds to six digits when it writes the file'],
    ['a vector of more than six digits', '0.123456, 0.494731', '0.12345678, 0.49473111', 'digits', '"vector" has 2 numbers that ReSeFa rounds to six digits when it writes the file'],
    ['a vector that points backwards', '0.5, -0.5', '-0.5, 0.5', 'sign', '"vector" points backwards: ReSeFa writes it with the component of largest magnitude positive, and mirrors "edit.alpha"'],
    ['a key twice', '"name": "cats"', '"name": "dogs", "name": "cats"', 'duplicateKey', '"name" is there again below, which is what counts'],
  ];

  it.each(hints)('hints at %s', (_, pattern, replacement, code, message) => {
    const text = soundDirection.replace(pattern, replacement);
    expect(sound(text).map((problem) => [problem.code, problem.message])).toEqual([[code, message]]);
    expect(sound(text)[0]!.severity).not.toBe('error');
  });

  it('leaves blanks, line ends and own numbers to the people', () => {
    const own = soundDirection.replace('\n}', ',\n  "note": 1.23456789\n}').replaceAll('\n', '\r\n').replaceAll('  ', '\t').replaceAll(': ', ':');
    expect(directionProblems(own)).toEqual([]);
  });

  it('says of an alpha of more than six digits so where the vector points backwards, too', () => {
    const text = soundDirection.replace('0.5, -0.5', '-0.5, 0.5').replace('[-6, 6]', '[-6, 6.1234567]');
    expect(directionProblems(text).map(({ code, path }) => [code, path.join()])).toEqual([['digits', 'edit,alpha,1'], ['sign', 'vector']]);
  });

  describe('with what is known of the generator', () => {
    const cats = { name: 'cats', dimensions: 10, layerCount: 10 };

    it.each<[string, Parameters<typeof directionProblems>[1], unknown[]]>([
      ['fits', () => cats, []],
      ['is not known', () => undefined, []],
      ['is not there', () => ({ missing: 'it is not here' }), [['generatorMissing', 'information', 'it is not here']]],
      ['has other dimensions', () => ({ ...cats, dimensions: 512 }), [['generatorDimensions', 'error', '"latent.dimensions" is 10, generator "cats" has 512']]],
      ['has fewer layers', () => ({ ...cats, layerCount: 4 }), [['generatorLayers', 'error', '"latent.layers[2]" is 4, generator "cats" has layers 0 to 3']]],
    ])('%s', (_, find, expected) => {
      expect(directionProblems(soundDirection, find).map(({ code, severity, message }) => [code, severity, message])).toEqual(expected);
    });

    it('asks for the generator that the file names, and only where the file says enough', () => {
      const asked: string[] = [];
      const find = ({ name, sha256 }: DirectionGenerator) => {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/i);
        asked.push(name);
        return undefined;
      };
      for (const { text } of malformedDirections) directionProblems(text, find);
      for (let seed = 0; seed < 300; seed++) directionProblems(damaged(new Dice(seed)), find);
      expect(asked).toEqual(expect.arrayContaining(['cats', 'faces']));
      expect(directionProblems(soundDirection.replace('"space": "w"', '"space": "v"'), () => cats).map(({ code }) => code)).toEqual(['shape']);
    });
  });
});

describe('conflictMarker', () => {
  it('finds the first marker', () => {
    expect(conflictMarker('{\n<<<<<<< HEAD\n}')).toBe(2);
    expect(conflictMarker('{\n  "a": "<<<<<<< HEAD"\n}')).toBeUndefined();
    expect(conflictMarker('{\n========= \n}')).toBeUndefined();
  });
});

describe('fixOf', () => {
  const mends: readonly [string, string, (text: string) => string, string, (text: string) => string][] = [
    ['scales a vector', 'norm', (text) => text.replace('0.5, -0.5', '1e200,-0.5'), 'Renormalise the vector', (text) => text.replace('0.5, -0.5, 0.1, 0, 0.3, -0.1, 0.2, -0.3', '1,-5e-201, 1e-201, 0, 3e-201, -1e-201, 2e-201, -3e-201').replace('0.123456, 0.494731', '1.23456e-201, 4.94731e-201')],
    ['keeps the digits of zero and the layout', 'norm', (text) => text.replace(/\[\s+0\.5[^]*?\]/, '[ 3, 0.000,\n0, 0 , 0, 0, 0, 0, 0, -4.0]'), 'Renormalise the vector', (text) => text.replace(/\[\s+0\.5[^]*?\]/, '[ 0.6, 0.000,\n0, 0 , 0, 0, 0, 0, 0, -0.8]')],
    ['sorts layers', 'layerOrder', (text) => text.replace('[2, 3, 4, 5]', '[5,  2, 3, 4]'), 'Sort the layers', (text) => text.replace('[2, 3, 4, 5]', '[2,  3, 4, 5]')],
    ['drops layers that repeat', 'layerOrder', (text) => text.replace('[2, 3, 4, 5]', '[2, 5.0, 2, 5, 3]'), 'Sort the layers', (text) => text.replace('[2, 3, 4, 5]', '[2, 3, 5.0]')],
    ['swaps the ends of alpha', 'alphaOrder', (text) => text.replace('[-6, 6]', '[6.0 , -6]'), 'Swap the ends of alpha', (text) => text.replace('[-6, 6]', '[-6 , 6.0]')],
    ['writes the version', 'shape', (text) => text.replace('"version": 1', '"version": "1"'), 'Make it version 1', (text) => text],
    ['puts a version in', 'shape', (text) => text.replace('  "version": 1,\n', ''), 'Make it version 1', (text) => text],
    ['turns the vector', 'sign', (text) => text.replace('0.5, -0.5, 0.1', '-5e-1, 0.5, 0.1').replace('[-6, 6]', '[-2.0, 6]'), 'Flip the sign of the vector, and mirror alpha', (text) => text.replace('0.5, -0.5, 0.1, 0, 0.3, -0.1, 0.2, -0.3', '5e-1, -0.5, -0.1, 0, -0.3, 0.1, -0.2, 0.3').replace('0.123456, 0.494731', '-0.123456, -0.494731').replace('[-6, 6]', '[-6, 2.0]')],
    ['removes a key that another overrides', 'duplicateKey', (text) => text.replace('"name": "cats"', '"name": "dogs", "name": "cats"'), 'Remove this "name"', (text) => text],
    ['sorts keys', 'keyOrder', (text) => text.replace('"x": 0.2, "y": 0.4', '"y": 0.4,   "x": 0.2'), 'Re-sort the keys, and write the file as ReSeFa does', (text) => text],
    ['rounds', 'digits', (text) => text.replace('12.3456', '12.34560001'), 'Round to six digits, and write the file as ReSeFa does', (text) => text],
  ];

  it.each(mends)('%s', (_, code, spoil, title, expected) => {
    const text = spoil(soundDirection);
    const problem = directionProblems(text).find((each) => each.code === code)!;
    const fix = fixOf(text, problem)!;
    expect(fix.title).toBe(title);
    expect(applyTextEdits(text, fix.edits)).toBe(expected(soundDirection));
  });

  it('sorts the rows of a direction in w+ with its layers', () => {
    const text = stackedDirection.replace('[4, 7]', '[7, 4]').replace('0.8, 0, 0', '-0.6, 0, 0 ').replace(/-0.6, 0, 0(?! )/, '0.8, 0, 0');
    const [problem] = directionProblems(text);
    expect(applyTextEdits(text, fixOf(text, problem!)!.edits)).toBe(stackedDirection.replace('-0.6, 0, 0', '-0.6, 0, 0 '));
  });

  it('makes what was not discovered version 2', () => {
    const text = stackedDirection.replace('"version": 2', '"version": 1');
    expect(directionProblems(text).map(({ code }) => code)).toEqual(['versionOfSource']);
    expect(applyTextEdits(text, fixOf(text, directionProblems(text)[0]!)!.edits)).toBe(stackedDirection);
  });

  it.each(['a newer version', 'equal alphas', 'a vector of zeros', 'rows for one layer', 'a merge conflict', 'an empty object', 'a layer twice'])('knows what to do about %s, or that it does not', (what) => {
    const { text } = malformedDirections.find((each) => each.what === what)!;
    const fixes = directionProblems(text).map((problem) => fixOf(text, problem)?.title).filter((title) => title !== undefined);
    expect(fixes).toEqual(what === 'a layer twice' ? ['Sort the layers'] : []);
  });

  it('leaves a file without that problem, whatever else is wrong in it, and what it says otherwise as it was', () => {
    let fixed = 0;
    const codes = new Set<string>();
    for (let seed = 0; seed < 1000; seed++) {
      const text = damaged(new Dice(seed));
      for (const problem of directionProblems(text)) {
        const fix = fixOf(text, problem);
        if (!fix) continue;
        fixed++;
        codes.add(problem.code);
        const after = applyTextEdits(text, fix.edits);
        expect([seed, directionProblems(after).filter(({ code, path }) => code === problem.code && path.join() === problem.path.join()).filter(() => problem.code !== 'duplicateKey')]).toEqual([seed, []]);
        if (['norm', 'sign'].includes(problem.code)) expect(without(after, ['vector', 'edit'])).toEqual(without(text, ['vector', 'edit']));
        if (['keyOrder', 'digits'].includes(problem.code)) expect(after.replace('\uFEFF', '')).toBe(formatDirection(parseDirection(text, 'a')));
      }
    }
    expect(fixed).toBeGreaterThan(300);
    expect([...codes]).toEqual(expect.arrayContaining(['norm', 'shape', 'sign', 'keyOrder', 'digits', 'duplicateKey', 'layerOrder', 'alphaOrder']));
  });
});

describe('fixAllEdits', () => {
  it('mends all that can be mended, and leaves spelling alone', () => {
    const text = soundDirection.replace('"version": 1', '"version": "1"').replace('[2, 3, 4, 5]', '[5, 2, 3, 4, 4]').replace('[-6, 6]', '[6, -6]').replace('0.5, -0.5', '-5, 5').replace('"x": 0.2, "y": 0.4', '"y": 0.4,   "x": 0.2');
    const after = applyTextEdits(text, fixAllEdits(text));
    expect(directionProblems(after).map(({ code }) => code)).toEqual(['keyOrder']);
    expect(after).toContain('"y": 0.4,   "x": 0.2');
    expect(fixAllEdits(after)).toEqual([]);
  });

  it('does nothing about what nobody can mend', () => {
    for (const { text, code } of malformedDirections) {
      const edits = fixAllEdits(text);
      if (['syntax', 'conflict', 'unreadable', 'seeds', 'dimensions', 'rows', 'newerVersion'].includes(code)) expect([code, edits]).toEqual([code, []]);
      expect(fixAllEdits(applyTextEdits(text, edits))).toEqual([]);
    }
  });
});

/** The problems of a text, which lie inside it and have fixes that can be applied. */
function sound(text: string): readonly Problem[] {
  const problems = directionProblems(text);
  const lines = linesOf(text);
  for (const problem of problems) {
    const { line, column, start, end, message } = problem;
    expect(message).toMatch(/^[^\r\n]+$/);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(text.length);
    if (text !== '') expect(end).toBeGreaterThan(start);
    const fix = fixOf(text, problem);
    if (fix) expect(applyTextEdits(text, fix.edits)).not.toBe(text);
  }
  return problems;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
}

function without(text: string, keys: readonly string[]): unknown {
  const entries = Object.entries(JSON.parse(text.replace(/^\uFEFF/, '')) as object);
  return Object.fromEntries(entries.filter(([key]) => !keys.includes(key)));
}
