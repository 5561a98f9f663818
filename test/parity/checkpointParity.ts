import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { Generator } from '../../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import { readNpy } from '../../src/engine/npy';
import { differenceOf } from '../support/differences';

/**
 * The tests that a checkpoint among the fixtures, once imported, agrees with what PyTorch computed with it: latent
 * codes of the seeds 0 to 3, images (float32, constant noise) and Jacobian-vector products.
 *
 * @param found - What the import says that it is.
 * @param layers - The layers of `ws`, each with its resolution: `b4.conv1 4`.
 */
export function testParity(folderName: string, checkpoint: string, found: string, layers: readonly string[]): void {
  const fixture = fileURLToPath(new URL(`../fixtures/${folderName}/`, import.meta.url));
  const array = (name: string) => readNpy(readFileSync(join(fixture, name)), name);
  const seeds = [0, 1, 2, 3];
  let folder: string;
  let generator: Generator;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resefa-parity-'));
    const imported = await importCheckpoint(join(fixture, checkpoint));
    expect(imported.found).toBe(found);
    await writeGenerator(join(folder, 'generator'), imported);
    generator = await Generator.open(join(folder, 'generator'), folder);
  });

  afterAll(async () => {
    await generator.release();
    await rm(folder, { recursive: true });
  });

  it('has the layers of the network', () => {
    expect(generator.description.layers.map(({ name, resolution }) => `${name} ${resolution}`)).toEqual(layers);
  });

  it.each([
    [1, 'ws.npy'],
    [0.7, 'ws_psi0.7.npy'],
  ])('maps seeds to the same latent codes at psi %d', async (psi, name) => {
    const ws = await generator.sample(seeds, { psi });
    expect(ws.dims).toEqual(array(name).dims);
    expect(differenceOf(ws.data, array(name).data).largest).toBeLessThan(1e-5);
  });

  it.each([
    ['ws.npy', 'image.npy'],
    ['ws_psi0.7.npy', 'image_psi0.7.npy'],
  ])('makes of %s the same images', async (ws, name) => {
    const images = await generator.synthesize(array(ws));
    expect(images.dims).toEqual(array(name).dims);
    expect(differenceOf(images.data, array(name).data).relative).toBeLessThan(2e-5);
  });

  it('makes the same images of seeds', async () => {
    const images = await generator.synthesize(await generator.sample(seeds, { psi: 0.7 }));
    expect(differenceOf(images.data, array('image_psi0.7.npy').data).relative).toBeLessThan(2e-5);
  });

  it.each([
    ['forward', 1e-4],
    ['central', 1e-2],
  ] as const)('has the same Jacobian-vector products (%s)', async (method, tolerance) => {
    const { layerCount, dimensions, description } = generator;
    const runner = await JacobianRunner.create(generator, {
      space: 'w',
      layers: description.layers.map(({ index }) => index),
      readout: { resolution: description.resolution, reduction: 'area', channels: 'rgb' },
      method,
    });
    const first = { data: array('ws.npy').data.subarray(0, layerCount * dimensions), dims: [1, layerCount, dimensions] };
    const difference = differenceOf(await runner.products(first, array('tangents.npy')), array('jvp.npy').data);
    expect(difference.mean).toBeLessThan(tolerance);
    // Units that sit on the kink of a leaky ReLU may fall to either side.
    expect(difference.within(10 * tolerance)).toBeGreaterThan(0.99);
    await runner.release();
  });
}
