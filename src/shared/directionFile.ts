import { Field } from './field';
import { parseJson } from './jsonText';
import { parseSeeds } from './numberList';
import { quote } from './quote';
import { checkRegion } from './region';
import type { BoxRegion, EllipseRegion, Region } from './region';
import { UserError } from './userError';

export const latentSpaces = ['w', 'w+'] as const;
export const presets = ['draft', 'standard', 'exact', 'official'] as const;
const channels = ['rgb', 'sum'] as const;
const rankings = ['eigenvalue', 'locality'] as const;
const jacobians = ['forward', 'central'] as const;
const gramSources = ['pixels', 'tiles'] as const;

/** The latent space of a direction: one vector for all edited layers (w), or one for each of them (w+). */
export type LatentSpace = (typeof latentSpaces)[number];

/** The named settings of a discovery. */
export type Preset = (typeof presets)[number];

/** Whether the Jacobian keeps the three colour channels or sums them. */
export type JacobianChannels = (typeof channels)[number];

/** What a set of directions was sorted by when it was saved: the eigenvalue, or the locality measured at finite alpha. */
export type Ranking = (typeof rankings)[number];

/** How the Jacobian was taken: forward-mode tangents or central differences. */
export type JacobianMethod = (typeof jacobians)[number];

/** Whether the Gram matrices are of the region's own pixels, or put together from those of a grid of tiles. */
export type GramSource = (typeof gramSources)[number];

