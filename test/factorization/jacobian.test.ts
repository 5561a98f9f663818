import { create } from '@bufbuild/protobuf';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../src/shared/cancelledError';
import { UserError } from '../../src/shared/userError';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import type { JacobianOptions, JacobianProgress } from '../../src/engine/factorization/jacobian';
import type { Readout } from '../../src/engine/factorization/presets';
import { tangentRows } from '../../src/engine/factorization/tangentModel';
import type { Generator } from '../../src/engine/generators/generator';
import { TangentNetwork } from '../../src/engine/factorization/tangentNetwork';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from '../../src/engine/onnx/gen/onnx_pb';
import { attribute } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { intTensor } from '../../src/engine/onnx/tensors';
import type { FloatTensor } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { openBare, openFixture, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';

/** The fixture: 32 px, RGB, 8 layers, w of 32. */
const [side, channels, layerCount, dimensions] = [32, 3, 8, 32];
const allLayers = Array.from({ length: layerCount }, (_, i) => i);
const fullSize: Readout = { resolution: side, reduction: 'area', channels: 'rgb' };
const twoPixels: Readout = { ...fullSize, resolution: 2 };

let opened: OpenedGenerator;
let generator: Generator;
let ws: FloatTensor;

beforeAll(async () => {
  opened = await openFixture();
  generator = opened.generator;
  ws = await generator.sample([3], { psi: 0.8 });
});

afterAll(async () => {
  await opened.close();
});

/** The transposed Jacobian [tangents, rows], as one list for each tangent. */
async function jacobianOf(options: Partial<JacobianOptions>, of: Generator = generator, at: FloatTensor = ws): Promise<Float32Array[]> {
  const runner = await JacobianRunner.create(of, { space: 'w', layers: allLayers, readout: fullSize, ...options });
  try {
    const store = await runner.jacobian(at);
    expect([store.tangents, store.rows]).toEqual([runner.tangents, runner.rows]);
    const values = await store.read(0, store.rows);
    await store.dispose();
    return Array.from({ length: store.tangents }, (_, t) => values.subarray(t * store.rows, (t + 1) * store.rows));
  } finally {
    await runner.release();
  }
}

function flat(columns: readonly ArrayLike<number>[]): number[] {
  return columns.flatMap((column) => Array.from(column));
}

/** The sum over layers of the blocks of d tangents that w+ has for each of them. */
function sumOfBlocks(stacked: readonly Float32Array[], blocks: readonly number[]): number[] {
  return flat(Array.from({ length: dimensions }, (_, k) => stacked[0]!.map((_, row) => blocks.reduce((sum, block) => sum + stacked[block * dimensions + k]![row]!, 0))));
}

describe('the Jacobian of a StyleGAN2 generator', () => {
  let full: Float32Array[];
  let stacked: Float32Array[];

  beforeAll(async () => {
    full = await jacobianOf({});
    stacked = await jacobianOf({ space: 'w+' });
  });

  it('has a column for each unknown', () => {
    expect(full).toHaveLength(dimensions);
    expect(stacked).toHaveLength(layerCount * dimensions);
    for (const column of [...full, ...stacked]) expect(column).toHaveLength(channels * side * side);
  });

  it('with respect to w is the sum of those with respect to each layer', () => {
    expect(differenceOf(flat(full), sumOfBlocks(stacked, allLayers)).relative).toBeLessThan(1e-5);
  });

  it.each([[[0]], [[2, 3, 4]], [[1, 6]], [[7]]])('with respect to layers %j is the sum of theirs', async (layers) => {
    const columns = await jacobianOf({ layers });
    expect(differenceOf(flat(columns), sumOfBlocks(stacked, layers)).relative).toBeLessThan(1e-5);
  });

  it('with respect to each of some layers has the columns of these layers in their order', async () => {
    const columns = await jacobianOf({ space: 'w+', layers: [3, 5] });
    const expected = [3, 5].flatMap((layer) => stacked.slice(layer * dimensions, (layer + 1) * dimensions));
    expect(differenceOf(flat(columns), flat(expected)).relative).toBeLessThan(1e-5);
  });

  it.each([1, 7, 32])('is the same in chunks of %d tangents', async (chunk) => {
    expect(differenceOf(flat(await jacobianOf({ chunk })), flat(full)).relative).toBeLessThan(1e-5);
  });

  it.each(['w', 'w+'] as const)('is what central differences say, in %s', async (space) => {
    const layers = [4, 5, 6];
    const [forward, central] = await Promise.all((['forward', 'central'] as const).map((method) => jacobianOf({ space, layers, method })));
    expect(differenceOf(flat(central!), flat(forward!)).mean).toBeLessThan(0.01);
  });

  // 12 and 5 do not divide 32: with every pixel cut into 12 x 12 or 5 x 5 equal parts, whole numbers of parts are averaged.
  it.each([16, 8, 12, 5])('averaged to %d px is the average of its rows', async (resolution) => {
    const columns = await jacobianOf({ readout: { resolution, reduction: 'area', channels: 'rgb' } });
    const averaged = full.slice(0, 4).map((column) => Array.from({ length: channels * resolution ** 2 }, (_, row) => {
      const [c, y, x] = [Math.floor(row / resolution ** 2), Math.floor(row / resolution) % resolution, row % resolution];
      let sum = 0;
      for (let j = y * side; j < (y + 1) * side; j++) {
        for (let i = x * side; i < (x + 1) * side; i++) sum += column[(c * side + Math.floor(j / resolution)) * side + Math.floor(i / resolution)]!;
      }
      return sum / side ** 2;
    }));
    expect(differenceOf(flat(columns.slice(0, 4)), flat(averaged)).relative).toBeLessThan(1e-5);
  });

  // 12 does not divide 32: pixel i of the smaller picture is pixel floor(i * 32 / 12) of the larger one.
  it.each([
    [16, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]],
    [12, [0, 2, 5, 8, 10, 13, 16, 18, 21, 24, 26, 29]],
  ])('subsampled to %d px with its channels summed is the sum of the rows that are picked', async (resolution, picks) => {
    const columns = await jacobianOf({ readout: { resolution, reduction: 'nearest', channels: 'sum' } });
    const picked = full.map((column) => picks.flatMap((y) => picks.map((x) => [0, 1, 2].reduce((sum, c) => sum + column[(c * side + y) * side + x]!, 0))));
    expect(differenceOf(flat(columns), flat(picked)).relative).toBeLessThan(1e-5);
  });

  it('keeps the channels apart when it is subsampled alone', async () => {
    const columns = await jacobianOf({ readout: { resolution: 16, reduction: 'nearest', channels: 'rgb' } });
    const picked = full.map((column) => column.filter((_, row) => row % 2 === 0 && Math.floor(row / side) % 2 === 0));
    expect(differenceOf(flat(columns), flat(picked)).relative).toBeLessThan(1e-5);
  });

  it('is the same whether it is kept in memory or in a file', async () => {
    const columns = await jacobianOf({ memoryBudget: 1 });
    expect(differenceOf(flat(columns), flat(full)).relative).toBeLessThan(1e-5);
  });
});

