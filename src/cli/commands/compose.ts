import { basename } from 'node:path';
import type { Command } from 'commander';
import { composeDirections, parseWeights } from '../../shared/direction/composeDirections';
import { originOf } from '../../shared/direction/directionFile';
import { formatDirection } from '../../shared/direction/formatDirection';
import { formatRanges } from '../../shared/numberList';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { readDirection, requireFileName } from '../arguments';
import { checkOutputFile, writeOutputFile } from '../outputs';

interface Options {
  readonly weights?: string;
  readonly orthogonal?: boolean;
  readonly name?: string;
  readonly out: string;
}

const suffix = '.resefa.json';

export function addCompose(program: Command): void {
  program
    .command('compose')
    .argument('<directions...>', 'two or more direction files (.resefa.json) of one generator')
    .description('several directions as one: their weighted sum, at unit norm')
    .option('--weights <list>', 'a number for each direction, such as 1,0.5,-1 (default: 1 each)')
    .option('--orthogonal', 'make each direction orthogonal to those before it (Gram-Schmidt), so that edits do not undo each other')
    .option('--name <name>', 'what to call it (default: the file\'s name)')
    .requiredOption('--out <file>', `the direction file to write (${suffix})`)
    .action(compose);
}

async function compose(paths: readonly string[], options: Options): Promise<void> {
  if (!options.out.endsWith(suffix)) throw new UserError(`--out ${quote(options.out)} is no direction file; expected a name that ends in ${suffix}`);
  await checkOutputFile(options.out);
  const name = options.name === undefined ? requireFileName(basename(options.out, suffix), '--out') : requireFileName(options.name, '--name');
  if (paths.length < 2) throw new UserError(`${paths[0]!} alone is no composition; give at least two directions`);
  const weights = options.weights === undefined ? undefined : parseWeights(options.weights, paths.length, '--weights');
  const directions = await Promise.all(paths.map(readDirection));
  const composed = composeDirections(directions, { name, weights, orthogonal: options.orthogonal ?? false });
  await writeOutputFile(options.out, new TextEncoder().encode(formatDirection(composed)));
  const { latent, edit } = composed;
  console.log(`wrote ${options.out}: ${originOf(composed)}, ${latent.space}, layers ${formatRanges(latent.layers)}, alpha ${edit.alpha.map((end) => Number(end.toPrecision(3))).join(' to ')}`);
}
