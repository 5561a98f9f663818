import { describe, expect, it } from 'vitest';
import { checkPanelState, pageChecks } from '../../src/shared/protocol/pageChecks';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';

type Json = Record<string, unknown>;

const box = { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.15 };
const regions = [
  box,
  { shape: 'ellipse', x: 0, y: 0, width: 1, height: 0.5 },
  { shape: 'polygon', points: [[0, 0], [1, 0], [0.5, 1]] },
  { shape: 'mask', width: 4, height: 2, rows: ['0+2', ''] },
];
const row = new Float32Array([0.6, 0.8]);
const edit = { layers: [2, 3], rows: [row, row], alpha: -2.5 };
const sample = { seed: 4294967295, psi: 0.7 };
const generator = '/models/cats';
const stacked = { ...exampleDirection, latent: { space: 'w+', dimensions: 2, layers: [1, 4] }, vector: [[0.6, 0], [0, 0.8]], metrics: { seeds: '100-107', alpha: 1, insideMse: 0.02, outsideMse: 0.001 } };

const render = { generator, sample, edits: [edit], region: box, heat: true };
const batch = { generator, items: [{ sample: { ...sample, label: 3 }, edits: [] }, { sample, edits: [edit] }], size: 96 };
const estimate = { generator, preset: 'standard', space: 'w+', layers: [0, 2, 9], seeds: '0-4,9', label: 0, count: 8 };
const follow = { ...estimate, region: box, name: 'eyes' };
const discover = { ...follow, id: 'a-1' };
const strip = { generator, directions: [{ direction: exampleDirection, alpha: 2 }], samples: [sample], fileName: 'eyes-1.png' };
const picture = { generator, sample, edits: [edit], fileName: 'seed 0.png' };

const freshState = {
  version: 1, id: 'a-1', generator: 'afhq-cat-64', seed: 0, psi: 0.7, space: 'w', preset: 'standard', shape: 'box',
  regions: [{ name: 'region 1', directions: [], alphas: [] }], active: 0, heat: false, byLocality: false,
};

const valid: Readonly<Record<keyof typeof pageChecks, readonly Json[]>> = {
  start: [{}],
  keep: [{ state: freshState }],
  open: [{ generator }, { generator: 'afhq-cat-64' }, { generator: 'x'.repeat(4096) }],
  render: [render, { ...render, live: true }, { generator, sample, edits: [], heat: false }, ...regions.map((region) => ({ ...render, region }))],
  renderBatch: [batch, { ...batch, items: [] }],
  discover: [discover, { id: 'b', generator, region: regions[3], name: 'n', preset: 'draft', space: 'w', layers: [0], count: 1 }],
  stop: [{ id: 'a-1' }],
  follow: [follow, { ...follow, region: regions[3] }, { generator, region: box, name: 'n', preset: 'exact', space: 'w', layers: [0], count: 8 }],
  estimate: [estimate, { generator, preset: 'official', space: 'w', layers: [0], count: 1 }],
  saveDirection: [{ generator, direction: exampleDirection }, { generator, direction: stacked }, { generator, direction: { ...exampleDirection, discovery: { ...exampleDirection.discovery, grams: 'tiles' } } }],
  exportStrip: [strip, { ...strip, fileName: 'eyes-1+mouth-2.png' }],
  exportAnimation: [{ generator: strip.generator, directions: strip.directions, samples: strip.samples }],
  exportPicture: [picture],
  chooseGenerator: [{}],
  showLog: [{}],
};

