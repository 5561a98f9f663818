import { jacobianMethods, latentSpaces, presets, rankings } from './direction/directionFile';
import type { JacobianMethod, LatentSpace, Preset, Ranking } from './direction/directionFile';
import { Field } from './field';
import { parseJson } from './jsonText';
import { formatRanges, parseSeeds, psiLimits } from './numberList';
import { fileNameOf, isFileName } from './plainFileName';
import { checkRegion } from './region';
import type { Region } from './region';

/** How the names of plan files end. */
export const planSuffix = '.resefa-plan.json';

/** Settings of samples and edits: a plan has them for all of its generators, and a generator its own in place of them. */
export interface PlanSettings {
  /** Such as "4-7" or "all"; the generator's own choice where left out. */
  readonly layers?: string;
  /** Truncation of the samples, -2..2. */
  readonly psi?: number;
  /** The class of a conditional generator. */
  readonly class?: number;
}

/** A region of a plan. */
export interface PlannedRegion {
  /** The beginning of its directions' names. */
  readonly name: string;
  /** A shape, or what the generator calls it. */
  readonly region: Region | string;
}

export interface PlannedGenerator extends PlanSettings {
  /** As the plan says it: a path relative to the plan's folder, an absolute one, or the name of an embedded generator. */
  readonly reference: string;
  /** The folder of its directions. */
  readonly name: string;
  readonly regions: readonly PlannedRegion[];
}

/** Discoveries for each combination of generators, regions, seeds and spaces. */
export interface BatchPlan {
  /** What messages call it: its file's name. */
  readonly where: string;
  /** With the plan's settings where they have none of their own. */
  readonly generators: readonly PlannedGenerator[];
  /** Lists such as "0-19", at least one; undefined is as many samples as the preset takes. */
  readonly seeds: readonly (string | undefined)[];
  readonly spaces: readonly LatentSpace[];
  readonly preset: Preset;
  readonly tau?: number;
  readonly jacobian: JacobianMethod;
  /** Directions of each region that are kept. */
  readonly count: number;
  readonly rankBy: Ranking;
  /** Whether to draw a picture of each direction. */
  readonly strips: boolean;
}

/** What a program that writes plans may put into one; the rest is for people. */
export interface PlanFile extends PlanSettings {
  readonly generators: readonly (string | { readonly generator: string; readonly name?: string; readonly class?: number })[];
  readonly regions: readonly (string | (Region & { readonly name: string }))[];
  readonly seeds?: readonly string[];
  readonly spaces?: readonly LatentSpace[];
  readonly preset?: Preset;
  readonly count?: number;
}

const format = 'resefa-plan';
const settingKeys = ['layers', 'psi', 'class'] as const;
const planKeys = ['$schema', 'format', 'version', 'generators', 'regions', 'seeds', 'spaces', 'preset', ...settingKeys, 'tau', 'jacobian', 'count', 'rankBy', 'strips'];
const generatorKeys = ['generator', 'name', 'regions', ...settingKeys];

/** What a region of each shape is made of, beside its name. */
const regionKeys = { box: ['x', 'y', 'width', 'height'], ellipse: ['x', 'y', 'width', 'height'], polygon: ['points'], mask: ['width', 'height', 'rows'] } as const;

/** Names become parts of longer ones, which no file system may refuse. */
const longestName = 60;

/** More than anybody means. */
const mostResults = 10_000;

/**
 * Reads a plan of several discoveries.
 *
 * @param where the file's name, for messages
 * @throws UserError with the place of what is wrong
 */
export function parsePlan(text: string, where: string): BatchPlan {
  const file = new Field(parseJson(text, where), where);
  file.at('format').oneOf([format]);
  const version = file.at('version');
  if (version.integer({ min: 1 }) > 1) version.fail(`is ${version.integer()}, which is newer than the version 1 that this program reads: update ReSeFa`);
  requireKnownKeys(file, planKeys);
  const common = settingsOf(file);
  const regions = file.at('regions').present ? regionsIn(file.at('regions')) : undefined;
  const tau = optional(file.at('tau'), (field) => field.number({ min: 0, max: 1e6 }));
  const plan: BatchPlan = {
    where,
    generators: filled(file.at('generators')).map((field) => generatorIn(field, common, regions)),
    seeds: optional(file.at('seeds'), seedsIn) ?? [undefined],
    spaces: optional(file.at('spaces'), spacesIn) ?? ['w'],
    preset: optional(file.at('preset'), (field) => field.oneOf(presets)) ?? 'standard',
    ...(tau === undefined ? {} : { tau }),
    jacobian: optional(file.at('jacobian'), (field) => field.oneOf(jacobianMethods)) ?? 'forward',
    count: optional(file.at('count'), (field) => field.integer({ min: 1, max: 1000 })) ?? 8,
    rankBy: optional(file.at('rankBy'), (field) => field.oneOf(rankings)) ?? 'eigenvalue',
    strips: optional(file.at('strips'), boolean) ?? false,
  };
  requireOneEach(file.at('generators'), plan.generators.map(({ name }) => name), 'give one of the generators another "name", which is the folder of its directions');
  const results = plan.generators.reduce((sum, generator) => sum + generator.regions.length, 0) * plan.seeds.length * plan.spaces.length;
  if (results > mostResults) file.fail(`asks for ${results} discoveries, at most ${mostResults} are allowed`);
  return plan;
}

