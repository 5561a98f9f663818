import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { obstacle } from '../../src/engine/doctor/operators';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { GraphBuilder, valueInfo } from '../../src/engine/onnx/graphBuilder';
import type { Dimension } from '../../src/engine/onnx/graphBuilder';
import { DataType } from '../../src/engine/onnx/tensors';
import { FunctionProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { graphOf } from '../../src/engine/onnx/graphs';
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
  { input: [0, 6], layers: 1, dimensions: 6, fixedBatch: false, channels: 3 },
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
    ['a free size', ['N', 'd'], /takes z \[N, d\]; expected one latent input of the shape/],
    ['a picture', ['N', 3, 2, 2], /takes z \[N, 3, 2, 2\]; expected one latent input/],
    ['one number a layer', ['N', 6, 1], /takes z \[N, 6, 1\]; expected one latent input/],
    ['one number', ['N'], /takes z \[N\]; expected one latent input/],
    ['a batch of four', [4, 6], /takes z \[4, 6\], 4 samples at a time; expected a batch of any size, or of 1: export it again with a dynamic batch axis/],
  ] as const)('is refused where it takes %s', async (_, input, message) => {
    const g = new GraphBuilder();
    g.input('z', input);
    g.output('image', g.reshape('z', [-1, 1, 1, 1]), ['N', 1, 1, 1]);
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(message);
  });

  it('is refused where it takes whole numbers', async () => {
    const g = new GraphBuilder();
    const z = g.node('Cast', [g.input('z', ['N', 12], DataType.INT64)], { to: DataType.FLOAT });
    g.output('image', g.reshape(z, [-1, 3, 2, 2]), ['N', 3, 2, 2]);
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(/takes z as int64; expected float32/);
  });

  it.each(['nothing', 'a constant'])('is refused where it takes %s', async (what) => {
    const g = new GraphBuilder();
    const z = what === 'nothing' ? g.weight('z', new Float32Array(12), [1, 12]) : g.input('z', [1, 12]);
    if (what === 'a constant') g.weight('', new Float32Array(12), [1, 12]);
    if (what === 'a constant') g.initializers[0]!.name = 'z';
    g.output('image', g.reshape(z, [-1, 3, 2, 2]), ['N', 3, 2, 2]);
    expect(await userErrorOf(() => openBare(g.build('toy')))).toMatch(/toy\.onnx takes nothing; expected one latent input/);
  });

  it.each([[6, 8n, /written for operator set 6; 7 and newer can be run/], [27, 8n, /written for operator set 27; up to 26 can be run: export it again/], [17, 14n, /has version 14 of the ONNX file format; up to 13 can be read/]] as const)('is refused in operator set %d of format version %d', async (opset, format, message) => {
    const { model } = smoothNetwork(['N', 6], 3);
    model.irVersion = format;
    model.opsetImport[0]!.version = BigInt(opset);
    expect(await userErrorOf(() => openBare(model))).toMatch(message);
  });

  it('is refused in words of its own where an operator is not known', async () => {
    const g = new GraphBuilder();
    g.output('image', g.node('Paint', [g.input('z', ['N', 12])]), ['N', 3, 2, 2]);
    const message = await userErrorOf(() => openBare(g.build('toy')));
    expect(message).toMatch(/^ONNX Runtime cannot load .*toy\.onnx: .*Paint/);
    expect(message).not.toContain('onnxruntime_src');
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

describe('a network whose file says wrong things', () => {
  it.each([
    ['of a value', (model: ModelProto) => { graphOf(model).valueInfo = [valueInfo('tanh', ['s0'])]; }],
    ['of its image', (model: ModelProto) => { graphOf(model).output = [valueInfo('image', [1, 64])]; }],
  ] as const)('about the shape %s is opened as it is', async (_, spoil) => {
    const { model } = smoothNetwork(['N', 6], 3);
    spoil(model);
    opened = await openBare(model);
    expect(opened.generator.description).toMatchObject({ resolution, channels: 3 });
    expect(opened.generator.latentInput.fixedBatch).toBe(false);
  });
});

describe('a network made of functions', () => {
  it('has tangents as any other', async () => {
    const { model } = smoothNetwork(['N', 6], 3);
    const domain = 'pkg.torch';
    model.functions = [create(FunctionProtoSchema, {
      name: 'Squash', domain, input: ['x'], output: ['y'], node: [create(NodeProtoSchema, { opType: 'Tanh', input: ['x'], output: ['y'] })], opsetImport: [create(OperatorSetIdProtoSchema, { version: 17n })],
    })];
    model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: 1n }));
    for (const node of graphOf(model).node.filter(({ opType }) => opType === 'Tanh')) Object.assign(node, { opType: 'Squash', domain });
    opened = await openBare(model);
    expect(opened.generator.description.value_range).toEqual([-1, 1]);
    expect(obstacle(opened.generator)).toBeUndefined();
  });
});

describe('the operator sets', () => {
  /** A small DCGAN: transposed convolution, batch norm, ReLU, upsampling as its set has it, convolution, tanh. */
  function dcgan(opset: number): ModelProto {
    const g = new GraphBuilder([], opset);
    const gaussian = new Gaussian(opset);
    const weight = (name: string, dims: readonly number[], mean = 0) => g.weight(name, gaussian.tensor(dims, 0.2, mean).data, dims);
    let x = g.node('ConvTranspose', [g.input('z', ['N', 5, 1, 1]), weight('w1', [5, 6, 4, 4])], { kernel_shape: [4, 4] });
    x = g.node('BatchNormalization', [x, weight('scale', [6], 1), weight('bias', [6]), weight('mean', [6]), g.weight('var', new Float32Array(6).fill(0.5), [6])], { epsilon: { float: 1e-5 } });
    x = g.node('Relu', [x]);
    const scales = g.weight('scales', Float32Array.of(1, 1, 2, 2), [4]);
    x = opset < 10 ? g.node('Upsample', [x, scales], { mode: 'nearest' })
      : opset < 11 ? g.node('Resize', [x, scales], { mode: 'nearest' })
      : g.node('Resize', [x, opset < 13 ? g.weight('roi', new Float32Array(0), [0]) : '', scales], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' });
    x = g.node('Conv', [x, weight('w2', [3, 6, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    g.output('out', g.node('Tanh', [x]), ['N', 3, 'height', 'width']);
    return g.build('dcgan');
  }

  it.each(Array.from({ length: 18 }, (_, i) => 9 + i))('%d can be opened, with tangents', async (opset) => {
    opened = await openBare(dcgan(opset));
    const { generator } = opened;
    expect(generator.description).toMatchObject({ resolution: 8, channels: 3, value_range: [-1, 1] });
    expect(generator.latentInput).toEqual({ input: 'z', output: 'out', dims: [1, 5, 1, 1], fixedBatch: false });
    const ws = new Gaussian(1).tensor([1, 1, 5]);
    const tangents = new Gaussian(2).tensor([3, 1, 5]);
    const products = [];
    for (const method of ['forward', 'central'] as const) {
      const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout: { resolution: 8, reduction: 'area', channels: 'rgb' }, method });
      products.push(await runner.products(ws, tangents));
      await runner.release();
    }
    // A finite step crosses kinks of the ReLU.
    expect(differenceOf(products[1]!, products[0]!).mean).toBeLessThan(0.02);
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
