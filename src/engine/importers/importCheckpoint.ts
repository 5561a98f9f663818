import { basename, extname, join } from 'node:path';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { writeFolderAtomic } from '../atomicFile';
import { readFileBytes, sha256Of } from '../files';
import { defaultEditLayers, formatDescription, parseDescription } from '../generators/description';
import type { GeneratorDescription } from '../generators/description';
import { recordShapes } from '../onnx/graphs';
import { modelChunks } from '../onnx/modelFile';
import { inferShapes } from '../runtime/inferShapes';
import { readCheckpoint } from './checkpoint/readCheckpoint';
import type { CheckpointValue } from './checkpoint/values';
import type { NamedNetwork } from './namedNetwork';
import type { CheckpointFormat } from './formats/checkpointFormat';
import { contentsOf } from './formats/contents';
import { genforce, hammer } from './formats/hammer';
import { nvlabs } from './formats/nvlabs';
import { rosinality } from './formats/rosinality';
import { importStyleGan2 } from './stylegan2/importStyleGan2';
import { importStyleGan3, isStyleGan3 } from './stylegan3/importStyleGan3';

const formats: readonly CheckpointFormat[] = [nvlabs, hammer, genforce, rosinality];

/** A generator folder in memory. */
export interface ImportedGenerator {
  /** What the file turned out to be, for the user. */
  readonly found: string;
  readonly description: GeneratorDescription;
  readonly files: Readonly<Record<string, string | readonly Uint8Array[]>>;
}

/** Settings of an import that the checkpoint does not tell. */
export interface ImportOptions {
  /** The generator's name; the checkpoint's file name where left out. */
  readonly name?: string;
  readonly licence?: string;
  readonly regions?: GeneratorDescription['regions'];
  /** What an earlier import of the same checkpoint left: its licence, regions and edited layers are kept. */
  readonly previous?: GeneratorDescription;
}

/**
 * Turns a checkpoint into a generator. Nothing of the file is executed.
 *
 * @throws UserError when the file cannot be read, is no checkpoint, or holds no generator that is known; also when
 *   `previous` is of another checkpoint.
 */
export async function importCheckpoint(path: string, options: ImportOptions = {}): Promise<ImportedGenerator> {
  const bytes = await readFileBytes(path);
  const file = basename(path);
  const checkpoint = sha256Of(bytes);
  const { previous } = options;
  if (previous && previous.sha256.checkpoint !== checkpoint) {
    throw new UserError(`the folder holds the generator ${quote(previous.name)} of another checkpoint than ${file}: import into another folder, or remove that one first`);
  }
  const { format, network } = recognised(readCheckpoint(bytes, file), file);
  const { synthesis, mapping, architecture, family, description } = isStyleGan3(network) ? importStyleGan3(network) : importStyleGan2(network);
  const shapes = await inferShapes(synthesis, file);
  const synthesisFile = modelChunks(recordShapes(synthesis, shapes));
  const mappingFile = modelChunks(mapping);
  const { w_avg, layers, ...sizes } = description;
  const complete: GeneratorDescription = {
    format: 'resefa-generator',
    version: 1,
    name: options.name ?? basename(path, extname(path)),
    architecture,
    ...sizes,
    value_range: [-1, 1],
    ...kept('licence', options),
    sha256: { checkpoint, synthesis: sha256Of(...synthesisFile), mapping: sha256Of(...mappingFile) },
    layers,
    edit_layers: previous?.edit_layers ?? defaultEditLayers(layers.length),
    ...kept('regions', options),
    ...(w_avg === undefined ? {} : { w_avg }),
  };
  const text = formatDescription(complete);
  // What could not be opened afterwards is not to be written.
  parseDescription(text, `${file}: generator.json`);
  return {
    found: `${format.name} ${family} generator, ${description.resolution} px, ${layers.length} layers, w of ${description.w_dim}${description.c_dim > 0 ? `, labels of ${description.c_dim}` : ''}`,
    description: complete,
    files: { 'generator.json': text, 'synthesis.onnx': synthesisFile, 'mapping.onnx': mappingFile },
  };
}

/** What an earlier import left in the folder; nothing where there is none, or one that cannot be read any more. */
export async function earlierImport(folder: string): Promise<Pick<ImportOptions, 'previous'>> {
  const path = join(folder, 'generator.json');
  try {
    return { previous: parseDescription((await readFileBytes(path)).toString('utf8'), path) };
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}

/** What the user says, or else what the earlier import says. */
function kept<Key extends 'licence' | 'regions'>(key: Key, options: ImportOptions): Pick<GeneratorDescription, Key> | object {
  const value = options[key] ?? options.previous?.[key];
  return value === undefined ? {} : { [key]: value };
}

/** Writes a generator folder, all of it or nothing. */
export async function writeGenerator(folder: string, generator: ImportedGenerator): Promise<void> {
  await writeFolderAtomic(folder, generator.files);
}

/** The first format that knows the checkpoint by its content; its extension plays no part. */
function recognised(checkpoint: CheckpointValue, file: string): { readonly format: CheckpointFormat; readonly network: NamedNetwork } {
  for (const format of formats) {
    const network = format.read(checkpoint, file);
    if (network) return { format, network };
  }
  throw new UserError(`${file} holds no generator that is known; expected an NVlabs .pkl with G_ema, a Hammer or GenForce .pth with generator_smooth, or a rosinality .pt with g_ema; it holds ${contentsOf(checkpoint)}`);
}