/** The text of a plan file. */
export function formatPlan(plan: PlanFile): string {
  const { generators, regions, seeds, spaces, preset, layers, psi, class: label, count } = plan;
  return `${JSON.stringify({ format, version: 1, generators, regions, seeds, spaces, preset, layers, psi, class: label, count }, null, 2)}\n`;
}

function settingsOf(field: Field): PlanSettings {
  const layers = optional(field.at('layers'), (each) => each.text());
  const psi = optional(field.at('psi'), (each) => each.number(psiLimits));
  const label = optional(field.at('class'), (each) => each.integer({ min: 0 }));
  return { ...(layers === undefined ? {} : { layers }), ...(psi === undefined ? {} : { psi }), ...(label === undefined ? {} : { class: label }) };
}

function generatorIn(field: Field, common: PlanSettings, regions: readonly PlannedRegion[] | undefined): PlannedGenerator {
  if (typeof field.value === 'string') return { reference: field.text(), name: folderOf(field), regions: regions ?? missingRegions(field), ...common };
  if (typeof field.value !== 'object' || field.value === null || Array.isArray(field.value)) field.refuse('a generator: its path or name, or { "generator": .. } with settings of its own');
  requireKnownKeys(field, generatorKeys);
  const name = optional(field.at('name'), folderName);
  const own = field.at('regions').present ? regionsIn(field.at('regions')) : undefined;
  return { reference: field.at('generator').text(), name: name ?? folderOf(field.at('generator')), regions: own ?? regions ?? missingRegions(field), ...common, ...settingsOf(field) };
}

function missingRegions(field: Field): never {
  return field.fail('has no regions: give "regions" for all generators, or for this one');
}

function folderName(field: Field): string {
  const name = field.text();
  if (!isFileName(name) || name.length > longestName || /[. ]$/.test(name)) field.refuse(`the name of a folder: up to ${longestName} letters, digits, dots, dashes and underscores, a letter or digit first`);
  return name;
}

/** The folder of a generator's directions: the last part of its path, without ".onnx". */
function folderOf(field: Field): string {
  const last = field.text().trim().split(/[\\/]+/).filter((part) => part !== '').at(-1) ?? '';
  const name = fileNameOf(last.replace(/\.onnx$/i, ''), '').slice(0, longestName);
  if (last === '..' || name === '') field.fail('gives its directions no folder: write { "generator": .., "name": .. }');
  return name;
}

function regionsIn(list: Field): PlannedRegion[] {
  const regions = filled(list).map(regionIn);
  requireOneEach(list, regions.map(({ name }) => name), 'the names of regions become those of files, and must differ');
  return regions;
}

function regionIn(field: Field): PlannedRegion {
  // Case, blanks, "_" and "-" make no difference where a generator's regions are looked up.
  if (typeof field.value === 'string') return { name: regionName(field).toLowerCase().replaceAll('_', '-'), region: field.value };
  if (typeof field.value !== 'object' || field.value === null || Array.isArray(field.value)) field.refuse('a region: the name of one that the generator has, or { "name": .., "shape": .. }');
  const name = regionName(field.at('name'));
  const region = checkRegion(field);
  const keys: readonly string[] = regionKeys[region.shape];
  requireKnownKeys(field, ['name', 'shape', ...keys]);
  const values = field.object();
  return { name, region: Object.fromEntries(['shape', ...keys].map((key) => [key, values[key]])) as unknown as Region };
}

function regionName(field: Field): string {
  const text = field.text();
  const name = fileNameOf(text, '');
  if (name === '' || text.length > longestName) field.refuse(`a name of up to ${longestName} characters with a letter or digit in it`);
  return name;
}

function seedsIn(list: Field): string[] {
  const lists = filled(list).map((field) => {
    const text = typeof field.value === 'string' ? field.value : field.refuse('a list of samples such as "0-19"');
    return formatRanges(parseSeeds(text, field.label));
  });
  requireOneEach(list, lists, 'leave one of them out');
  return lists;
}

function spacesIn(list: Field): LatentSpace[] {
  const spaces = filled(list).map((field) => field.oneOf(latentSpaces));
  requireOneEach(list, spaces, 'leave one of them out');
  return spaces;
}

/** The items of a list that must have some. */
function filled(list: Field): readonly Field[] {
  const items = list.list();
  if (items.length === 0) list.fail('is empty, must have at least one entry');
  return items;
}

/** File systems that take upper and lower case for the same are the measure. */
function requireOneEach(list: Field, names: readonly string[], advice: string): void {
  const plain = names.map((name) => name.toLowerCase());
  const again = plain.findIndex((name, i) => plain.indexOf(name) < i);
  if (again >= 0) list.list()[again]!.fail(`is ${JSON.stringify(names[again])}, as "${pathOf(list)}[${plain.indexOf(plain[again]!)}]" is: ${advice}`);
}

function pathOf(list: Field): string {
  return /"([^"]*)"$/.exec(list.label)?.[1] ?? list.label;
}

function boolean(field: Field): boolean {
  return typeof field.value === 'boolean' ? field.value : field.refuse('true or false');
}

function optional<Value>(field: Field, read: (field: Field) => Value): Value | undefined {
  return field.present ? read(field) : undefined;
}

function requireKnownKeys(field: Field, known: readonly string[]): void {
  const unknown = Object.keys(field.object()).find((key) => !known.includes(key));
  if (unknown !== undefined) field.at(unknown).fail(`is not known; expected ${known.filter((key) => key !== '$schema').join(', ')}`);
}
