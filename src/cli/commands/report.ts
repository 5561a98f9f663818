import { extname } from 'node:path';
import type { Command } from 'commander';
import { heldOutPsi } from '../../engine/editing/metrics';
import { discoveryReport } from '../../engine/report/discoveryReport';
import { parseSeeds } from '../../shared/numberList';
import { counted } from '../../shared/table';
import { UserError } from '../../shared/userError';
import { openGenerator, parseLabel, parsePsi, readFittingDirections } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFile, writeOutputFile } from '../outputs';
import { Progress } from '../progress';

interface Options extends Omit<SampleArguments, 'ws'> {
  readonly out: string;
}

/** Work of less than so many milliseconds needs no progress. */
const patience = 2000;

export function addReport(program: Command): void {
  program
    .command('report')
    .argument('<generator>', 'a generator')
    .argument('<directions...>', 'direction files (.resefa.json)')
    .description('an HTML file about directions: what they do, where they come from, how alike they are')
    .option('--seeds <list>', 'samples of the strips (default: four that no discovery took)')
    .option('--psi <number>', `truncation psi (default: ${heldOutPsi})`)
    .option('--class <number>', 'the class, where the generator is conditional (default: the first direction\'s)')
    .requiredOption('--out <file>', 'report.html')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(report);
}

async function report(reference: string, paths: readonly string[], options: Options): Promise<void> {
  if (!['.html', '.htm'].includes(extname(options.out).toLowerCase())) throw new UserError(`--out ${options.out} is no HTML file; expected a name that ends in .html`);
  await checkOutputFile(options.out);
  const seeds = options.seeds === undefined ? undefined : parseSeeds(options.seeds);
  const samples = { psi: parsePsi(options.psi, heldOutPsi), ...(seeds ? { seeds } : {}), ...parseLabel(options.class) };
  const generator = await openGenerator(reference, options);
  const directions = await readFittingDirections(paths, generator);
  const progress = new Progress(process.stderr, patience);
  const html = await discoveryReport(generator, directions, samples, { onProgress: (done, total) => { progress.update('drawing', done / total, `${done} of ${counted(total, 'direction')}`); } });
  progress.end();
  await writeOutputFile(options.out, Buffer.from(html, 'utf8'));
  console.log(`wrote ${options.out}: ${counted(directions.length, 'direction')} of ${generator.description.name}, ${(Buffer.byteLength(html) / 1e6).toFixed(1)} MB`);
}
