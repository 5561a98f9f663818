import { stat, readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Field } from '../../../shared/field';
import { parseJson } from '../../../shared/jsonText';
import { largestSeed } from '../../../shared/numberList';
import { validateRegion } from '../../../shared/region';
import type { Region } from '../../../shared/region';
import { UserError } from '../../../shared/userError';
import { readFileBytes, sha256Of } from '../../files';
import { readNpy } from '../../npy';

/** How the numbers of an image are arranged; N is the batch. */
const imageLayouts = ['NCHW', 'NHWC', 'NHW', 'CHW', 'HWC'] as const;
export type ImageLayout = (typeof imageLayouts)[number];

/** The value that a further input gets once and for all. */
export type InputValue = (
  /** One number everywhere. */
  | { readonly kind: 'fill'; readonly value: number }
  /** Given numbers, in C order. */
  | { readonly kind: 'list'; readonly data: ArrayLike<number>; readonly from: string }
  /** A one at an index of the last axis, zeros elsewhere. */
  | { readonly kind: 'one_hot'; readonly index: number }
  /** NumPy's RandomState(seed).randn. */
  | { readonly kind: 'normal'; readonly seed: number }
) & {
  /** The shape that was given with it. */
  readonly dims?: readonly number[];
};

/**
 * What a person writes of a bare `.onnx` file, in a `generator.json` (or `<model>.generator.json`) beside it. Everything but
 * format and version may be left out, and takes the place of what would be found by looking at the network:
 *
 *     {
 *       "format": "resefa-generator", "version": 1,
 *       "model": "birds.onnx",                                the file, where several lie in the folder
 *       "name": "birds", "architecture": "biggan", "licence": "MIT",
 *       "latent": { "input": "z", "dims": [1, 128] },          which input is the latent code; its shape where the file leaves it open
 *       "image": { "output": "fake", "layout": "NHWC" },       which output is the image; NCHW, NHWC, NHW, CHW or HWC
 *       "value_range": [0, 1],                                 the values of black and white
 *       "inputs": { "y": { "one_hot": 3 }, "psi": 0.7, "noise": { "normal": 0, "dims": [1, 1, 64, 64] }, "mask": { "npy": "mask.npy" } },
 *       "regions": { "eyes": { "shape": "box", "x": 0.2, "y": 0.4, "width": 0.6, "height": 0.15 } },
 *       "edit_layers": [2, 3, 4],
 *       "w_avg": { "npy": "w_avg.npy" }                        the mean of w, for networks that take w; a list, or an array in a file
 *     }
 *
 * The value of a further input is a number or true or false (everywhere), a list (nested as its shape is), `one_hot` (an
 * index of the last axis), `normal` (the seed of NumPy's RandomState(seed).randn) or `npy` (a file beside it).
 */
export interface BareSettings {
  /** The file that it was read from. */
  readonly where: string;
  readonly model?: string;
  readonly name?: string;
  readonly architecture?: string;
  readonly licence?: string;
  readonly value_range?: readonly [number, number];
  readonly latent?: { readonly input?: string; readonly dims?: readonly number[] };
  readonly image?: { readonly output?: string; readonly layout?: ImageLayout };
  readonly inputs?: ReadonlyMap<string, InputValue>;
  readonly regions?: Readonly<Record<string, Region>>;
  readonly edit_layers?: readonly number[];
  readonly w_avg?: readonly number[];
}

const settingsName = 'generator.json';
const largestDim = 2 ** 31 - 1;

/**
 * The settings that a person wrote for a bare `.onnx` file; undefined where there are none.
 *
 * @throws UserError when they are broken, or do not say which of several files they are about.
 */
export async function findSettings(modelPath: string): Promise<BareSettings | undefined> {
  const folder = dirname(modelPath);
  const own = join(folder, `${basename(modelPath, extname(modelPath))}.${settingsName}`);
  if (await isFile(own)) return readSettings(own);
  const shared = join(folder, settingsName);
  // An importer's description is about the networks that it lies beside, which are opened through their folder.
  if (!(await isFile(shared)) || (await isFile(join(folder, 'synthesis.onnx'))) || isImported(await readJson(shared))) return undefined;
  const settings = await readSettings(shared);
  if (settings.model !== undefined) return settings.model === basename(modelPath) ? settings : undefined;
  const models = await modelsIn(folder);
  if (models.length > 1) throw new UserError(`${shared} does not say which of ${models.length} .onnx files it is about: add "model": ${JSON.stringify(basename(modelPath))}`);
  return settings;
}

