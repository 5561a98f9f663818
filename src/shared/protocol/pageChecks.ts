import { checkDirection } from '../direction/checkDirection';
import { latentSpaces, presets } from '../direction/directionFile';
import type { DirectionFile } from '../direction/directionFile';
import { Field } from '../field';
import type { Limits } from '../field';
import { alphaLimits, largestSeed, parseSeeds, psiLimits } from '../numberList';
import { checkRegion } from '../region';
import type { Region } from '../region';
import type { BatchRequest, DiscoverRequest, EditTerm, EngineCalls, FollowRequest, PictureRequest, RenderRequest, Sample, StripRequest } from './engineProtocol';
import { regionShapes } from './pageProtocol';
import type { PageCalls, PanelState, RegionState } from './pageProtocol';
import type { Checks } from './rpc';

const seeds: Limits = { min: 0, max: largestSeed };
export const labels: Limits = { min: 0, max: 65_535 };
const pixels: Limits = { min: 1, max: 8192 };
const counts: Limits = { min: 1, max: 1000 };
const sampleCounts: Limits = { min: 1, max: 10_000 };
const mostLayers = 1000;
const mostEdits = 1000;
const mostItems = 1000;
const mostSamples = 1000;
const mostRegions = 100;
const mostDirections = 1000;
const longestVector = 65_536;
const longestName = 200;
const longestReference = 4096;
const longestSeedList = 100_000;

/**
 * Checks of everything that the panel's page asks for.
 *
 * Each returns a copy with the known keys alone, and throws UserError that names the call and the field.
 */
export const pageChecks: Checks<PageCalls> = {
  start: (params) => nothing(new Field(params, 'start')),
  keep: (params) => ({ state: panelState(new Field(params, 'keep').at('state')) }),
  open: (params) => ({ generator: reference(new Field(params, 'open').at('generator')) }),
  render: (params) => renderRequest(new Field(params, 'render')),
  renderBatch: (params) => batchRequest(new Field(params, 'renderBatch')),
  discover: (params) => discoverRequest(new Field(params, 'discover')),
  stop: (params) => ({ id: name(new Field(params, 'stop').at('id')) }),
  follow: (params) => followRequest(new Field(params, 'follow')),
  estimate: (params) => settingsRequest(new Field(params, 'estimate')),
  saveDirection: (params) => {
    const field = new Field(params, 'saveDirection');
    return { generator: reference(field.at('generator')), direction: direction(field.at('direction')) };
  },
  exportStrip: (params) => {
    const field = new Field(params, 'exportStrip');
    return { ...stripRequest(field), fileName: fileName(field.at('fileName')) };
  },
  exportAnimation: (params) => stripRequest(new Field(params, 'exportAnimation')),
  exportPicture: (params) => {
    const field = new Field(params, 'exportPicture');
    return { ...pictureRequest(field), generator: reference(field.at('generator')), fileName: fileName(field.at('fileName')) };
  },
  chooseGenerator: (params) => nothing(new Field(params, 'chooseGenerator')),
  showLog: (params) => nothing(new Field(params, 'showLog')),
};

/**
 * Checks the state that a panel was left with.
 *
 * @throws UserError that names the field.
 */
export function checkPanelState(value: unknown): PanelState {
  return panelState(new Field(value, 'state of the panel'));
}

function panelState(field: Field): PanelState {
  const regions = listOf(field.at('regions'), { min: 1, max: mostRegions }, regionState);
  return {
    version: field.at('version').oneOf([1]),
    id: panelId(field.at('id')),
    generator: reference(field.at('generator')),
    seed: field.at('seed').integer(seeds),
    psi: field.at('psi').number(psiLimits),
    ...optional(field, 'label', (label) => label.integer(labels)),
    ...optional(field, 'layers', layerNumbers),
    space: field.at('space').oneOf(latentSpaces),
    preset: field.at('preset').oneOf(presets),
    ...optional(field, 'samples', (samples) => samples.integer(sampleCounts)),
    shape: field.at('shape').oneOf(regionShapes),
    regions,
    active: field.at('active').integer({ min: 0, max: regions.length - 1 }),
    heat: truth(field.at('heat')),
    byLocality: truth(field.at('byLocality')),
    ...optional(field, 'follow', truth),
  };
}

