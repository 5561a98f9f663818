import type { Command } from 'commander';
import { directionsArray } from '../../engine/exchange/exportDirections';
import { writeNpy } from '../../engine/npy';
import { formatRanges } from '../../shared/numberList';
import { counted } from '../../shared/table';
import { readDirection } from '../arguments';
import { openGeneratorOf } from '../generatorOfDirection';
import { checkOutputFile, writeOutputFile } from '../outputs';

interface Options {
  readonly generator?: string;
  readonly out: string;
}

export function addExportDirections(program: Command): void {
  program
    .command('export-directions')
    .argument('<directions...>', 'direction files (.resefa.json) of one generator')
    .description('directions as a NumPy array: [n, d] where all are in w, else [n, L, d]')
    .option('--generator <generator>', 'their generator, whose layers directions in w+ need (default: the embedded one with their hash)')
    .requiredOption('--out <directions.npy>', 'the array to write, float32')
    .action(exportArray);
}

async function exportArray(paths: readonly string[], options: Options): Promise<void> {
  await checkOutputFile(options.out);
  const directions = await Promise.all(paths.map(readDirection));
  const stacked = directions.findIndex(({ latent }) => latent.space === 'w+');
  const layerCount = stacked < 0 ? undefined : (await openGeneratorOf(directions[stacked]!, paths[stacked]!, options)).layerCount;
  const { dims, data } = directionsArray(directions, layerCount);
  await writeOutputFile(options.out, writeNpy(dims, data));
  const layers = [...new Set(directions.map(({ latent }) => formatRanges(latent.layers)))];
  const lost = dims.length === 2 ? `; the array does not tell the layers (${layers.join('; ')})` : '';
  console.log(`wrote ${options.out} [${dims.join(', ')}]: ${counted(directions.length, 'direction')}${lost}`);
}
