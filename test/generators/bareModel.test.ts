import { afterEach, describe, expect, it } from 'vitest';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Dimension } from '../../src/engine/onnx/graphBuilder';
import { DataType } from '../../src/engine/onnx/tensors';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { sizeOf } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { openBare, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const resolution = 4;
const pixels = resolution ** 2;

let opened: OpenedGenerator | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** Pictures tanh(z A) of a latent of some shape. */
function smoothNetwork(input: readonly Dimension[], channels: number, inputName = 'z'): { model: ModelProto; weight: Float32Array } {
  const unknowns = sizeOf(input.slice(1).map(Number));
  const weight = new Gaussian(3).tensor([unknowns, channels * pixels], 0.5).data;
  const model = toyNetwork({ input, inputName, channels, resolution, body: (g, z) => g.node('Tanh', [g.matmul(z, g.weight('weight', weight, [unknowns, channels * pixels]))]) });
  return { model, weight };
}

describe.each([
  { input: ['N', 6], layers: 1, dimensions: 6, fixedBatch: false, channels: 3 },
  { input: ['batch', 6, 1, 1], layers: 1, dimensions: 6, fixedBatch: false, channels: 3 },
  { input: [1, 6, 1, 1], layers: 1, dimensions: 6, fixedBatch: true, channels: 3 },
  { input: [1, 6], layers: 1, dimensions: 6, fixedBatch: true, channels: 1 },
  { input: [-1, 6], layers: 1, dimensions: 6, fixedBatch: false, channels: 3 },
  { input: ['N', 3, 2], layers: 3, dimensions: 2, fixedBatch: false, channels: 1 },
  { input: [1, 3, 2], layers: 3, dimensions: 2, fixedBatch: true, channels: 3 },
])('a network that takes $input', ({ input, layers, dimensions, fixedBatch, channels }) => {
  const { model, weight } = smoothNetwork(input, channels);
  const readout = { resolution, reduction: 'area', channels: 'rgb' } as const;

  it('is described', async () => {
    opened = await openBare(model);
    const { generator } = opened;
    expect(generator.latentInput).toEqual({ input: 'z', output: 'image', dims: [1, ...input.slice(1)], fixedBatch });
    expect(generator.description).toMatchObject({ resolution, channels, z_dim: dimensions, w_dim: dimensions, c_dim: 0 });
    expect(generator.description.layers).toHaveLength(layers);
    expect(generator.batch).toBe(fixedBatch ? 1 : 32);
  });

  it('makes images of many samples', async () => {
    opened = await openBare(model);
    const ws = new Gaussian(4).tensor([5, layers, dimensions]);
    const { data, dims } = await opened.generator.synthesize(ws);
    expect(dims).toEqual([5, channels, resolution, resolution]);
    const size = channels * pixels;
    const expected = Array.from({ length: 5 * size }, (_, k) => {
      const latent = ws.data.subarray(Math.floor(k / size) * 6, (Math.floor(k / size) + 1) * 6);
      return Math.tanh(latent.reduce((sum, value, i) => sum + value * weight[i * size + (k % size)]!, 0));
    });
    expect(differenceOf(data, expected).relative).toBeLessThan(1e-5);
  });

  it.each(['forward', 'central'] as const)('has Jacobian-vector products (%s)', async (method) => {
    opened = await openBare(model);
    const { generator } = opened;
    const ws = new Gaussian(5).tensor([1, layers, dimensions]);
    const tangents = new Gaussian(6).tensor([4, layers, dimensions]);
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: generator.description.layers.map(({ index }) => index), readout, method });
    const products = await runner.products(ws, tangents);
    await runner.release();
    // d tanh(z A) = (1 - tanh^2(z A)) dz A
    const size = channels * pixels;
    const along = (latent: Float32Array, column: number) => latent.reduce((sum, value, i) => sum + value * weight[i * size + column]!, 0);
    const expected = Array.from({ length: 4 * size }, (_, k) => {
      const tangent = tangents.data.subarray(Math.floor(k / size) * 6, (Math.floor(k / size) + 1) * 6);
      return (1 - Math.tanh(along(ws.data, k % size)) ** 2) * along(tangent, k % size);
    });
    expect(differenceOf(products, expected).relative).toBeLessThan(method === 'forward' ? 1e-5 : 2e-3);
  });
});

