import { describe, expect, it } from 'vitest';
import { defaultEditLayers, formatDescription, generatorSha256, identityOf, parseDescription } from '../../src/engine/generators/description';
import type { GeneratorDescription } from '../../src/engine/generators/description';
import { userErrorOf } from '../support/userErrors';

const [checkpoint, synthesis, mapping] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

const minimal: GeneratorDescription = {
  format: 'resefa-generator',
  version: 1,
  name: 'cats "64"',
  architecture: 'stylegan2',
  resolution: 64,
  channels: 3,
  z_dim: 11,
  c_dim: 0,
  w_dim: 11,
  value_range: [-1, 1],
  sha256: { synthesis },
  layers: [{ index: 0, name: 'b4.conv1', resolution: 4 }, { index: 1, name: 'b8.conv0', resolution: 8 }, { index: 2, name: 'b8.torgb', resolution: 8 }],
  edit_layers: [1, 2],
};

const complete: GeneratorDescription = {
  ...minimal,
  z_dim: 10,
  c_dim: 4,
  licence: 'CC BY-NC 4.0',
  sha256: { checkpoint, synthesis, mapping },
  regions: { eyes: { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.15 }, ears: { shape: 'polygon', points: [[0, 0], [1, 0], [0.5, 0.25]] } },
  w_avg: [0.1, -2, 3e-7, 4, 5, 6, 7, 8, 9, 10, 0.123456789],
};

describe('a generator.json', () => {
  it.each([['with all fields', complete], ['with the required fields', minimal]])('%s is read as it was written', (_, description) => {
    const text = formatDescription(description);
    expect(parseDescription(text, 'generator.json')).toEqual(description);
    expect(formatDescription(parseDescription(text, 'generator.json'))).toBe(text);
  });

  it('is laid out for people: a line for each layer and region, eight numbers of the mean a line', () => {
    const lines = formatDescription(complete).split('\n');
    expect(lines).toContain('    { "index": 1, "name": "b8.conv0", "resolution": 8 },');
    expect(lines).toContain('    "eyes": { "shape": "box", "x": 0.2, "y": 0.4, "width": 0.6, "height": 0.15 },');
    expect(lines).toContain('    0.1, -2, 3e-7, 4, 5, 6, 7, 8,');
    expect(lines).toContain('    9, 10, 0.123456789');
    expect(lines.at(-1)).toBe('');
  });

  it.each([
    ['format', { format: 'resefa-direction' }, /generator.json: "format" must be/],
    ['version', { version: 2 }, /"version" is 2, which is newer than the version 1/],
    ['name', { name: '' }, /"name" must be/],
    ['resolution', { resolution: 0 }, /"resolution" must be/],
    ['channels', { channels: 0 }, /"channels" must be/],
    ['z_dim', { z_dim: -1 }, /"z_dim" must be/],
    ['w_dim', { w_dim: 1.5 }, /"w_dim" must be/],
    ['value_range', { value_range: [1, -1] }, /"value_range" must be the values of black and white, the smaller first/],
    ['licence', { licence: 7 }, /"licence" must be/],
    ['sha256', { sha256: {} }, /"sha256.synthesis" is missing: it must be/],
    ['no layer', { layers: [], edit_layers: [] }, /"layers" is empty/],
    ['layers out of order', { layers: [complete.layers[1]] }, /"layers\[0\].index" must be 0/],
    ['edited layers out of range', { edit_layers: [1, 3] }, /"edit_layers\[1\]" must be/],
    ['edited layers that repeat', { edit_layers: [1, 1] }, /"edit_layers" must be layers in ascending order/],
    ['no edited layer', { edit_layers: [] }, /"edit_layers" must be layers in ascending order, at least one/],
    ['a region outside the image', { regions: { eyes: { shape: 'box', x: 0.9, y: 0, width: 0.2, height: 0.1 } } }, /"regions.eyes.width" is 0.2, which goes beyond/],
    ['a mean of the wrong length', { w_avg: [1, 2] }, /"w_avg" has 2 numbers, "w_dim" says 11/],
    ['a mean that is no number', { w_avg: [...complete.w_avg!.slice(1), 'x'] }, /"w_avg\[10\]" must be/],
  ])('is refused with the field that is wrong: %s', async (_, wrong, message) => {
    expect(await userErrorOf(() => parseDescription(JSON.stringify({ ...complete, ...wrong }), 'generator.json'))).toMatch(message);
  });

  it('is refused where it is no JSON', async () => {
    expect(await userErrorOf(() => parseDescription('{ "format": ', 'generator.json'))).toMatch(/^generator.json/);
  });
});

describe("a generator's identity", () => {
  it('is the hash of its checkpoint, and of its network where there is none', () => {
    expect(generatorSha256(complete)).toBe(checkpoint);
    expect(generatorSha256(minimal)).toBe(synthesis);
    expect(identityOf(complete)).toEqual({ name: 'cats "64"', architecture: 'stylegan2', sha256: checkpoint, dimensions: 11, layerCount: 3 });
  });
});

describe('defaultEditLayers', () => {
  // StyleGAN2 has two layers for each power of two from 4: 64 px have 10, 1024 px 18.
  it.each([
    [1, 0, 0],
    [2, 0, 1],
    [3, 2, 2],
    [8, 2, 7],
    [10, 2, 9],
    [12, 2, 11],
    [14, 4, 11],
    [16, 4, 11],
    [18, 4, 11],
  ])('of %d layers are %d to %d', (count, first, last) => {
    expect(defaultEditLayers(count)).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i));
  });
});
