import { describe, expect, it } from 'vitest';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { canonicalSign, requireFits, vectorRows } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile, DirectionVector } from '../../src/shared/direction/directionFile';
import type { Point, Region } from '../../src/shared/region';
import { UserError } from '../../src/shared/userError';
import { soundDirection } from '../support/malformedDirections';
import { userError } from '../support/userErrors';
import { seededRandom } from './seededRandom';

const sha256 = '0123456789abcdef'.repeat(4);

const example = soundDirection;

const stacked = `{
  "format": "resefa-direction",
  "version": 1,
  "name": "mouth \\"open\\"",
  "generator": { "name": "faces", "architecture": "stylegan2", "resolution": 1024, "sha256": "${sha256}" },
  "latent": { "space": "w+", "dimensions": 9, "layers": [4, 7] },
  "region": {
    "shape": "polygon",
    "points": [
      [0.1, 0.2], [0.3, 0.2], [0.3, 0.4], [0.2, 0.5],
      [0.1, 0.4]
    ],
    "drawnBy": "hand"
  },
  "discovery": { "seeds": "0,2,5-8", "truncation": 0.7, "preset": "draft",
                 "jacobianResolution": 64, "channels": "sum", "tau": 0, "rank": 3,
                 "eigenvalue": 1.5e-7, "rankedBy": "locality", "jacobian": "central", "took": 12.3456789 },
  "edit": { "alpha": [-2, 10] },
  "vector": [
    [
      0.8, 0, 0, 0, 0, 0, 0, 0,
      0
    ],
    [
      -0.6, 0, 0, 0, 0, 0, 0, 0,
      0
    ]
  ],
  "note": { "by": "me", "stars": [1, 2.123456789, { "deep": null }], "empty": {}, "none": [] }
}
`;

const masked = example.replace(
  /"region": .*\n/,
  `"region": {
    "shape": "mask",
    "width": 16,
    "height": 3,
    "rows": [
      "3+5 12+2",
      "",
      "0+16"
    ]
  },
`,
);

const ofAnArray = example
  .replace('"version": 1', '"version": 2')
  .replace(/ {2}"region": .*\n/, '')
  .replace(/"discovery": [^]*?\},\n/, `"source": { "kind": "npy", "file": "boundaries.npy", "sha256": "${sha256}", "row": 3 },\n`)
  .replace(/ {2}"metrics": .*\n/, '');

const composed = ofAnArray.replace(
  /"source": .*\n/,
  `"source": {
    "kind": "composition",
    "orthogonal": true,
    "terms": [
      { "name": "eyes-1", "weight": 1 },
      { "name": "mouth-2", "weight": -0.5 }
    ]
  },
`,
);

describe('formatDirection', () => {
  it.each([
    ['space w', example],
    ['space w+, a polygon and foreign keys', stacked],
    ['a mask', masked],
    ['a row of an array', ofAnArray],
    ['a composition', composed],
  ])('writes the bytes it has read: %s', (_, text) => {
    expect(formatDirection(parseDirection(text, 'a.resefa.json'))).toBe(text);
  });

  it('brings any order and spacing into the canonical one', () => {
    const direction = parseDirection(example, 'a');
    const reversed = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]));
    expect(formatDirection(parseDirection(JSON.stringify(reversed(direction)), 'a'))).toBe(example);
  });

  it('rounds to six digits and has neither -0 nor a forward Jacobian', () => {
    const direction = parseDirection(example, 'a');
    const vector = [1, 1 / 3, 1e-9 / 3, -0, -1e-3 / 3, 0, 0, 0, 0, 0];
    const text = formatDirection({ ...direction, vector, discovery: { ...direction.discovery!, jacobian: 'forward', eigenvalue: 1234567.89 } });
    expect(text).toContain('    1, 0.333333, 3.33333e-10, 0, -0.000333333, 0, 0, 0,\n    0, 0\n');
    expect(text).toContain('"eigenvalue": 1234570 },');
  });

  it('turns the vector so that its largest component is positive, and the range of alpha with it', () => {
    const direction = parseDirection(stacked, 'a');
    const backwards = (direction.vector as number[][]).map((row) => row.map((component) => -component));
    expect(formatDirection({ ...direction, vector: backwards, edit: { alpha: [-10, 2] } })).toBe(stacked);
  });

  it('keeps a rounded box inside the image', () => {
    const direction = parseDirection(example, 'a');
    const region: Region = { shape: 'box', x: 0.1234565 + 2e-10, y: 0.0123453, width: 0.8765435 + 2e-10, height: 0.9876547 };
    const text = formatDirection({ ...direction, region });
    expect(text).toContain('"region": { "shape": "box", "x": 0.123457, "y": 0.0123453, "width": 0.876543, "height": 0.987654 }');
    expect(formatDirection(parseDirection(text, 'a'))).toBe(text);
  });

  it('refuses numbers that JSON cannot hold', () => {
    const direction = parseDirection(example, 'a');
    expect(() => formatDirection({ ...direction, vector: [NaN] })).toThrow(RangeError);
  });

  it('is the same text after any number of rounds, for random directions', () => {
    const random = seededRandom(2022);
    for (let round = 0; round < 300; round++) {
      const direction = randomDirection(random);
      const text = formatDirection(direction);
      const again = parseDirection(text, 'random.resefa.json');
      expect(formatDirection(again)).toBe(text);
      expect(text).not.toMatch(/-0[,\s\]]|[ \t]\n|\r/);
      expect(text.endsWith(']\n}\n') || text.endsWith('"x" }\n}\n')).toBe(true);
      expectClose(again.vector.flat(), canonicalSign(direction.vector).flat());
      expect(again.latent).toEqual(direction.latent);
      expect(Object.keys(again.generator)).toEqual(Object.keys(direction.generator));
    }
  });
});

