import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Of } from '../../src/engine/files';
import { formatDescription } from '../../src/engine/generators/description';
import type { GeneratorDescription } from '../../src/engine/generators/description';
import { Generator } from '../../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Dimension, Value } from '../../src/engine/onnx/graphBuilder';
import { modelBytes } from '../../src/engine/onnx/modelFile';

/** A generator whose files lie in a temporary folder until it is closed. */
export interface OpenedGenerator {
  readonly generator: Generator;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** The checkpoint of NVlabs' code: 32 px, 8 layers, w of 32. */
export const fixtureCheckpoint = fileURLToPath(new URL('../fixtures/stylegan2-nvlabs/generator.pkl', import.meta.url));

export async function openFixture(): Promise<OpenedGenerator> {
  const imported = await importCheckpoint(fixtureCheckpoint);
  return opened((folder) => writeGenerator(join(folder, 'fixture'), imported), 'fixture');
}

/** A model as a bare file `toy.onnx`. */
export async function openBare(model: ModelProto): Promise<OpenedGenerator> {
  return opened((folder) => writeFile(join(folder, 'toy.onnx'), modelBytes(model)), 'toy.onnx');
}

/** The same with other files beside it; objects are written as JSON. `reference` is what is opened, '.' the folder itself. */
export async function openBareAmong(files: Readonly<Record<string, ModelProto | Uint8Array | string | object>>, reference = 'toy.onnx'): Promise<OpenedGenerator> {
  return opened(async (folder) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), bytesOf(content));
  }, reference);
}

/** The same with images in the range -1..1, which is not measured then. */
export function openSigned(model: ModelProto): Promise<OpenedGenerator> {
  return openBareAmong({ 'toy.onnx': model, 'generator.json': { format: 'resefa-generator', version: 1, value_range: [-1, 1] } });
}

function bytesOf(content: ModelProto | Uint8Array | string | object): Uint8Array | string {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  return '$typeName' in content ? modelBytes(content) : JSON.stringify(content);
}

/** What a toy generator folder is made of. */
export interface ToyFolder {
  /** From `ws` [N, L, d] to `image` [N, C, H, W]. */
  readonly synthesis: ModelProto;
  readonly mapping?: ModelProto;
  readonly description: Partial<GeneratorDescription> & Pick<GeneratorDescription, 'resolution' | 'w_dim' | 'layers'>;
}

/** A generator folder with networks of one's own. */
export async function openToyFolder({ synthesis, mapping, description }: ToyFolder): Promise<OpenedGenerator> {
  const synthesisBytes = modelBytes(synthesis);
  const mappingBytes = mapping && modelBytes(mapping);
  const complete: GeneratorDescription = {
    format: 'resefa-generator', version: 1, name: 'toy', architecture: 'toy', channels: 3, z_dim: description.w_dim, c_dim: 0, value_range: [-1, 1],
    edit_layers: description.layers.map(({ index }) => index),
    ...description,
    sha256: { synthesis: sha256Of(synthesisBytes), ...(mappingBytes ? { mapping: sha256Of(mappingBytes) } : {}) },
  };
  return opened(async (folder) => {
    await writeGenerator(join(folder, 'toy'), {
      found: 'a toy',
      description: complete,
      files: { 'generator.json': formatDescription(complete), 'synthesis.onnx': [synthesisBytes], ...(mappingBytes ? { 'mapping.onnx': [mappingBytes] } : {}) },
    });
  }, 'toy');
}

async function opened(write: (folder: string) => Promise<void>, name: string): Promise<OpenedGenerator> {
  const folder = await mkdtemp(join(tmpdir(), 'resefa-test-'));
  try {
    await write(folder);
    const generator = await Generator.open(join(folder, name), folder);
    return {
      generator,
      folder,
      close: async () => {
        await generator.release();
        await rm(folder, { recursive: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** A graph from one latent input to one picture. */
export interface ToyNetwork {
  /** The latent's shape as the file declares it. */
  readonly input: readonly Dimension[];
  readonly inputName?: string;
  readonly channels?: number;
  readonly resolution: number;
  readonly opset?: number;
  /** From the flat latent [N, unknowns] to flat pictures [N, channels x resolution x resolution]. */
  readonly body: (g: GraphBuilder, latent: Value) => Value;
}

export function toyNetwork({ input, inputName = 'ws', channels = 3, resolution, opset = 17, body }: ToyNetwork): ModelProto {
  const g = new GraphBuilder([], opset);
  const latent = g.input(inputName, input);
  const unknowns = input.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);
  const image = g.reshape(body(g, g.reshape(latent, [-1, unknowns])), [-1, channels, resolution, resolution]);
  g.output('image', image, [input[0]!, channels, resolution, resolution]);
  return g.build('toy');
}

/** A network that is linear: flat pictures are the flat latent times `weight` [unknowns, channels x resolution x resolution]. */
export function linearNetwork(network: Omit<ToyNetwork, 'body'>, weight: Float32Array): ModelProto {
  const pixels = (network.channels ?? 3) * network.resolution ** 2;
  return toyNetwork({ ...network, body: (g, latent) => g.matmul(latent, g.weight('weight', weight, [weight.length / pixels, pixels])) });
}
