import { extname } from 'node:path';
import type { Command } from 'commander';
import { heldOutPsi } from '../../engine/editing/metrics';
import { headline, sweepAnimation, sweepStrip } from '../../engine/editing/sweep';
import type { Sweep, SweepRow } from '../../engine/editing/sweep';
import type { Generator } from '../../engine/generators/generator';
import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatRanges, parseAlphas, parseLayers, parseSeeds } from '../../shared/numberList';
import { UserError } from '../../shared/userError';
import { openGenerator, parseLabel, parsePsi, readDirection } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFile, writeOutputFile } from '../outputs';
import { counted } from '../../shared/table';

interface Options extends Omit<SampleArguments, 'ws'> {
  readonly alpha?: string;
  readonly layers?: string;
  readonly together?: boolean;
  readonly out: string;
}

/** Columns of a strip and frames of an animation where the user gives no alphas. */
const stripColumns = 7;
const animationFrames = 21;

const mostStripRows = 100;
const mostAnimated = 32;
const mostPictureBytes = 2 ** 32;

export function addEdit(program: Command): void {
  program
    .command('edit')
    .argument('<generator>', 'a generator')
    .argument('<directions...>', 'direction files (.resefa.json)')
    .description('alpha sweeps of directions as a strip or an animation')
    .option('--seeds <list>', 'samples (default: 0-3)')
    .option('--psi <number>', `truncation psi (default: ${heldOutPsi})`)
    .option('--class <number>', 'the class, where the generator is conditional (default: the first direction\'s)')
    .option('--alpha <from:to:count>', 'alphas, such as -6:6:7 or 0,1,2 (default: the range in the first file)')
    .option('--layers <list>', 'edit these layers instead of the directions\' own, such as 4-7')
    .option('--together', 'add the directions up instead of a row for each')
    .requiredOption('--out <file>', 'strip.png, or an animation .gif or .webp')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(edit);
}

async function edit(reference: string, paths: readonly string[], options: Options): Promise<void> {
  const format = extname(options.out).toLowerCase();
  if (!['.png', '.gif', '.webp'].includes(format)) {
    throw new UserError(`--out ${options.out} has ${format === '' ? 'no ending' : `the ending ${format}`}; expected .png for a strip, .gif or .webp for an animation`);
  }
  await checkOutputFile(options.out);
  const generator = await openGenerator(reference, options);
  const directions: DirectionFile[] = [];
  for (const path of paths) {
    const direction = await readDirection(path);
    requireFits(direction, generator.identity, path);
    directions.push(direction);
  }
  const [least, most] = directions[0]!.edit.alpha;
  const range = `${least}:${most}:${format === '.png' ? stripColumns : animationFrames}`;
  const alphas = parseAlphas(options.alpha ?? range);
  const seeds = parseSeeds(options.seeds ?? '0-3');
  const rows: SweepRow[] = options.together || directions.length === 1 ? [{ directions }] : directions.map((direction) => ({ directions: [direction], label: direction.name }));
  const layers = options.layers === undefined ? undefined : parseLayers(options.layers, generator.layerCount);
  if (layers) requireEdited(directions, paths, layers);
  requireFeasible(format, generator, rows.length * seeds.length, alphas.length);
  const psi = parsePsi(options.psi, heldOutPsi);
  const sweep: Sweep = {
    ...headline(directions, psi, options.together ?? false),
    rows,
    alphas,
    seeds,
    ws: await generator.sample(seeds, { psi, ...labelOf(options, directions[0]!, generator) }),
    ...(layers ? { layers } : {}),
  };
  const picture = format === '.png' ? await sweepStrip(generator, sweep) : await sweepAnimation(generator, sweep, format === '.gif' ? 'gif' : 'webp');
  await writeOutputFile(options.out, picture);
  console.log(`wrote ${options.out}: ${directions.map(({ name }) => name).join(', ')} on ${counted(seeds.length, 'sample')} at ${counted(alphas.length, 'alpha')}`);
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
function requireFeasible(format: string, { description: { resolution } }: Generator, pictures: number, alphas: number): void {
  const most = format === '.png' ? mostStripRows : mostAnimated;
  const what = format === '.png' ? 'rows of a strip' : 'pictures side by side';
  if (pictures > most) throw new UserError(`--seeds: ${pictures} samples (times directions) are too many, ${what} are at most ${most}`);
  const bytes = pictures * alphas * resolution ** 2 * 3;
  if (bytes > mostPictureBytes) throw new UserError(`--alpha, --seeds: ${pictures * alphas} pictures of ${resolution} px take ${(bytes / 2 ** 30).toFixed(1)} GiB, at most 4 GiB are possible; give fewer`);
}
