import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { directionErrors } from '../../src/shared/direction/checkDirection';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { gramSources, jacobianChannels, jacobianMethods, latentSpaces, presets, rankings, sourceKinds } from '../../src/shared/direction/directionFile';
import { Field } from '../../src/shared/field';
import type { Rule } from '../../src/shared/field';
import { Dice } from '../fuzz/dice';
import { mutateJson } from '../fuzz/mutateJson';
import { exampleDirection } from '../support/directions';
import { randomDirection } from '../support/handmadeDirections';

interface Schema {
  readonly $id?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enumDescriptions?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly defaultSnippets?: readonly { readonly label: string; readonly body: unknown }[];
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly [key: string]: unknown;
}

const schema = JSON.parse(readFileSync('schemas/direction.schema.json', 'utf8')) as Schema;
const ajv = new Ajv({ strict: true, allErrors: true, strictTypes: false, strictRequired: false });
// What VS Code knows beyond the standard.
ajv.addVocabulary(['markdownDescription', 'enumDescriptions', 'markdownEnumDescriptions', 'defaultSnippets', 'patternErrorMessage']);
const validate = ajv.compile(schema);

/** What a JSON schema cannot say. */
const beyondSchemas: readonly Rule[] = ['newerVersion', 'versionOfSource', 'layerOrder', 'alphaOrder', 'seeds', 'regionEdge', 'regionArea', 'maskHeight', 'maskRuns', 'rows', 'dimensions', 'norm'];

describe('the schema of direction files', () => {
  it('says on hundreds of files what the reader says, but for rules between values', () => {
    const broken = new Set<Rule>();
    let [accepted, refused] = [0, 0];
    for (let seed = 0; seed < 3000; seed++) {
      const value = candidate(new Dice(seed));
      const errors = directionErrors(new Field(value, 'file'));
      const passes = validate(value);
      if (errors.length === 0) expect([seed, ajv.errorsText(passes ? [] : validate.errors)]).toEqual([seed, 'No errors']);
      else if (passes) expect([seed, errors.filter(({ rule }) => rule === undefined).map(({ message }) => message)]).toEqual([seed, []]);
      if (errors.length === 0) accepted++;
      else refused++;
      if (passes) for (const { rule } of errors) broken.add(rule!);
    }
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(1000);
    expect([...broken].filter((rule) => !beyondSchemas.includes(rule))).toEqual([]);
    expect(broken.size).toBeGreaterThan(6);
  });

  it.each<[string, (direction: Record<string, unknown>) => unknown]>([
    ['layerOrder', (direction) => ({ ...direction, latent: { ...exampleDirection.latent, layers: [3, 2] } })],
    ['norm', (direction) => ({ ...direction, vector: [1, 1, 1, 1] })],
    ['dimensions', (direction) => ({ ...direction, vector: [1] })],
    ['rows', (direction) => ({ ...direction, latent: { ...exampleDirection.latent, space: 'w+' }, vector: [[1, 0, 0, 0]] })],
    ['alphaOrder', (direction) => ({ ...direction, edit: { alpha: [2, 1] } })],
    ['seeds', (direction) => ({ ...direction, discovery: { ...exampleDirection.discovery, seeds: 'all' } })],
    ['newerVersion', (direction) => ({ ...direction, version: 3 })],
    ['regionEdge', (direction) => ({ ...direction, region: { shape: 'box', x: 0.5, y: 0, width: 1, height: 1 } })],
    ['regionArea', (direction) => ({ ...direction, region: { shape: 'polygon', points: [[0, 0], [0.5, 0.5], [1, 1]] } })],
    ['maskHeight', (direction) => ({ ...direction, region: { shape: 'mask', width: 2, height: 2, rows: ['0+1'] } })],
    ['maskRuns', (direction) => ({ ...direction, region: { shape: 'mask', width: 2, height: 1, rows: ['1+2'] } })],
    ['versionOfSource', (direction) => ({ ...without(direction, 'discovery'), source: { kind: 'npy', file: 'a.npy', sha256: '0'.repeat(64), row: 0 } })],
  ])('leaves the rule %s to the reader', (rule, change) => {
    const value = change({ ...exampleDirection });
    expect(validate(value)).toBe(true);
    expect(directionErrors(new Field(value, 'file')).map((error) => error.rule)).toEqual([rule]);
  });

  it('has a description of every property, and of every choice the same words as the reader', () => {
    const choices = new Set<string>();
    for (const [path, property] of propertiesOf(schema, '')) {
      expect([path, (property.description ?? property.markdownDescription ?? '').length > 10]).toEqual([path, true]);
      if (!property.enum) continue;
      choices.add(property.enum.join());
      expect([path, (property.enumDescriptions ?? property.markdownEnumDescriptions)?.length]).toEqual([path, property.enum.length]);
    }
    const known = [latentSpaces, presets, jacobianChannels, rankings, jacobianMethods, gramSources, sourceKinds, ['box', 'ellipse', 'polygon', 'mask']];
    expect([...choices].sort()).toEqual(known.map((each) => each.join()).sort());
  });

  it('knows every key that the canonical text puts in order', () => {
    const text = formatDirection({ ...exampleDirection, discovery: { ...exampleDirection.discovery, class: 1, rankedBy: 'locality', jacobian: 'central', grams: 'tiles' }, metrics: { seeds: '1', alpha: 1, insideMse: 1, outsideMse: 1 }, source: { kind: 'npy', file: 'a', sha256: '0'.repeat(64), row: 1 } });
    const named = new Set([...propertiesOf(schema, '')].map(([path]) => path.split('.').at(-1)!));
    expect([...text.matchAll(/"(\w+)":/g)].map((match) => match[1]!).filter((key) => !named.has(key))).toEqual([]);
  });

  it('completes to values that it accepts', () => {
    const bodies = schema.defaultSnippets!.map(({ body }) => filledIn(body));
    for (const body of bodies) expect([body, directionErrors(new Field(body, 'file')).map(({ message }) => message)]).toEqual([body, []]);
    for (const [key, definition] of [...Object.entries(schema.properties!), ...Object.entries(schema.definitions!)]) {
      for (const { body } of definition.defaultSnippets ?? []) {
        const value = { ...exampleDirection, [key]: filledIn(body) };
        if (key === 'latent' && (value.latent as { space: string }).space === 'w+') Object.assign(value, { vector: [[1]] });
        expect([key, validate(value), ajv.errorsText(validate.errors)]).toEqual([key, true, 'No errors']);
      }
    }
  });
});

