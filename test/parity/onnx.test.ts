import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { Generator } from '../../src/engine/generators/generator';
import { readNpy } from '../../src/engine/npy';
import type { FloatTensor } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';

const fixtures = fileURLToPath(new URL('../fixtures/onnx/', import.meta.url));

const array = (name: string, file: string) => readNpy(readFileSync(join(fixtures, name, file)), file);

const open = (name: string) => Generator.open(join(fixtures, name, 'generator.onnx'), fixtures);

/** The products of a generator's Jacobian at its first sample, compared with PyTorch's. */
async function productsOf(generator: Generator, name: string, method: 'forward' | 'central') {
  const { resolution } = generator.description;
  const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout: { resolution, reduction: 'area', channels: 'rgb' }, method });
  const { data, dims } = array(name, 'tangents.npy');
  const found = await runner.products(generator.latentFeed(await generator.sample([0]), 0, 1), { data, dims: [dims[0]!, 1, dims[1]!] });
  await runner.release();
  return differenceOf(found, array(name, 'jvp.npy').data);
}

// Files that torch.onnx wrote. Images are PyTorch's in float32, products PyTorch's in float64 at the first sample.
describe.each([
  // Transposed convolutions and batch norm.
  { name: 'dcgan', resolution: 32, fixedBatch: false },
  // Pixel norm and resize.
  { name: 'pggan', resolution: 16, fixedBatch: false },
  // Convolution weights that depend on the latent code.
  { name: 'fused-style', resolution: 16, fixedBatch: true },
  // Split latent, class embedding, conditional batch norm, and self-attention, which pools by maxima.
  { name: 'biggan', resolution: 16, fixedBatch: false },
])('the bare generator $name', ({ name, resolution, fixedBatch }) => {
  let generator: Generator;
  let z: FloatTensor;

  beforeAll(async () => {
    generator = await open(name);
    z = await generator.sample([0, 1, 2, 3]);
  });

  afterAll(async () => {
    await generator.release();
  });

  it('is described by its file', () => {
    expect(generator.description).toMatchObject({ architecture: 'onnx', resolution, channels: 3, z_dim: 24, w_dim: 24, c_dim: 0 });
    expect(generator.layerCount).toBe(1);
    expect(generator.latentInput).toEqual({ input: 'z', output: 'image', dims: [1, 24], fixedBatch });
  });

  it('draws the same latent codes of seeds', () => {
    expect(z.dims).toEqual([4, 1, 24]);
    expect(differenceOf(z.data, array(name, 'z.npy').data).largest).toBe(0);
  });

  it('makes the same images', async () => {
    const images = await generator.synthesize(z);
    expect(images.dims).toEqual([4, 3, resolution, resolution]);
    expect(differenceOf(images.data, array(name, 'image.npy').data).relative).toBeLessThan(1e-5);
  });

  // A finite step crosses kinks of ReLUs, all the more in narrow networks.
  it('has the same Jacobian-vector products (central)', async () => {
    expect((await productsOf(generator, name, 'central')).mean).toBeLessThan(0.02);
  });
});

describe('forward mode', () => {
  it.each(['dcgan', 'pggan', 'fused-style', 'biggan'])('has the Jacobian-vector products of %s', async (name) => {
    const generator = await open(name);
    const difference = await productsOf(generator, name, 'forward');
    expect(difference.mean).toBeLessThan(1e-5);
    expect(difference.relative).toBeLessThan(1e-4);
  });
});
