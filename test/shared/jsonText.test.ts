import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/shared/jsonText';
import { UserError } from '../../src/shared/userError';

describe('parseJson', () => {
  it('reads JSON, with or without a byte order mark', () => {
    expect(parseJson('{"a": [1, "x", null, true]}', 'f.json')).toEqual({ a: [1, 'x', null, true] });
    expect(parseJson('\uFEFF[1]', 'f.json')).toEqual([1]);
  });

  it.each([
    ['', 'f:1:1: expected a value, but the file ends here'],
    ['hello', 'f:1:1: expected a value'],
    ['{"a": 1,}', 'f:1:9: expected a key in double quotes'],
    ["{'a': 1}", 'f:1:2: expected a key in double quotes'],
    ['{\n  "a" 1\n}', 'f:2:7: expected a colon'],
    ['{\n  "a": 1\n  "b": 2\n}', 'f:3:3: expected a comma or }'],
    ['[1 2]', 'f:1:4: expected a comma or ]'],
    ['[1, 2', 'f:1:6: expected a comma or ], but the file ends here'],
    ['[1,\r\n]', 'f:2:1: expected a value'],
    ['{"a": 01}', 'f:1:8: expected a comma or }'],
    ['{"a": .5}', 'f:1:7: expected a value'],
    ['{"a": NaN}', 'f:1:7: expected a value'],
    ['{"a": 1} x', 'f:1:10: expected the end of the file'],
    ['"abc', 'f:1:5: expected the closing double quote, but the file ends here'],
    ['"a\nb"', 'f:1:3: expected the closing double quote'],
    ['["a\\x"]', 'f:1:4: unknown escape in a string'],
    ['{\n<<<<<<< HEAD\n}', 'f:2:1: expected a key in double quotes'],
    ['['.repeat(600), 'f:1:502: nested too deeply'],
  ])('places the error in %j', (text, message) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(() => parseJson(text, 'f')).toThrow(new UserError(message));
  });

  it('refuses what is JSON but nested more deeply than anybody can follow', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}"[[\\"[["${']'.repeat(depth)}`;
    expect(() => parseJson(nested(500), 'f')).not.toThrow();
    expect(() => parseJson(nested(502), 'f')).toThrow(new UserError('f:1:502: nested too deeply'));
    expect(() => parseJson(nested(50_000), 'f')).toThrow(UserError);
  });

  it('finds a place for every text that breaks off', () => {
    const text = JSON.stringify({ a: [-1.5e-3, 'x\\"\u00e9', { b: [] }, {}, false], c: null });
    for (let length = 0; length < text.length; length++) {
      expect(() => parseJson(text.slice(0, length), 'f')).toThrow(/^f:1:\d+: .+ the file ends here$|^f:1:\d+: (expected a value|unknown escape|expected a comma)/);
    }
  });
});
