import { describe, expect, it } from 'vitest';
import { formatRanges, parseAlphas, parseInteger, parseLayers, parseNumber, parseSeeds } from '../../src/shared/numberList';
import { UserError } from '../../src/shared/userError';

describe('parseSeeds', () => {
  it.each([
    ['0', [0]],
    ['0,2,5-8', [0, 2, 5, 6, 7, 8]],
    [' 7 , 1 - 3 ', [7, 1, 2, 3]],
    ['4294967295', [4294967295]],
    ['5-5', [5]],
  ])('reads %j', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  it('takes 10000 seeds and no more', () => {
    expect(parseSeeds('0-9999')).toHaveLength(10_000);
    expect(() => parseSeeds('0-10000')).toThrow(new UserError('--seeds: too many seeds, at most 10000 are allowed'));
    expect(() => parseSeeds('0-4294967295')).toThrow('too many seeds');
  });

  it.each([
    ['', '--psi-seeds: "" is not a seed or a range of them; write for example 0,2,5-8'],
    ['1,,2', '--psi-seeds: "" is not a seed'],
    ['-1', '--psi-seeds: "-1" is not a seed'],
    ['1.5', '"1.5" is not a seed'],
    ['1e3', '"1e3" is not a seed'],
    ['a\nb', '"a\\nb" is not a seed'],
    ['4294967296', 'seed 4294967296 is out of range, seeds go from 0 to 4294967295'],
    ['1-99999999999', 'seed 99999999999 is out of range'],
    ['8-5', 'the range 8-5 runs backwards; write 5-8'],
    ['1,2,1', 'seed 1 appears twice'],
    ['1-4,3', 'seed 3 appears twice'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSeeds(text, '--psi-seeds')).toThrow(UserError);
    expect(() => parseSeeds(text, '--psi-seeds')).toThrow(message);
    expect(() => parseSeeds(text, '--psi-seeds')).toThrow(/^--psi-seeds: .+$/);
  });
});

describe('parseLayers', () => {
  it.each([
    ['all', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['ALL ', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['4-7', [4, 5, 6, 7]],
    ['6-9,2,4', [2, 4, 6, 7, 8, 9]],
    ['0', [0]],
  ])('reads %j of 10 layers', (text, layers) => {
    expect(parseLayers(text, 10)).toEqual(layers);
  });

  it.each([
    ['4-10', '--layers: layer 10 is out of range, layers go from 0 to 9'],
    ['10', '--layers: layer 10 is out of range, layers go from 0 to 9'],
    ['0-99999999', '--layers: layer 99999999 is out of range, layers go from 0 to 9'],
    ['none', '--layers: "none" is not a layer or a range of them; write for example 4-7'],
    ['3,3', '--layers: layer 3 appears twice'],
    ['7-4', '--layers: the range 7-4 runs backwards; write 4-7'],
  ])('refuses %j of 10 layers', (text, message) => {
    expect(() => parseLayers(text, 10)).toThrow(new UserError(message));
  });
});

describe('formatRanges', () => {
  it.each([
    [[], ''],
    [[0, 1, 2, 5], '0-2,5'],
    [Array.from({ length: 20 }, (_, seed) => seed), '0-19'],
    [[3], '3'],
    [[3, 4], '3-4'],
    [[5, 4, 3], '5,4,3'],
    [[7, 8, 1], '7-8,1'],
  ])('writes %j', (numbers, text) => {
    expect(formatRanges(numbers)).toBe(text);
    if (text !== '') expect(parseSeeds(text)).toEqual(numbers);
  });
});

describe('parseAlphas', () => {
  it.each([
    ['-6:6:7', [-6, -4, -2, 0, 2, 4, 6]],
    ['6:-6:3', [6, 0, -6]],
    ['0:1:1', [0]],
    ['-1:1:11', [-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1]],
    ['-3,0.5,3', [-3, 0.5, 3]],
    ['2', [2]],
    ['-0', [0]],
    ['1e1', [10]],
  ])('reads %j', (text, alphas) => {
    expect(parseAlphas(text)).toEqual(alphas);
  });

  it('is symmetric around zero to the last bit', () => {
    const alphas = parseAlphas('-0.7:0.7:101');
    expect(alphas).toHaveLength(101);
    expect(alphas.map((alpha) => 0 - alpha).reverse()).toEqual(alphas);
  });

  it.each([
    ['', '--alpha: "" must be a number from -1000000 to 1000000'],
    ['NaN', '--alpha: "NaN" must be a number'],
    ['-6:Infinity:3', '--alpha: "Infinity" must be a number'],
    ['0:1e999:3', '--alpha: "1e999" must be a number'],
    ['0x10', '--alpha: "0x10" must be a number'],
    ['-6:6', '--alpha: "-6:6" must be from:to:count, such as -6:6:7'],
    ['1:2:3:4', '--alpha: "1:2:3:4" must be from:to:count'],
    ['-6:6:0', '--alpha count: "0" must be a whole number from 1 to 101'],
    ['-6:6:102', '--alpha count: "102" must be a whole number from 1 to 101'],
    ['-6:6:2.5', '--alpha count: "2.5" must be a whole number'],
    [Array.from({ length: 102 }, () => '1').join(','), '--alpha: 102 values are too many, at most 101 are allowed'],
  ])('refuses %j', (text, message) => {
    expect(() => parseAlphas(text)).toThrow(UserError);
    expect(() => parseAlphas(text)).toThrow(message);
  });
});

describe('parseNumber and parseInteger', () => {
  it('read numbers within limits', () => {
    expect(parseNumber(' 0.7 ', '--psi', { min: 0, max: 1 })).toBe(0.7);
    expect(parseNumber('-.5e-1', '--psi')).toBe(-0.05);
    expect(parseInteger('+12', '--count', { min: 1 })).toBe(12);
    expect(parseInteger('-3', '--count')).toBe(-3);
  });

  it.each([
    [() => parseNumber('', '--psi'), '--psi: "" must be a number'],
    [() => parseNumber('1,5', '--psi'), '--psi: "1,5" must be a number'],
    [() => parseNumber('2', '--psi', { min: -1, max: 1 }), '--psi: "2" must be a number from -1 to 1'],
    [() => parseNumber('-1', '--tau', { min: 0 }), '--tau: "-1" must be a number of at least 0'],
    [() => parseNumber('2', '--tau', { max: 1 }), '--tau: "2" must be a number of at most 1'],
    [() => parseInteger('1.0', '--count'), '--count: "1.0" must be a whole number'],
    [() => parseInteger('0', '--count', { min: 1, max: 64 }), '--count: "0" must be a whole number from 1 to 64'],
    [() => parseInteger('9007199254740993', '--count'), '--count: "9007199254740993" must be a whole number'],
  ])('refuse the rest (%#)', (parse, message) => {
    expect(parse).toThrow(new UserError(message));
  });
});
