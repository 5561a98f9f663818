import { describe, expect, it } from 'vitest';
import type { DiscoveryState } from '../../src/webview/appState';
import { localityRatio } from '../../src/shared/direction/directionFile';
import { counted, discoveryText, formatAlpha, formatChange, formatRatio, formatSignedAlpha, timeLeft } from '../../src/webview/model/wording';

describe('numbers', () => {
  it('writes eigenvalues with three digits', () => {
    expect([11.8345, 5, 0.61, 0.0432, 123.4, 12345.6].map(formatRatio)).toEqual(['11.8', '5.00', '0.610', '0.0432', '123', '12346']);
  });

  it('writes very large and very small eigenvalues as powers of ten, and 0 as it is', () => {
    expect([2.34e7, 3.21e-6, 0].map(formatRatio)).toEqual(['2.3e+7', '3.2e-6', '0.00']);
  });

  it('writes changes with two digits and as decimals', () => {
    expect([0.0213, 0.00204, 0.5, 0.00005, 1.234, 0, 1e-9].map(formatChange)).toEqual(['0.021', '0.0020', '0.50', '0.000050', '1.23', '0', '0']);
    expect(formatChange(undefined)).toBe('-');
  });

  it('writes alphas without zeros at the end and without -0', () => {
    expect([2.4, -3, 0, -0, 1.2345, -0.001, 0.01234, 250].map(formatAlpha)).toEqual(['2.4', '-3', '0', '0', '1.23', '-0.001', '0.0123', '250']);
    expect([1.5, -3, 0].map(formatSignedAlpha)).toEqual(['+1.5', '-3', '0']);
  });

  it('counts in the singular and the plural', () => {
    expect([counted(1, 'direction'), counted(8, 'direction'), counted(0, 'direction')]).toEqual(['1 direction', '8 directions', '0 directions']);
  });

  it('takes the locality from the inside over the outside change, and survives an outside of 0', () => {
    const metrics = { seeds: '100-107', alpha: 1, insideMse: 0.02, outsideMse: 0.0016 };
    expect(localityRatio(metrics)).toBeCloseTo(12.5, 9);
    expect(Number.isFinite(localityRatio({ ...metrics, outsideMse: 0 }))).toBe(true);
  });
});

describe('time left', () => {
  it('rounds up, and never says 0', () => {
    expect([0, 0.2, 1.6, 59.2, 60, 80, 119.5, 3600, 7384].map(timeLeft)).toEqual([
      '1 s left', '1 s left', '2 s left', '1 min left', '1 min left', '1 min 20 s left', '2 min left', '1 h 0 min left', '2 h 3 min left',
    ]);
  });

  it('says nothing where nothing is known', () => {
    expect([timeLeft(undefined), timeLeft(Infinity), timeLeft(NaN)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('progress of a discovery', () => {
  const running: DiscoveryState = { region: 0, quiet: false, phase: 'sampling', samplesDone: 12, samples: 20, tangentsDone: 64, tangents: 128, fraction: 0.6, secondsLeft: 1.4 };

  it('tells samples, tangents and the time left', () => {
    expect(discoveryText(running)).toBe('12 of 20 samples, 64 of 128 tangents, 2 s left');
  });

  it('leaves out what is not known or over', () => {
    expect(discoveryText({ ...running, secondsLeft: undefined })).toBe('12 of 20 samples, 64 of 128 tangents');
    expect(discoveryText({ ...running, samplesDone: 20 })).toBe('20 of 20 samples, 2 s left');
    expect(discoveryText({ ...running, phase: 'measuring', samplesDone: 20 })).toBe('20 of 20 samples, measuring the directions, 2 s left');
  });

  it('does not count before it begins and once it is to stop', () => {
    expect(discoveryText({ ...running, phase: 'starting' })).toBe('Starting');
    expect(discoveryText({ ...running, phase: 'stopping' })).toBe('Stopping, keeping what there is');
  });
});
