import { extname } from 'node:path';
import type { Command } from 'commander';
import { directionGrid, gridHeadline } from '../../engine/editing/directionGrid';
import { heldOutPsi } from '../../engine/editing/metrics';
import type { StripFormat } from '../../engine/editing/strip';
import { headline, sweepAnimation, sweepStrip } from '../../engine/editing/sweep';
import type { Drawing, Sweep, SweepRow } from '../../engine/editing/sweep';
import type { Generator } from '../../engine/generators/generator';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { visibleAlpha } from '../../shared/direction/visibleAlpha';
import { frameRates, usualFrameRate } from '../../shared/frameOrder';
import { formatRanges, parseAlphas, parseInteger, parseLayers, parseNumber, parseSeeds } from '../../shared/numberList';
import { UserError } from '../../shared/userError';
import { latentCodes, openGenerator, parseLabel, parsePsi, readFittingDirections } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFile, writeOutputFile } from '../outputs';
import { Progress } from '../progress';
import { counted } from '../../shared/table';

interface Options extends SampleArguments {
  readonly alpha?: string;
  readonly layers?: string;
  readonly together?: boolean;
  readonly grid?: boolean;
  readonly both?: boolean;
  readonly strip?: boolean;
  readonly size?: string;
  readonly fps?: string;
  readonly loop?: string;
  readonly jump?: boolean;
  readonly out: string;
}

/** What is written: the pictures of all alphas, an animation of them, or directions side by side. */
type Figure =
  | { readonly kind: 'strip'; readonly format: StripFormat }
  | { readonly kind: 'grid'; readonly format: StripFormat }
  | { readonly kind: 'animation'; readonly format: 'gif' | 'webp' };

/** Columns of a strip and frames of an animation where the user gives no alphas. */
const stripColumns = 7;
const animationFrames = 21;

const mostStripRows = 100;
const mostAnimated = 32;
const mostPictureBytes = 2 ** 32;
const mostLoops = 1000;

/** Work of less than so many milliseconds needs no progress. */
const patience = 2000;

export function addEdit(program: Command): void {
  program
    .command('edit')
    .argument('<generator>', 'a generator')
    .argument('<directions...>', 'direction files (.resefa.json)')
    .description('alpha sweeps of directions as a strip or an animation, or directions side by side as a grid')
    .option('--seeds <list>', 'samples (default: 0-3)')
    .option('--ws <file.npy>', 'latent codes [N, L, d] instead of seeds')
    .option('--psi <number>', `truncation psi (default: ${heldOutPsi})`)
    .option('--class <number>', 'the class, where the generator is conditional (default: the first direction\'s)')
    .option('--alpha <from:to:count>', 'alphas, such as -6:6:7 or 0,1,2 (default: the range in the first file)')
    .option('--layers <list>', 'edit these layers instead of the directions\' own, such as 4-7')
    .option('--together', 'add the directions up instead of a row for each')
    .option('--grid', 'a row for each sample and a column for each direction at one alpha (default: its own)')
    .option('--both', 'with --grid: two columns for each direction, at -alpha and at alpha')
    .option('--size <pixels>', 'the longer side of each picture, 16 to 2048')
    .option('--fps <number>', `frames a second of an animation (default: ${usualFrameRate})`)
    .option('--loop <times>', 'how many times an animation is shown, 0 for ever (default: 0)')
    .option('--jump', 'an animation jumps back to its first frame instead of running back')
    .option('--strip', 'a strip where --out is a .webp, instead of an animation')
    .requiredOption('--out <file>', 'a strip or grid .png or .webp, or an animation .gif or .webp')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(edit);
}

async function edit(reference: string, paths: readonly string[], options: Options): Promise<void> {
  const figure = figureOf(options);
  await checkOutputFile(options.out);
  const timing = { pingPong: !options.jump, frameRate: frameRateOf(options), loop: parseInteger(options.loop ?? '0', '--loop', { min: 0, max: mostLoops }) };
  const size = options.size === undefined ? {} : { cell: parseInteger(options.size, '--size', { min: 16, max: 2048 }) };
  const generator = await openGenerator(reference, options);
  const directions = await readFittingDirections(paths, generator);
  const layers = options.layers === undefined ? undefined : parseLayers(options.layers, generator.layerCount);
  if (layers) requireEdited(directions, paths, layers);
  const alphas = alphasOf(options, figure, directions);
  const rows = rowsOf(directions, options);
  const samples = await samplesOf(generator, options, directions[0]!, (option, count) => { requireFeasible(figure, option, generator, count * (figure.kind === 'grid' ? 1 : rows.length), alphas.length); });
  const shared = { seeds: samples.seeds, ws: samples.ws, ...(samples.labels ? { labels: samples.labels } : {}), ...(layers ? { layers } : {}) };
  const progress = new Progress(process.stderr, patience);
  const drawing: Drawing = { ...size, onProgress: (done, total) => { progress.update('drawing', done / total, `${done} of ${counted(total, 'step')}`); } };
  let picture: Uint8Array;
  if (figure.kind === 'grid') {
    const columns = directions.map((direction) => ({ direction, alpha: alphas[0] ?? visibleAlpha(direction) }));
    picture = await directionGrid(generator, { ...gridHeadline(generator, directions, samples.psi), ...shared, directions: columns, bothSigns: options.both ?? false }, figure.format, drawing);
  } else {
    const sweep: Sweep = { ...headline(directions, samples.psi, options.together ?? false), ...shared, rows, alphas };
    picture = figure.kind === 'animation' ? await sweepAnimation(generator, sweep, { ...timing, format: figure.format }, drawing) : await sweepStrip(generator, sweep, { ...drawing, format: figure.format });
  }
  progress.end();
  await writeOutputFile(options.out, picture);
  const where = figure.kind === 'grid' ? 'side by side' : `at ${counted(alphas.length, 'alpha')}`;
  console.log(`wrote ${options.out}: ${directions.map(({ name }) => name).join(', ')} on ${counted(samples.seeds.length, 'sample')} ${where}`);
}

