import { basename, extname } from 'node:path';
import { UserError } from '../../shared/userError';
import { writeFolderAtomic } from '../atomicFile';
import { readFileBytes, sha256Of } from '../files';
import { defaultEditLayers, formatDescription } from '../generators/description';
import type { GeneratorDescription } from '../generators/description';
import { recordShapes } from '../onnx/graphs';
import { modelChunks } from '../onnx/modelFile';
import { inferShapes } from '../runtime/inferShapes';
import { readCheckpoint } from './checkpoint/readCheckpoint';
import type { NamedNetwork } from './namedNetwork';
import { nvlabsGenerator } from './nvlabs';
import { importStyleGan2 } from './stylegan2/importStyleGan2';

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
}

/**
 * Turns a checkpoint into a generator. Nothing of the file is executed.
 *
 * @throws UserError when the file cannot be read, is no checkpoint, or holds no generator that is known.
 */
export async function importCheckpoint(path: string, options: ImportOptions = {}): Promise<ImportedGenerator> {
  const bytes = await readFileBytes(path);
  const file = basename(path);
  const network = recogniseNetwork(readCheckpoint(bytes, file), file);
  const { synthesis, mapping, architecture, description } = importStyleGan2(network);
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
    ...(options.licence === undefined ? {} : { licence: options.licence }),
    sha256: { checkpoint: sha256Of(bytes), synthesis: sha256Of(...synthesisFile), mapping: sha256Of(...mappingFile) },
    layers,
    edit_layers: defaultEditLayers(layers.length),
    ...(options.regions === undefined ? {} : { regions: options.regions }),
    ...(w_avg === undefined ? {} : { w_avg }),
  };
  return {
    found: `NVlabs StyleGAN2 generator, ${description.resolution} px, ${layers.length} layers, w of ${description.w_dim}${description.c_dim > 0 ? `, labels of ${description.c_dim}` : ''}`,
    description: complete,
    files: { 'generator.json': formatDescription(complete), 'synthesis.onnx': synthesisFile, 'mapping.onnx': mappingFile },
  };
}

/** Writes a generator folder, all of it or nothing. */
export async function writeGenerator(folder: string, generator: ImportedGenerator): Promise<void> {
  await writeFolderAtomic(folder, generator.files);
}

function recogniseNetwork(checkpoint: ReturnType<typeof readCheckpoint>, file: string): NamedNetwork {
  const network = nvlabsGenerator(checkpoint, file);
  if (network) return network;
  throw new UserError(`${file} holds no generator that is known; expected an NVlabs .pkl with G_ema`);
}
