import type { Command } from 'commander';
import { MissingRuleError } from '../../engine/autodiff/rule';
import { JacobianRunner } from '../../engine/factorization/jacobian';
import type { JacobianOptions } from '../../engine/factorization/jacobian';
import type { Generator } from '../../engine/generators/generator';
import { writeNpy } from '../../engine/npy';
import { latentCodes, openGenerator, readLatents } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFile, writeOutputFile } from '../outputs';
import { noteFallback } from './discover';

interface Options extends Omit<SampleArguments, 'seeds'> {
  readonly seed?: string;
  readonly tangents: string;
  readonly out: string;
  readonly central?: boolean;
}

export function addJvp(program: Command): void {
  program
    .command('jvp')
    .argument('<generator>', 'a generator')
    .description('Jacobian-vector products of the image with respect to ws, as arrays')
    .option('--seed <number>', 'the sample at which to differentiate')
    .option('--ws <file.npy>', 'its latent code instead of a seed; the first of [N, L, d]')
    .option('--psi <number>', 'truncation psi of the seed (default: 1)')
    .option('--class <number>', 'the class, where the generator is conditional')
    .requiredOption('--tangents <file.npy>', 'tangents [K, L, d] ([K, d] where there are no layers)')
    .requiredOption('--out <file.npy>', 'the products [K, C, H, W] to write')
    .option('--central', 'by central differences instead of forward mode')
    .action(jvp);
}

async function jvp(reference: string, { seed, ...options }: Options): Promise<void> {
  await checkOutputFile(options.out);
  const generator = await openGenerator(reference);
  const { ws } = await latentCodes(generator, { ...options, ...(seed === undefined ? {} : { seeds: seed }) }, '--seed');
  if (ws.dims[0] !== 1) process.stderr.write(`note: --ws ${options.ws ?? ''} holds ${ws.dims[0]!} latent codes; products are taken at the first\n`);
  const at = { data: ws.data.subarray(0, ws.data.length / ws.dims[0]!), dims: [1, ...ws.dims.slice(1)] };
  const tangents = await readLatents(options.tangents, generator, '--tangents');
  const { resolution, channels } = generator.description;
  const runner = await createRunner(generator, {
    space: 'w',
    layers: generator.description.layers.map(({ index }) => index),
    readout: { resolution, reduction: 'area', channels: 'rgb' },
    method: options.central ? 'central' : 'forward',
  });
  const [count, ...latent] = tangents.dims as [number, ...number[]];
  const size = tangents.data.length / Math.max(count, 1);
  const products = new Float32Array(count * runner.rows);
  for (let first = 0; first < count; first += runner.chunk) {
    const last = Math.min(count, first + runner.chunk);
    const part = { data: tangents.data.subarray(first * size, last * size), dims: [last - first, ...latent] };
    products.set(await runner.products(at, part), first * runner.rows);
  }
  await runner.release();
  await writeOutputFile(options.out, writeNpy([count, channels, resolution, resolution], products));
  console.log(`wrote ${options.out} [${[count, channels, resolution, resolution].join(', ')}]`);
}

/** Central differences where an operator has no tangent rule. */
async function createRunner(generator: Generator, options: JacobianOptions): Promise<JacobianRunner> {
  try {
    return await JacobianRunner.create(generator, options);
  } catch (error) {
    if (!(error instanceof MissingRuleError)) throw error;
    noteFallback(error);
    return JacobianRunner.create(generator, { ...options, method: 'central' });
  }
}