/** It becomes the name of a file. */
function panelId(field: Field): string {
  if (typeof field.value !== 'string' || !/^[\w-]{1,64}$/.test(field.value)) field.refuse('up to 64 letters, digits and dashes');
  return field.value;
}

function regionState(field: Field): RegionState {
  const directions = listOf(field.at('directions'), { max: mostDirections }, direction);
  const sliders = listOf(field.at('alphas'), { max: mostDirections }, (alpha) => alpha.number(alphaLimits));
  if (sliders.length !== directions.length) field.at('alphas').fail(`has ${sliders.length} numbers for ${directions.length} directions, must have one for each`);
  return { name: name(field.at('name')), ...optional(field, 'region', region), directions, alphas: sliders };
}

function renderRequest(field: Field): RenderRequest {
  return {
    ...pictureRequest(field),
    generator: reference(field.at('generator')),
    ...optional(field, 'region', region),
    heat: truth(field.at('heat')),
    ...optional(field, 'live', truth),
  };
}

function batchRequest(field: Field): BatchRequest {
  return {
    generator: reference(field.at('generator')),
    items: listOf(field.at('items'), { max: mostItems }, pictureRequest),
    size: field.at('size').integer(pixels),
  };
}

function discoverRequest(field: Field): DiscoverRequest {
  return { ...followRequest(field), id: name(field.at('id')) };
}

function followRequest(field: Field): FollowRequest {
  return { ...settingsRequest(field), region: region(field.at('region')), name: name(field.at('name')) };
}

function settingsRequest(field: Field): EngineCalls['estimate']['params'] {
  return {
    generator: reference(field.at('generator')),
    preset: field.at('preset').oneOf(presets),
    space: field.at('space').oneOf(latentSpaces),
    layers: layerNumbers(field.at('layers')),
    ...optional(field, 'seeds', seedList),
    ...optional(field, 'label', (label) => label.integer(labels)),
    count: field.at('count').integer(counts),
  };
}

export function stripRequest(field: Field): StripRequest {
  return {
    generator: reference(field.at('generator')),
    directions: listOf(field.at('directions'), { min: 1, max: mostDirections }, (item) => ({
      direction: direction(item.at('direction')),
      alpha: item.at('alpha').number(alphaLimits),
    })),
    samples: listOf(field.at('samples'), { min: 1, max: mostSamples }, sample),
  };
}

function pictureRequest(field: Field): PictureRequest {
  return { sample: sample(field.at('sample')), edits: listOf(field.at('edits'), { max: mostEdits }, editTerm) };
}

/** One latent code. */
export function sample(field: Field): Sample {
  return {
    seed: field.at('seed').integer(seeds),
    psi: field.at('psi').number(psiLimits),
    ...optional(field, 'label', (label) => label.integer(labels)),
  };
}

function editTerm(field: Field): EditTerm {
  const layers = layerNumbers(field.at('layers'));
  const checked = new Set<unknown>();
  const rows = listOf(field.at('rows'), { max: mostLayers }, (row) => vector(row, checked));
  if (rows.length !== layers.length) field.at('rows').fail(`has ${rows.length} rows for ${layers.length} layers, must have one for each`);
  if (rows.some((row) => row.length !== rows[0]!.length)) field.at('rows').fail('has rows of different lengths, must have the same number of components in each');
  return { layers, rows, alpha: field.at('alpha').number(alphaLimits) };
}

