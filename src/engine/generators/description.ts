import { Field } from '../../shared/field';
import { parseJson } from '../../shared/jsonText';
import type { GeneratorIdentity } from '../../shared/direction/directionFile';
import { ffhqRegions, validateRegion } from '../../shared/region';
import type { Region } from '../../shared/region';

/** One entry of a generator's `ws`. */
export interface LayerDescription {
  readonly index: number;
  readonly name: string;
  /** Pixels along one side of what the layer computes. */
  readonly resolution: number;
}

/** `generator.json`: what is known of a generator beside its networks. */
export interface GeneratorDescription {
  readonly format: 'resefa-generator';
  readonly version: 1;
  readonly name: string;
  readonly architecture: string;
  /** Pixels along one side of the image. */
  readonly resolution: number;
  readonly channels: number;
  readonly z_dim: number;
  /** Length of the label of a conditional generator; 0 for the others. */
  readonly c_dim: number;
  readonly w_dim: number;
  /** The value of black and of white. */
  readonly value_range: readonly [number, number];
  readonly licence?: string;
  /** SHA-256 of the files, and of the checkpoint that they were made from. */
  readonly sha256: { readonly checkpoint?: string; readonly synthesis: string; readonly mapping?: string };
  readonly layers: readonly LayerDescription[];
  /** The layers that are edited where the user does not say which. */
  readonly edit_layers: readonly number[];
  readonly regions?: Readonly<Record<string, Region>>;
  /** The mean of w, towards which truncation pulls. */
  readonly w_avg?: readonly number[];
}

/** A generator's hash: of the checkpoint where it is known, so that importing again keeps directions valid. */
export function generatorSha256({ sha256 }: Pick<GeneratorDescription, 'sha256'>): string {
  return sha256.checkpoint ?? sha256.synthesis;
}

/** Whether truncation has an effect: the mean of w is known, as a number, or because w is z itself, whose mean is 0. */
export function truncates({ w_avg, sha256 }: Pick<GeneratorDescription, 'w_avg' | 'sha256'>): boolean {
  return w_avg !== undefined || sha256.mapping === undefined;
}

/** The named regions of a generator; those of aligned FFHQ faces where its name says that it makes them. */
export function regionsOf({ name, regions }: Pick<GeneratorDescription, 'name' | 'regions'>): Readonly<Record<string, Region>> {
  return regions ?? (/ffhq/i.test(name) ? ffhqRegions : {});
}

/** What direction files are checked against. */
export function identityOf(description: GeneratorDescription): GeneratorIdentity {
  return {
    name: description.name,
    architecture: description.architecture,
    sha256: generatorSha256(description),
    dimensions: description.w_dim,
    layerCount: description.layers.length,
  };
}

/**
 * The layers that are edited by default: all but the coarsest, which hold pose and shape, and, for large
 * generators, all but the finest, which hold grain.
 */
export function defaultEditLayers(layerCount: number): number[] {
  if (layerCount <= 2) return Array.from({ length: layerCount }, (_, i) => i);
  const first = layerCount <= 12 ? 2 : 4;
  const last = Math.min(layerCount - 1, 11);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/**
 * Reads a `generator.json`.
 *
 * @throws UserError naming the field that is wrong.
 */
export function parseDescription(text: string, where: string): GeneratorDescription {
  const file = new Field(parseJson(text, where), where);
  file.at('format').oneOf(['resefa-generator']);
  const version = file.at('version');
  if (version.integer({ min: 1 }) > 1) version.fail(`is ${version.integer()}, which is newer than the version 1 that this program reads: update ReSeFa`);
  file.at('name').text();
  file.at('architecture').text();
  for (const key of ['resolution', 'w_dim']) file.at(key).integer({ min: 1, max: 65536 });
  file.at('channels').integer({ min: 1, max: 65536 });
  for (const key of ['z_dim', 'c_dim']) file.at(key).integer({ min: 0, max: 65536 });
  const range = file.at('value_range').list().map((end) => end.number());
  if (range.length !== 2 || range[0]! >= range[1]!) file.at('value_range').refuse('the values of black and white, the smaller first');
  if (file.at('licence').present) file.at('licence').text();
  checkHashes(file.at('sha256'));
  checkLayers(file);
  if (file.at('regions').present) {
    for (const [name, region] of Object.entries(file.at('regions').object())) validateRegion(region, where, ['regions', name]);
  }
  if (file.at('w_avg').present) checkMean(file.at('w_avg'), file.at('w_dim').integer());
  return file.value as GeneratorDescription;
}

function checkHashes(hashes: Field): void {
  hashes.at('synthesis').text();
  for (const key of ['mapping', 'checkpoint']) if (hashes.at(key).present) hashes.at(key).text();
}

function checkLayers(file: Field): void {
  const layers = file.at('layers').list();
  if (layers.length === 0) file.at('layers').fail('is empty, must name at least one layer');
  layers.forEach((layer, i) => {
    if (layer.at('index').integer() !== i) layer.at('index').refuse(String(i));
    layer.at('name').text();
    layer.at('resolution').integer({ min: 1 });
  });
  const edited = file.at('edit_layers').list().map((index) => index.integer({ min: 0, max: layers.length - 1 }));
  if (edited.length === 0 || edited.some((index, i) => index <= (edited[i - 1] ?? -1))) file.at('edit_layers').refuse('layers in ascending order, at least one');
}

function checkMean(mean: Field, dimensions: number): void {
  const numbers = mean.list();
  if (numbers.length !== dimensions) mean.fail(`has ${numbers.length} numbers, "w_dim" says ${dimensions}`);
  for (const number of numbers) number.number();
}

/** The text of a `generator.json`: one line for each layer and region, eight numbers of `w_avg` a line. */
export function formatDescription(description: GeneratorDescription): string {
  const entries = Object.entries(description).map(([key, value]) => `  ${JSON.stringify(key)}: ${formatEntry(key, value)}`);
  return `{\n${entries.join(',\n')}\n}\n`;
}

function formatEntry(key: string, value: unknown): string {
  if (key === 'layers') return `[\n${(value as object[]).map((layer) => `    ${inline(layer)}`).join(',\n')}\n  ]`;
  if (key === 'w_avg') return `[\n${rowsOf(value as number[], 8).map((row) => `    ${row.join(', ')}`).join(',\n')}\n  ]`;
  if (key === 'regions' || key === 'sha256') {
    return `{\n${Object.entries(value as object).map(([name, entry]) => `    ${JSON.stringify(name)}: ${inline(entry)}`).join(',\n')}\n  }`;
  }
  return inline(value);
}

/** JSON on one line, with blanks where a person would put them. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${inline(entry)}`).join(', ')} }`;
}

function rowsOf<T>(items: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
}