describe('canonicalSign', () => {
  it.each<[DirectionVector, DirectionVector]>([
    [[0.1, -0.9, 0.3], [-0.1, 0.9, -0.3]],
    [[0.1, 0.9, -0.3], [0.1, 0.9, -0.3]],
    [[[0.1, 0.2], [-0.5, 0]], [[-0.1, -0.2], [0.5, 0]]],
    [[0.5, -0.5], [0.5, -0.5]],
    [[-0.5, 0.5], [0.5, -0.5]],
    // The second is larger, but not in the six digits of a file.
    [[0.5, -0.50000001], [0.5, -0.50000001]],
    [[0, 0], [0, 0]],
  ])('turns %j', (vector, expected) => {
    expect(canonicalSign(vector)).toEqual(expected);
  });
});

describe('parseDirection', () => {
  it('returns what the file says', () => {
    const direction = parseDirection(example, 'a');
    expect(direction.latent).toEqual({ space: 'w', dimensions: 10, layers: [2, 3, 4, 5] });
    expect(direction.metrics?.insideMse).toBe(0.02);
    expect(parseDirection(stacked, 'a').metrics).toBeUndefined();
  });

  const errors: [string, string | RegExp, string, string][] = [
    ['broken JSON', '"version": 1,', '"version": 1', 'e.json:4:3: expected a comma or }'],
    ['another format', '"resefa-direction"', '"glove"', 'e.json: "format" must be "resefa-direction", not "glove"'],
    ['no format', '"format": "resefa-direction",', '', 'e.json: "format" is missing: it must be "resefa-direction"'],
    ['a version 1 that was not discovered', /"discovery": [^]*?\},\n/, '', 'e.json: "discovery" is missing'],
    ['a newer version', '"version": 1', '"version": 3', 'e.json: "version" is 3, which is newer than the version 2 that this program reads: update ReSeFa'],
    ['an odd version', '"version": 1', '"version": "1"', 'e.json: "version" must be a whole number of at least 1, not "1"'],
    ['version 0', '"version": 1', '"version": 0', 'e.json: "version" must be a whole number of at least 1, not 0'],
    ['an empty name', '"eyes-1"', '" "', 'e.json: "name" must be a text that is not empty, not " "'],
    ['a generator that is a text', /"generator": {.*}/, '"generator": "cats"', 'e.json: "generator" must be an object, not "cats"'],
    ['a generator without name', '"name": "cats", ', '', 'e.json: "generator.name" is missing: it must be a text that is not empty'],
    ['a generator without architecture', '"architecture": "stylegan2", ', '', 'e.json: "generator.architecture" is missing'],
    ['a resolution of 0', '"resolution": 64', '"resolution": 0', 'e.json: "generator.resolution" must be a whole number from 1 to 65536, not 0'],
    ['a short digest', '"0123', '"123', 'e.json: "generator.sha256" must be 64 hexadecimal digits, not "123'],
    ['a digest with other letters', '"0123', '"xyz3', 'e.json: "generator.sha256" must be 64 hexadecimal digits'],
    ['an unknown space', '"space": "w"', '"space": "z"', 'e.json: "latent.space" must be "w" or "w+", not "z"'],
    ['too many dimensions', '"dimensions": 10', '"dimensions": 65537', 'e.json: "latent.dimensions" must be a whole number from 1 to 65536, not 65537'],
    ['no layers', '[2, 3, 4, 5]', '[]', 'e.json: "latent.layers" is empty, must name at least one layer'],
    ['a layer twice', '[2, 3, 4, 5]', '[2, 3, 3]', 'e.json: "latent.layers[2]" is 3, must be at least 4: layers ascend and do not repeat'],
    ['a negative layer', '[2, 3, 4, 5]', '[-1, 3]', 'e.json: "latent.layers[0]" must be a whole number of at least 0, not -1'],
    ['a fractional layer', '[2, 3, 4, 5]', '[2.5]', 'e.json: "latent.layers[0]" must be a whole number'],
    ['no region', /"region": .*/, '', 'e.json: "region" is missing: it must be an object'],
    ['a region outside the image', '"width": 0.6', '"width": 0.9', 'e.json: "region.width" is 0.9, which goes beyond the right edge'],
    ['an unknown shape', '"box"', '"star"', 'e.json: "region.shape" must be "box" or'],
    ['bad seeds', '"0-19"', '"19-0"', 'e.json: "discovery.seeds": the range 19-0 runs backwards; write 0-19'],
    ['seeds as a number', '"0-19"', '19', 'e.json: "discovery.seeds" must be a text that is not empty, not 19'],
    ['no truncation', '"truncation": 1, ', '', 'e.json: "discovery.truncation" is missing: it must be a number'],
    ['an unknown preset', '"standard"', '"best"', 'e.json: "discovery.preset" must be "draft" or "standard" or "exact" or "official", not "best"'],
    ['a Jacobian without pixels', '"jacobianResolution": 64', '"jacobianResolution": 0', 'e.json: "discovery.jacobianResolution" must be a whole number from 1 to 65536, not 0'],
    ['unknown channels', '"rgb"', '"hsv"', 'e.json: "discovery.channels" must be "rgb" or "sum", not "hsv"'],
    ['a negative tau', '"tau": 0.001', '"tau": -1', 'e.json: "discovery.tau" must be a number of at least 0, not -1'],
    ['rank 0', '"rank": 1', '"rank": 0', 'e.json: "discovery.rank" must be a whole number of at least 1, not 0'],
    ['an eigenvalue of infinity', '12.3456', '1e999', 'e.json: "discovery.eigenvalue" must be a number, not Infinity'],
    ['an unknown ranking', '12.3456', '1, "rankedBy": "luck"', 'e.json: "discovery.rankedBy" must be "eigenvalue" or "locality", not "luck"'],
    ['an unknown Jacobian', '12.3456', '1, "jacobian": "reverse"', 'e.json: "discovery.jacobian" must be "forward" or "central", not "reverse"'],
    ['no edit', /"edit": .*/, '', 'e.json: "edit" is missing: it must be an object'],
    ['one alpha', '[-6, 6]', '[6]', 'e.json: "edit.alpha" must be two numbers, the smallest and the largest alpha, not [6]'],
    ['alphas the wrong way around', '[-6, 6]', '[6, -6]', 'e.json: "edit.alpha" is [6,-6], its first number must be less than its second'],
    ['equal alphas', '[-6, 6]', '[6, 6]', 'e.json: "edit.alpha" is [6,6], its first number must be less than its second'],
    ['an alpha that is no number', '[-6, 6]', '[-6, "6"]', 'e.json: "edit.alpha[1]" must be a number, not "6"'],
    ['metrics that are null', /"metrics": .*/, '"metrics": null,', 'e.json: "metrics" must be an object, not null'],
    ['metrics with bad seeds', '"100-107"', '"a"', 'e.json: "metrics.seeds": "a" is not a seed'],
    ['metrics without alpha', '"alpha": 1.35, ', '', 'e.json: "metrics.alpha" is missing'],
    ['a negative error inside', '"insideMse": 0.02', '"insideMse": -1', 'e.json: "metrics.insideMse" must be a number of at least 0, not -1'],
    ['no error outside', ', "outsideMse": 0.0021', '', 'e.json: "metrics.outsideMse" is missing'],
    ['a vector too short', ', 0.494731', '', 'e.json: "vector" has 9 numbers, "latent.dimensions" says 10'],
    ['a vector too long', '0.494731', '0.494731, 0', 'e.json: "vector" has 11 numbers, "latent.dimensions" says 10'],
    ['a component that is no number', '0.494731', 'null', 'e.json: "vector[9]" must be a number, not null'],
    ['a vector without unit norm', '0.494731', '0.6', 'e.json: "vector" has norm 1.05605, must have norm 1'],
    ['one vector for w+', '"space": "w"', '"space": "w+"', 'e.json: "vector" has 10 rows, "latent.layers" has 4'],
  ];

  it.each(errors)('refuses %s', (_, pattern, replacement, message) => {
    const text = example.replace(pattern, replacement);
    expect(text).not.toBe(example);
    expect(() => parseDirection(text, 'e.json')).toThrow(UserError);
    expect(() => parseDirection(text, 'e.json')).toThrow(message);
    expect(() => parseDirection(text, 'e.json')).toThrow(/^e\.json:.+$/);
  });

  it.each<[string, string, string, string]>([
    ['a row too short', '-0.6, 0', '-0.6', 'e.json: "vector[1]" has 8 numbers, "latent.dimensions" says 9'],
    ['too few rows', '"layers": [4, 7]', '"layers": [4, 6, 7]', 'e.json: "vector" has 2 rows, "latent.layers" has 3'],
    ['a row that is a number', '"space": "w+"', '"space": "w"', 'e.json: "vector" has 2 numbers, "latent.dimensions" says 9'],
    ['rows that do not have unit norm together', '-0.6', '-0.8', 'e.json: "vector" has norm 1.13137, must have norm 1'],
  ])('refuses, in space w+, %s', (_, pattern, replacement, message) => {
    expect(() => parseDirection(stacked.replace(pattern, replacement), 'e.json')).toThrow(userError(message));
  });

  it.each<[string, string, string | RegExp, string, string]>([
    ['without a discovery or a source', ofAnArray, / {2}"source": .*\n/, '', 'e.json: "source" is missing: a direction without a "discovery" must say where it comes from'],
    ['with a source of no kind', ofAnArray, '"npy"', '"dream"', 'e.json: "source.kind" must be "npy" or "composition", not "dream"'],
    ['with metrics but no region', ofAnArray, '"edit"', '"metrics": {}, "edit"', 'e.json: "region" is missing: it must be an object'],
    ['composed of nothing', composed, /"terms": \[[^]*?\]/, '"terms": []', 'e.json: "source.terms" is empty, must name at least one direction'],
  ])('refuses a direction of version 2 %s', (_, text, pattern, replacement, message) => {
    expect(() => parseDirection(text.replace(pattern, replacement), 'e.json')).toThrow(userError(message));
  });

  it.each(['', 'null', '[]', '3', '"text"'])('refuses the document %j', (text) => {
    expect(() => parseDirection(text, 'e.json')).toThrow(UserError);
  });

  it('never fails in another way than with a UserError, whatever is damaged', () => {
    const random = seededRandom(5);
    const scraps = ['null', '[]', '{}', '-1', '1e999', '"x"', '""', ',', '', '[[[', '0.5'];
    const tokens = stacked.split(/(?<=[\s,:[\]{}])/);
    for (let round = 0; round < 2000; round++) {
      const damaged = [...tokens];
      damaged[Math.floor(random() * tokens.length)] = scraps[Math.floor(random() * scraps.length)]!;
      try {
        const text = formatDirection(parseDirection(damaged.join(''), 'e.json'));
        expect(formatDirection(parseDirection(text, 'e.json'))).toBe(text);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as Error).message).toMatch(/^e\.json:.+$/);
      }
    }
  });
});