/** In space w all rows are the same array, which is looked at once: this is on the way of every slider's drag. */
function vector(field: Field, checked: Set<unknown>): Float32Array {
  const { value } = field;
  if (checked.has(value)) return value as Float32Array;
  if (!(value instanceof Float32Array) || value.length === 0 || value.length > longestVector) field.fail(`must be a Float32Array of 1 to ${longestVector} numbers`);
  if (!value.every(Number.isFinite)) field.fail('has a component that is not finite, must have finite ones');
  checked.add(value);
  return value;
}

function layerNumbers(field: Field): number[] {
  let least = 0;
  return listOf(field, { min: 1, max: mostLayers }, (layer) => {
    const index = layer.integer({ min: least, max: labels.max! });
    least = index + 1;
    return index;
  });
}

function region(field: Field): Region {
  const checked = checkRegion(field);
  switch (checked.shape) {
    case 'polygon':
      return { shape: checked.shape, points: checked.points.map(([x, y]) => [x, y] as const) };
    case 'mask':
      return { shape: checked.shape, width: checked.width, height: checked.height, rows: [...checked.rows] };
    default:
      return { shape: checked.shape, x: checked.x, y: checked.y, width: checked.width, height: checked.height };
  }
}

/** A direction; what its file may hold beside the format's own keys does not cross the border. */
function direction(field: Field): DirectionFile {
  const { format, version, generator, latent, discovery, source, edit, metrics, vector: components } = checkDirection(field);
  return {
    format,
    version,
    name: name(field.at('name')),
    generator: pick(generator, ['name', 'architecture', 'resolution', 'sha256']),
    latent: pick(latent, ['space', 'dimensions', 'layers']),
    ...(field.at('region').present ? { region: region(field.at('region')) } : {}),
    ...(discovery === undefined ? {} : { discovery: pick(discovery, ['seeds', 'truncation', 'preset', 'jacobianResolution', 'channels', 'tau', 'rank', 'eigenvalue', 'class', 'rankedBy', 'jacobian', 'grams']) }),
    ...(source === undefined ? {} : { source }),
    edit: pick(edit, ['alpha']),
    ...(metrics === undefined ? {} : { metrics: pick(metrics, ['seeds', 'alpha', 'insideMse', 'outsideMse']) }),
    vector: components,
  };
}

function pick<Value extends object>(value: Value, keys: readonly (keyof Value)[]): Value {
  return Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]])) as Value;
}

/** An object of which nothing is looked at. */
export function nothing(field: Field): Record<string, never> {
  field.object();
  return {};
}

function reference(field: Field): string {
  const text = limitedText(field, longestReference);
  if (text.includes('\0')) field.refuse('the path or the name of a generator');
  return text;
}

function name(field: Field): string {
  return limitedText(field, longestName);
}

/** A name without a folder. */
export function fileName(field: Field): string {
  const text = name(field);
  // eslint-disable-next-line no-control-regex -- these are what a file name must not have
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(text) || /^\.+$/.test(text)) field.refuse('a plain file name, without a folder');
  return text;
}

function seedList(field: Field): string {
  const text = limitedText(field, longestSeedList);
  parseSeeds(text, field.label);
  return text;
}

function limitedText(field: Field, longest: number): string {
  const text = field.text();
  if (text.length > longest) field.fail(`has ${text.length} characters, must have at most ${longest}`);
  return text;
}

/** True or false. */
export function truth(field: Field): boolean {
  if (typeof field.value !== 'boolean') field.refuse('true or false');
  return field.value;
}

/** Each item of a list of limited length. */
export function listOf<Item>(field: Field, { min = 0, max }: Limits, read: (item: Field) => Item): Item[] {
  const items = field.list();
  if (items.length < min || items.length > max!) field.fail(`has ${items.length} items, must have ${min === 0 ? 'at most' : `${min} to`} ${max}`);
  return items.map(read);
}

/** The key and what is read there; nothing where it is absent. */
export function optional<Key extends string, Value>(owner: Field, key: Key, read: (field: Field) => Value): Partial<Record<Key, Value>> {
  const field = owner.at(key);
  return (field.present ? { [key]: read(field) } : {}) as Partial<Record<Key, Value>>;
}
