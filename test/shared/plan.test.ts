import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { formatPlan, parsePlan } from '../../src/shared/plan';
import { UserError } from '../../src/shared/userError';

const valid = new Ajv({ allowUnionTypes: true, strict: false }).compile(JSON.parse(readFileSync(fileURLToPath(new URL('../../schemas/plan.schema.json', import.meta.url)), 'utf8')) as object);

const least = { format: 'resefa-plan', version: 1, generators: ['afhq-cat-64'], regions: ['eyes'] };
const box = { name: 'left', shape: 'box', x: 0.1, y: 0.2, width: 0.3, height: 0.4 };

function read(plan: object) {
  return parsePlan(JSON.stringify(plan), 'p.json');
}

function problemOf(plan: object): string {
  try {
    read(plan);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('the plan was read');
}

describe('a plan', () => {
  it('needs generators and regions, and takes the rest as discover does', () => {
    expect(read(least)).toEqual({
      where: 'p.json',
      generators: [{ reference: 'afhq-cat-64', name: 'afhq-cat-64', regions: [{ name: 'eyes', region: 'eyes' }] }],
      seeds: [undefined],
      spaces: ['w'],
      preset: 'standard',
      jacobian: 'forward',
      count: 8,
      rankBy: 'eigenvalue',
      strips: false,
    });
  });

  it('says all that discover can be told', () => {
    const settings = { seeds: ['0-3', ' 7, 5 '], spaces: ['w+', 'w'], preset: 'exact', layers: '4-7', psi: 0.5, class: 3, tau: 0, jacobian: 'central', count: 2, rankBy: 'locality', strips: true };
    const { generators, ...rest } = read({ $schema: 'x', ...least, ...settings });
    expect(rest).toEqual({ where: 'p.json', seeds: ['0-3', '7,5'], spaces: ['w+', 'w'], preset: 'exact', tau: 0, jacobian: 'central', count: 2, rankBy: 'locality', strips: true });
    expect(generators[0]).toMatchObject({ layers: '4-7', psi: 0.5, class: 3 });
  });

  it('has generators with settings of their own, which come before those of all', () => {
    const { generators } = read({ ...least, psi: 1, layers: 'all', generators: ['a/cats.onnx', { generator: 'b/cats', name: 'other', psi: 0.2, regions: [box] }, './faces/'] });
    expect(generators).toEqual([
      { reference: 'a/cats.onnx', name: 'cats', regions: [{ name: 'eyes', region: 'eyes' }], psi: 1, layers: 'all' },
      { reference: 'b/cats', name: 'other', regions: [{ name: 'left', region: { shape: 'box', x: 0.1, y: 0.2, width: 0.3, height: 0.4 } }], psi: 0.2, layers: 'all' },
      { reference: './faces/', name: 'faces', regions: [{ name: 'eyes', region: 'eyes' }], psi: 1, layers: 'all' },
    ]);
  });

  it('calls the files of a region by what can stand in a name of files', () => {
    expect(read({ ...least, regions: ['Left_Eye', { ...box, name: 'my region: 2' }, 'naïve/œil'] }).generators[0]!.regions.map(({ name }) => name)).toEqual(['left-eye', 'my-region-2', 'naïve-œil']);
  });

  it.each([
    [{ ...least, format: 'plan' }, 'p.json: "format" must be "resefa-plan", not "plan"'],
    [{ ...least, version: 2 }, 'p.json: "version" is 2, which is newer than the version 1 that this program reads: update ReSeFa'],
    [{ ...least, sedes: ['0-3'] }, /^p\.json: "sedes" is not known; expected format, version, generators, regions, seeds, /],
    [{ ...least, generators: undefined }, 'p.json: "generators" is missing: it must be a list'],
    [{ ...least, generators: [] }, 'p.json: "generators" is empty, must have at least one entry'],
    [{ ...least, generators: [3] }, /"generators\[0\]" must be a generator: its path or name, or \{ "generator": \.\. \}/],
    [{ ...least, generators: [{ generator: 'a', layer: '2' }] }, /"generators\[0\]\.layer" is not known; expected generator, name, regions, layers, psi, class/],
    [{ ...least, generators: [{ generator: 'a', name: '../b' }] }, /"generators\[0\]\.name" must be the name of a folder/],
    [{ ...least, generators: ['a/..'] }, /"generators\[0\]" gives its directions no folder: write/],
    [{ ...least, generators: ['a/cats', 'b/Cats.onnx'] }, /"generators\[1\]" is "Cats", as "generators\[0\]" is: give one of the generators another "name"/],
    [{ ...least, regions: undefined }, /"generators\[0\]" has no regions: give "regions" for all generators, or for this one/],
    [{ ...least, regions: [] }, /"regions" is empty/],
    [{ ...least, regions: [7] }, /"regions\[0\]" must be a region: the name of one that the generator has, or/],
    [{ ...least, regions: ['eyes', 'Eyes'] }, /"regions\[1\]" is "eyes", as "regions\[0\]" is: the names of regions become those of files, and must differ/],
    [{ ...least, regions: ['...'] }, /"regions\[0\]" must be a name of up to 60 characters with a letter or digit in it, not "\.\.\."/],
    [{ ...least, regions: [{ ...box, width: 0.95 }] }, /"regions\[0\]\.width" is 0\.95, which goes beyond the right edge/],
    [{ ...least, regions: [{ ...box, name: undefined }] }, /"regions\[0\]\.name" is missing/],
    [{ ...least, regions: [{ ...box, points: [] }] }, /"regions\[0\]\.points" is not known; expected name, shape, x, y, width, height/],
    [{ ...least, seeds: '0-3' }, /"seeds" must be a list, not "0-3"/],
    [{ ...least, seeds: [3] }, /"seeds\[0\]" must be a list of samples such as "0-19", not 3/],
    [{ ...least, seeds: ['3-1'] }, /p\.json: "seeds\[0\]": the range 3-1 runs backwards/],
    [{ ...least, seeds: ['0,1', '0-1'] }, /"seeds\[1\]" is "0-1", as "seeds\[0\]" is/],
    [{ ...least, spaces: ['z'] }, /"spaces\[0\]" must be "w" or "w\+", not "z"/],
    [{ ...least, spaces: ['w', 'w'] }, /"spaces\[1\]" is "w", as "spaces\[0\]" is/],
    [{ ...least, preset: 'quick' }, /"preset" must be "draft" or "standard" or "exact" or "official"/],
    [{ ...least, psi: 3 }, /"psi" must be a number from -2 to 2, not 3/],
    [{ ...least, count: 0 }, /"count" must be a whole number from 1 to 1000/],
    [{ ...least, strips: 'yes' }, /"strips" must be true or false, not "yes"/],
    [{ ...least, seeds: Array.from({ length: 10_001 }, (_, i) => String(i)) }, /p\.json: asks for 10001 discoveries, at most 10000 are allowed/],
  ])('%j is refused with the place', (plan, problem) => {
    expect(problemOf(plan)).toMatch(problem instanceof RegExp ? problem : new RegExp(`^${problem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
    expect(problemOf(plan)).not.toContain('\n');
  });

  it('tells the line of what is no JSON', () => {
    expect(() => parsePlan('{\n  "format": resefa\n}', 'p.json')).toThrow('p.json:2:13: expected a value');
  });
});

describe('the schema of plans', () => {
  it.each([
    [least],
    [{ ...least, regions: ['eyes', box, { name: 'p', shape: 'polygon', points: [[0, 0], [0.5, 0], [0, 0.5]] }, { name: 'm', shape: 'mask', width: 2, height: 1, rows: ['1+1'] }] }],
    [{ ...least, generators: [{ generator: 'a', name: 'b', regions: ['nose'], layers: '2', psi: 0, class: 1 }], seeds: ['0,2,5-8'], spaces: ['w', 'w+'], preset: 'draft', tau: 0.1, jacobian: 'central', count: 3, rankBy: 'locality', strips: true }],
  ])('takes what is read: %j', (plan) => {
    expect(() => read(plan)).not.toThrow();
    expect(valid(plan), JSON.stringify(valid.errors)).toBe(true);
  });

  it.each([
    [{ ...least, format: 'x' }], [{ ...least, version: 2 }], [{ ...least, sedes: [] }], [{ ...least, generators: [] }], [{ ...least, regions: [{ ...box, points: [] }] }], [{ ...least, regions: [{ shape: 'box' }] }],
    [{ ...least, seeds: ['a'] }], [{ ...least, spaces: ['z'] }], [{ ...least, count: 0 }], [{ ...least, psi: 3 }], [{ ...least, strips: 1 }], [{ ...least, generators: [{ name: 'a' }] }],
  ])('and not what is refused: %j', (plan) => {
    expect(() => read(plan)).toThrow(UserError);
    expect(valid(plan)).toBe(false);
  });
});

describe('formatPlan', () => {
  it('writes what is read again', () => {
    const text = formatPlan({ generators: ['afhq-cat-64', { generator: './a', name: 'b' }], regions: ['eyes', { ...box, shape: 'box' }], seeds: ['0-3'], spaces: ['w', 'w+'], preset: 'draft', count: 4 });
    const plan = parsePlan(text, 'p.json');
    expect(plan.generators.map(({ reference, name }) => [reference, name])).toEqual([['afhq-cat-64', 'afhq-cat-64'], ['./a', 'b']]);
    expect(plan).toMatchObject({ seeds: ['0-3'], spaces: ['w', 'w+'], preset: 'draft', count: 4 });
    expect(valid(JSON.parse(text))).toBe(true);
    expect(text).toMatch(/^\{\n {2}"format": "resefa-plan",\n {2}"version": 1,\n/);
  });
});
