import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileBytes } from '../engine/files';
import { identityOf, parseDescription } from '../engine/generators/description';
import type { Generator } from '../engine/generators/generator';
import { embeddedGenerators } from '../engine/paths';
import { requireFits } from '../shared/direction/directionFile';
import type { DirectionFile } from '../shared/direction/directionFile';
import { UserError } from '../shared/userError';
import { openGenerator } from './arguments';
import type { SampleArguments } from './arguments';

/**
 * Opens the generator of a direction: the one that is given, or the embedded one that it was made for.
 *
 * @param file the direction's file, for messages
 * @throws UserError when the one that is given is another one, or none is given and no embedded one fits
 */
export async function openGeneratorOf(direction: DirectionFile, file: string, options: Pick<SampleArguments, 'threads'> & { readonly generator?: string }): Promise<Generator> {
  const generator = await openGenerator(options.generator ?? (await embeddedGeneratorOf(direction, file)), options);
  requireFits(direction, generator.identity, file);
  return generator;
}

async function embeddedGeneratorOf({ generator: { name, architecture, resolution, sha256 } }: DirectionFile, file: string): Promise<string> {
  const folder = embeddedGenerators();
  for (const each of await readdir(folder)) {
    const path = join(folder, each, 'generator.json');
    const text = await readFileBytes(path).catch(() => undefined);
    if (text && identityOf(parseDescription(text.toString('utf8'), path)).sha256.toLowerCase() === sha256.toLowerCase()) return each;
  }
  throw new UserError(`${file} was made for the generator ${name} (${architecture}, ${resolution} px, sha256 ${sha256.slice(0, 12)}), which is not an embedded one; say where it is by --generator`);
}