/**
 * The bare `.onnx` file of a folder with a hand-written `generator.json`; undefined where the folder was written by an importer.
 *
 * @throws UserError when it does not say which of several files it is about, or there is none.
 */
export async function modelOfFolder(folder: string): Promise<string | undefined> {
  const path = join(folder, settingsName);
  if ((await isFile(join(folder, 'synthesis.onnx'))) || isImported(await readJson(path))) return undefined;
  const { model } = await readSettings(path);
  const models = await modelsIn(folder);
  if (model !== undefined && !models.includes(model)) throw new UserError(`${path}: "model" is ${JSON.stringify(model)}, which is not there; the folder holds ${models.join(', ') || 'no .onnx file'}`);
  if (model !== undefined) return join(folder, model);
  if (models.length === 1) return join(folder, models[0]!);
  if (models.length === 0) throw new UserError(`${folder} holds a generator.json and no network: expected an .onnx file beside it`);
  throw new UserError(`${path} does not say which of ${models.length} .onnx files it is about: add "model": ${JSON.stringify(models[0])}`);
}

/** The SHA-256 of what settings change in the network: where it differs, the same file is another generator. */
export function networkDigest({ latent, image, inputs = new Map<string, InputValue>() }: Pick<BareSettings, 'latent' | 'image' | 'inputs'>): string {
  const numbers = (data: ArrayLike<number>) => sha256Of(new Uint8Array(Float64Array.from(data).buffer));
  const values = [...inputs].map(([name, value]) => [name, value.kind === 'list' ? { dims: value.dims, numbers: numbers(value.data) } : value]);
  return sha256Of(Buffer.from(JSON.stringify({ latent, image, values })));
}

function isImported(json: unknown): boolean {
  return typeof json !== 'object' || json === null || 'sha256' in json || 'layers' in json;
}

async function readJson(path: string): Promise<unknown> {
  return parseJson((await readFileBytes(path)).toString('utf8'), path);
}

/**
 * Reads the settings of a bare file.
 *
 * @throws UserError naming the key that is wrong or not known.
 */
async function readSettings(path: string): Promise<BareSettings> {
  const file = new Field(await readJson(path), path);
  file.at('format').oneOf(['resefa-generator']);
  const version = file.at('version');
  if (version.integer({ min: 1 }) > 1) version.fail(`is ${version.integer()}, which is newer than the version 1 that this program reads: update ReSeFa`);
  requireKnown(file, ['format', 'version', 'model', 'name', 'architecture', 'licence', 'value_range', 'latent', 'image', 'inputs', 'regions', 'edit_layers', 'w_avg']);
  const optional = <T>(field: Field, read: (field: Field) => T) => (field.present ? read(field) : undefined);
  return defined({
    where: path,
    model: optional(file.at('model'), modelName),
    name: optional(file.at('name'), (field) => field.text()),
    architecture: optional(file.at('architecture'), (field) => field.text()),
    licence: optional(file.at('licence'), (field) => field.text()),
    value_range: optional(file.at('value_range'), readRange),
    latent: optional(file.at('latent'), readLatent),
    image: optional(file.at('image'), readImage),
    inputs: file.at('inputs').present ? await readInputs(file.at('inputs'), dirname(path)) : undefined,
    regions: optional(file.at('regions'), (field) => readRegions(field, path)),
    edit_layers: optional(file.at('edit_layers'), readLayers),
    w_avg: file.at('w_avg').present ? Array.from(await readMean(file.at('w_avg'), dirname(path))) : undefined,
  });
}

