import { describe, expect, it } from 'vitest';
import { presetSettings } from '../../src/engine/factorization/presets';
import { parseLayers } from '../../src/shared/numberList';
import type { GeneratorInfo } from '../../src/shared/protocol/engineProtocol';
import type { GeneratorEntry } from '../../src/shared/protocol/pageProtocol';
import type { AppState } from '../../src/webview/appState';
import { discoverHint, workHint } from '../../src/webview/model/discoverHint';
import { generatorChoices } from '../../src/webview/model/generatorChoices';
import { layersText, sameLayers, withLayer } from '../../src/webview/model/layers';
import { presetSamples } from '../../src/webview/model/sampleCount';
import { panelOf, regionOf } from './directions';

describe('layers', () => {
  it('are written so that they are read back', () => {
    for (const layers of [[0], [2, 3, 4, 5], [2, 4, 6, 7, 8, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]) expect(parseLayers(layersText(layers, 10), 10)).toEqual(layers);
    expect(layersText([2, 4, 6, 7, 8, 9], 10)).toBe('2,4,6-9');
    expect(layersText([1, 0], 2)).toBe('all');
  });

  it('are added and taken away in order, but for the last', () => {
    expect(withLayer([2, 5], 3, true)).toEqual([2, 3, 5]);
    expect(withLayer([2, 3, 5], 3, false)).toEqual([2, 5]);
    expect(withLayer([2, 3], 3, true)).toEqual([2, 3]);
    expect(withLayer([4], 4, false)).toBeUndefined();
  });

  it('are compared one by one', () => {
    expect([sameLayers([1, 2], [1, 2]), sameLayers([1, 2], [1, 3]), sameLayers([1], [1, 2])]).toEqual([true, false, false]);
  });
});

describe('generators', () => {
  it('come embedded, workspace, imported, elsewhere, each in the order of the list', () => {
    const entry = (name: string, origin: GeneratorEntry['origin']): GeneratorEntry => ({ reference: name, name, origin, detail: '' });
    const entries = [entry('i', 'imported'), entry('b', 'workspace'), entry('x', 'elsewhere'), entry('e', 'embedded'), entry('a', 'workspace')];
    expect(generatorChoices(entries).map(({ name }) => name)).toEqual(['e', 'b', 'a', 'i', 'x']);
  });
});

describe('samples', () => {
  it('are as many as the engine takes for each preset', () => {
    for (const [preset, count] of Object.entries(presetSamples)) expect(presetSettings[preset as keyof typeof presetSamples].samples).toBe(count);
    expect(Object.keys(presetSamples).sort()).toEqual(Object.keys(presetSettings).sort());
  });
});

describe('the hint at Discover', () => {
  const info = { name: 'g' } as GeneratorInfo;
  const stateOf = (change: Partial<AppState>): AppState => ({
    status: 'ready', notice: undefined, generators: [], info, panel: panelOf([regionOf('eyes', [])]), picture: undefined, original: undefined, heat: undefined,
    change: undefined, comparing: false, discovery: undefined, estimate: undefined, following: false, thumbnails: [], otherSamples: [], canUndo: false, canRedo: false, ...change,
  });

  it('is nothing where a discovery can begin', () => {
    expect(discoverHint(stateOf({}))).toBeUndefined();
  });

  it('says what is missing, the first thing first', () => {
    const noRegion = panelOf([{ name: 'region 1', directions: [], alphas: [] }]);
    expect(discoverHint(stateOf({ info: undefined, status: 'empty', panel: noRegion }))).toMatch(/generator/);
    expect(discoverHint(stateOf({ info: undefined, status: 'loading' }))).toMatch(/Opening/);
    expect(discoverHint(stateOf({ panel: noRegion }))).toMatch(/region/);
  });

  it('refuses the official preset in w+', () => {
    const panel = panelOf([regionOf('eyes', [])]);
    expect(discoverHint(stateOf({ panel: { ...panel, preset: 'official', space: 'w+' } }))).toMatch(/space w only/);
    expect(discoverHint(stateOf({ panel: { ...panel, preset: 'official' } }))).toBeUndefined();
  });

  it('says what a discovery takes and how it works, where that is out of the ordinary', () => {
    const estimate = { samples: 20, samplesKnown: 0, firstSeconds: 120, seconds: 2400, exactSeconds: 4, instant: true };
    expect(workHint(stateOf({}))).toBe('');
    expect(workHint(stateOf({ estimate: { ...estimate, firstSeconds: 0.1, seconds: 3 } }))).toBe('');
    expect(workHint(stateOf({ estimate }))).toMatch(/^about 40 min: /);
    expect(workHint(stateOf({ estimate, info: { ...info, obstacle: 'no tangent rule for Det' } }))).toBe('about 40 min: 20 samples of 2 min each; first directions after 2 min. By central differences: no tangent rule for Det');
  });
});
