import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/engine/editing/applyDirection';
import { compareDirections } from '../../src/shared/direction/compareDirections';
import { angleOf, cosines } from '../../src/shared/direction/directionCosines';
import type { Comparison } from '../../src/shared/direction/compareDirections';
import { directionFields } from '../../src/shared/direction/directionFields';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile, DirectionVector } from '../../src/shared/direction/directionFile';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';

function direction(layers: readonly number[], vector: DirectionVector, dimensions = 2): DirectionFile {
  return {
    format: 'resefa-direction',
    version: 1,
    name: 'a',
    generator: { name: 'g', architecture: 'stylegan2', resolution: 64, sha256: '0'.repeat(64) },
    latent: { space: Array.isArray(vector[0]) ? 'w+' : 'w', dimensions, layers },
    region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 },
    discovery: { seeds: '0', truncation: 1, preset: 'draft', jacobianResolution: 64, channels: 'rgb', tau: 0.001, rank: 1, eigenvalue: 1 },
    edit: { alpha: [-1, 1] },
    vector,
  };
}

describe('cosines', () => {
  it('are 1 for a direction and itself, and -1 for its negative', () => {
    const a = direction([2, 3], [0.6, 0.8]);
    expect(cosines(a, a, 'b').cosine).toBeCloseTo(1, 12);
    expect(cosines(a, direction([2, 3], [-0.6, -0.8]), 'b').cosine).toBeCloseTo(-1, 12);
  });

  it('are taken layer by layer as well', () => {
    const a = direction([2, 3], [[1, 0], [0, 1]]);
    const b = direction([2, 3], [[0.6, 0.8], [0, -2]]);
    const { cosine, layers } = cosines(a, b, 'b');
    // (0.6 - 2) / (sqrt(2) sqrt(1 + 4))
    expect(cosine).toBeCloseTo(-1.4 / Math.sqrt(10), 12);
    expect(layers).toEqual([{ layer: 2, cosine: 0.6 }, { layer: 3, cosine: -1 }]);
  });

  it('count a layer that only one of them edits as left alone by the other', () => {
    const { cosine, layers } = cosines(direction([5, 7], [0, 1]), direction([6, 7], [0, 1]), 'b');
    expect(cosine).toBeCloseTo(0.5, 12);
    expect(layers).toEqual([{ layer: 5, cosine: undefined }, { layer: 6, cosine: undefined }, { layer: 7, cosine: 1 }]);
  });

  it('have no value for a layer that one of them does not move', () => {
    expect(cosines(direction([1, 2], [[1, 0], [0, 0]]), direction([1, 2], [[1, 0], [0, 1]]), 'b').layers[1]).toEqual({ layer: 2, cosine: undefined });
  });

  it('compare one vector for all layers with one for each of them', () => {
    const { cosine, layers } = cosines(direction([0, 1], [0.6, 0.8]), direction([0, 1], [[0.6, 0.8], [0.8, -0.6]]), 'b');
    expect(cosine).toBeCloseTo(0.5, 12);
    expect(layers[0]!.cosine).toBeCloseTo(1, 12);
    expect(layers[1]!.cosine).toBeCloseTo(0, 12);
  });

  it('are refused for latent vectors of different length', async () => {
    const message = await userErrorOf(() => cosines(direction([0], [0.6, 0.8]), direction([0], [1, 0, 0], 3), 'b.resefa.json'));
    expect(message).toBe('b.resefa.json has latent vectors of 3, a of 2: directions of different generators cannot be compared');
  });
});

/** Two or more directions held against the first. */
function compared(...directions: readonly DirectionFile[]): Comparison {
  return compareDirections(directions.map((each, i) => ({ direction: each, file: `file-${i}.resefa.json` })));
}

function verdictOf(a: DirectionFile, b: DirectionFile): string {
  return compared(a, b).verdict;
}