/** Values that are refused, and the field that the message names. */
const broken: Readonly<Record<keyof typeof pageChecks, readonly (readonly [value: unknown, field: string])[]>> = {
  start: [[null, 'start'], [[], 'start'], [undefined, 'start']],
  keep: [[{}, '"state"'], [{ state: { ...freshState, seed: -1 } }, '"state.seed"'], [{ state: { ...freshState, id: '../a' } }, '"state.id"']],
  open: [
    [{}, '"generator"'], [{ generator: 7 }, '"generator"'], [{ generator: ' ' }, '"generator"'], [{ generator: 'x'.repeat(4097) }, '"generator"'],
    [{ generator: 'a\0b' }, '"generator"'], ['cats', 'open'],
  ],
  render: [
    [{ ...render, heat: 1 }, '"heat"'],
    [{ ...render, generator: undefined }, '"generator"'],
    [{ ...render, region: { ...box, width: 0.9 } }, '"region.width"'],
    [{ ...render, region: { shape: 'star' } }, '"region.shape"'],
    [{ ...render, region: null }, '"region"'],
    [{ ...render, sample: undefined }, '"sample"'],
    [{ ...render, sample: { seed: -1, psi: 1 } }, '"sample.seed"'],
    [{ ...render, sample: { seed: 2 ** 32, psi: 1 } }, '"sample.seed"'],
    [{ ...render, sample: { seed: 1.5, psi: 1 } }, '"sample.seed"'],
    [{ ...render, sample: { seed: '0', psi: 1 } }, '"sample.seed"'],
    [{ ...render, sample: { seed: 0, psi: 2.01 } }, '"sample.psi"'],
    [{ ...render, sample: { seed: 0, psi: NaN } }, '"sample.psi"'],
    [{ ...render, sample: { ...sample, label: -1 } }, '"sample.label"'],
    [{ ...render, edits: {} }, '"edits"'],
    [{ ...render, edits: Array.from({ length: 1001 }, () => edit) }, '"edits"'],
    [{ ...render, edits: [{ ...edit, alpha: Infinity }] }, '"edits[0].alpha"'],
    [{ ...render, edits: [{ ...edit, alpha: null }] }, '"edits[0].alpha"'],
    [{ ...render, edits: [edit, { ...edit, layers: [3, 2] }] }, '"edits[1].layers[1]"'],
    [{ ...render, edits: [{ ...edit, layers: [2, 2] }] }, '"edits[0].layers[1]"'],
    [{ ...render, edits: [{ ...edit, layers: [] }] }, '"edits[0].layers"'],
    [{ ...render, edits: [{ ...edit, rows: [row] }] }, '"edits[0].rows"'],
    [{ ...render, edits: [{ ...edit, rows: [row, [0.6, 0.8]] }] }, '"edits[0].rows[1]"'],
    [{ ...render, edits: [{ ...edit, rows: [row, new Float64Array(2)] }] }, '"edits[0].rows[1]"'],
    [{ ...render, edits: [{ ...edit, rows: [row, new Float32Array(3)] }] }, '"edits[0].rows"'],
    [{ ...render, edits: [{ ...edit, rows: [row, new Float32Array([1, NaN])] }] }, '"edits[0].rows[1]"'],
    [{ ...render, edits: [{ ...edit, rows: [row, new Float32Array()] }] }, '"edits[0].rows[1]"'],
    [{ ...render, edits: [{ layers: [0], rows: [new Float32Array(65537)], alpha: 1 }] }, '"edits[0].rows[0]"'],
  ],
  renderBatch: [
    [{ ...batch, size: 0 }, '"size"'], [{ ...batch, size: 1e9 }, '"size"'], [{ ...batch, items: undefined }, '"items"'],
    [{ ...batch, items: Array.from({ length: 1001 }, () => ({ sample, edits: [] })) }, '"items"'],
    [{ ...batch, items: [{ sample, edits: [] }, { sample }] }, '"items[1].edits"'],
    [{ ...batch, items: [{ sample: { seed: 0 }, edits: [] }] }, '"items[0].sample.psi"'],
    [{ ...batch, generator: '' }, '"generator"'],
  ],
  discover: [
    [{ ...discover, id: '' }, '"id"'], [{ ...discover, id: 'x'.repeat(201) }, '"id"'], [{ ...discover, name: 'x'.repeat(201) }, '"name"'],
    [{ ...discover, region: undefined }, '"region"'], [{ ...discover, preset: 'best' }, '"preset"'], [{ ...discover, space: 'z' }, '"space"'],
    [{ ...discover, layers: undefined }, '"layers"'], [{ ...discover, layers: [0.5] }, '"layers[0]"'], [{ ...discover, layers: [70_000] }, '"layers[0]"'],
    [{ ...discover, seeds: '4-' }, '"seeds"'], [{ ...discover, seeds: '1,1' }, '"seeds"'], [{ ...discover, seeds: '0-10000' }, '"seeds"'], [{ ...discover, seeds: 3 }, '"seeds"'],
    [{ ...discover, count: 0 }, '"count"'], [{ ...discover, count: 1001 }, '"count"'], [{ ...discover, label: 'cat' }, '"label"'], [{ ...discover, generator: [] }, '"generator"'],
  ],
  stop: [[{}, '"id"'], [{ id: 3 }, '"id"']],
  follow: [
    [{ ...follow, region: undefined }, '"region"'], [{ ...follow, region: { ...box, x: 0.9 } }, '"region.width"'], [{ ...follow, name: '' }, '"name"'], [{ ...follow, preset: 'best' }, '"preset"'],
    [{ ...follow, seeds: 'x' }, '"seeds"'], [{ ...follow, count: 0.5 }, '"count"'], [{ ...follow, generator: '' }, '"generator"'], [undefined, 'follow'],
  ],
  estimate: [
    [{ ...estimate, layers: [3, 1] }, '"layers[1]"'], [{ ...estimate, space: 'z' }, '"space"'], [{ ...estimate, seeds: '0-20000' }, '"seeds"'], [{ ...estimate, count: undefined }, '"count"'],
    [{ ...estimate, generator: 3 }, '"generator"'], [{ ...estimate, label: -1 }, '"label"'],
  ],
  saveDirection: [
    [{ generator }, '"direction"'], [{ generator, direction: 'eyes-1' }, '"direction"'], [{ direction: exampleDirection }, '"generator"'],
    [{ generator, direction: { ...exampleDirection, discovery: { ...exampleDirection.discovery, grams: 'rows' } } }, '"direction.discovery.grams"'],
    [{ generator, direction: { ...exampleDirection, format: 'x' } }, '"direction.format"'],
    [{ generator, direction: { ...exampleDirection, name: 'x'.repeat(201) } }, '"direction.name"'],
    [{ generator, direction: { ...exampleDirection, vector: [1, 1, 1, 1] } }, '"direction.vector"'],
    [{ generator, direction: { ...exampleDirection, vector: [0.5, -0.5, 0.5, 'x'] } }, '"direction.vector[3]"'],
    [{ generator, direction: { ...exampleDirection, region: { shape: 'box' } } }, '"direction.region.x"'],
    [{ generator, direction: { ...exampleDirection, generator: { ...exampleDirection.generator, sha256: '..' } } }, '"direction.generator.sha256"'],
    [{ generator, direction: { ...stacked, latent: { ...stacked.latent, layers: [1] } } }, '"direction.vector"'],
  ],
  exportStrip: [
    [{ ...strip, fileName: '../eyes.png' }, '"fileName"'], [{ ...strip, fileName: 'a\\b.png' }, '"fileName"'], [{ ...strip, fileName: '..' }, '"fileName"'], [{ ...strip, fileName: undefined }, '"fileName"'],
    [{ ...strip, directions: [] }, '"directions"'], [{ ...strip, samples: [] }, '"samples"'],
    [{ ...strip, directions: [{ direction: exampleDirection, alpha: NaN }] }, '"directions[0].alpha"'],
    [{ ...strip, directions: [{ direction: { ...exampleDirection, version: 3 }, alpha: 1 }] }, '"directions[0].direction.version"'],
    [{ ...strip, samples: Array.from({ length: 1001 }, () => sample) }, '"samples"'], [{ ...strip, generator: null }, '"generator"'],
  ],
  exportAnimation: [
    [{ ...strip, directions: [] }, '"directions"'], [{ ...strip, samples: [{ seed: 1 }] }, '"samples[0].psi"'], [{ ...strip, generator: 7 }, '"generator"'],
    [{ ...strip, directions: [{ direction: exampleDirection, alpha: '2' }] }, '"directions[0].alpha"'],
  ],
  exportPicture: [
    [{ ...picture, fileName: 'C:x.png' }, '"fileName"'], [{ ...picture, fileName: 'a\nb.png' }, '"fileName"'], [{ ...picture, sample: 3 }, '"sample"'],
    [{ ...picture, edits: [{ ...edit, rows: {} }] }, '"edits[0].rows"'], [{ ...picture, generator: 'x'.repeat(5000) }, '"generator"'],
  ],
  chooseGenerator: [['', 'chooseGenerator']],
  showLog: [[3, 'showLog']],
};

