import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { readFileBytes } from '../engine/files';
import { regionsOf } from '../engine/generators/description';
import { Generator } from '../engine/generators/generator';
import { readNpy } from '../engine/npy';
import { embeddedGenerators } from '../engine/paths';
import type { FloatTensor } from '../engine/tensor';
import { parseDirection } from '../shared/direction/checkDirection';
import { requireFits, stemOf } from '../shared/direction/directionFile';
import type { DirectionFile } from '../shared/direction/directionFile';
import { parseJson } from '../shared/jsonText';
import { largestSeed, parseInteger, parseNumber, parseSeeds, psiLimits } from '../shared/numberList';
import { isFileName } from '../shared/plainFileName';
import { quote } from '../shared/quote';
import { findRegion, parseBox, validateRegion } from '../shared/region';
import type { Region } from '../shared/region';
import { UserError } from '../shared/userError';

/** Options that several commands share, as the command line gives them. */
export interface SampleArguments {
  readonly seeds?: string;
  readonly ws?: string;
  readonly psi?: string;
  readonly class?: string;
  readonly threads?: string;
}

/** Opens the generator that an argument names. */
export async function openGenerator(reference: string, { threads }: Pick<SampleArguments, 'threads'> = {}): Promise<Generator> {
  return Generator.open(reference, embeddedGenerators(), { threads: parseThreads(threads) });
}

/** `--threads` within its range; 0, which leaves it to ONNX Runtime, where it is left out. */
export function parseThreads(text: string | undefined): number {
  return text === undefined ? 0 : parseInteger(text, '--threads', { min: 1, max: 256 });
}

/** `--psi` within its range; `fallback` where it is left out. */
export function parsePsi(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : parseNumber(text, '--psi', psiLimits);
}

/** `--class` as the label of a conditional generator. */
export function parseLabel(text: string | undefined): { label?: number } {
  return text === undefined ? {} : { label: parseInteger(text, '--class', { min: 0 }) };
}

/** `--memory` in bytes; left to the engine where it is left out. */
export function parseMemory(text: string | undefined): { memoryBudget?: number } {
  return text === undefined ? {} : { memoryBudget: parseInteger(text, '--memory', { min: 16, max: 2 ** 20 }) * 2 ** 20 };
}

/**
 * A name that files can have.
 *
 * @param option where it is from, for the message
 * @throws UserError for another one
 */
export function requireFileName(name: string, option: string): string {
  if (!isFileName(name)) throw new UserError(`${option} ${quote(name)} cannot be a file name; use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first`);
  return name;
}

/** The latent codes that `--seeds` (or `--seed`) or `--ws` name, and a name for each. */
export async function latentCodes(generator: Generator, given: SampleArguments, seedOption: '--seeds' | '--seed' = '--seeds'): Promise<{ ws: FloatTensor; names: string[] }> {
  if ((given.seeds === undefined) === (given.ws === undefined)) {
    const both = given.seeds === undefined ? 'neither is there' : 'not by both';
    throw new UserError(`give the samples either by ${seedOption} (such as ${seedOption === '--seed' ? '0' : '0,2,5-8'}) or by --ws (an .npy file); ${both}`);
  }
  if (given.ws !== undefined) {
    if (given.psi !== undefined) throw new UserError(`--psi truncates what ${seedOption} draws; the latent codes of --ws are taken as they are: leave --psi out`);
    if (given.class !== undefined) throw new UserError(`--class steers what ${seedOption} draws; the latent codes of --ws are taken as they are: leave --class out`);
    const ws = await readLatents(given.ws, generator, '--ws');
    return { ws, names: Array.from({ length: ws.dims[0]! }, (_, i) => `ws${String(i).padStart(4, '0')}`) };
  }
  const seeds = seedOption === '--seed' ? [parseInteger(given.seeds!, seedOption, { min: 0, max: largestSeed })] : parseSeeds(given.seeds!);
  const ws = await generator.sample(seeds, { psi: parsePsi(given.psi, 1), ...parseLabel(given.class) });
  return { ws, names: seeds.map((seed) => `seed${String(seed).padStart(4, '0')}`) };
}