/** The object without the keys that have no value. */
function defined<T extends object>(entries: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function requireKnown(field: Field, known: readonly string[]): void {
  const unknown = Object.keys(field.object()).find((key) => !known.includes(key));
  if (unknown !== undefined) field.at(unknown).fail(`is not known; expected ${known.join(', ')}`);
}

function modelName(field: Field): string {
  const name = field.text();
  return name === basename(name) && extname(name).toLowerCase() === '.onnx' ? name : field.refuse('the name of an .onnx file in the same folder');
}

function readRange(field: Field): [number, number] {
  const [black, white, ...more] = field.list().map((end) => end.number());
  if (black === undefined || white === undefined || more.length > 0 || black >= white) field.refuse('the values of black and white, the smaller first');
  return [black, white];
}

function readLatent(field: Field): NonNullable<BareSettings['latent']> {
  requireKnown(field, ['input', 'dims']);
  return defined({ input: field.at('input').present ? field.at('input').text() : undefined, dims: field.at('dims').present ? readDims(field.at('dims')) : undefined });
}

function readImage(field: Field): NonNullable<BareSettings['image']> {
  requireKnown(field, ['output', 'layout']);
  return defined({ output: field.at('output').present ? field.at('output').text() : undefined, layout: field.at('layout').present ? field.at('layout').oneOf(imageLayouts) : undefined });
}

function readRegions(field: Field, path: string): Readonly<Record<string, Region>> {
  return Object.fromEntries(Object.entries(field.object()).map(([name, region]) => [name, validateRegion(region, path, ['regions', name])]));
}

function readLayers(field: Field): number[] {
  const layers = field.list().map((index) => index.integer({ min: 0 }));
  return layers.length > 0 && layers.every((index, i) => index > (layers[i - 1] ?? -1)) ? layers : field.refuse('layers in ascending order, at least one');
}

async function readMean(field: Field, folder: string): Promise<ArrayLike<number>> {
  if (Array.isArray(field.value)) return field.list().map((number) => number.number());
  requireKnown(field, ['npy']);
  return (await readArray(field.at('npy'), folder)).data;
}

function readDims(field: Field): number[] {
  return field.list().map((dim) => dim.integer({ min: 1, max: largestDim }));
}

async function readInputs(field: Field, folder: string): Promise<ReadonlyMap<string, InputValue>> {
  const values = new Map<string, InputValue>();
  for (const name of Object.keys(field.object())) values.set(name, await readValue(field.at(name), folder));
  return values;
}

const valueForms = 'a number, true or false, a list, or an object with "one_hot", "normal", "npy" or "value"';

async function readValue(field: Field, folder: string): Promise<InputValue> {
  if (typeof field.value === 'boolean') return { kind: 'fill', value: Number(field.value) };
  if (typeof field.value === 'number') return { kind: 'fill', value: field.number() };
  if (Array.isArray(field.value)) return { kind: 'list', ...nested(field), from: field.label };
  if (typeof field.value !== 'object' || field.value === null) field.refuse(valueForms);
  requireKnown(field, ['one_hot', 'normal', 'npy', 'value', 'dims']);
  const given = ['one_hot', 'normal', 'npy', 'value'].filter((key) => field.at(key).present);
  if (given.length !== 1) field.refuse(valueForms);
  const dims = field.at('dims').present ? { dims: readDims(field.at('dims')) } : {};
  switch (given[0]) {
    case 'one_hot': return { kind: 'one_hot', index: field.at('one_hot').integer({ min: 0 }), ...dims };
    case 'normal': return { kind: 'normal', seed: field.at('normal').integer({ min: 0, max: largestSeed }), ...dims };
    case 'npy': return { kind: 'list', ...(await readArray(field.at('npy'), folder)), from: field.label };
    default: return { ...(await readValue(field.at('value'), folder)), ...dims };
  }
}

/** The numbers of a list of lists, and its shape. */
function nested(field: Field): { data: number[]; dims: number[] } {
  if (!Array.isArray(field.value)) return { data: [typeof field.value === 'boolean' ? Number(field.value) : field.number()], dims: [] };
  const parts = field.list().map(nested);
  const inner = parts[0]?.dims ?? [];
  parts.forEach((part, i) => {
    if (part.dims.join() !== inner.join()) field.list()[i]!.fail(`has the shape [${part.dims.join(', ')}], the one before it [${inner.join(', ')}]: lists inside a list must be alike`);
  });
  return { data: parts.flatMap(({ data }) => data), dims: [parts.length, ...inner] };
}

async function readArray(field: Field, folder: string): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const name = field.text();
  if (name !== basename(name)) field.refuse('the name of an .npy file in the same folder');
  const path = join(folder, name);
  const { data, dims } = readNpy(await readFileBytes(path), path);
  if (!data.every(Number.isFinite)) throw new UserError(`${path} holds numbers that are not finite; give an array without NaN and infinities`);
  return { data, dims };
}

async function modelsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => extname(name).toLowerCase() === '.onnx').sort();
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
