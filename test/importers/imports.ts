import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { standardZ } from '../../src/engine/generators/randomState';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import type { ImportedGenerator } from '../../src/engine/importers/importCheckpoint';
import type { FloatTensor } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import type { StyleGan2Options, TorchModule } from '../support/stylegan2Checkpoint';
import { StyleGan2Reference } from '../support/stylegan2Reference';
import { torchFile } from '../support/torchFile';
import type { containers, TorchDict } from '../support/torchFile';
import { userErrorOf } from '../support/userErrors';

/** Imports of files that a test makes, in a folder that goes with the test file. */
export interface Imports {
  /** The file is called `tiny.pt`. */
  readonly import: (checkpoint: TorchDict, container?: (typeof containers)[number]) => Promise<ImportedGenerator>;
  /** The generator after a round trip through the disk. */
  readonly open: (imported: ImportedGenerator) => Promise<Generator>;
  /** The message with which a checkpoint is refused, without the name of the file. */
  readonly refusal: (checkpoint: TorchDict) => Promise<string>;
}

export function useImports(): Imports {
  const { importBytes, open } = useImportFolder('tiny.pt');
  const imports: Imports = {
    import: (checkpoint, container) => importBytes(torchFile(checkpoint, container)),
    open,
    refusal: async (checkpoint) => {
      const message = await userErrorOf(() => imports.import(checkpoint));
      expect(message).toMatch(/^tiny\.pt[: ]/);
      return message.replace(/^tiny\.pt:? /, '');
    },
  };
  return imports;
}

/** A folder that goes with the test file. */
export interface ImportFolder {
  /** There once the tests run. */
  readonly folder: () => string;
  /** Imports a file of these bytes. */
  readonly importBytes: (bytes: Uint8Array) => Promise<ImportedGenerator>;
  /** The message with which such a file is refused: one line that begins with the file. */
  readonly refusalOf: (bytes: Uint8Array) => Promise<string>;
  /** The generator after a round trip through the disk. */
  readonly open: (imported: ImportedGenerator) => Promise<Generator>;
}

/** @param fileName what checkpoints are called there */
export function useImportFolder(fileName: string): ImportFolder {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resefa-imports-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const importBytes = async (bytes: Uint8Array) => {
    const path = join(folder, fileName);
    await writeFile(path, bytes);
    return importCheckpoint(path);
  };
  return {
    folder: () => folder,
    importBytes,
    refusalOf: async (bytes) => {
      const message = await userErrorOf(() => importBytes(bytes));
      expect(message.startsWith(fileName)).toBe(true);
      expect(message.slice(fileName.length)).toMatch(/^[^\n]+[^\n.]$/);
      return message;
    },
    open: async (imported) => {
      const written = await mkdtemp(join(folder, 'generator-'));
      await writeGenerator(join(written, 'tiny'), imported);
      return Generator.open(join(written, 'tiny'), folder);
    },
  };
}

/**
 * Checks that a generator maps z to w and makes images as the naive float64 network does that its checkpoint was
 * made of.
 */
export async function expectSameImages(generator: Generator, network: TorchModule, options: StyleGan2Options): Promise<void> {
  const reference = new StyleGan2Reference(network, options);
  const { layerCount: layers } = generator;
  const label = options.cDim > 0 ? options.cDim - 1 : undefined;
  const mapped = await generator.sample([3], label === undefined ? {} : { label });
  const oneHot = label === undefined ? undefined : Array.from({ length: options.cDim }, (_, i) => Number(i === label));
  expect(differenceOf(mapped.data.subarray(0, options.wDim), reference.map(standardZ(3, options.zDim), oneHot)).largest).toBeLessThan(1e-5);
  const ws: FloatTensor = new Gaussian(77).tensor([1, layers, options.wDim]);
  const image = await generator.synthesize(ws);
  expect(image.dims).toEqual([1, options.imgChannels, options.resolution, options.resolution]);
  expect(differenceOf(image.data, reference.synthesize(ws.data).image.data).relative).toBeLessThan(2e-5);
}

/** `state` without one tensor. */
export function without(state: ReadonlyMap<string, FloatTensor>, name: string): Map<string, FloatTensor> {
  if (!state.has(name)) throw new RangeError(`there is no ${name}`);
  return new Map([...state].filter(([other]) => other !== name));
}

/** `state` with one tensor of another shape. */
export function reshaped(state: ReadonlyMap<string, FloatTensor>, name: string, dims: readonly number[]): Map<string, FloatTensor> {
  return new Map([...without(state, name), [name, new Gaussian(1).tensor(dims)]]);
}
