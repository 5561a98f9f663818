import { join } from 'node:path';
import type { Command } from 'commander';
import { directionFiles } from '../../engine/batch/directionFiles';
import { regionsOf } from '../../engine/generators/description';
import { findRegion } from '../../shared/region';
import { openGenerator } from '../arguments';
import { checkOutputFolder, writeOutputFolder } from '../outputs';
import { discoverRegions, summary } from './discover';

interface Options {
  readonly out: string;
}

const demoRegions = ['eyes', 'mouth'];
const directionsEach = 4;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('discover directions for the eyes and the mouth of the embedded generator')
    .option('--out <dir>', 'the folder for direction files and strips', 'demo')
    .action(demo);
}

async function demo({ out }: Options): Promise<void> {
  await checkOutputFolder(out);
  const started = performance.now();
  const generator = await openGenerator('afhq-cat-64');
  console.log('afhq-cat-64: StyleGAN2, 64 px cats, 20 samples, layers 2-9, measured on 8 samples that took no part\n');
  const regions = demoRegions.map((name) => findRegion(regionsOf(generator.description), name));
  const results = await discoverRegions(generator, regions, {}, directionsEach, 'locality');
  for (const [i, name] of demoRegions.entries()) {
    await writeOutputFolder(out, await directionFiles(generator, name, results[i]!, 'locality', true));
    console.log(`${summary(name, results[i]!.directions)}\n`);
  }
  console.log(`${demoRegions.length * directionsEach} directions and their strips are in ${out} (${((performance.now() - started) / 1000).toFixed(1)} s).`);
  console.log(`Look at ${join(out, 'eyes-1.png')}; the direction itself is ${join(out, 'eyes-1.resefa.json')}.`);
}
