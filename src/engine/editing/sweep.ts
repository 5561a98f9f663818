import { breathe } from '../cancellation';
import { encodeAnimation, requireAnimatable, requireShowable } from './animation';
import type { AnimationOptions } from './animation';
import { applyEdits } from './applyDirection';
import { layOutCaptions } from './captions';
import { blankPicture, cellSize, pastePicture, picturesFromTensor, resizePicture } from './pictures';
import type { Picture, Size } from './pictures';
import { encodeStrip, sizeOfStrip } from './strip';
import type { OutlinePath, Strip, StripFormat } from './strip';
import type { Generator } from '../generators/generator';
import type { FloatTensor } from '../tensor';
import { localityRatio, originOf, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { showingOrder } from '../../shared/frameOrder';
import { formatRegion, outline } from '../../shared/region';
import type { Region } from '../../shared/region';

/** Directions that are swept together, and what to call them. */
export interface SweepRow {
  readonly directions: readonly DirectionFile[];
  readonly label?: string;
  /** The alphas of each direction, [directions, columns], where they are not the sweep's. */
  readonly alphas?: readonly (readonly number[])[];
}

/** An alpha sweep of some directions on some samples. */
export interface Sweep {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly SweepRow[];
  readonly alphas: readonly number[];
  readonly seeds: readonly number[];
  /** What to call the samples; "seed 3" where left out. */
  readonly labels?: readonly string[];
  /** Latent codes of the samples, [N, L, d]. */
  readonly ws: FloatTensor;
  /** Edits these layers instead of the directions' own. */
  readonly layers?: readonly number[];
}

/** What a sweep is but for its pictures: enough to know how large they will be. */
export type SweepShape = Omit<Sweep, 'ws'>;

/** How pictures are made of a generator's. */
export interface Drawing {
  /** The longer side of each picture in pixels, 16 to 2048; left out, it is chosen by what they are for. */
  readonly cell?: number;
  readonly signal?: AbortSignal;
  /** Told after every step how many of all are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The longer side of an animation's frame is at most so many pixels, unless the user says how large its pictures are. */
const largestSheet = 2048;
const smallestAnimated = 192;
/** Samples that are synthesized at once: their pictures in full size are not all in memory. */
const largestGroup = 8;

/**
 * The sweep as a figure: one row for each sample (of each direction), one column for each alpha.
 *
 * @throws UserError where it is larger than the format allows; CancelledError where `signal` says so
 */
export async function sweepStrip(generator: Generator, sweep: Sweep, { format = 'png', ...drawing }: Drawing & { readonly format?: StripFormat } = {}): Promise<Uint8Array> {
  const cell = stripCell(generator, drawing.cell);
  sizeOfStrip(stripOf(sweep, blankColumns(sweep, cell)), format);
  const columns: Picture[][][] = [];
  for (const row of sweep.rows) {
    const pictures: Picture[][] = [];
    for (const column of sweep.alphas.keys()) {
      pictures.push(await sweepPictures(generator, sweep, row, column, cell, drawing.signal));
      drawing.onProgress?.(columns.length * sweep.alphas.length + pictures.length, sweep.rows.length * sweep.alphas.length);
    }
    columns.push(pictures);
  }
  return encodeStrip(stripOf(sweep, columns), format);
}

/** The size of `sweepStrip` in pixels; it throws as that does. */
export function sizeOfSweepStrip(generator: Generator, sweep: SweepShape, format: StripFormat, cell?: number): Size {
  return sizeOfStrip(stripOf(sweep, blankColumns(sweep, stripCell(generator, cell))), format);
}

/** The sweep as an animation: the frames of `sweepFrames`, there and back or over again. */
export async function sweepAnimation(generator: Generator, sweep: Sweep, options: AnimationOptions, drawing: Drawing = {}): Promise<Uint8Array> {
  requireAnimatable(sizeOfFrames(generator, sweep, drawing.cell), showingOrder(sweep.alphas.length, options.pingPong).length);
  const frames: Picture[] = [];
  for await (const frame of sweepFrames(generator, sweep, drawing)) frames.push(frame);
  return encodeAnimation(frames, options);
}

/**
 * The frames of an animation, one for each alpha, as they are finished: all samples side by side, the directions below each
 * other, and a caption under them.
 *
 * @throws UserError where they would be too large to be shown; CancelledError where `signal` says so
 */
export async function* sweepFrames(generator: Generator, sweep: Sweep, { cell, signal, onProgress }: Drawing = {}): AsyncGenerator<Picture, void, void> {
  const { picture, captions } = frameLayout(generator, sweep, cell);
  const total = sweep.alphas.length * sweep.rows.length;
  for (const column of sweep.alphas.keys()) {
    const rows: Picture[][] = [];
    for (const row of sweep.rows) {
      rows.push(await sweepPictures(generator, sweep, row, column, picture, signal));
      onProgress?.(column * sweep.rows.length + rows.length, total);
    }
    yield captions.under(sheet(rows), column);
  }
}

/** The size of the frames of `sweepFrames` in pixels; it throws as that does. */
export function sizeOfFrames(generator: Generator, sweep: SweepShape, cell?: number): Size {
  return frameLayout(generator, sweep, cell).captions.size;
}

function frameLayout({ description: { resolution } }: Generator, sweep: SweepShape, wished: number | undefined) {
  const [across, down] = [sweep.seeds.length, sweep.rows.length];
  const usual = Math.max(16, Math.min(Math.max(resolution, smallestAnimated), Math.floor(largestSheet / Math.max(across, down))));
  const picture = cellSize({ width: resolution, height: resolution }, wished ?? usual);
  const captions = layOutCaptions(sheetSize(picture, across, down), sweep.alphas.map((_, column) => caption(sweep, column)));
  requireShowable(captions.size);
  return { picture, captions };
}

/** What a frame shows: the directions from the top, and the alpha, or those of each where they have their own. */
function caption({ rows, title, alphas }: SweepShape, column: number): string {
  const each = rows.map((row) => row.directions.map(({ name }, i) => ({ name, alpha: row.alphas?.[i]?.[column] ?? alphas[column]! })));
  const common = each.flat().every(({ alpha }) => alpha === each[0]![0]!.alpha);
  if (common) return `${rows.length === 1 ? title : rows.map(({ label }) => label).join(' / ')}   alpha ${formatAlpha(each[0]![0]!.alpha)}`;
  return each.map((together) => together.map(({ name, alpha }) => `${name} ${formatAlpha(alpha)}`).join(', ')).join(' / ');
}

/** What stands above a sweep: of one direction its eigenvalue and locality, of several their names. */
export function headline(directions: readonly DirectionFile[], psi: number | undefined, together = false): Pick<Sweep, 'title' | 'subtitle'> {
  const [first] = directions;
  const truncation = psi === undefined ? [] : [`psi ${psi}`];
  if (directions.length > 1 || !first) return { title: directions.map(({ name }) => name).join(together ? ' + ' : ', '), subtitle: truncation.join('') };
  const { metrics, discovery, latent, region } = first;
  const locality = metrics ? [`inside/outside ${localityRatio(metrics).toFixed(1)}`] : [];
  const found = discovery ? `λ ${discovery.eigenvalue.toPrecision(3)}` : originOf(first);
  return { title: first.name, subtitle: [latent.space, found, ...locality, ...(region ? [formatRegion(region)] : []), ...truncation].join('   ') };
}

/** Pictures of one row at one of its alphas, one for each sample. */
async function sweepPictures(generator: Generator, { ws, alphas, layers }: Sweep, row: SweepRow, column: number, size: Size, signal?: AbortSignal): Promise<Picture[]> {
  const edits = row.directions.map((direction, i) => ({ ...layersAndRows(direction, layers), alpha: row.alphas?.[i]?.[column] ?? alphas[column]! }));
  return editedPictures(generator, applyEdits(ws, edits), size, signal);
}

/** Pictures of latent codes [N, L, d] at the size that they are shown at. */
export async function editedPictures(generator: Generator, { data, dims: [count = 0, ...rest] }: FloatTensor, size: Size, signal?: AbortSignal): Promise<Picture[]> {
  const pictures: Picture[] = [];
  const each = data.length / count;
  for (let start = 0; start < count; start += largestGroup) {
    await breathe(signal);
    const end = Math.min(count, start + largestGroup);
    const images = await generator.synthesize({ data: data.subarray(start * each, end * each), dims: [end - start, ...rest] });
    pictures.push(...(await Promise.all(picturesFromTensor(images, generator.description.value_range).map((picture) => resizePicture(picture, size)))));
  }
  return pictures;
}

/** A direction on its own layers, or, in space w, on others that the user chose. */
export function layersAndRows(direction: DirectionFile, layers?: readonly number[]): { layers: readonly number[]; rows: readonly number[][] } {
  const rows = vectorRows(direction);
  if (!layers) return { layers: direction.latent.layers, rows };
  if (direction.latent.space === 'w') return { layers, rows: layers.map(() => rows[0]!) };
  const kept = direction.latent.layers.flatMap((layer, i) => (layers.includes(layer) ? [{ layer, row: rows[i]! }] : []));
  return { layers: kept.map(({ layer }) => layer), rows: kept.map(({ row }) => row) };
}

/** The size of a picture in a strip. */
export function stripCell({ description: { resolution } }: Generator, cell?: number): Size {
  return cellSize({ width: resolution, height: resolution }, cell);
}

/** The figure of some pictures, [rows, alphas, samples]. */
function stripOf(sweep: SweepShape, pictures: readonly (readonly (readonly Picture[])[])[]): Strip {
  const { title, subtitle, alphas, rows } = sweep;
  const { width, height } = pictures[0]![0]![0]!;
  const stripRows = rows.flatMap((row, i) => sampleLabels(sweep).map((sample, n) => ({
    label: row.label ?? sample,
    ...(row.label === undefined ? {} : { note: sample }),
    pictures: pictures[i]!.map((column) => column[n]!),
    outline: row.directions.flatMap(({ region }) => (region ? outlinePaths(region, { width, height }) : [])),
    ...baselineOf(row.alphas ?? [alphas]),
  })));
  return { title, subtitle, columns: alphas.map(formatAlpha), rows: stripRows, cell: Math.max(width, height) };
}

/** One and the same empty picture in all places. */
function blankColumns({ rows, alphas, seeds }: SweepShape, size: Size): Picture[][][] {
  const blank = blankPicture(size, [0, 0, 0]);
  return rows.map(() => alphas.map(() => seeds.map(() => blank)));
}

/** What to call the samples. */
export function sampleLabels({ labels, seeds }: Pick<Sweep, 'labels' | 'seeds'>): readonly string[] {
  return labels ?? seeds.map((seed) => `seed ${seed}`);
}

/** The region's edge on pictures of a size. */
export function outlinePaths(region: Region, { width, height }: Size): OutlinePath[] {
  return outline(region, width, height).map((points) => ({ closed: true, points }));
}

/** The column in which nothing is edited. */
function baselineOf(alphas: readonly (readonly number[])[]): { baseline?: number } {
  const index = alphas[0]!.findIndex((_, column) => alphas.every((each) => each[column] === 0));
  return index < 0 ? {} : { baseline: index };
}

function sheet(rows: readonly (readonly Picture[])[]): Picture {
  const picture = rows[0]![0]!;
  const whole = blankPicture(sheetSize(picture, rows[0]!.length, rows.length), [255, 255, 255]);
  const [stepX, stepY] = [picture.width + gapOf(picture), picture.height + gapOf(picture)];
  rows.forEach((pictures, y) => {
    pictures.forEach((each, x) => { pastePicture(whole, x * stepX, y * stepY, each); });
  });
  return whole;
}

function sheetSize(picture: Size, across: number, down: number): Size {
  const gap = gapOf(picture);
  return { width: across * (picture.width + gap) - gap, height: down * (picture.height + gap) - gap };
}

/** Between neighbouring pictures of a frame. */
function gapOf({ width, height }: Size): number {
  return Math.max(2, Math.round(Math.max(width, height) / 64));
}

/** "+2.4", "0", "-6": three digits at most. */
export function formatAlpha(alpha: number): string {
  const rounded = Number(alpha.toPrecision(3));
  return rounded > 0 ? `+${rounded}` : String(rounded);
}