/** The generator that a direction belongs to. */
export interface DirectionGenerator {
  readonly name: string;
  readonly architecture: string;
  /** Image size in pixels. */
  readonly resolution: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Where in the latent code a direction acts. */
export interface DirectionLatent {
  readonly space: LatentSpace;
  /** The length of one latent vector, 1..65536. */
  readonly dimensions: number;
  /** The edited layers, ascending from 0. */
  readonly layers: readonly number[];
}

/** How a direction was found. */
export interface Discovery {
  /** The samples, "0-19". */
  readonly seeds: string;
  readonly truncation: number;
  readonly preset: Preset;
  /** The image size at which the Jacobian was taken, in pixels. */
  readonly jacobianResolution: number;
  readonly channels: JacobianChannels;
  readonly tau: number;
  /** 1 for the largest eigenvalue, however the directions were sorted. */
  readonly rank: number;
  readonly eigenvalue: number;
  /** The class of the samples, where the generator is conditional. */
  readonly class?: number;
  readonly rankedBy?: Ranking;
  /** Left out of the file when it is "forward". */
  readonly jacobian?: JacobianMethod;
  /** Left out of the file when it is "pixels". */
  readonly grams?: GramSource;
}

/** How far a direction is meant to be followed: [smallest, largest]. */
export interface DirectionEdit {
  readonly alpha: readonly [number, number];
}

/** Locality measured on held-out seeds; errors are mean squares in the -1..1 range. */
export interface DirectionMetrics {
  readonly seeds: string;
  readonly alpha: number;
  readonly insideMse: number;
  readonly outsideMse: number;
}

/** Inside over outside change; larger is more local. */
export function localityRatio({ insideMse, outsideMse }: Omit<DirectionMetrics, 'seeds'>): number {
  return insideMse / Math.max(outsideMse, 1e-12);
}

/** `dimensions` numbers (w), or one such list for each entry of `layers` (w+). Unit norm together. */
export type DirectionVector = readonly number[] | readonly (readonly number[])[];

/** One direction as it stands in a `.resefa.json` file. */
export interface DirectionFile {
  readonly format: 'resefa-direction';
  readonly version: 1;
  readonly name: string;
  readonly generator: DirectionGenerator;
  readonly latent: DirectionLatent;
  readonly region: Region;
  readonly discovery: Discovery;
  readonly edit: DirectionEdit;
  readonly metrics?: DirectionMetrics;
  readonly vector: DirectionVector;
}

/** What must be known of a generator to tell whether a direction fits it. */
export interface GeneratorIdentity {
  readonly name: string;
  readonly architecture: string;
  readonly sha256: string;
  /** The length of one latent vector. */
  readonly dimensions: number;
  readonly layerCount: number;
}

/**
 * Reads a direction file.
 *
 * Keys that the format does not know stay on the returned objects, and formatDirection writes them again.
 * Throws UserError with the reason and the place for broken JSON and for every value that does not fit.
 */
export function parseDirection(text: string, where: string): DirectionFile {
  return checkDirection(new Field(parseJson(text, where), where));
}

/**
 * Checks that a value that is parsed already is a direction, and returns it with every key that it has.
 *
 * Throws UserError with the reason and the place.
 */
export function checkDirection(file: Field): DirectionFile {
  checkHeader(file);
  checkGenerator(file.at('generator'));
  checkLatent(file.at('latent'));
  checkRegion(file.at('region'));
  checkDiscovery(file.at('discovery'));
  checkEdit(file.at('edit').at('alpha'));
  if (file.at('metrics').present) checkMetrics(file.at('metrics'));
  checkVector(file.at('vector'), (file.value as DirectionFile).latent);
  return file.value as DirectionFile;
}

function checkHeader(file: Field): void {
  const version = file.at('version');
  file.at('format').oneOf(['resefa-direction']);
  if (version.integer({ min: 1 }) > 1) version.fail(`is ${version.integer()}, which is newer than the version 1 that this program reads: update ReSeFa`);
  file.at('name').text();
}

function checkGenerator(generator: Field): void {
  generator.at('name').text();
  generator.at('architecture').text();
  generator.at('resolution').integer({ min: 1, max: 65536 });
  const digest = generator.at('sha256');
  if (typeof digest.value !== 'string' || !/^[0-9a-f]{64}$/i.test(digest.value)) digest.refuse('64 hexadecimal digits');
}

function checkLatent(latent: Field): void {
  latent.at('space').oneOf(latentSpaces);
  latent.at('dimensions').integer({ min: 1, max: 65536 });
  const layers = latent.at('layers').list();
  if (layers.length === 0) latent.at('layers').fail('is empty, must name at least one layer');
  let least = 0;
  for (const layer of layers) {
    if (layer.integer({ min: 0 }) < least) layer.fail(`is ${layer.integer()}, must be at least ${least}: layers ascend and do not repeat`);
    least = layer.integer() + 1;
  }
}

function checkDiscovery(discovery: Field): void {
  checkSeeds(discovery.at('seeds'));
  discovery.at('truncation').number();
  discovery.at('preset').oneOf(presets);
  discovery.at('jacobianResolution').integer({ min: 1, max: 65536 });
  discovery.at('channels').oneOf(channels);
  discovery.at('tau').number({ min: 0 });
  discovery.at('rank').integer({ min: 1 });
  discovery.at('eigenvalue').number();
  if (discovery.at('class').present) discovery.at('class').integer({ min: 0 });
  if (discovery.at('rankedBy').present) discovery.at('rankedBy').oneOf(rankings);
  if (discovery.at('jacobian').present) discovery.at('jacobian').oneOf(jacobians);
  if (discovery.at('grams').present) discovery.at('grams').oneOf(gramSources);
}

function checkEdit(alpha: Field): void {
  if (alpha.list().length !== 2) alpha.refuse('two numbers, the smallest and the largest alpha');
  const [least, most] = alpha.list().map((end) => end.number()) as [number, number];
  if (least >= most) alpha.fail(`is ${quote(alpha.value)}, its first number must be less than its second`);
}

function checkMetrics(metrics: Field): void {
  checkSeeds(metrics.at('seeds'));
  metrics.at('alpha').number();
  metrics.at('insideMse').number({ min: 0 });
  metrics.at('outsideMse').number({ min: 0 });
}

function checkSeeds(seeds: Field): void {
  parseSeeds(seeds.text(), seeds.label);
}

function checkVector(vector: Field, { space, dimensions, layers }: DirectionLatent): void {
  const rows = space === 'w' ? [vector] : vector.list();
  if (space === 'w+' && rows.length !== layers.length) vector.fail(`has ${rows.length} rows, "latent.layers" has ${layers.length}`);
  const squares = rows.map((row) => {
    const components = row.list();
    if (components.length !== dimensions) row.fail(`has ${components.length} numbers, "latent.dimensions" says ${dimensions}`);
    return components.reduce((sum, component) => sum + component.number() ** 2, 0);
  });
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  if (Math.abs(norm - 1) > 1e-3) vector.fail(`has norm ${sixDigits(norm)}, must have norm 1`);
}

/**
 * Checks that a direction was made for this generator.
 *
 * Throws UserError that says both values when the generator is another one, or when the direction's
 * dimensions or layers are not the generator's.
 */
export function requireFits(direction: DirectionFile, generator: GeneratorIdentity, where: string): void {
  const { generator: owner, latent } = direction;
  if (owner.sha256.toLowerCase() !== generator.sha256.toLowerCase()) {
    throw new UserError(`${where}: made for generator ${describe(owner)}, this is ${describe(generator)}`);
  }
  if (latent.dimensions !== generator.dimensions) {
    throw new UserError(`${where}: "latent.dimensions" is ${latent.dimensions}, generator ${quote(generator.name)} has ${generator.dimensions}`);
  }
  const layer = latent.layers.find((index) => index >= generator.layerCount);
  if (layer !== undefined) {
    throw new UserError(`${where}: "latent.layers" has layer ${layer}, generator ${quote(generator.name)} has layers 0 to ${generator.layerCount - 1}`);
  }
}

function describe({ name, architecture, sha256 }: Pick<GeneratorIdentity, 'name' | 'architecture' | 'sha256'>): string {
  return `${quote(name)} (${architecture.replace(/\s+/g, ' ')}, sha256 ${sha256.slice(0, 12)})`;
}

/** One row for each entry of `latent.layers`, [layers x dimensions]; in space w they are all the same. */
export function vectorRows({ latent, vector }: DirectionFile): number[][] {
  if (isStacked(vector)) return vector.map((row) => [...row]);
  return latent.layers.map(() => [...vector]);
}

/**
 * The vector or its negative, such that the component of largest magnitude is positive.
 *
 * Magnitudes are compared as the file writes them, to six digits, and the first of equals decides: a vector
 * that is written and read again keeps its sign.
 */
export function canonicalSign<Vector extends DirectionVector>(vector: Vector): Vector {
  if (!pointsBackwards(vector)) return vector;
  const negate = (component: number) => 0 - component;
  return (isStacked(vector) ? vector.map((row) => row.map(negate)) : vector.map(negate)) as unknown as Vector;
}

function pointsBackwards(vector: DirectionVector): boolean {
  let largest = 0;
  for (const component of isStacked(vector) ? vector.flat() : vector) {
    const rounded = sixDigits(component);
    if (Math.abs(rounded) > Math.abs(largest)) largest = rounded;
  }
  return largest < 0;
}

function isStacked(vector: DirectionVector): vector is readonly (readonly number[])[] {
  return Array.isArray(vector[0]);
}

/**
 * The canonical text of a direction: fixed key order, numbers rounded to six significant digits, sign fixed
 * by canonicalSign. Reading the text and formatting it again gives the same text.
 *
 * When the sign turns, the range of alpha is mirrored with it, so that the edits stay the same. Keys that the
 * format does not know follow the known ones, as they are.
 */
export function formatDirection(direction: DirectionFile): string {
  const turned = pointsBackwards(direction.vector);
  const [least, most] = direction.edit.alpha;
  const edit: DirectionEdit = turned ? { ...direction.edit, alpha: [-most, -least] } : direction.edit;
  const metrics: Entry[] = direction.metrics ? [['metrics', oneLine(members(direction.metrics, ['seeds', 'alpha', 'insideMse', 'outsideMse']))]] : [];
  const known: Entry[] = [
    ['format', quoted(direction.format)],
    ['version', formatNumber(direction.version)],
    ['name', quoted(direction.name)],
    ['generator', oneLine(members(direction.generator, ['name', 'architecture', 'resolution', 'sha256']))],
    ['latent', oneLine(members(direction.latent, ['space', 'dimensions', 'layers']))],
    ['region', formatRegionObject(direction.region)],
    ['discovery', formatDiscovery(direction.discovery)],
    ['edit', oneLine(members(edit, ['alpha']))],
    ...metrics,
    ['vector', formatVector(canonicalSign(direction.vector))],
  ];
  return `${block([...known, ...extras(direction, topKeys)], '')}\n`;
}

const topKeys = ['format', 'version', 'name', 'generator', 'latent', 'region', 'discovery', 'edit', 'metrics', 'vector'];

/** A key and its value's text. */
type Entry = readonly [key: string, text: string];

function formatRegionObject(region: Region): string {
  switch (region.shape) {
    case 'polygon': {
      const points = region.points.map((point) => formatValue(point));
      return block([['shape', quoted(region.shape)], ['points', brackets(inLines(points, 4), '    ')], ...extras(region, ['shape', 'points'])], '  ');
    }
    case 'mask': {
      const size = members({ shape: region.shape, width: region.width, height: region.height }, ['shape', 'width', 'height']);
      return block([...size, ['rows', brackets(region.rows.map(quoted), '    ')], ...extras(region, ['shape', 'width', 'height', 'rows'])], '  ');
    }
    default:
      return oneLine(members(roundInsideImage(region), ['shape', 'x', 'y', 'width', 'height']));
  }
}

/** Rounding both ends up can push a box over the edge of the image, where no reader would take it: shorten it. */
function roundInsideImage(box: BoxRegion | EllipseRegion): BoxRegion | EllipseRegion {
  const fit = (start: number, size: number) => {
    const [first, extent] = [sixDigits(start), sixDigits(size)];
    return first + extent <= 1 + 1e-9 ? extent : Math.floor((1 - first) * 1e6 + 1e-3) / 1e6;
  };
  return { ...box, width: fit(box.x, box.width), height: fit(box.y, box.height) };
}

function formatDiscovery(discovery: Discovery): string {
  const { jacobian, grams, ...rest } = discovery;
  const written = { ...rest, ...(jacobian === 'central' ? { jacobian } : {}), ...(grams === 'tiles' ? { grams } : {}) };
  const entries = members(written, ['seeds', 'truncation', 'preset', 'jacobianResolution', 'channels', 'tau', 'rank', 'eigenvalue', 'class', 'rankedBy', 'jacobian', 'grams']);
  const lines = [entries.slice(0, 3), entries.slice(3, 7), entries.slice(7)].map((line) => line.map(member).join(', '));
  return `{ ${lines.join(`,\n${' '.repeat('  "discovery": { '.length)}`)} }`;
}

function formatVector(vector: DirectionVector): string {
  if (!isStacked(vector)) return brackets(inLines(vector.map(formatNumber), 8), '  ');
  return brackets(vector.map((row) => brackets(inLines(row.map(formatNumber), 8), '    ')), '  ');
}

/** The known keys of an object that are present, in their fixed order, then the others in the object's own. */
function members(object: object, keys: readonly string[]): Entry[] {
  const values = object as Readonly<Record<string, unknown>>;
  const known = keys.filter((key) => values[key] !== undefined).map((key): Entry => [key, formatValue(values[key])]);
  return [...known, ...extras(object, keys)];
}

/** The keys that the format does not know. They belong to the user: their numbers are not rounded. */
function extras(object: object, keys: readonly string[]): Entry[] {
  const others = Object.entries(object).filter(([key, value]) => !keys.includes(key) && value !== undefined);
  return others.map(([key, value]) => [key, formatValue(value, JSON.stringify)]);
}

/** Any JSON value on one line. */
function formatValue(value: unknown, format: (value: number) => string = formatNumber): string {
  if (typeof value === 'number') return format(value);
  if (Array.isArray(value)) return `[${value.map((item) => formatValue(item, format)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return quoted(value);
  const entries = Object.entries(value).map(([key, item]): Entry => [key, formatValue(item, format)]);
  return entries.length === 0 ? '{}' : oneLine(entries);
}

function oneLine(entries: readonly Entry[]): string {
  return `{ ${entries.map(member).join(', ')} }`;
}

function block(entries: readonly Entry[], indent: string): string {
  return `{\n${entries.map((entry) => `${indent}  ${member(entry)}`).join(',\n')}\n${indent}}`;
}

function brackets(lines: readonly string[], indent: string): string {
  return `[\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}]`;
}

function inLines(items: readonly string[], perLine: number): string[] {
  const count = Math.ceil(items.length / perLine);
  return Array.from({ length: count }, (_, line) => items.slice(line * perLine, (line + 1) * perLine).join(', '));
}

function member([key, text]: Entry): string {
  return `${quoted(key)}: ${text}`;
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no place in a direction file`);
  return `${sixDigits(value)}`;
}

/** Six significant digits; the shortest decimal that reads back to the same number, and no -0. */
function sixDigits(value: number): number {
  return Number(value.toPrecision(6)) + 0;
}
