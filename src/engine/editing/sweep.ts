import { breathe } from '../cancellation';
import { encodeAnimation } from './animation';
import { applyEdits } from './applyDirection';
import { blankPicture, pastePicture, picturesFromTensor } from './pictures';
import type { Picture } from './pictures';
import { encodeStrip } from './strip';
import type { StripRow } from './strip';
import type { Generator } from '../generators/generator';
import type { FloatTensor } from '../tensor';
import { localityRatio, originOf, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
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
  /** Latent codes of the samples, [N, L, d]. */
  readonly ws: FloatTensor;
  /** Edits these layers instead of the directions' own. */
  readonly layers?: readonly number[];
}

/**
 * The sweep as a figure: one row for each sample (of each direction), one column for each alpha.
 *
 * @throws CancelledError where `signal` says so
 */
export async function sweepStrip(generator: Generator, sweep: Sweep, signal?: AbortSignal): Promise<Uint8Array> {
  const rows: StripRow[] = [];
  for (const row of sweep.rows) {
    const columns = await sweepPictures(generator, sweep, row, signal);
    sweep.seeds.forEach((seed, n) => {
      rows.push({
        label: row.label ?? `seed ${seed}`,
        ...(row.label === undefined ? {} : { note: `seed ${seed}` }),
        pictures: columns.map((pictures) => pictures[n]!),
        outline: row.directions.flatMap(({ region }) => (region ? outlinePaths(region, generator) : [])),
        ...baselineOf(row.alphas ?? [sweep.alphas]),
      });
    });
  }
  const strip = { title: sweep.title, subtitle: sweep.subtitle, columns: sweep.alphas.map(formatAlpha), rows };
  return encodeStrip(strip, 'png');
}

/** The sweep as an animation: all samples (and directions) side by side, one frame for each alpha. */
export async function sweepAnimation(generator: Generator, sweep: Sweep, format: 'gif' | 'webp'): Promise<Uint8Array> {
  const rows: Picture[][][] = [];
  for (const row of sweep.rows) rows.push(await sweepPictures(generator, sweep, row));
  const frames = sweep.alphas.map((_, column) => grid(rows.map((columns) => columns[column]!)));
  const side = generator.description.resolution * sweep.seeds.length;
  return encodeAnimation(frames, {
    format,
    delayMs: 120,
    pingPong: true,
    cell: Math.min(2048, Math.max(side, 192 * sweep.seeds.length)),
    caption: (index) => `${animationRows(sweep)}   alpha ${formatAlpha(sweep.alphas[index]!)}`,
  });
}

/** What the rows of an animation are, from the top. */
function animationRows({ rows, title }: Sweep): string {
  return rows.length === 1 ? title : rows.map(({ label }) => label).join(' / ');
}

/** What stands above a sweep: of one direction its eigenvalue and locality, of several their names. */
export function headline(directions: readonly DirectionFile[], psi: number, together = false): Pick<Sweep, 'title' | 'subtitle'> {
  const [first] = directions;
  const truncation = `psi ${psi}`;
  if (directions.length > 1 || !first) return { title: directions.map(({ name }) => name).join(together ? ' + ' : ', '), subtitle: truncation };
  const { metrics, discovery, latent, region } = first;
  const locality = metrics ? [`inside/outside ${localityRatio(metrics).toFixed(1)}`] : [];
  const found = discovery ? `λ ${discovery.eigenvalue.toPrecision(3)}` : originOf(first);
  return { title: first.name, subtitle: [latent.space, found, ...locality, ...(region ? [formatRegion(region)] : []), truncation].join('   ') };
}

/** Pictures of one row, by alpha and sample. */
async function sweepPictures(generator: Generator, { ws, alphas, layers }: Sweep, row: SweepRow, signal?: AbortSignal): Promise<Picture[][]> {
  const columns: Picture[][] = [];
  for (const [column, alpha] of alphas.entries()) {
    await breathe(signal);
    const edits = row.directions.map((direction, i) => ({ ...layersAndRows(direction, layers), alpha: row.alphas?.[i]?.[column] ?? alpha }));
    columns.push(picturesFromTensor(await generator.synthesize(applyEdits(ws, edits)), generator.description.value_range));
  }
  return columns;
}

/** A direction on its own layers, or, in space w, on others that the user chose. */
function layersAndRows(direction: DirectionFile, layers: readonly number[] | undefined): { layers: readonly number[]; rows: readonly number[][] } {
  const rows = vectorRows(direction);
  if (!layers) return { layers: direction.latent.layers, rows };
  if (direction.latent.space === 'w') return { layers, rows: layers.map(() => rows[0]!) };
  const kept = direction.latent.layers.flatMap((layer, i) => (layers.includes(layer) ? [{ layer, row: rows[i]! }] : []));
  return { layers: kept.map(({ layer }) => layer), rows: kept.map(({ row }) => row) };
}

function outlinePaths(region: Region, generator: Generator): StripRow['outline'] {
  const { resolution } = generator.description;
  return outline(region, resolution, resolution).map((points) => ({ closed: true, points }));
}

/** The column in which nothing is edited. */
function baselineOf(alphas: readonly (readonly number[])[]): { baseline?: number } {
  const index = alphas[0]!.findIndex((_, column) => alphas.every((each) => each[column] === 0));
  return index < 0 ? {} : { baseline: index };
}

function grid(rows: readonly (readonly Picture[])[]): Picture {
  const { width, height } = rows[0]![0]!;
  const sheet = blankPicture({ width: width * rows[0]!.length, height: height * rows.length }, [255, 255, 255]);
  rows.forEach((pictures, y) => {
    pictures.forEach((picture, x) => { pastePicture(sheet, x * width, y * height, picture); });
  });
  return sheet;
}

/** "+2.4", "0", "-6": three digits at most. */
function formatAlpha(alpha: number): string {
  const rounded = Number(alpha.toPrecision(3));
  return rounded > 0 ? `+${rounded}` : String(rounded);
}
