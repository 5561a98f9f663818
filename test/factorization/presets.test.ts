import { describe, expect, it } from 'vitest';
import { presetSettings, readoutOf } from '../../src/engine/factorization/presets';

// The README's table of presets, for images of several sizes.
describe.each([
  ['draft', 2, 1e-3, 'edited', [[32, 32, 'rgb'], [64, 64, 'rgb'], [256, 64, 'rgb'], [1024, 64, 'rgb']]],
  ['standard', 20, 1e-3, 'edited', [[32, 32, 'rgb'], [256, 256, 'rgb'], [512, 256, 'rgb'], [1024, 256, 'rgb']]],
  ['exact', 20, 1e-3, 'edited', [[32, 32, 'rgb'], [256, 256, 'rgb'], [1024, 1024, 'rgb']]],
  ['official', 1, 0, 'all', [[32, 32, 'rgb'], [256, 256, 'rgb'], [512, 256, 'sum'], [1024, 256, 'sum']]],
] as const)('the preset %s', (preset, samples, tau, layers, readouts) => {
  it('has its number of samples, tau and layers', () => {
    expect(presetSettings[preset]).toMatchObject({ samples, tau, layers });
  });

  it.each([...readouts])('reads images of %d px at %d px (%s)', (size, resolution, channels) => {
    expect(readoutOf(presetSettings[preset], size)).toEqual({ resolution, reduction: preset === 'official' ? 'nearest' : 'area', channels });
  });
});

describe('a size that the maximum does not divide', () => {
  it.each([72, 97, 100, 160])('of %d px is averaged to the maximum all the same', (size) => {
    expect(readoutOf(presetSettings.draft, size)).toEqual({ resolution: 64, reduction: 'area', channels: 'rgb' });
  });

  it('is subsampled to the maximum all the same', () => {
    expect(readoutOf(presetSettings.official, 300)).toEqual({ resolution: 256, reduction: 'nearest', channels: 'sum' });
  });
});