/** [cos, sin] of an angle in degrees. */
function turned(degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

function withAlpha(file: DirectionFile, least: number, most: number): DirectionFile {
  return { ...file, edit: { alpha: [least, most] } };
}

const metrics = { seeds: '100-107', alpha: 1.5, insideMse: 0.02, outsideMse: 0.002 };

describe('the verdict', () => {
  const a = direction([2, 3], [1, 0]);

  it.each([
    [0.4, 'same direction'],
    [1.6, 'rotated 1.6 degrees'],
    [12, 'rotated 12 degrees'],
    [79, 'rotated 79 degrees'],
    [85, 'unrelated directions'],
    [98, 'unrelated directions'],
    [130, 'rotated 50 degrees, sign flipped'],
    [179.7, 'same direction, sign flipped'],
  ])('on a turn by %d degrees', (degrees, words) => {
    const comparison = compared(a, direction([2, 3], turned(degrees)));
    expect(comparison.verdict).toBe(words);
    expect(comparison.pairs[0]!.angle).toBeCloseTo(Math.min(degrees, 180 - degrees), 6);
  });

  it('on files that are equal, and that differ in few things', () => {
    expect(verdictOf(a, structuredClone(a))).toBe('identical');
    expect(verdictOf(a, { ...a, name: 'b' })).toBe('identical but for its name');
    expect(verdictOf(a, { ...a, name: 'b', discovery: { ...a.discovery!, tau: 0.01 } })).toBe('identical but for its name and tau');
    expect(verdictOf(a, { ...a, metrics })).toBe('identical but for its alpha of measurement, inside MSE, outside MSE and seeds of measurement');
    expect(verdictOf({ ...a, metrics }, { ...a, name: 'b', edit: { alpha: [-2, 2] }, metrics: { ...metrics, insideMse: 0.03, outsideMse: 0.1 } })).toBe('identical but for its inside MSE, outside MSE, alpha range and name');
    expect(verdictOf(a, { ...a, name: 'b', edit: { alpha: [-2, 2] }, discovery: { ...a.discovery!, tau: 1, seeds: '5', preset: 'exact' } })).toBe('identical but for its alpha range, name, seeds and 2 more');
    expect(verdictOf(a, direction([2, 5], [1, 0]))).toBe('identical but for its layers');
    expect(verdictOf(a, { ...a, note: 'mine' } as DirectionFile)).toBe('identical but for its note');
    expect(verdictOf(a, { ...a, generator: { ...a.generator, sha256: 'f'.repeat(64) } })).toBe('identical but for its generator hash');
  });

  it('does not mind how the same thing is written', () => {
    const b = { ...a, generator: { sha256: a.generator.sha256, resolution: 64, architecture: 'stylegan2', name: 'g' }, discovery: { ...a.discovery!, jacobian: 'forward', grams: 'pixels', seeds: '0-0' } } as DirectionFile;
    expect(verdictOf(a, b)).toBe('identical');
  });

  it('tells other layers and other generators from a turn', () => {
    expect(verdictOf(a, direction([2, 3, 4], turned(20)))).toBe('rotated 20 degrees, on layers 2-4 instead of 2-3');
    expect(verdictOf(a, direction([7], turned(20)))).toBe('rotated 20 degrees, on layers 7 instead of 2-3');
    const stacked = direction([2, 3], [[1, 0], [0, 0]]);
    expect(verdictOf(stacked, direction([4, 5], [[1, 0], [0, 0]]))).toBe('identical but for its layers');
    expect(verdictOf(stacked, direction([4, 5], [[0, 0], [1, 0]]))).toBe('unrelated directions: they have no layer in common');
    const foreign = direction([2, 3], turned(20));
    expect(verdictOf(a, { ...foreign, generator: { ...foreign.generator, sha256: 'f'.repeat(64) } })).toBe('rotated 20 degrees, for different generators');
  });

  it('says what cannot be compared, and compares the rest', () => {
    const comparison = compared(a, direction([2, 3], [1, 0, 0], 3));
    expect(comparison.verdict).toBe('not comparable: latent vectors of 2 and of 3 numbers');
    expect(comparison.pairs[0]).toMatchObject({ cosine: null, angle: null, edits: null });
    expect(comparison.cosines).toEqual([[1, null], [null, 1]]);
    expect(comparison.layers).toEqual([]);
    expect(comparison.notes).toEqual(['Latent vectors of 2 and of 3 numbers have no cosine; only the other fields are compared.']);
    expect(comparison.fields.find(({ label }) => label === 'dimensions')).toMatchObject({ changed: true, values: ['2', '3'] });
  });
});

describe('the edits of the same direction', () => {
  const a = withAlpha(direction([2, 3], [0.6, 0.8]), -2, 6);
  const negative = direction([2, 3], [-0.6, -0.8]);
  const edits = (b: DirectionFile) => compared(a, b).pairs[0]!.edits;

  it('are the same where nothing differs', () => {
    expect(edits(a)).toBe('The edits do the same thing.');
  });

  it('are the same where the sign is flipped and the range mirrored', () => {
    const b = withAlpha(negative, -6, 2);
    expect(verdictOf(a, b)).toBe('same direction, sign flipped and alpha range mirrored: the same edit');
    expect(edits(b)).toBe('The edits do the same thing: the sign is flipped and the alpha range mirrored, alpha 1 of the first is alpha -1 of the other.');
  });

  it('are the same where the sign is flipped and the range its own mirror', () => {
    const [c, d] = [withAlpha(a, -6, 6), withAlpha(negative, -6, 6)];
    expect(verdictOf(c, d)).toBe('same direction, sign flipped');
    expect(compared(c, d).pairs[0]!.edits).toBe('The edits do the same thing: alpha 1 of the first is alpha -1 of the other.');
  });

  it('go opposite ways where the sign alone is flipped', () => {
    expect(edits(withAlpha(negative, -2, 6))).toBe('The edits go opposite ways: the sign is flipped, but the alpha range (-2 to 6) is not mirrored with it.');
    expect(edits(withAlpha(negative, -2, 4))).toBe('The sign is flipped, and the edits do not go equally far: alpha goes from -2 to 6 in the first and from -2 to 4 in the other, alpha 1 of the first is alpha -1 of the other.');
  });

  it('differ in how far they go', () => {
    expect(edits(withAlpha(a, -2, 3))).toBe('The edits go the same way, but not equally far: alpha goes from -2 to 6 in the first and from -2 to 3 in the other.');
  });

  it('are of different strength in w and in w+', () => {
    // In w every layer gets the unit vector, in w+ all layers have norm 1 together: 1 / sqrt(2) each.
    const half = [0.6, 0.8].map((value) => value / Math.SQRT2);
    const stacked = direction([2, 3], [half, half]);
    expect(edits(withAlpha(stacked, -2 * Math.SQRT2, 6 * Math.SQRT2))).toBe('The edits do the same thing: alpha 1 of the first is alpha 1.41 of the other.');
    expect(verdictOf(a, withAlpha(stacked, -2, 6))).toBe('same direction');
    expect(edits(withAlpha(stacked, -2, 6))).toBe('The edits go the same way, but not equally far: alpha goes from -2 to 6 in both, but alpha 1 of the first is alpha 1.41 of the other.');
  });

  it('are nothing to talk about where the directions are not the same', () => {
    expect(edits(direction([2, 3], [1, 0]))).toBeNull();
  });
});

describe('the table of fields', () => {
  const a: DirectionFile = { ...exampleDirection, metrics };
  const row = (comparison: Comparison, label: string) => comparison.fields.find((field) => field.label === label);

  it('tells numbers by their factor or their difference', () => {
    const b: DirectionFile = { ...a, discovery: { ...exampleDirection.discovery, eigenvalue: 24.6912, truncation: 0.7, tau: 0.0001 }, metrics: { ...metrics, alpha: 1.25, outsideMse: 0.001 } };
    const comparison = compared(a, b);
    expect(row(comparison, 'eigenvalue')).toEqual({ label: 'eigenvalue', kind: 'measurement', changed: true, values: ['12.3456', '24.6912'], changes: ['x 2'] });
    expect(row(comparison, 'inside/outside')).toMatchObject({ values: ['10', '20'], changes: ['x 2'] });
    expect(row(comparison, 'outside MSE')).toMatchObject({ values: ['0.002', '0.001'], changes: ['x 0.5'] });
    expect(row(comparison, 'alpha of measurement')).toMatchObject({ values: ['1.5', '1.25'], changes: ['-0.25'] });
    expect(row(comparison, 'psi')).toMatchObject({ changes: ['-0.3'] });
    expect(row(comparison, 'tau')).toMatchObject({ changes: ['x 0.1'] });
    expect(row(comparison, 'inside MSE')).toMatchObject({ changed: false, changes: [null] });
    expect(comparison.fields.filter(({ changed }) => changed)).toHaveLength(6);
  });

  it('has every field that one of them has', () => {
    const bare: DirectionFile = { ...a, version: 2, source: { kind: 'npy', file: 'eyes.npy', sha256: 'c'.repeat(64), row: 3 } };
    for (const key of ['region', 'discovery', 'metrics'] as const) Reflect.deleteProperty(bare, key);
    const comparison = compared(a, bare);
    expect(row(comparison, 'eigenvalue')).toMatchObject({ changed: true, values: ['12.3456', null], changes: [null] });
    expect(row(comparison, 'region')).toMatchObject({ values: ['box 0.2,0.4 0.6x0.15', null] });
    expect(row(comparison, 'source')).toMatchObject({ values: [null, 'eyes.npy, row 3'] });
    expect(row(comparison, 'format version')).toMatchObject({ values: ['1', '2'] });
    expect(comparison.verdict).toMatch(/^identical but for its eigenvalue, /);
  });

  it('rounds a range of alpha to six digits', () => {
    const [b, c] = [withAlpha(a, -2 * Math.SQRT2, 3), withAlpha(a, -2.82843, 3)];
    expect(row(compared(a, b), 'alpha range')).toMatchObject({ values: ['-6 to 6', '-2.82843 to 3'] });
    expect(row(compared(b, c), 'alpha range')).toMatchObject({ changed: true, values: [`${-2 * Math.SQRT2} to 3`, '-2.82843 to 3'] });
  });

  it('writes values out where their short forms are the same', () => {
    const moved = { ...a, region: { ...exampleDirection.region, x: 0.20001 } } as DirectionFile;
    expect(row(compared(a, moved), 'region')).toMatchObject({ changed: true, values: ['box 0.2,0.4 0.6x0.15', 'box 0.20001,0.4 0.6x0.15'] });
    const hashed = { ...a, generator: { ...a.generator, sha256: `${a.generator.sha256.slice(0, 63)}0` } };
    expect(row(compared(a, hashed), 'generator hash')!.values).toEqual([a.generator.sha256, hashed.generator.sha256]);
  });

  it('knows every key of the format: what it calls unknown is not of the format', () => {
    const full: DirectionFile = { ...a, discovery: { ...exampleDirection.discovery, class: 1, rankedBy: 'locality', jacobian: 'central', grams: 'tiles' }, source: { kind: 'composition', orthogonal: true, terms: [{ name: 'x', weight: 1 }] } };
    expect(directionFields(full).filter(({ kind }) => kind === 'other')).toEqual([]);
    const more = { ...full, note: 'mine', edit: { ...full.edit, step: 0.1 } } as DirectionFile;
    expect(directionFields(more).filter(({ kind }) => kind === 'other').map(({ key, text }) => [key, text])).toEqual([['edit.step', '0.1'], ['note', '"mine"']]);
  });

  it('puts a text that would break its row in quotes', () => {
    expect(row(compared(a, { ...a, name: 'two\nlines' }), 'name')!.values).toEqual(['eyes-1', '"two\\nlines"']);
  });

  it('takes unknown keys of any depth', () => {
    const deep = { ...a, note: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown } as DirectionFile;
    expect(compared(a, deep).verdict).toBe('identical but for its note');
  });
});

describe('layers', () => {
  it('share a row where all directions are in w', () => {
    expect(compared(direction([2, 3, 4, 7], [1, 0]), direction([3, 4, 6, 7], [0.6, 0.8])).layers).toEqual([{ layers: '2,6', cosines: [null] }, { layers: '3-4,7', cosines: [expect.closeTo(0.6, 12)] }]);
  });

  it('have a row each in w+', () => {
    const a = direction([0, 1, 2], [[1, 0], [1, 0], [0, 1]]);
    expect(compared(a, a).layers.map(({ layers }) => layers)).toEqual(['0', '1', '2']);
    expect(compared(a, direction([0, 1, 2], [[-1, 0], [0, 0], [0.6, 0.8]])).layers).toEqual([
      { layers: '0', cosines: [-1] }, { layers: '1', cosines: [null] }, { layers: '2', cosines: [expect.closeTo(0.8, 12)] },
    ]);
  });
});

describe('more than two directions', () => {
  const [a, b, c] = [direction([2], [1, 0]), { ...direction([2], turned(12)), name: 'b' }, { ...direction([2], turned(90)), name: 'c' }];

  it('have a matrix of all with all, and a column each', () => {
    const { cosines: matrix, pairs, layers, labels } = compared(a, b, c);
    expect(labels).toEqual(['a', 'b', 'c']);
    matrix.forEach((row, i) => {
      row.forEach((value, j) => {
        const degrees = Math.abs([0, 12, 90][i]! - [0, 12, 90][j]!);
        expect(value).toBeCloseTo(Math.cos((degrees * Math.PI) / 180), 12);
      });
    });
    expect(pairs.map(({ verdict }) => verdict)).toEqual(['rotated 12 degrees', 'unrelated directions']);
    expect(layers).toEqual([{ layers: '2', cosines: [expect.closeTo(Math.cos(Math.PI / 15), 12), expect.closeTo(0, 12)] }]);
  });

  it('have a verdict on all', () => {
    expect(compared(a, b, c).verdict).toBe('a and b are the most alike: rotated 12 degrees');
    expect(compared(c, b, a).verdict).toBe('b and a are the most alike: rotated 12 degrees');
    expect(compared(a, a, a).verdict).toBe('identical, all 3');
    expect(compared(a, a, direction([2], [-1, 0])).verdict).toBe('same direction, all 3, some with the sign flipped');
    const corners = [0, 1, 2].map((i) => direction([2], [0, 1, 2].map((j) => (i === j ? 1 : 0)), 3));
    expect(compared(...corners).verdict).toBe('unrelated directions, all 3');
    expect(compared(a, corners[0]!, direction([2], [1, 0, 0, 0], 4)).verdict).toBe('not comparable: latent vectors of different length');
  });

  it('are told apart by their files where names repeat', () => {
    expect(compared(a, a, b).labels).toEqual(['file-0.resefa.json', 'file-1.resefa.json', 'file-2.resefa.json']);
    expect(compareDirections([{ direction: a, file: 'a.resefa.json', version: 'HEAD' }, { direction: a, file: 'a.resefa.json' }]).labels).toEqual(['a.resefa.json (HEAD)', 'a.resefa.json']);
  });
});

it('crosses a border as JSON without a loss', () => {
  const comparison = compared(direction([2, 3], [1, 0]), direction([3], [1, 0, 0], 3), direction([4], [0.6, 0.8]));
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
});

it('measures angles between lines', () => {
  expect([1, -1, 0, 0.5, -0.5, 1.0000001].map(angleOf).map((angle) => Number(angle.toFixed(9)))).toEqual([0, 0, 90, 60, 60, 0]);
});

describe('applyEdits', () => {
  const ws = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), dims: [2, 3, 2] };

  it('adds alpha times the row of each edited layer to every sample, and leaves the original as it is', () => {
    const edited = applyEdits(ws, [{ layers: [0, 2], rows: vectorRows(direction([0, 2], [[1, 0], [0.5, -1]])), alpha: 2 }]);
    expect([...edited.data]).toEqual([3, 2, 3, 4, 6, 4, 9, 8, 9, 10, 12, 10]);
    expect(edited.dims).toEqual([2, 3, 2]);
    expect([...ws.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('adds several edits up', () => {
    const edits = [{ layers: [1], rows: [[1, 1]], alpha: 3 }, { layers: [1], rows: [[1, -1]], alpha: -1 }];
    expect([...applyEdits(ws, edits).data]).toEqual([1, 2, 5, 8, 5, 6, 7, 8, 11, 14, 11, 12]);
    expect(applyEdits(ws, []).data).toEqual(ws.data);
  });
});
