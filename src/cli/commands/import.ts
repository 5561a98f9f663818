import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readFileBytes } from '../../engine/files';
import { earlierImport, importCheckpoint, writeGenerator } from '../../engine/importers/importCheckpoint';
import { parseJson } from '../../shared/jsonText';
import { validateRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { checkOutputFolder, uninterrupted } from '../outputs';

interface Options {
  readonly out: string;
  readonly name?: string;
  readonly licence?: string;
  readonly regions?: string;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .argument('<checkpoint>', "a StyleGAN2 or StyleGAN3 checkpoint: NVlabs' .pkl, Hammer's or GenForce's .pth, rosinality's .pt")
    .description('turn a checkpoint into a generator folder; nothing of the file is executed')
    .requiredOption('--out <folder>', 'the generator folder to write')
    .option('--name <name>', 'what to call the generator (default: the name of the folder)')
    .option('--licence <text>', 'the licence of the weights, kept in generator.json')
    .option('--regions <file.json>', 'named regions to keep in generator.json: { "eyes": { "shape": "box", .. }, .. }')
    .action(importCommand);
}

async function importCommand(checkpoint: string, options: Options): Promise<void> {
  const name = options.name ?? basename(resolve(options.out));
  if (name.trim() === '') throw new UserError('--name is empty; expected a name such as cats');
  await checkOutputFolder(options.out);
  const started = performance.now();
  const generator = await importCheckpoint(checkpoint, {
    name,
    ...(options.licence === undefined ? {} : { licence: options.licence }),
    ...(options.regions === undefined ? {} : { regions: await readRegions(options.regions) }),
    ...(await earlierImport(options.out)),
  });
  await uninterrupted(() => writeGenerator(options.out, generator));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`found ${generator.found}`);
  console.log(`wrote ${join(options.out, 'generator.json')}, synthesis.onnx and mapping.onnx (${seconds} s)`);
  console.log(`next: resefa discover ${/^[\w./-]+$/.test(options.out) ? options.out : `'${options.out}'`} --region 0.2,0.4,0.6,0.15 --out directions`);
}

async function readRegions(path: string): Promise<Record<string, Region>> {
  const value = parseJson((await readFileBytes(path)).toString('utf8'), path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UserError(`${path} holds no regions; expected an object of regions by name`);
  return Object.fromEntries(Object.entries(value).map(([name, region]) => [name, validateRegion(region, path, [name])]));
}
