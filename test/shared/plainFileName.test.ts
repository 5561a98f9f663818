import { describe, expect, it } from 'vitest';
import { beginningOf, fileNameOf, isFileName } from '../../src/shared/plainFileName';

describe('a name as that of files', () => {
  it.each([
    ['Left eye', 'Left-eye'],
    ['a/b\\c: "d"', 'a-b-c-d'],
    ['../up', 'up'],
    ['हिन्दी', 'हिन्दी'],
    ['ตาซ้าย', 'ตาซ้าย'],
    ['عَيْن', 'عَيْن'],
    ['e\u0301yes', 'éyes'],
    ['\u0301x', 'x'],
    ['***', 'region'],
    ['x'.repeat(200), 'x'.repeat(100)],
  ])('%j is %j', (name, expected) => {
    expect(fileNameOf(name, 'region')).toBe(expected);
    expect(isFileName(expected)).toBe(true);
  });

  it.each(['', '-x', '.x', 'a/b', '\u0301x', 'x'.repeat(101)])('%j is none', (name) => {
    expect(isFileName(name)).toBe(false);
  });

  it('is cut between characters', () => {
    expect(beginningOf('𠮷𠮷𠮷', 2)).toBe('𠮷𠮷');
  });
});