describe('requireFits', () => {
  const cats = { name: 'cats', architecture: 'stylegan2', sha256, dimensions: 10, layerCount: 10 };

  it('accepts the generator that the direction names', () => {
    expect(() => requireFits(parseDirection(example, 'a'), cats, 'a')).not.toThrow();
    expect(() => requireFits(parseDirection(example, 'a'), { ...cats, name: 'renamed', sha256: sha256.toUpperCase() }, 'a')).not.toThrow();
  });

  it.each([
    [{ name: 'dogs', architecture: 'dcgan', sha256: 'f'.repeat(64) }, 'a: made for generator "cats" (stylegan2, sha256 0123456789ab), this is "dogs" (dcgan, sha256 ffffffffffff)'],
    [{ dimensions: 512 }, 'a: "latent.dimensions" is 10, generator "cats" has 512'],
    [{ layerCount: 5 }, 'a: "latent.layers" has layer 5, generator "cats" has layers 0 to 4'],
  ])('refuses %j', (change, message) => {
    expect(() => requireFits(parseDirection(example, 'a'), { ...cats, ...change }, 'a')).toThrow(userError(message));
  });
});

describe('vectorRows', () => {
  it('has one row a layer', () => {
    const portable = parseDirection(example, 'a');
    expect(vectorRows(portable)).toEqual([portable.vector, portable.vector, portable.vector, portable.vector]);
    expect(vectorRows(parseDirection(stacked, 'a')).map((row) => row[0])).toEqual([0.8, -0.6]);
  });
});

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(5.1e-6 * Math.abs(expected[index]!)));
}

