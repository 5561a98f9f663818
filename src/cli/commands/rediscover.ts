import type { Command } from 'commander';
import { rediscover } from '../../engine/service/rediscovering';
import { parseDirection } from '../../shared/direction/checkDirection';
import { compareDirections } from '../../shared/direction/compareDirections';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatDirection } from '../../shared/direction/formatDirection';
import { requireDiscovered } from '../../shared/direction/requireDiscovered';
import type { DiscoverUpdate } from '../../shared/protocol/engineProtocol';
import { formatTable } from '../../shared/table';
import { parseMemory, readDirection } from '../arguments';
import type { SampleArguments } from '../arguments';
import { cancellable } from '../cancellable';
import { openGeneratorOf } from '../generatorOfDirection';
import { checkOutputFile, writeOutputFile } from '../outputs';
import type { Progress } from '../progress';

interface Options extends Pick<SampleArguments, 'threads'> {
  readonly generator?: string;
  readonly memory?: string;
  readonly out?: string;
}

export function addRediscover(program: Command): void {
  program
    .command('rediscover')
    .argument('<direction>', 'a direction file (.resefa.json) that a discovery found')
    .description('repeat the discovery that a direction is from, and compare what is found with what is saved')
    .option('--generator <generator>', 'the generator that it was made for (default: the embedded one with its hash)')
    .option('--out <file>', 'write what is found as a direction file')
    .option('--memory <MB>', 'memory for the tangents of one run (default: a quarter of the machine, at most 8192)')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(repeat);
}

async function repeat(path: string, options: Options): Promise<void> {
  if (options.out !== undefined) await checkOutputFile(options.out);
  const saved = await readDirection(path);
  requireDiscovered(saved);
  const memory = parseMemory(options.memory);
  const generator = await openGeneratorOf(saved, path, options);
  const { direction, cosine } = await cancellable((progress, signal) => rediscover(generator, saved, { ...memory, tell: teller(progress), signal }));
  const text = formatDirection(direction);
  if (options.out !== undefined) await writeOutputFile(options.out, new TextEncoder().encode(text));
  const { verdict, table } = changes(saved, parseDirection(text, path));
  console.log(`${saved.name}: |cos| ${cosine.toFixed(6)} to what is found now at rank ${direction.discovery.rank}, ${verdict}\n`);
  console.log(table);
  if (options.out !== undefined) console.log(`\nwrote ${options.out}`);
}

/** Shows a discovery's updates on the terminal. */
function teller(progress: Progress): (update: DiscoverUpdate) => void {
  return (update) => {
    if (update.kind === 'note') process.stderr.write(`note: ${update.text}\n`);
    if (update.kind !== 'progress') return;
    const { phase, fraction, samplesDone, samples } = update;
    progress.update('rediscovering', fraction, phase === 'measuring' ? 'measuring' : `sample ${Math.min(samplesDone + 1, samples)} of ${samples}`);
  };
}

/** What the table shows although nothing has changed. */
const always = ['eigenvalue', 'inside/outside', 'seeds'];

/** In words, and what the file says then and now. */
function changes(saved: DirectionFile, found: DirectionFile): { verdict: string; table: string } {
  const { verdict, fields } = compareDirections([{ direction: saved, file: 'then' }, { direction: found, file: 'now' }]);
  const shown = fields.filter(({ changed, label }) => changed || always.includes(label));
  return { verdict, table: formatTable(['', 'then', 'now'], shown.map(({ label, values }) => [label, ...values.map((value) => value ?? '')])) };
}
