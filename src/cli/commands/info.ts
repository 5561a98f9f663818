import type { Command } from 'commander';
import type { Generator } from '../../engine/generators/generator';
import { generatorSha256, regionsOf } from '../../engine/generators/description';
import { graphOf } from '../../engine/onnx/graphs';
import { formatRanges } from '../../shared/numberList';
import { formatRegion } from '../../shared/region';
import { openGenerator } from '../arguments';

export function addInfo(program: Command): void {
  program.command('info').argument('<generator>', 'a generator').description('what a generator is: sizes, layers, regions').action(info);
}

async function info(reference: string): Promise<void> {
  const generator = await openGenerator(reference);
  const { description } = generator;
  const conditional = description.c_dim > 0 ? `, ${description.c_dim} classes` : '';
  const lines: [string, string][] = [
    ['name', description.name],
    ['architecture', `${description.architecture}, ${description.resolution} px, ${description.channels} channels${conditional}`],
    ['latent', !generator.hasLayers ? `z of ${description.z_dim}, no layers` : `z of ${description.z_dim}, w of ${description.w_dim}, ${description.layers.length} layers${description.w_avg ? ', truncation average known' : ''}`],
    ['outputs', generator.outputs.join(', ')],
    ['weights', `${(weightBytes(generator) / 2 ** 20).toFixed(1)} MiB`],
    ['value range', description.value_range.join(' to ')],
    ['licence', description.licence ?? 'not known'],
    ['sha256', generatorSha256(description)],
  ];
  console.log(lines.map(([key, value]) => `${key.padEnd(13)} ${value}`).join('\n'));
  console.log(`\nlayers (edited by default: ${formatRanges(description.edit_layers)})`);
  for (const layer of description.layers) console.log(`  ${String(layer.index).padStart(2)}  ${String(layer.resolution).padStart(4)} px  ${layer.name}`);
  const regions = Object.entries(regionsOf(generator.description));
  if (regions.length > 0) console.log(`\nregions\n${regions.map(([name, region]) => `  ${name.padEnd(11)} ${formatRegion(region)}`).join('\n')}`);
}

function weightBytes(generator: Generator): number {
  return graphOf(generator.synthesis).initializer.reduce((total, tensor) => total + tensor.rawData.length, 0);
}
