import { describe, expect, it } from 'vitest';
import { compareDirections } from '../../src/shared/direction/compareDirections';
import { differenceOf } from '../../src/webview/comparison/model/difference';
import { readAlphas, readSeeds, requestOf, restoredSettings, standardSettings } from '../../src/webview/comparison/model/stripSettings';
import { alphaText, countText, magnitude, numbersText } from '../../src/webview/comparison/model/wording';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';

describe('the settings of the strips', () => {
  it('come back from what a page was left with', () => {
    const settings = { seeds: '3,5', psi: 1, alphas: '-2:2:3', alignSigns: false };
    expect(restoredSettings({ addresses: [], strips: settings })).toEqual(settings);
    expect(restoredSettings({ strips: { ...standardSettings } })).toEqual(standardSettings);
  });

  it.each([[undefined], [{}], [{ strips: 1 }], [{ strips: { ...standardSettings, seeds: 'x' } }], [{ strips: { ...standardSettings, psi: '1' } }], [{ strips: { ...standardSettings, seeds: '0-99' } }], [{ strips: { ...standardSettings, alphas: '1:2' } }]])('are the standard ones where that cannot be read: %j', (left) => {
    expect(restoredSettings(left)).toEqual(standardSettings);
  });

  it('are asked for with the alphas that suit, unless the user has chosen others', () => {
    expect(requestOf(standardSettings, '-4:4:3')).toEqual({ seeds: [0, 1, 2], psi: 0.7, alphas: [-4, 0, 4], alignSigns: true });
    expect(requestOf({ ...standardSettings, alphas: '1,2' }, '-4:4:3').alphas).toEqual([1, 2]);
  });

  it('say in one line how many are too many', async () => {
    expect(await userErrorOf(() => readSeeds('0-12'))).toBe('13 seeds are too many, at most 12 are shown side by side');
    expect(await userErrorOf(() => readAlphas('0:1:16'))).toBe('16 alphas are too many, at most 15 are shown side by side');
    expect(readSeeds('0-11')).toHaveLength(12);
  });
});

describe('the difference of two pictures', () => {
  it('is the root mean square over the colours, twice as large as in 8 bits, and clamped', () => {
    const a = Uint8ClampedArray.of(10, 20, 30, 255, 0, 0, 0, 255, 7, 7, 7, 255);
    const b = Uint8ClampedArray.of(13, 20, 26, 255, 255, 255, 255, 255, 7, 7, 7, 0);
    expect([...differenceOf(a, b)]).toEqual([Math.round(2 * Math.sqrt(25 / 3)), 255, 0]);
  });
});

describe('words', () => {
  it('tell |cos| and angle of a pair, and nothing of more than two', () => {
    const [a, b] = [{ ...exampleDirection, vector: [1, 0, 0, 0] }, { ...exampleDirection, vector: [-0.6, 0.8, 0, 0] }];
    const of = (...directions: (typeof a)[]) => numbersText(compareDirections(directions.map((each) => ({ direction: each, file: each.name }))));
    expect(of(a, b)).toBe('|cos| 0.600000, an angle of 53.1 degrees once the sign is turned');
    expect(of(a, a)).toBe('|cos| 1.000000, an angle of 0.00 degrees');
    expect(of(a, b, b)).toBe('');
  });

  it('tell numbers', () => {
    expect([magnitude(-0.25), magnitude(null)]).toEqual(['0.250000', '–']);
    expect([-4.5, 0, 3, 1 / 3].map(alphaText)).toEqual(['−4.5', '0', '+3', '+0.333']);
    expect([countText(0, 5), countText(1, 1), countText(3, 2)]).toEqual(['All 5 fields are the same', '1 field is different, 1 is the same', '3 fields are different, 2 are the same']);
  });
});
