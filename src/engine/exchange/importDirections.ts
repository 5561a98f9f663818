import { LocalityMeter, heldOutSeeds } from '../editing/metrics';
import type { Locality } from '../editing/metrics';
import { niceAlpha, sliderReach } from '../factorization/discover';
import { sha256Of } from '../files';
import { generatorSha256 } from '../generators/description';
import type { Generator } from '../generators/generator';
import { readNpy } from '../npy';
import { canonicalSign } from '../../shared/direction/directionFile';
import type { ArraySource, DirectionFile, LatentSpace } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { requirePixels } from '../../shared/region';
import type { Region } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { arrayDirections, normOf, problemOf } from './directionArray';
import type { ArrayDirections } from './directionArray';

/** A `.npy` file. */
export interface ArrayFile {
  /** Its name without folders, such as "eyes.npy". */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Which directions of an array, and how to take them. */
export interface ImportChoices {
  /** From 0; all of them where left out. */
  readonly rows?: readonly number[];
  /** As the array's shape says where left out, see arrayDirections. */
  readonly space?: LatentSpace;
  /** The layers that are edited: where left out the generator's choice in w, those that are not zero in w+. */
  readonly layers?: readonly number[];
  /** What the directions are for. Their locality is measured then. */
  readonly region?: Region;
  /** The class of a conditional generator, to measure on. */
  readonly label?: number;
  /** Directions are called `<name>-<row + 1>`; after the file where left out. */
  readonly name?: string;
}

/** So many directions become so many files: more are chosen one by one. */
const mostAtOnce = 100;

/** Six digits of each component leave the norm of a unit vector this far from 1 at most. */
const unitTolerance = 1e-5;

/** How far a slider reaches, in the array's own units, where nothing was measured: as SeFa's and InterFaceGAN's tools go. */
const usualReach = 3;

/**
 * The directions of an array as files of version 2.
 *
 * Vectors get unit norm, and the sign that files have. An array says nothing of how far its directions are to be followed: the
 * range of alpha is that of a discovered direction where a region is given, which is measured, and else -3 to 3 times what
 * stands in the array, that is, times its norm.
 *
 * An array tells neither its generator nor its latent space: a vector for z is of the same length as one for w, often.
 *
 * @param onMeasured told how many of them are measured
 * @throws UserError where the array does not fit the generator or the choices do not fit the array, with the row that is wrong;
 *   CancelledError where `signal` says so
 */
export async function importDirections(generator: Generator, file: ArrayFile, choices: ImportChoices, onMeasured?: (done: number, all: number) => void, signal?: AbortSignal): Promise<DirectionFile[]> {
  const { layerCount, dimensions, description } = generator;
  const found = arrayDirections(readNpy(file.bytes, file.name), { name: description.name, layerCount, dimensions }, choices.space, file.name);
  const rows = chosenRows(found, choices, file.name);
  const sha256 = sha256Of(file.bytes);
  const vectors = rows.map((row) => vectorOf(generator, found, row, choices.layers, file.name));
  const directions = vectors.map((vector, i) => fileOf(generator, { kind: 'npy', file: file.name, sha256, row: rows[i]! }, vector, choices));
  return choices.region ? measured(generator, directions, vectors, choices.region, choices.label, onMeasured, signal) : directions;
}

function chosenRows({ count }: ArrayDirections, { rows }: ImportChoices, name: string): readonly number[] {
  if (!rows && count > mostAtOnce) throw new UserError(`${name} holds ${count} directions; choose at most ${mostAtOnce} rows, such as 0-9`);
  if (rows?.length === 0) throw new UserError(`no row of ${name} is chosen; choose at least one`);
  const missing = rows?.find((row) => row >= count);
  if (missing !== undefined) throw new UserError(`${name} has no row ${missing}; its rows are ${count === 1 ? '0 alone' : `0 to ${count - 1}`}`);
  if (rows && rows.length > mostAtOnce) throw new UserError(`${rows.length} rows of ${name} are chosen; choose at most ${mostAtOnce}`);
  return rows ?? Array.from({ length: count }, (_, row) => row);
}

/** A row of an array as an edit. */
interface ArrayVector {
  readonly space: LatentSpace;
  readonly layers: readonly number[];
  /** Unit norm: one row (w), or one for each of the layers (w+). */
  readonly rows: readonly (readonly number[])[];
  /** Of what stands in the array; 1 where it is that to six digits. */
  readonly norm: number;
}

function vectorOf({ description }: Generator, { space, direction }: ArrayDirections, row: number, chosen: readonly number[] | undefined, name: string): ArrayVector {
  const found = direction(row);
  const problem = problemOf(joined(found.rows));
  if (problem !== undefined) throw new UserError(`${name}: row ${row} ${problem}, which is no direction`);
  const layers = chosen ?? found.layers ?? description.edit_layers;
  const rows = space === 'w' ? found.rows : layers.map((layer) => found.rows[layer]!);
  const norm = normOf(joined(rows));
  if (norm === 0) throw new UserError(`${name}: row ${row} is all zeros on the layers ${formatRanges(layers)}; choose others`);
  const unit = isUnit(norm) ? 1 : norm;
  return { space, layers, rows: rows.map((each) => Array.from(each, (value) => value / unit)), norm: unit };
}

/** Dividing by what is nearly 1 would only turn the last digits of a vector that was written with six. */
function isUnit(norm: number): boolean {
  return Math.abs(norm - 1) < unitTolerance;
}

function joined(rows: readonly Float32Array[]): Float32Array {
  return Float32Array.from(rows.flatMap((row) => Array.from(row)));
}

function fileOf({ description, dimensions }: Generator, source: ArraySource, { space, layers, rows, norm }: ArrayVector, { name, region }: ImportChoices): DirectionFile {
  const reach = usualReach * norm;
  return {
    format: 'resefa-direction',
    version: 2,
    name: `${name ?? source.file.replace(/\.npy$/i, '')}-${source.row + 1}`,
    generator: { name: description.name, architecture: description.architecture, resolution: description.resolution, sha256: generatorSha256(description) },
    latent: { space, dimensions, layers },
    ...(region ? { region } : {}),
    source,
    edit: { alpha: [-reach, reach] },
    vector: canonicalSign(space === 'w' ? rows[0]! : rows),
  };
}

async function measured(
  generator: Generator,
  directions: readonly DirectionFile[],
  vectors: readonly ArrayVector[],
  region: Region,
  label: number | undefined,
  onMeasured?: (done: number, all: number) => void,
  signal?: AbortSignal,
): Promise<DirectionFile[]> {
  const { resolution } = generator.description;
  requirePixels(region, resolution, resolution);
  generator.requireLabel(label);
  const meter = await LocalityMeter.create(generator, region, [], label);
  const results: DirectionFile[] = [];
  for (const [i, direction] of directions.entries()) {
    onMeasured?.(i, directions.length);
    const { layers, space, rows, norm } = vectors[i]!;
    const locality = await meter.measure({ layers, rows: space === 'w' ? layers.map(() => rows[0]!) : rows }, usualReach * norm, signal);
    results.push(withMetrics(direction, locality));
  }
  onMeasured?.(directions.length, directions.length);
  return results;
}

function withMetrics(direction: DirectionFile, { alpha, insideMse, outsideMse }: Locality): DirectionFile {
  const reach = niceAlpha(sliderReach * alpha);
  return { ...direction, edit: { alpha: [-reach, reach] }, metrics: { seeds: formatRanges(heldOutSeeds()), alpha, insideMse, outsideMse } };
}
