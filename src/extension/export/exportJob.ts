import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { visibleAlpha } from '../../shared/direction/visibleAlpha';
import type { FigureRequest, GeneratorInfo, StripRequest, SweepRequest } from '../../shared/protocol/engineProtocol';
import type { ExportStart, PageFigure, PageSweep } from '../../shared/protocol/exportProtocol';
import { UserError } from '../../shared/userError';
import { classOfDirection } from '../generators/classOfDirection';

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
 * The job of some direction files.
 *
 * @param files their names, for messages
 * @throws UserError where one of them does not fit the generator
 */
export function jobOfFiles(generator: string, info: GeneratorInfo, directions: readonly DirectionFile[], files: readonly string[]): ExportJob {
  directions.forEach((direction, i) => { requireFits(direction, { ...info, layerCount: info.layers.length }, files[i]!); });
  const label = classOfDirection(directions[0], info);
  const ranges = directions.map((direction) => ({ name: direction.name, from: direction.edit.alpha[0], to: direction.edit.alpha[1], alpha: visibleAlpha(direction) }));
  return { generator, info, directions, start: { generator: shown(info), directions: ranges, samples: usualSeeds.map((seed) => ({ seed, psi: usualPsi, ...label })), together: false } };
}

/** The job of a panel: its edits together, all of them from the other side to where they are. */
export function jobOfPanel(info: GeneratorInfo, { generator, directions, samples }: StripRequest): ExportJob {
  const end = (alpha: number) => (directions.length === 1 ? Math.abs(alpha) : alpha);
  const ranges = directions.map(({ direction, alpha }) => ({ name: direction.name, from: 0 - end(alpha), to: end(alpha), alpha }));
  return { generator, info, directions: directions.map(({ direction }) => direction), start: { generator: shown(info), directions: ranges, samples, together: directions.length > 1 } };
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