function without(object: Record<string, unknown>, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** A legal direction, or one with a few entries changed. */
function candidate(dice: Dice): unknown {
  const value = randomDirection(dice);
  if (dice.chance(0.2)) return value;
  // JSON knows no infinity: it becomes null here, and a number too large in a file is none for both.
  return JSON.parse(Buffer.from(mutateJson(Buffer.from(JSON.stringify(value)), dice)).toString('utf8')) as unknown;
}

/** Every property that is defined anywhere in a schema, by the keys that lead to it. */
function* propertiesOf(node: Schema, path: string): Iterable<[string, Schema]> {
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    const here = `${path}.${key}`;
    // Conditions look at values and describe nothing.
    if (isDescribed(property)) yield [here, referred(property)];
    yield* propertiesOf(property, here);
  }
  for (const key of ['then', 'items']) if (isSchema(node[key])) yield* propertiesOf(node[key], `${path}.${key}`);
  for (const part of (node.allOf as readonly Schema[] | undefined) ?? []) yield* propertiesOf(part, path);
  for (const [key, definition] of Object.entries(node.definitions ?? {})) yield* propertiesOf(definition, `${path}#${key}`);
}

function isDescribed(property: Schema): boolean {
  return Object.keys(property).join() !== 'items';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property with what it refers to. */
function referred(property: Schema): Schema {
  const name = typeof property.$ref === 'string' ? property.$ref.split('/').at(-1)! : undefined;
  return name === undefined ? property : { ...schema.definitions![name]!, ...property };
}

/** What a snippet leaves when every stop keeps what it proposes, or gets a text. */
function filledIn(body: unknown): unknown {
  const text = JSON.stringify(body).replaceAll(/"\^\$\{\d+:([^}]*)\}"/g, '$1').replaceAll(/\$\{\d+:([^}]*)\}/g, '$1');
  return JSON.parse(text.replaceAll(/"sha256":"\$\d+"/g, `"sha256":"${'0'.repeat(64)}"`).replaceAll(/\$\d+/g, 'x').replaceAll('"dimensions":512', '"dimensions":1')) as unknown;
}