describe('a file', () => {
  it('may have other outputs beside its image', async () => {
    const g = new GraphBuilder();
    const z = g.input('z', ['N', 12]);
    g.output('logits', z, ['N', 12]);
    g.output('picture', g.reshape(z, [-1, 3, 2, 2]), ['N', 3, 2, 2]);
    opened = await openBare(g.build('toy'));
    expect(opened.generator.latentInput.output).toBe('picture');
    expect(opened.generator.outputs).toEqual(['logits', 'picture']);
  });

  it.each([
    ['several inputs', ['N', 6], (g: GraphBuilder) => void g.input('noise', ['N', 1, 4, 4]), /takes z \[N, 6\], noise \[N, 1, 4, 4\]; expected one latent input of the shape/],
    ['a free size', ['N', 'd'], undefined, /takes z \[N, d\]; expected one latent input of the shape/],
    ['a picture', ['N', 3, 2, 2], undefined, /takes z \[N, 3, 2, 2\]; expected one latent input/],
    ['one number', ['N'], undefined, /takes z \[N\]; expected one latent input/],
    ['a batch of four', [4, 6], undefined, /takes z \[4, 6\], 4 samples at a time; expected a batch of any size, or of 1: export it again with a dynamic batch axis/],
  ] as const)('is refused where it takes %s', async (_, input, more, message) => {
    const g = new GraphBuilder();
    g.input('z', input);
    more?.(g);
    g.output('image', g.reshape('z', [-1, 1, 1, 1]), ['N', 1, 1, 1]);
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(message);
  });

  it.each([
    ['takes half precision', DataType.FLOAT16, DataType.FLOAT, /takes z as float16; expected float32: export it again in single precision/],
    ['takes integers', DataType.INT64, DataType.FLOAT, /takes z as int64; expected float32/],
    ['gives half precision', DataType.FLOAT, DataType.FLOAT16, /gives image as float16; expected float32/],
    ['gives double precision', DataType.FLOAT, DataType.DOUBLE, /gives image as double; expected float32/],
  ])('is refused where it %s', async (_, taken, given, message) => {
    const g = new GraphBuilder();
    const z = g.node('Cast', [g.input('z', ['N', 12], taken)], { to: given });
    g.output('image', g.reshape(z, [-1, 3, 2, 2]), ['N', 3, 2, 2], given);
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(message);
  });

  it.each([
    ['no square', [-1, 3, 2, 4]],
    ['no colour', [-1, 2, 2, 6]],
    ['no picture', [-1, 24]],
  ] as const)('is refused where it gives %s', async (_, dims) => {
    const g = new GraphBuilder();
    g.output('image', g.reshape(g.input('z', ['N', 24]), dims), dims.map((dim, axis) => (axis === 0 ? 'N' : dim)));
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(/gives no image: expected an output of the shape \[N, 3, H, W\] with H = W/);
  });
});

describe('a network with several pictures', () => {
  it.each([
    [['image_4', 'picture'], 'picture'],
    [['picture', 'image_4'], 'picture'],
    [['picture', 'image'], 'image'],
  ])('of which it gives %j is known by %s', async (names, chosen) => {
    // image_4 is half the size of the others, as previews are.
    const g = new GraphBuilder();
    const z = g.input('z', ['N', 3]);
    for (const name of names) {
      const side = name === 'image_4' ? 2 : resolution;
      const flat = g.matmul(z, g.weight('w', new Float32Array(3 * 3 * side * side).fill(0.1), [3, 3 * side * side]));
      g.output(name, g.reshape(flat, [-1, 3, side, side]), ['N', 3, side, side]);
    }
    opened = await openBare(g.build('previews'));
    expect(opened.generator.latentInput.output).toBe(chosen);
    expect(opened.generator.description.resolution).toBe(resolution);
  });
});

describe('a network that says it takes a huge latent', () => {
  it('is refused before anything of that size is made', async () => {
    const g = new GraphBuilder();
    g.output('image', g.input('z', ['N', 2 ** 40]), ['N', 3, 4, 4]);
    expect(await userErrorOf(() => openBare(g.build('huge')))).toMatch(/takes z \[N, 1099511627776\]; expected a latent code of at most/);
  });
});