describe('the graph of the tangents', () => {
  it('leaves out what comes before the first edited layer', () => {
    const nodes = [[0], [4], [7]].map((layers) => graphOf(tangentRows(generator, layers, fullSize).model).node.length);
    expect(nodes[1]!).toBeLessThan(nodes[0]!);
    expect(nodes[2]!).toBeLessThan(nodes[1]!);
  });

  it('takes the latent code twice only where layers are left alone', () => {
    expect(tangentRows(generator, allLayers, fullSize).frozenInput).toBeUndefined();
    expect(tangentRows(generator, [7], fullSize).frozenInput).toBe('ws_frozen');
  });

  it('gives the products that the graph for all layers gives', async () => {
    const tangents = new Gaussian(2).tensor([5, layerCount, dimensions]);
    // Nothing moves before layer 5.
    tangents.data.forEach((_, i) => { if (Math.floor(i / dimensions) % layerCount < 5) tangents.data[i] = 0; });
    const [late, all] = await Promise.all([[5, 6, 7], allLayers].map(async (layers) => {
      const runner = await JacobianRunner.create(generator, { space: 'w', layers, readout: fullSize });
      const products = await runner.products(ws, tangents);
      await runner.release();
      return products;
    }));
    expect(differenceOf(late!, all!).relative).toBeLessThan(1e-5);
  });

  it('understands layers that are counted from the end', async () => {
    // Of each channel, the upper row is w_0 and the lower one the square of w_3, the last.
    const model = toyNetwork({ input: ['N', 4, 2], resolution: 2, body: (g) => {
      const [first, last] = [0, -1].map((index) => g.node('Gather', ['ws', g.int(index)], { axis: 1 }));
      const rows = [first!, g.square(last!)];
      return g.node('Concat', [...rows, ...rows, ...rows], { axis: 1 });
    } });
    const { generator: toy, close } = await openBare(model);
    const at = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), dims: [1, 4, 2] };
    const red = async (layers: readonly number[]) => (await jacobianOf({ layers, readout: twoPixels }, toy, at)).map((column) => [...column.subarray(0, 4)]);
    expect(await red([0])).toEqual([[1, 0, 0, 0], [0, 1, 0, 0]]);
    expect(await red([3])).toEqual([[0, 0, 14, 0], [0, 0, 0, 16]]);
    await close();
  });

  it('knows the layers that Constant nodes pick, and lists of layers', async () => {
    // Of each channel, the lower row is the sum of the squares of w_2 and w_3, and the upper one that times w_0.
    const model = toyNetwork({ input: ['N', 4, 2], resolution: 2, body: (g) => {
      const [first, others] = ['first', 'others'].map((name) => g.node('Gather', ['ws', g.node('Constant', [], {}, name)], { axis: 1 }));
      const lower = g.reshape(g.sumOver(g.square(others!), [1]), [-1, 2]);
      const rows = [g.mul(first!, lower), lower];
      return g.node('Concat', [...rows, ...rows, ...rows], { axis: 1 });
    } });
    const constant = (name: string) => graphOf(model).node.find(({ output }) => output[0] === name)!.attribute;
    constant('first').push(attribute('value_int', 0));
    constant('others').push(create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t: intTensor('', [2, -1]) }));
    const { generator: toy, close } = await openBare(model);
    const frozen = (layers: readonly number[]) => graphOf(tangentRows(toy, layers, twoPixels).model).node.filter(({ input }) => input[0] === 'ws_frozen').map(({ input }) => input[1]);
    expect([[0], [3], [0, 2]].map(frozen)).toEqual([['others'], ['first'], []]);
    const at = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), dims: [1, 4, 2] };
    const red = async (layers: readonly number[]) => (await jacobianOf({ layers, readout: twoPixels }, toy, at)).map((column) => [...column.subarray(0, 4)]);
    // 74 = 5^2 + 7^2, 100 = 6^2 + 8^2.
    expect(await red([0])).toEqual([[74, 0, 0, 0], [0, 100, 0, 0]]);
    expect(await red([3])).toEqual([[14, 0, 14, 0], [0, 32, 0, 16]]);
    await close();
  });

  it('does not take the components of a latent without layers for layers', async () => {
    const model = toyNetwork({ input: ['N', 4], resolution: 2, body: (g) => {
      const parts = [0, 1, 2, 3].map((index) => g.reshape(g.node('Gather', ['ws', g.int(index)], { axis: 1 }), [-1, 1]));
      return g.node('Concat', [...parts, ...parts, ...parts], { axis: 1 });
    } });
    const { generator: toy, close } = await openBare(model);
    const at = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 1, 4] };
    const columns = await jacobianOf({ layers: [0], readout: twoPixels }, toy, at);
    expect(columns.map((column) => [...column.subarray(0, 4)])).toEqual([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    await close();
  });
});

