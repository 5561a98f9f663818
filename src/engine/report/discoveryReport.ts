import { version } from '../../../package.json';
import { applyEdits } from '../editing/applyDirection';
import { heldOutPsi, heldOutSeeds } from '../editing/metrics';
import { cellSize, drawSvg, encodeWebp } from '../editing/pictures';
import type { Picture, Size } from '../editing/pictures';
import { outlineSvg } from '../editing/strip';
import { editedPictures, outlinePaths } from '../editing/sweep';
import type { Drawing } from '../editing/sweep';
import { generatorSha256, truncates } from '../generators/description';
import type { Generator } from '../generators/generator';
import type { FloatTensor } from '../tensor';
import { cosines } from '../../shared/direction/directionCosines';
import { vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { parseSeeds, spread } from '../../shared/numberList';
import { UserError } from '../../shared/userError';
import { reportPage } from './reportPage';
import type { ReportContent, ReportGroup, ReportStrip } from './reportPage';
import { reproductionsOf } from './reproduction';

/** The samples that strips show; some that no discovery took, at psi 0.7, where left out. */
export interface ReportSamples {
  readonly seeds?: readonly number[];
  readonly psi?: number;
  /** The class of a conditional generator; that of the first direction's discovery where left out. */
  readonly label?: number;
}

const usualSamples = 4;
const mostSamples = 16;
const mostDirections = 200;
const stripAlphas = 7;
/** Pixels of a picture in a strip and of one that shows a region, and the quality of their files: a report is to be small enough to be sent. */
const [stripCell, regionCell] = [128, 240];
const quality = 80;

/**
 * A report of some directions of one generator as an HTML file that needs nothing but itself. The same directions give the
 * same bytes.
 *
 * @throws UserError where there are none or too many; CancelledError where `signal` says so
 */
export async function discoveryReport(generator: Generator, directions: readonly DirectionFile[], samples: ReportSamples = {}, { signal, onProgress }: Pick<Drawing, 'signal' | 'onProgress'> = {}): Promise<string> {
  requireFew(directions.length, 'directions', mostDirections);
  const seeds = samples.seeds ?? heldOutSeeds(takenBy(directions)).slice(0, usualSamples);
  requireFew(seeds.length, 'samples', mostSamples);
  const psi = samples.psi ?? heldOutPsi;
  const pictures = await ReportPictures.create(generator, seeds, psi, labelFor(generator, directions, samples.label), signal);
  const strips: ReportStrip[] = [];
  for (const [index, direction] of directions.entries()) {
    strips.push({ index, ...(await pictures.strip(direction, signal)) });
    onProgress?.(strips.length, directions.length);
  }
  return reportPage({
    program: `ReSeFa for VS Code ${version}`,
    generator: { ...generator.description, sha256: generatorSha256(generator.description) },
    samples: { seeds, ...(truncates(generator.description) ? { psi } : {}) },
    groups: await groupsOf(strips, pictures),
    cosines: directions.map((a) => directions.map((b) => cosines(a, b, b.name).cosine)),
    reproductions: reproductionsOf(generator.description.name, directions),
  } satisfies ReportContent);
}

function requireFew(count: number, what: string, most: number): void {
  if (count === 0 || count > most) throw new UserError(`a report cannot have ${count} ${what}: give 1 to ${most}`);
}

/** The samples of all discoveries, so that strips show others. */
function takenBy(directions: readonly DirectionFile[]): number[] {
  return directions.flatMap(({ name, discovery }) => (discovery ? parseSeeds(discovery.seeds, name) : []));
}

function labelFor({ description: { c_dim } }: Generator, directions: readonly DirectionFile[], label: number | undefined): number | undefined {
  if (label !== undefined || c_dim === 0) return label;
  return directions.find(({ discovery }) => discovery?.class !== undefined)?.discovery?.class ?? 0;
}

/** Directions for the same region, in the order in which they were given. */
async function groupsOf(strips: readonly ReportStrip[], pictures: ReportPictures): Promise<ReportGroup[]> {
  const groups = new Map<string, ReportStrip[]>();
  for (const strip of strips) {
    const key = JSON.stringify(strip.direction.region ?? null);
    groups.set(key, [...(groups.get(key) ?? []), strip]);
  }
  return Promise.all([...groups.values()].map(async (members): Promise<ReportGroup> => {
    const { region } = members[0]!.direction;
    return { strips: members, ...(region ? { region, picture: await pictures.region(region) } : {}) };
  }));
}

/** The pictures of a report, on samples that are computed once. */
class ReportPictures {
  private constructor(
    private readonly generator: Generator,
    private readonly ws: FloatTensor,
    /** The unedited pictures of all samples in a strip's size, as files. */
    private readonly originals: readonly Uint8Array[],
    /** The first of them in the size that regions are shown on. */
    private readonly first: Picture,
  ) {}

  static async create(generator: Generator, seeds: readonly number[], psi: number, label: number | undefined, signal?: AbortSignal): Promise<ReportPictures> {
    const ws = await generator.sample(seeds, { psi: truncates(generator.description) ? psi : 1, label });
    const originals = await editedPictures(generator, ws, sizeFor(generator, stripCell), signal);
    const alone = { data: ws.data.subarray(0, ws.data.length / seeds.length), dims: [1, ...ws.dims.slice(1)] };
    const [first] = await editedPictures(generator, alone, sizeFor(generator, regionCell), signal);
    return new ReportPictures(generator, ws, await filesOf(originals), first!);
  }

  /** The sweep of a direction over its own range. */
  async strip(direction: DirectionFile, signal?: AbortSignal): Promise<Omit<ReportStrip, 'index'>> {
    const alphas = spread(...direction.edit.alpha, stripAlphas);
    const columns: (readonly Uint8Array[])[] = [];
    for (const alpha of alphas) columns.push(alpha === 0 ? this.originals : await this.edited(direction, alpha, signal));
    return { direction, alphas, pictures: this.originals.map((_, n) => columns.map((column) => column[n]!)) };
  }

  /** The first sample with a region's edge on it. */
  async region(region: NonNullable<DirectionFile['region']>): Promise<Uint8Array> {
    return encodeWebp(await drawSvg(this.first, outlineSvg(outlinePaths(region, this.first), this.first, this.first)), quality);
  }

  private async edited(direction: DirectionFile, alpha: number, signal: AbortSignal | undefined): Promise<readonly Uint8Array[]> {
    const ws = applyEdits(this.ws, [{ layers: direction.latent.layers, rows: vectorRows(direction), alpha }]);
    return filesOf(await editedPictures(this.generator, ws, sizeFor(this.generator, stripCell), signal));
  }
}

function sizeFor({ description: { resolution } }: Generator, cell: number): Size {
  return cellSize({ width: resolution, height: resolution }, cell);
}

function filesOf(pictures: readonly Picture[]): Promise<Uint8Array[]> {
  return Promise.all(pictures.map((picture) => encodeWebp(picture, quality)));
}
