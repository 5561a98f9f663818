import { describe, expect, it } from 'vitest';
import { fileNameProblem, freeName, relativeFolder, safeFileName } from '../../src/extension/fileNames';
import { Field } from '../../src/shared/field';
import { userErrorOf } from '../support/userErrors';

describe('fileNameProblem', () => {
  it.each(['eyes-1', 'open mouth', 'größer', 'a.b', 'eyes_1 (copy)', '猫'.repeat(80)])('takes %j', (name) => {
    expect(fileNameProblem(name)).toBeUndefined();
  });

  it.each(['', '   ', 'a/b', 'a\\b', '..', '.hidden', 'eyes.', ' eyes', 'eyes ', 'a:b', 'what?', 'a\nb', 'CON', 'nul.txt', 'x'.repeat(101), '猫'.repeat(81)])('refuses %j', (name) => {
    expect(fileNameProblem(name)).toMatch(/^[A-Z"].+[^.]$/s);
  });
});

describe('safeFileName', () => {
  it.each([
    ['cats', 'cats'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a/b:c', 'a-b-c'],
    ['.hidden.', 'hidden'],
    ['  ', 'generator'],
    ['..', 'generator'],
    ['com1', 'generator'],
    ['x'.repeat(300), 'x'.repeat(100)],
  ])('makes of %j %j', (text, name) => {
    expect(safeFileName(text, 'generator')).toBe(name);
    expect(fileNameProblem(name)).toBeUndefined();
  });
});

describe('freeName', () => {
  it.each([
    ['eyes-1', [], 'eyes-1'],
    ['eyes-1', ['eyes-1'], 'eyes-2'],
    ['eyes-1', ['eyes-1', 'eyes-2', 'eyes-4'], 'eyes-3'],
    ['cats', ['cats'], 'cats-2'],
    ['cats', ['Cats', 'CATS-2'], 'cats-3'],
    ['left-eye', ['left-eye'], 'left-eye-2'],
  ])('of %j beside %j is %j', (name, taken, free) => {
    expect(freeName(name, new Set(taken))).toBe(free);
  });
});

describe('relativeFolder', () => {
  const read = (value: unknown) => relativeFolder(new Field(value, 'settings', ['resefa.directionsFolder']));

  it.each([['directions', 'directions'], ['./out/found/', 'out/found'], ['out\\found', 'out/found'], [' a b ', 'a b']])('reads %j as %j', (value, path) => {
    expect(read(value)).toBe(path);
  });

  it.each(['', '/tmp', '..', 'a/../../b', 'C:\\x', '\\\\server\\share', './', 7, null])('refuses %j', async (value) => {
    expect(await userErrorOf(() => read(value))).toContain('settings: "resefa.directionsFolder"');
  });
});
