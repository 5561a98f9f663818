import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import type { JacobianOptions } from '../../src/engine/factorization/jacobian';
import { Generator } from '../../src/engine/generators/generator';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { stillWorks } from '../../src/engine/runtime/providers';
import { checkProvider } from '../../src/engine/runtime/selfCheck';
import { Session, TooMuchAtOnceError } from '../../src/engine/runtime/session';
import { checkInChild } from '../../src/engine/service/providerCheck';
import { OpenGenerators } from '../../src/engine/service/openGenerators';
import { Providers } from '../../src/engine/service/providers';
import type { ProviderStatus } from '../../src/shared/protocol/engineProtocol';
import { differenceOf } from '../support/differences';
import { engineSettings } from '../support/engineSettings';

// The driver is looked for when the first session is made for it.
process.env.VK_ICD_FILENAMES = inject('vulkanDriver');
process.env.XDG_RUNTIME_DIR ??= '/tmp';

const engineProgram = fileURLToPath(new URL('../../dist/engine.js', import.meta.url));
const embedded = fileURLToPath(new URL('../../models/', import.meta.url));
const cat = 'afhq-cat-64';

/** A software driver beside other tests takes its time. */
const minutes = 60_000;

/** WebGPU, and what it was told. */
function webGpu() {
  const reasons: string[] = [];
  return { reasons, device: { provider: 'webgpu' as const, fellBack: (reason: string) => { reasons.push(reason); } } };
}

describe('WebGPU', () => {
  it('computes what the CPU computes, operator by operator', async () => {
    expect(await checkProvider('webgpu')).toEqual({});
    expect(await stillWorks('webgpu')).toBe(true);
  });

  it('is much slower than the CPU where it is played by software, so that auto leaves it, and says why', async () => {
    const told: ProviderStatus[] = [];
    const providers = new Providers(checkInChild(engineProgram, 3 * minutes), (status) => told.push(status));
    providers.want({ executionProvider: 'auto' });
    expect(await providers.device()).toBeUndefined();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ provider: 'cpu' });
    expect(told[0]).not.toHaveProperty('notice');
    expect(told[0]!.reasons.at(-1)).toMatch(/^webgpu is \d+ times slower than the CPU here, as drivers without a GPU are$/);
  });

  it('is taken where it is chosen, slow or not', async () => {
    const told: ProviderStatus[] = [];
    const providers = new Providers(checkInChild(engineProgram, 3 * minutes), (status) => told.push(status));
    const generators = new OpenGenerators(embedded, providers);
    generators.configure(engineSettings({ executionProvider: 'webgpu' }));
    const device = await generators.use(cat, ({ generator }) => generator.session.device);
    expect(device?.provider).toBe('webgpu');
    expect(told).toEqual([{ provider: 'webgpu', reasons: [] }]);
  });
});

describe('the embedded generator on WebGPU', () => {
  const { device, reasons } = webGpu();
  let generators: readonly Generator[] = [];

  beforeAll(async () => {
    generators = await Promise.all([Generator.open(cat, embedded, { device }), Generator.open(cat, embedded)]);
  });

  afterAll(async () => {
    for (const generator of generators) await generator.release();
  });

  it('draws what it draws on the CPU', async () => {
    const [there, here] = await Promise.all(generators.map(async (generator) => generator.synthesize(await generator.sample([0, 7], { psi: 0.7 }))));
    expect(there!.dims).toEqual([2, 3, 64, 64]);
    expect(differenceOf(there!.data, here!.data).largest).toBeLessThan(1e-4);
    expect(reasons).toEqual([]);
  });

  it('has the tangents that it has on the CPU', async () => {
    const options: JacobianOptions = { space: 'w', layers: [4, 5, 6, 7], readout: { resolution: 64, reduction: 'area', channels: 'rgb' } };
    const rows = await Promise.all(generators.map(async (generator) => {
      const runner = await JacobianRunner.create(generator, options);
      const tangents = { data: new Float32Array(3 * generator.layerCount * generator.dimensions), dims: [3, generator.layerCount, generator.dimensions] };
      for (let n = 0; n < 3; n++) for (const layer of options.layers) tangents.data[(n * generator.layerCount + layer) * generator.dimensions + 31 * n] = 1;
      try {
        return await runner.products(await generator.sample([5]), tangents);
      } finally {
        await runner.release();
      }
    }));
    const difference = differenceOf(rows[0]!, rows[1]!);
    // Where an activation sits on its kink, the two may take different sides.
    expect(difference.within(1e-4)).toBeGreaterThan(0.999);
    expect(difference.mean).toBeLessThan(1e-4);
    expect(reasons).toEqual([]);
  });
});

describe('a session on WebGPU', () => {
  it('asks for less at once where memory runs out, and goes on', async () => {
    const { device, reasons } = webGpu();
    const g = new GraphBuilder();
    const wide = g.mul(g.expand(g.input('x', ['N', 1]), [1, 2 ** 22]), 2);
    g.output('y', g.sumOver(wide, [1]), ['N', 1]);
    const session = await Session.create(g.build('wide'), 'a wide network', { device });
    const run = (rows: number) => session.run({ x: { data: new Float32Array(rows).fill(2 ** -10), dims: [rows, 1] } }, { mayShrink: true });
    await expect(run(64)).rejects.toThrow(TooMuchAtOnceError);
    // 2 x 2^-10 x 2^22
    expect((await run(1)).y!.data[0]).toBeCloseTo(8192, 0);
    expect(reasons).toEqual([]);
    await session.release();
  });

  it('goes on with the CPU, with the reason, where an operator fails', async () => {
    const { device, reasons } = webGpu();
    const g = new GraphBuilder([], 18);
    const half = g.node('Resize', [g.input('x', [1, 1, 4, 4]), '', g.weight('scales', Float32Array.of(1, 1, 0.5, 0.5), [4])], { mode: 'linear', antialias: 1 });
    g.output('y', half, [1, 1, 2, 2]);
    const session = await Session.create(g.build('smooth'), 'a smooth network', { device });
    const flat = { x: { data: new Float32Array(16).fill(3), dims: [1, 1, 4, 4] } };
    const { y } = await session.run(flat);
    expect(differenceOf(y!.data, [3, 3, 3, 3]).largest).toBeLessThan(1e-5);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^webgpu cannot run a smooth network: .*antialias/);
    expect(reasons[0]).not.toContain('\n');
    await session.run(flat);
    expect(reasons).toHaveLength(1);
    await session.release();
  });
});