function randomDirection(random: () => number): DirectionFile {
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const pick = <T>(choices: readonly T[]): T => choices[whole(0, choices.length - 1)]!;
  const dimensions = whole(1, 40);
  const layers = Array.from({ length: whole(1, 6) }, (_, layer) => 2 * layer + whole(0, 1));
  const space = pick(['w', 'w+'] as const);
  const raw = Array.from({ length: space === 'w' ? 1 : layers.length }, () => Array.from({ length: dimensions }, () => (random() - 0.5) * 10 ** -whole(0, 9)));
  const norm = Math.hypot(...raw.flat());
  const rows = raw.map((row) => row.map((component) => component / norm));
  const alpha: [number, number] = [-random() * 10 - 0.1, random() * 10];
  return {
    format: 'resefa-direction',
    version: 1,
    name: pick(['eyes-1', 'Augen "links"', 'ö\u2028\\', '目']),
    generator: { name: 'cats', architecture: 'stylegan2', resolution: whole(1, 2048), sha256 },
    latent: { space, dimensions, layers },
    region: randomRegion(random, whole, pick),
    discovery: {
      seeds: '0-19', truncation: random(), preset: pick(['draft', 'standard', 'exact', 'official'] as const), jacobianResolution: 64,
      channels: pick(['rgb', 'sum'] as const), tau: pick([0, 1e-3, 1e-8]), rank: whole(1, 9), eigenvalue: random() * 10 ** whole(-8, 8),
      ...(random() < 0.5 ? { rankedBy: pick(['eigenvalue', 'locality'] as const) } : {}),
      ...(random() < 0.5 ? { jacobian: pick(['forward', 'central'] as const) } : {}),
    },
    edit: { alpha },
    ...(random() < 0.5 ? { metrics: { seeds: '100-107', alpha: random() * 3, insideMse: random(), outsideMse: random() / 100 } } : {}),
    vector: space === 'w' ? rows[0]! : rows,
    ...(random() < 0.3 ? { note: { by: 'x' } } : {}),
  };
}

function randomRegion(random: () => number, whole: (least: number, most: number) => number, pick: <T>(choices: readonly T[]) => T): Region {
  const shape = pick(['box', 'ellipse', 'polygon', 'mask'] as const);
  if (shape === 'polygon') return { shape, points: Array.from({ length: whole(3, 20) }, (): Point => [random(), random()]) };
  if (shape === 'mask') return { shape, width: 16, height: 3, rows: ['3+5 12+2', '', pick(['', '0+16', '1+1'])] };
  const [x, y] = [random() * 0.9, random() * 10 ** -whole(1, 4)];
  // Reaching the far edge is where rounding could leave the image.
  return { shape, x, y, width: random() < 0.5 ? 1 - x : (1 - x) * (0.1 + 0.9 * random()), height: 1 - y };
}
