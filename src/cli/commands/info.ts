import type { Command } from 'commander';
import { paceReport, staticReport } from '../../engine/doctor/report';
import { openGenerator } from '../arguments';
import type { SampleArguments } from '../arguments';

interface Options extends Pick<SampleArguments, 'threads'> {
  readonly estimates: boolean;
}

export function addInfo(program: Command): void {
  program
    .command('info')
    .argument('<generator>', 'a generator')
    .description('what a generator is: sizes, layers, regions, operators, and what a discovery takes')
    .option('--no-estimates', 'leave out the time and memory of a discovery, for which the network is run a few times')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(info);
}

async function info(reference: string, options: Options): Promise<void> {
  const generator = await openGenerator(reference, options);
  console.log(staticReport(generator));
  if (options.estimates) console.log(`\n${await paceReport(generator)}`);
}
