import { describe, expect, it } from 'vitest';
import { benchTable, formatNumber } from '../../bench/benchTable';
import { changeOf, differenceOf } from '../../bench/comparison';
import { figure, parseReport, ratioFigure } from '../../bench/figures';
import type { BenchReport, Figures } from '../../bench/figures';
import { userErrorOf } from '../support/userErrors';

const machine = { processor: 'Abacus', cores: 2, memoryGiB: 8, platform: 'linux-x64', node: '20.20.0' };

function report(figures: Figures, changes: Partial<typeof machine> = {}): BenchReport {
  return { format: 'resefa-bench', version: 1, machine: { ...machine, ...changes }, results: { cats: { forward: figures } } };
}

describe('figure', () => {
  it('keeps the median, the middle half and the ends', () => {
    expect(figure('time', [9, 1, 3, 7, 5])).toEqual({ kind: 'time', median: 5, min: 1, low: 3, high: 7, max: 9, rounds: 5 });
    expect(figure('time', [4, 1]).median).toBe(2.5);
  });

  it('takes ratios turn by turn', () => {
    // Each turn says 2, though the medians of the two would say 20 / 2.
    expect(ratioFigure([2, 20, 200], [1, 10, 100])).toMatchObject({ kind: 'ratio', min: 2, median: 2, max: 2 });
  });
});

describe('changeOf', () => {
  const before = figure('time', [98, 99, 100, 101, 102]);

  it('names what differs by more than the noise of both', () => {
    expect(changeOf(figure('time', [78, 79, 80, 81, 82]), before, true)).toEqual({ ratio: 0.8, verdict: 'faster' });
    expect(changeOf(figure('time', [118, 119, 120, 121, 122]), before, true)).toEqual({ ratio: 1.2, verdict: 'slower' });
    expect(changeOf(figure('memory', [120]), figure('memory', [100]), true)?.verdict).toBe('more');
  });

  it('calls noise the same', () => {
    // The middle halves overlap, however far apart the medians are.
    expect(changeOf(figure('time', [80, 90, 120, 130, 140]), figure('time', [60, 70, 80, 125, 130]), true)?.verdict).toBe('same');
    // They lie apart, by less than runs of the same code do.
    expect(changeOf(figure('time', [103, 103, 103]), before, true)?.verdict).toBe('same');
    // Measured once.
    expect(changeOf(figure('memory', [108]), figure('memory', [100]), true)?.verdict).toBe('same');
  });

  it('judges times of one machine only, but ratios of any two', () => {
    expect(changeOf(figure('time', [50, 50, 50]), before, false)?.verdict).toBe('same');
    expect(changeOf(figure('ratio', [0.5, 0.5, 0.5]), figure('ratio', [1, 1, 1]), false)?.verdict).toBe('faster');
    expect(changeOf(figure('fact', [16]), figure('fact', [32]), true)?.verdict).toBe('same');
  });

  it('has nothing to say beside nothing', () => {
    expect(changeOf(before, figure('time', [0]), true)).toBeUndefined();
  });
});

describe('differenceOf', () => {
  it('names machines that differ', () => {
    expect(differenceOf(machine, { ...machine, node: '22.0.0' })).toBeUndefined();
    expect(differenceOf(machine, { ...machine, cores: 8 })).toBe('8 x Abacus, 8 GiB, linux-x64 then, 2 x Abacus, 8 GiB, linux-x64 now');
  });
});

describe('benchTable', () => {
  const now = report({ 'picture, ms': figure('time', [50, 50, 50]), 'tangent / picture': figure('ratio', [0.8, 0.8, 0.8]), 'tangents in a run': figure('fact', [32]) });

  it('has one number a cell', () => {
    expect(benchTable(now).split('\n')).toEqual([
      '2 x Abacus, 8 GiB of memory, Node 20.20.0; medians',
      '',
      '                    cats',
      '-----------------  -----',
      'picture, ms           50',
      'tangent / picture  0.800',
      'tangents in a run     32',
    ]);
  });

  it('sets the change beside it, for what was there before', () => {
    const before = report({ 'picture, ms': figure('time', [100, 100, 100]), 'tangents in a run': figure('fact', [32]) });
    const lines = benchTable(now, before).split('\n');
    expect(lines).toContain('picture, ms           50  faster 0.50');
    expect(lines).toContain('tangent / picture  0.800          new');
    expect(lines).toContain('tangents in a run     32         1.00');
  });

  it('says that another machine was another machine', () => {
    const text = benchTable(now, report({ 'picture, ms': figure('time', [100, 100, 100]) }, { cores: 64 }));
    expect(text).toContain('Another machine (64 x Abacus, 8 GiB, linux-x64 then, 2 x Abacus, 8 GiB, linux-x64 now): times and memory are not judged, ratios are.');
    expect(text).toMatch(/picture, ms {2,}50 +0\.50$/m);
  });

  it('puts subjects side by side and groups one below the other', () => {
    const two: BenchReport = { ...now, results: {
      cats: { forward: { 'picture, ms': figure('time', [1.5]) }, solve: { 'solve, ms': figure('time', [20.25]) } },
      dogs: { forward: { 'picture, ms': figure('time', [1234.5]) }, solve: {}, import: {}, memory: { 'peak, MiB': figure('memory', [900]) } },
    } };
    expect(benchTable(two).split('\n').slice(2)).toEqual([
      '             cats  dogs',
      '-----------  ----  ----',
      'picture, ms  1.50  1235',
      '',
      'solve, ms    20.3',
      '',
      'peak, MiB           900',
    ]);
  });
});

describe('formatNumber', () => {
  it.each([[0, '0'], [32, '32'], [0.00251, '0.0025'], [0.8, '0.800'], [9.994, '9.99'], [123.4, '123'], [266473.2, '266473']])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('parseReport', () => {
  const written = report({ 'picture, ms': figure('time', [1, 2, 4]) });

  it('reads what was written', () => {
    expect(parseReport(JSON.stringify(written), 'old.json')).toEqual(written);
  });

  it.each([
    ['{', 'old.json is no JSON; expected a file that npm run bench wrote'],
    ['[]', 'old.json: must be an object, not []'],
    ['{}', 'old.json: "format" is missing: it must be "resefa-bench"'],
    [JSON.stringify({ ...written, version: 2 }), 'old.json: "version" must be 1, not 2'],
    [JSON.stringify({ ...written, machine: { ...machine, cores: 'two' } }), 'old.json: "machine.cores" must be a whole number of at least 1, not "two"'],
    [JSON.stringify({ ...written, results: { cats: { forward: { 'picture, ms': { kind: 'time' } } } } }), 'old.json: "results.cats.forward.picture, ms.median" is missing: it must be a number of at least 0'],
  ])('refuses %s', async (text, message) => {
    expect(await userErrorOf(() => parseReport(text, 'old.json'))).toBe(message);
  });
});