describe('a run', () => {
  /** Runs with the temporary folder of Jacobians to itself; the answer is what is left there. */
  async function filesLeft(run: () => Promise<void>): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'resefa-jacobian-test-'));
    for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, folder);
    try {
      await run();
      return readdirSync(folder);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  }

  const inChunks: JacobianOptions = { space: 'w', layers: [7], readout: fullSize, memoryBudget: 1, chunk: 12 };

  it('tells how far it is', async () => {
    const runner = await JacobianRunner.create(generator, inChunks);
    const steps: JacobianProgress[] = [];
    const left = await filesLeft(async () => {
      const store = await runner.jacobian(ws, (step) => steps.push(step));
      await store.dispose();
    });
    expect(steps).toEqual([12, 24, 32].map((tangentsDone) => ({ tangentsDone, tangents: 32 })));
    expect(left).toEqual([]);
    await runner.release();
  });

  it('goes on with smaller chunks where one fails, and stays with them', async () => {
    const expected = flat(await jacobianOf({ layers: [7] }));
    const runner = await JacobianRunner.create(generator, { ...inChunks, memoryBudget: undefined });
    const products = vi.spyOn(TangentNetwork.prototype, 'products').mockRejectedValueOnce(new UserError('no memory')).mockRejectedValueOnce(new UserError('nor for these'));
    try {
      const store = await runner.jacobian(ws);
      const counts = products.mock.calls.map(([, { dims: [count] }]) => count!);
      expect(counts).toEqual([12, 6, ...Array.from({ length: 10 }, () => 3), 2]);
      expect(products.mock.calls.every(([, , { mayShrink }], i) => mayShrink === counts[i]! > 1)).toBe(true);
      expect(runner.chunk).toBe(3);
      expect(differenceOf(await store.read(0, store.rows), expected).relative).toBeLessThan(1e-5);
      await store.dispose();
    } finally {
      vi.restoreAllMocks();
      await runner.release();
    }
  });

  it('that fails with one tangent gives up with the reason', async () => {
    const runner = await JacobianRunner.create(generator, inChunks);
    vi.spyOn(TangentNetwork.prototype, 'products').mockRejectedValue(new UserError('no memory at all'));
    await expect(runner.products(ws, new Gaussian(2).tensor([12, layerCount, dimensions]))).rejects.toThrow('no memory at all');
    expect(runner.chunk).toBe(1);
    vi.restoreAllMocks();
    await runner.release();
  });

  it.each([0, 12, 32])('is cancelled after %d tangents and leaves no file', async (most) => {
    const runner = await JacobianRunner.create(generator, inChunks);
    const controller = new AbortController();
    const done: number[] = [];
    if (most === 0) controller.abort();
    const left = await filesLeft(async () => {
      const cancelled = runner.jacobian(ws, ({ tangentsDone }) => {
        done.push(tangentsDone);
        if (tangentsDone === most) controller.abort();
      }, controller.signal);
      await expect(cancelled).rejects.toThrow(CancelledError);
    });
    expect(done.at(-1) ?? 0).toBe(most);
    expect(left).toEqual([]);
    await runner.release();
  });

  it('that fails leaves no file', async () => {
    const runner = await JacobianRunner.create(generator, inChunks);
    const wrong = { data: ws.data.subarray(1), dims: [1, layerCount, dimensions] };
    expect(await filesLeft(() => expect(runner.jacobian(wrong)).rejects.toThrow())).toEqual([]);
    await runner.release();
  });

  it('takes as many tangents at a time as fit the memory, and one at least', async () => {
    const chunks = await Promise.all([1, 2 ** 21, 2 ** 33].map(async (memoryBudget) => {
      const runner = await JacobianRunner.create(generator, { space: 'w', layers: [7], readout: fullSize, memoryBudget });
      await runner.release();
      return runner.chunk;
    }));
    expect(chunks[0]).toBe(1);
    expect(chunks[1]).toBeGreaterThan(1);
    expect(chunks[1]).toBeLessThan(chunks[2]!);
    expect(chunks[2]).toBe(32);
  });
});
