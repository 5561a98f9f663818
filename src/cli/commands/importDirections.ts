import { basename } from 'node:path';
import type { Command } from 'commander';
import { importDirections } from '../../engine/exchange/importDirections';
import type { ArrayFile } from '../../engine/exchange/importDirections';
import { readFileBytes } from '../../engine/files';
import type { Generator } from '../../engine/generators/generator';
import { readNpy } from '../../engine/npy';
import { latentSpaces, localityRatio } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatDirection } from '../../shared/direction/formatDirection';
import { Field } from '../../shared/field';
import { formatRanges, parseLayers, parseRows } from '../../shared/numberList';
import { fileNameOf } from '../../shared/plainFileName';
import { counted, formatTable } from '../../shared/table';
import { UserError } from '../../shared/userError';
import { openGenerator, parseLabel, parseRegion, requireFileName } from '../arguments';
import type { SampleArguments } from '../arguments';
import { cancellable } from '../cancellable';
import { checkOutputFolder, writeOutputFolder } from '../outputs';

interface Options extends Pick<SampleArguments, 'class' | 'threads'> {
  readonly generator: string;
  readonly rows?: string;
  readonly space?: string;
  readonly layers?: string;
  readonly region?: string;
  readonly name?: string;
  readonly out: string;
}

export function addImportDirections(program: Command): void {
  program
    .command('import-directions')
    .argument('<array.npy>', 'directions [n, d], [d] or [n, L, d], as ReSeFa, LowRankGAN, SeFa and InterFaceGAN save them')
    .description('directions of a NumPy array as direction files')
    .requiredOption('--generator <generator>', 'the generator that they are for; an array does not tell, nor whether it is for w or z')
    .option('--rows <list>', 'which of them, from 0, such as 0-9 (default: all, of up to 100)')
    .option('--space <space>', 'w or w+: read [L, d] as one direction in w+, or [n, L, d] as vectors in w (default: as the shape says)')
    .option('--layers <list>', 'the layers to edit, such as 4-7 (default: the generator\'s in w, those that are not zero in w+)')
    .option('--region <region>', 'what they are for, as in discover: they are measured on it')
    .option('--class <number>', 'the class to measure on, where the generator is conditional')
    .option('--name <name>', 'what to call them (default: the array\'s name)')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .requiredOption('--out <dir>', 'the folder for <name>-1.resefa.json ..')
    .action(importArray);
}

async function importArray(path: string, options: Options): Promise<void> {
  await checkOutputFolder(options.out);
  const file = { name: basename(path), bytes: await readFileBytes(path) };
  const generator = await openGenerator(options.generator, options);
  const region = options.region === undefined ? undefined : await parseRegion(options.region, generator);
  if (!region && options.class !== undefined) throw new UserError('--class says what to measure on, and without --region nothing is measured: leave it out');
  const choices = {
    name: nameOf(options.name, file.name),
    ...(options.rows === undefined ? {} : { rows: parseRows(options.rows) }),
    ...(options.space === undefined ? {} : { space: new Field(options.space, '--space').oneOf(latentSpaces) }),
    ...(options.layers === undefined ? {} : { layers: parseLayers(options.layers, generator.layerCount) }),
    ...(region ? { region: region.region, ...parseLabel(options.class) } : {}),
  };
  const directions = await cancellable((progress, signal) => importDirections(generator, file, choices, (done, all) => { progress.update('measuring', done / all, `${done} of ${counted(all, 'direction')}`); }, signal));
  await writeOutputFolder(options.out, Object.fromEntries(directions.map((direction) => [`${direction.name}.resefa.json`, formatDirection(direction)])));
  console.log(formatTable(['direction', 'space', 'layers', 'alpha', 'inside/outside'], directions.map(row)));
  console.log(`wrote ${counted(directions.length, 'file')} to ${options.out}`);
  if (choices.space === undefined && mayBeLayers(file, generator)) console.log(`note: ${file.name} has as many rows as ${generator.description.name} has layers; --space w+ reads it as one direction`);
}

/** Whether [n, d] may be [L, d], one direction in w+. */
function mayBeLayers({ name, bytes }: ArrayFile, { layerCount }: Generator): boolean {
  const { dims } = readNpy(bytes, name);
  return dims.length === 2 && layerCount > 1 && dims[0] === layerCount;
}

function nameOf(given: string | undefined, file: string): string {
  return given === undefined ? fileNameOf(file.replace(/\.npy$/i, ''), 'direction') : requireFileName(given, '--name');
}

function row({ name, latent, edit, metrics }: DirectionFile): string[] {
  return [name, latent.space, formatRanges(latent.layers), `${Number(edit.alpha[0].toPrecision(3))} to ${Number(edit.alpha[1].toPrecision(3))}`, metrics ? localityRatio(metrics).toFixed(1) : 'not measured'];
}