/** Reads latent codes or tangents, at least one: [N, L, d], or [N, d] where the generator has no layers. */
export async function readLatents(path: string, generator: Generator, option: string): Promise<FloatTensor> {
  const { data, dims } = readNpy(await readFileBytes(path), path);
  const { layerCount, dimensions } = generator;
  const shape = `[${dims.join(', ')}]`;
  const layered = dims.length === 3 && dims[1] === layerCount && dims[2] === dimensions;
  const flat = dims.length === 2 && dims[1] === dimensions && layerCount === 1;
  if (!layered && !flat) {
    const right = layerCount === 1 ? `[N, ${dimensions}]` : `[N, ${layerCount}, ${dimensions}]`;
    throw new UserError(`${option} ${path} has the shape ${shape}; the generator ${generator.description.name} takes ${right}`);
  }
  if (dims[0] === 0) throw new UserError(`${option} ${path} has the shape ${shape}, which holds no sample; give at least one`);
  if (!data.every(Number.isFinite)) throw new UserError(`${option} ${path} holds numbers that are not finite; give an array without NaN and infinities`);
  return { data, dims: [dims[0]!, layerCount, dimensions] };
}

/** A region and what to call it. */
export interface NamedRegion {
  readonly name: string;
  readonly region: Region;
}

/**
 * Reads `--region`: a name that the generator (or, for faces, FFHQ) has, `x,y,width,height`,
 * `ellipse:x,y,width,height`, `polygon:x,y,x,y,..`, or a .json file that holds a region or a direction.
 */
export async function parseRegion(text: string, generator: Generator): Promise<NamedRegion> {
  if (extname(text) === '.json') return readRegionFile(text);
  const shaped = /^(box|ellipse|polygon):(.*)$/.exec(text);
  if (!shaped && /^[a-z]+:/i.test(text)) throw new UserError(`--region: ${quote(text)} is of no shape that is known; expected x,y,width,height, ellipse:x,y,width,height or polygon:x,y,x,y,..`);
  if (shaped) return { name: shaped[1]!, region: shapedRegion(shaped[1]!, shaped[2]!) };
  // No name holds a comma: "nan,0,1,1" is a box gone wrong, not the name of a region.
  if (/^[-+.\d]|,/.test(text)) return { name: 'region', region: parseBox(text, '--region') };
  const named = regionsOf(generator.description);
  if (Object.keys(named).length === 0) {
    throw new UserError(`--region: the generator ${generator.description.name} has no named regions; give x,y,width,height in fractions of the image, such as 0.2,0.4,0.6,0.15`);
  }
  return { name: text.toLowerCase().replaceAll('_', '-'), region: findRegion(named, text) };
}

function shapedRegion(shape: string, text: string): Region {
  if (shape === 'polygon') {
    const numbers = text.split(',').map((part) => parseNumber(part, '--region polygon'));
    if (numbers.length % 2 !== 0) throw new UserError(`--region polygon: ${numbers.length} numbers; expected pairs x,y,x,y,..`);
    const points = Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const);
    return validateRegion({ shape, points }, '--region');
  }
  return validateRegion({ ...parseBox(text, '--region'), shape }, '--region');
}

async function readRegionFile(path: string): Promise<NamedRegion> {
  const value = parseJson((await readFileBytes(path)).toString('utf8'), path);
  const holder = typeof value === 'object' && value !== null && 'region' in value ? value.region : value;
  const name = holder !== value && 'name' in (value as object) ? stemOf(String((value as { name: unknown }).name)) : basename(path, '.json');
  return { name, region: validateRegion(holder, path) };
}

/** Reads and checks a direction file. */
export async function readDirection(path: string): Promise<DirectionFile> {
  return parseDirection((await readFileBytes(path)).toString('utf8'), path);
}

/** The same of several, all of which must fit the generator. */
export async function readFittingDirections(paths: readonly string[], generator: Generator): Promise<DirectionFile[]> {
  const directions: DirectionFile[] = [];
  for (const path of paths) {
    const direction = await readDirection(path);
    requireFits(direction, generator.identity, path);
    directions.push(direction);
  }
  return directions;
}

/** Adds the options that draw samples. */
export function withSampleOptions(command: Command): Command {
  return command
    .option('--seeds <list>', 'samples as every StyleGAN tool draws them, such as 0,2,5-8')
    .option('--ws <file.npy>', 'latent codes [N, L, d] instead of seeds')
    .option('--psi <number>', 'truncation psi: 1 is none, 0 the mean image (default: 1)')
    .option('--class <number>', 'the class, where the generator is conditional');
}