describe.each(Object.keys(pageChecks) as (keyof typeof pageChecks)[])('the check of %s', (call) => {
  it('passes valid values unchanged', () => {
    for (const value of valid[call]) expect(pageChecks[call](structuredClone(value))).toEqual(value);
  });

  it('keeps no key that is not known', () => {
    for (const value of valid[call]) {
      const extended = withExtraKeys(value) as Json;
      expect(pageChecks[call](extended)).toEqual(value);
    }
  });

  it.each(broken[call].map(([value, field]) => ({ value, field })))('refuses a broken $field', async ({ value, field }) => {
    const message = await userErrorOf(() => pageChecks[call](value));
    expect(message.startsWith(call)).toBe(true);
    expect(message).toContain(field);
  });
});

/** A copy with one more key in each of its objects. */
function withExtraKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withExtraKeys);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withExtraKeys(item)] as const);
  return { ...Object.fromEntries(entries), surprise: { __proto__: null, deep: true } };
}

it('keeps rows that are one array one array', () => {
  const { edits } = pageChecks.render(structuredClone(render));
  expect(edits[0]!.rows[0]).toBe(edits[0]!.rows[1]);
});

describe('checkPanelState', () => {
  const fresh = freshState;
  const used = {
    ...fresh, label: 2, layers: [2, 3], samples: 5, shape: 'brush', active: 1, heat: true,
    follow: false, regions: [{ name: 'eyes', region: box, directions: [exampleDirection, stacked], alphas: [0, -2.4] }, { name: 'ears', region: regions[3], directions: [], alphas: [] }],
  };

  it('passes valid states unchanged, also after a way through JSON', () => {
    for (const state of [fresh, used]) expect(checkPanelState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('keeps no key that is not known', () => {
    expect(checkPanelState(withExtraKeys(used))).toEqual(used);
  });

  it.each([
    [undefined, 'state'], [null, 'state'], ['{}', 'state'], [[], 'state'],
    [{ ...fresh, version: 2 }, '"version"'], [{ ...fresh, id: 'a/b' }, '"id"'], [{ ...fresh, id: undefined }, '"id"'], [{ ...fresh, generator: undefined }, '"generator"'], [{ ...fresh, seed: -1 }, '"seed"'], [{ ...fresh, psi: 9 }, '"psi"'],
    [{ ...fresh, label: 'a' }, '"label"'], [{ ...fresh, layers: [] }, '"layers"'], [{ ...fresh, space: 'W' }, '"space"'], [{ ...fresh, preset: '' }, '"preset"'],
    [{ ...fresh, samples: 0 }, '"samples"'], [{ ...fresh, shape: 'circle' }, '"shape"'], [{ ...fresh, regions: [] }, '"regions"'], [{ ...fresh, regions: undefined }, '"regions"'],
    [{ ...fresh, active: 1 }, '"active"'], [{ ...fresh, active: -1 }, '"active"'], [{ ...fresh, heat: 'no' }, '"heat"'], [{ ...fresh, byLocality: undefined }, '"byLocality"'], [{ ...fresh, follow: 'on' }, '"follow"'],
    [{ ...fresh, regions: [{ name: '', directions: [], alphas: [] }] }, '"regions[0].name"'],
    [{ ...fresh, regions: [{ name: 'a', directions: [], alphas: [1] }] }, '"regions[0].alphas"'],
    [{ ...fresh, regions: [{ name: 'a', directions: [exampleDirection], alphas: [null] }] }, '"regions[0].alphas[0]"'],
    [{ ...fresh, regions: [{ name: 'a', directions: [{}], alphas: [0] }] }, '"regions[0].directions[0].format"'],
    [{ ...fresh, regions: [{ name: 'a', region: { shape: 'polygon', points: [] }, directions: [], alphas: [] }] }, '"regions[0].region.points"'],
    [{ ...fresh, regions: Array.from({ length: 101 }, () => fresh.regions[0]) }, '"regions"'],
  ])('refuses %#', async (value, field) => {
    const message = await userErrorOf(() => checkPanelState(value));
    expect(message.startsWith('state of the panel')).toBe(true);
    expect(message).toContain(field);
  });
});