/** What `--out` and the options together ask for. */
function figureOf(options: Options): Figure {
  const { out, grid, strip, both, together } = options;
  const format = extname(out).toLowerCase();
  if (['.mp4', '.webm'].includes(format)) {
    throw new UserError(`--out ${out} is a video, which the command line does not encode; export it in VS Code (ReSeFa: Export Pictures), or write an animation: .webp or .gif`);
  }
  if (!['.png', '.gif', '.webp'].includes(format)) {
    throw new UserError(`--out ${out} has ${format === '' ? 'no ending' : `the ending ${format}`}; expected .png for a strip, .gif or .webp for an animation`);
  }
  if (grid && strip) throw new UserError('--grid and --strip are two figures; give one of them');
  if (format === '.gif' && (grid || strip)) throw new UserError(`--out ${out} is an animation, ${grid ? '--grid' : '--strip'} a still figure; expected .png or .webp`);
  if (both && !grid) throw new UserError('--both is for the columns of --grid; add --grid or leave --both out');
  if (grid && together) throw new UserError('--grid has a column for each direction, --together adds them up; give one of them');
  if (format === '.gif' || (format === '.webp' && !grid && !strip)) return { kind: 'animation', format: format === '.gif' ? 'gif' : 'webp' };
  const moving = (['fps', 'loop', 'jump'] as const).find((option) => options[option] !== undefined);
  if (moving) throw new UserError(`--${moving} is for animations, --out ${out} is a ${grid ? 'grid' : 'strip'}; leave --${moving} out, or write a .gif or .webp`);
  return { kind: grid ? 'grid' : 'strip', format: format === '.png' ? 'png' : 'webp' };
}

function frameRateOf({ fps }: Options): number {
  return fps === undefined ? usualFrameRate : parseNumber(fps, '--fps', frameRates);
}

/** The alphas of a sweep; of a grid the one that is asked for, or none where each direction has its own. */
function alphasOf({ alpha }: Options, { kind }: Figure, directions: readonly DirectionFile[]): number[] {
  if (kind === 'grid') {
    const given = alpha === undefined ? [] : parseAlphas(alpha);
    if (given.length > 1) throw new UserError(`--alpha ${alpha} gives ${given.length} alphas, --grid shows each direction at one; give one`);
    return given;
  }
  const [least, most] = directions[0]!.edit.alpha;
  return parseAlphas(alpha ?? `${least}:${most}:${kind === 'strip' ? stripColumns : animationFrames}`);
}

function rowsOf(directions: readonly DirectionFile[], { together }: Options): SweepRow[] {
  return together || directions.length === 1 ? [{ directions }] : directions.map((direction) => ({ directions: [direction], label: direction.name }));
}

/** The samples of a figure; without psi where their latent codes were given. */
interface Samples extends Pick<Sweep, 'seeds' | 'ws' | 'labels'> {
  readonly psi?: number;
}

/** @param requireFew throws where an option asks for too many samples */
async function samplesOf(generator: Generator, options: Options, first: DirectionFile, requireFew: (option: string, count: number) => void): Promise<Samples> {
  if (options.ws !== undefined) {
    const { ws } = await latentCodes(generator, options);
    const seeds = Array.from({ length: ws.dims[0]! }, (_, i) => i);
    requireFew('--ws', seeds.length);
    return { seeds, ws, labels: seeds.map((i) => `ws ${i}`) };
  }
  const seeds = parseSeeds(options.seeds ?? '0-3');
  requireFew('--seeds', seeds.length);
  const psi = parsePsi(options.psi, heldOutPsi);
  return { seeds, psi, ws: await generator.sample(seeds, { psi, ...labelOf(options, first, generator) }) };
}

/** The class that is asked for, or the one that the first direction was found with. */
function labelOf(options: Options, { discovery }: DirectionFile, generator: Generator): { label?: number } {
  const given = parseLabel(options.class);
  if (given.label !== undefined || discovery?.class === undefined || generator.description.c_dim === 0) return given;
  return { label: discovery.class };
}

/** A w+ direction has vectors for its own layers and no others. */
function requireEdited(directions: readonly DirectionFile[], paths: readonly string[], layers: readonly number[]): void {
  directions.forEach(({ latent }, i) => {
    if (latent.space === 'w' || latent.layers.some((layer) => layers.includes(layer))) return;
    throw new UserError(`--layers ${formatRanges(layers)}: the w+ direction ${paths[i]!} has vectors for layers ${formatRanges(latent.layers)} alone; choose among them`);
  });
}

/** Figures beyond this can be neither looked at nor held in memory. */
function requireFeasible({ kind }: Figure, option: string, { description: { resolution } }: Generator, pictures: number, alphas: number): void {
  const most = kind === 'animation' ? mostAnimated : mostStripRows;
  const what = kind === 'animation' ? 'pictures side by side' : `rows of a ${kind}`;
  if (pictures > most) throw new UserError(`${option}: ${pictures} samples (times directions) are too many, ${what} are at most ${most}`);
  const bytes = pictures * alphas * resolution ** 2 * 3;
  if (bytes > mostPictureBytes) throw new UserError(`--alpha, ${option}: ${pictures * alphas} pictures of ${resolution} px take ${(bytes / 2 ** 30).toFixed(1)} GiB, at most 4 GiB are possible; give fewer`);
}
