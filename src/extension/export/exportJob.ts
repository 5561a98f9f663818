import * as vscode from 'vscode';
import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { visibleAlpha } from '../../shared/direction/visibleAlpha';
import type { FigureRequest, GeneratorInfo, StripRequest, SweepRequest } from '../../shared/protocol/engineProtocol';
import type { ExportSource, ExportStart, PageFigure, PageSweep } from '../../shared/protocol/exportProtocol';
import { UserError } from '../../shared/userError';
import { classOfDirection } from '../generators/classOfDirection';
import { generatorOfDirection } from '../generators/generatorOfDirection';
import type { OpenedGenerator } from '../generators/generatorOfDirection';
import type { Services } from '../services';
import { readDirectionFile } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { requireOpenable } from '../workspace/openable';

/** Directions of one generator that pictures are to be exported of. */
export interface ExportJob {
  /** A path, or the name of an embedded generator. */
  readonly generator: string;
  readonly info: GeneratorInfo;
  readonly directions: readonly DirectionFile[];
  readonly start: ExportStart;
}

/** Four samples as the panel begins with them, of the class that the first direction was found for. */
const usualSeeds = [0, 1, 2, 3];
const usualPsi = 0.7;

/**
 * The job that a page is for; files are read anew.
 *
 * @throws UserError where a file cannot be read, or its generator is not here or may not be opened
 */
export async function openJob(source: ExportSource, services: Services, signal?: AbortSignal): Promise<ExportJob> {
  if ('edits' in source) {
    const { generator } = source.edits;
    requireOpenable(generator);
    return jobOfPanel(await services.engine.call('open', { generator }, { signal }), source.edits);
  }
  const files = await Promise.all(source.files.map(async (file): Promise<ReadFile> => {
    const uri = vscode.Uri.parse(file, true);
    return { uri, direction: await readDirectionFile(uri) };
  }));
  return jobOfFiles(await generatorOfDirection(files[0]!.direction, nameOf(files[0]!.uri), services), files);
}

interface ReadFile {
  readonly uri: vscode.Uri;
  readonly direction: DirectionFile;
}

/**
 * The job of some direction files.
 *
 * @throws UserError where one of them does not fit the generator
 */
export function jobOfFiles({ reference, info }: OpenedGenerator, files: readonly ReadFile[]): ExportJob {
  for (const { uri, direction } of files) requireFits(direction, { ...info, layerCount: info.layers.length }, nameOf(uri));
  const directions = files.map(({ direction }) => direction);
  const label = classOfDirection(directions[0], info);
  const ranges = directions.map((direction) => ({ name: direction.name, from: direction.edit.alpha[0], to: direction.edit.alpha[1], alpha: visibleAlpha(direction) }));
  const source = { files: files.map(({ uri }) => String(uri)) };
  return { generator: reference, info, directions, start: { source, generator: shown(info), directions: ranges, samples: usualSeeds.map((seed) => ({ seed, psi: usualPsi, ...label })), together: false } };
}

/** The job of a panel: its edits together, all of them from the other side to where they are. */
export function jobOfPanel(info: GeneratorInfo, edits: StripRequest): ExportJob {
  const { generator, directions, samples } = edits;
  const end = (alpha: number) => (directions.length === 1 ? Math.abs(alpha) : alpha);
  const ranges = directions.map(({ direction, alpha }) => ({ name: direction.name, from: 0 - end(alpha), to: end(alpha), alpha }));
  return { generator, info, directions: directions.map(({ direction }) => direction), start: { source: { edits }, generator: shown(info), directions: ranges, samples, together: directions.length > 1 } };
}

/** The figure that a page asks for, with the directions that it names by number. */
export function figureOf(job: ExportJob, figure: PageFigure): FigureRequest {
  const { generator } = job;
  // Two alike: each kind of figure has directions of a type of its own.
  if (figure.kind === 'grid') return { ...figure, generator, directions: named(job, figure.directions) };
  return { ...figure, generator, directions: named(job, figure.directions) };
}

/** The same for a sweep alone. */
export function sweepOf(job: ExportJob, sweep: PageSweep): SweepRequest {
  return { ...sweep, generator: job.generator, directions: named(job, sweep.directions) };
}

/** The directions behind their numbers, with whatever else is said of them. */
function named<Numbered extends { readonly index: number }>({ directions }: ExportJob, numbered: readonly Numbered[]) {
  return numbered.map(({ index, ...rest }) => ({ ...rest, direction: directionAt(directions, index) }));
}

/** A plain name for a page's tab. */
export function titleOf({ directions }: ExportJob): string {
  const [first] = directions;
  return directions.length === 1 && first ? first.name : `${directions.length} directions`;
}

function directionAt(directions: readonly DirectionFile[], index: number): DirectionFile {
  const direction = directions[index];
  if (!direction) throw new UserError(`there is no direction ${index} among ${directions.length}`);
  return direction;
}

function shown({ name, resolution, classes, truncates }: GeneratorInfo): ExportStart['generator'] {
  return { name, resolution, classes, truncates };
}
