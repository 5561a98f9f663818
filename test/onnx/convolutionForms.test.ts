import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Attributes, Value } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { withMinimalFiltering } from '../../src/engine/onnx/minimalFiltering';
import { withPolyphase } from '../../src/engine/onnx/polyphase';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { Session } from '../../src/engine/runtime/session';
import { sizeOf } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';

/** The number of pictures, which the graph leaves open. */
const batch = 3;

/** From every size on. */
const always = { channels: 1, side: 1 } as const;

interface Network {
  readonly dims: readonly [channels: number, height: number, width: number];
  readonly opset?: number;
  readonly write: (g: GraphBuilder, pictures: Value) => Value;
}

/** Pictures `[N, C, H, W]` whose size the graph says in a Reshape, as that of tangents does. */
function modelOf({ dims: [channels, height, width], opset = 17, write }: Network): ModelProto {
  const g = new GraphBuilder([], opset);
  const pictures = g.reshape(g.input('x', ['N', sizeOf([channels, height, width])]), [-1, channels, height, width]);
  g.output('y', write(g, pictures), ['N', 'channels', 'height', 'width']);
  return g.build('pictures');
}

function taps(g: GraphBuilder, dims: readonly number[], seed = 1): Value {
  return g.weight('taps', new Gaussian(seed).tensor(dims).data, dims);
}

async function outputOf(model: ModelProto, { dims }: Network) {
  const session = await Session.create(model, 'the pictures', { threads: 1 });
  const { y } = await session.run({ x: new Gaussian(7).tensor([batch, sizeOf(dims)]) });
  await session.release();
  return y!;
}

async function expectSame(rewritten: ModelProto, original: ModelProto, network: Network): Promise<void> {
  const [found, expected] = await Promise.all([outputOf(rewritten, network), outputOf(original, network)]);
  expect(found.dims).toEqual(expected.dims);
  expect(differenceOf(found.data, expected.data).relative).toBeLessThan(1e-5);
}

function convolution(outputs: number, inputs: number, attributes: Attributes = { pads: [1, 1, 1, 1] }, size: readonly number[] = [3, 3]) {
  return (g: GraphBuilder, x: Value) => g.node('Conv', [x, taps(g, [outputs, inputs, ...size])], { kernel_shape: size, ...attributes });
}

describe('minimal filtering', () => {
  it.each([
    [[1, 4, 4], 1],
    [[3, 8, 12], 5],
    [[6, 16, 4], 2],
  ] as const)('of pictures %j is what the convolution to %d channels gives', async (dims, outputs) => {
    const network: Network = { dims, write: convolution(outputs, dims[0]) };
    const model = modelOf(network);
    const rewritten = withMinimalFiltering(model, always);
    expect(graphOf(rewritten).node.some(({ opType }) => opType === 'MatMul')).toBe(true);
    await expectSame(rewritten, model, network);
  });

  it('takes several convolutions of one picture, and one behind the other through a Reshape', async () => {
    const network: Network = { dims: [2, 8, 8], write: (g, x) => {
      const first = g.reshape(convolution(4, 2)(g, x), [-1, 4, 8, 8]);
      return g.add(convolution(3, 4)(g, first), g.node('Conv', [x, taps(g, [3, 2, 3, 3], 2)], { pads: [1, 1, 1, 1] }));
    } };
    const model = modelOf(network);
    const rewritten = withMinimalFiltering(model, always);
    expect(graphOf(rewritten).node.filter(({ opType }) => opType === 'MatMul')).toHaveLength(9);
    await expectSame(rewritten, model, network);
  });

  it('multiplies by a quarter of the taps for each pixel', () => {
    const rewritten = withMinimalFiltering(modelOf({ dims: [4, 8, 8], write: convolution(4, 4) }), always);
    const transform = graphOf(rewritten).node.find(({ opType }) => opType === 'Conv')!;
    // 36 products for a tile of 16 pixels, where 9 taps make 144.
    expect(graphOf(rewritten).initializer.find(({ name }) => name === transform.input[1])!.dims).toEqual([36n, 1n, 6n, 6n]);
  });

  it.each<[string, Network]>([
    ['a side that is no multiple of 4', { dims: [2, 8, 10], write: convolution(2, 2) }],
    ['a stride', { dims: [2, 8, 8], write: convolution(2, 2, { pads: [1, 1, 1, 1], strides: [2, 2] }) }],
    ['a dilation', { dims: [2, 8, 8], write: convolution(2, 2, { pads: [1, 1, 1, 1], dilations: [2, 2] }) }],
    ['groups', { dims: [2, 8, 8], write: convolution(2, 1, { pads: [1, 1, 1, 1], group: 2 }) }],
    ['no pads', { dims: [2, 8, 8], write: convolution(2, 2, {}) }],
    ['uneven pads', { dims: [2, 8, 8], write: convolution(2, 2, { pads: [2, 0, 0, 2] }) }],
    ['pads that it works out itself', { dims: [2, 8, 8], write: convolution(2, 2, { auto_pad: 'SAME_UPPER' }) }],
    ['other taps', { dims: [2, 8, 8], write: convolution(2, 2, { pads: [2, 2, 2, 2] }, [5, 5]) }],
    ['uneven taps', { dims: [2, 8, 8], write: convolution(2, 2, { pads: [1, 0, 1, 0] }, [3, 1]) }],
    ['a bias', { dims: [2, 8, 8], write: (g, x) => g.node('Conv', [x, taps(g, [2, 2, 3, 3]), taps(g, [2])], { pads: [1, 1, 1, 1] }) }],
    ['taps that are computed', { dims: [2, 8, 8], write: (g, x) => g.node('Conv', [x, g.exp(taps(g, [2, 2, 3, 3]))], { pads: [1, 1, 1, 1] }) }],
    ['pictures of unknown size', { dims: [2, 8, 8], write: (g, x) => convolution(2, 2)(g, g.sin(x)) }],
  ])('leaves a convolution with %s as it is', (_, network) => {
    const model = modelOf(network);
    expect(withMinimalFiltering(model, always)).toBe(model);
  });

  it('leaves small convolutions as they are', () => {
    const of = (channels: number, side: number) => modelOf({ dims: [channels, side, side], write: convolution(8, channels) });
    const rewrites = (model: ModelProto) => withMinimalFiltering(model, { channels: 8, side: 8 }) !== model;
    expect([of(8, 8), of(7, 8), of(8, 4)].map(rewrites)).toEqual([true, false, false]);
  });
});

/** A transposed convolution, and a filter for each channel that pads what it is given. */
function upsampling({ inputs, outputs, size, pads = [1, 1, 1, 1], through = (_, x) => x }: {
  inputs: number; outputs: number; size: number; pads?: readonly number[]; through?: (g: GraphBuilder, x: Value) => Value;
}) {
  return (g: GraphBuilder, x: Value) => {
    const large = g.node('ConvTranspose', [x, taps(g, [inputs, outputs, size, size])], { kernel_shape: [size, size], strides: [2, 2] });
    return g.node('Conv', [through(g, large), taps(g, [outputs, 1, 4, 4], 3)], { group: outputs, kernel_shape: [4, 4], pads });
  };
}

describe('the phases of a transposed convolution', () => {
  it.each([2, 4, 6])('of %d taps, put together, are what it gives', async (size) => {
    const network: Network = { dims: [3, 5, 4], write: (g, x) => g.sin(g.node('ConvTranspose', [x, taps(g, [3, 2, size, size])], { strides: [2, 2] })) };
    const model = modelOf(network);
    const rewritten = withPolyphase(model, always);
    expect(graphOf(rewritten).node.map(({ opType }) => opType)).not.toContain('ConvTranspose');
    await expectSame(rewritten, model, network);
  });

  it.each([
    [3, [1, 1, 1, 1]],
    [3, [2, 0, 1, 3]],
    [5, [0, 1, 2, 1]],
  ] as const)('of %d taps take the last row and column of the padding that follows (%j)', async (size, pads) => {
    const network: Network = { dims: [2, 6, 4], write: upsampling({ inputs: 2, outputs: 3, size, pads }) };
    const model = modelOf(network);
    const rewritten = withPolyphase(model, always);
    expect(graphOf(rewritten).node.map(({ opType }) => opType)).not.toContain('ConvTranspose');
    await expectSame(rewritten, model, network);
  });

  it('are found where a Reshape stands between, as between tangents and batches of them', async () => {
    const through = (g: GraphBuilder, x: Value) => g.reshape(g.reshape(x, [-1, 1, 3, 13, 9]), [-1, 3, 13, 9]);
    const network: Network = { dims: [2, 6, 4], write: upsampling({ inputs: 2, outputs: 3, size: 3, through }) };
    const model = modelOf(network);
    const rewritten = withPolyphase(model, always);
    expect(graphOf(rewritten).node.map(({ opType }) => opType)).not.toContain('ConvTranspose');
    await expectSame(rewritten, model, network);
  });

  const plain = { inputs: 2, outputs: 3, size: 3 } as const;
  const transposed = (attributes: Attributes, group = 1) => (g: GraphBuilder, x: Value) => g.node('ConvTranspose', [x, taps(g, [2, 2 / group, 4, 4])], { strides: [2, 2], ...attributes });
  it.each<[string, Network]>([
    ['no padding behind an odd number of taps', { dims: [2, 6, 4], write: upsampling({ ...plain, pads: [1, 1, 0, 0] }) }],
    ['pictures of another shape where the padding is', { dims: [2, 6, 4], write: upsampling({ ...plain, through: (g, x) => g.reshape(x, [-1, 3, 9, 13]) }) }],
    ['something else that reads it', { dims: [2, 6, 4], write: (g, x) => {
      const filtered = upsampling(plain)(g, x);
      return g.node('Concat', [filtered, g.node('Slice', [g.nodes.at(-2)!.output[0]!, g.ints([0, 0]), g.ints([12, 8]), g.ints([2, 3])])], { axis: 1 });
    } }],
    ['a stride of 3', { dims: [2, 6, 4], write: transposed({ strides: [3, 3] }) }],
    ['pads', { dims: [2, 6, 4], write: transposed({ pads: [1, 1, 1, 1] }) }],
    ['a row more', { dims: [2, 6, 4], write: transposed({ output_padding: [1, 1] }) }],
    ['a shape that is given', { dims: [2, 6, 4], write: transposed({ output_shape: [12, 8] }) }],
    ['groups', { dims: [2, 6, 4], write: transposed({ group: 2 }, 2) }],
    ['an operator set in which Slice has no steps', { dims: [2, 6, 4], opset: 9, write: transposed({}) }],
  ])('are not taken where there is %s', async (_, network) => {
    const model = modelOf(network);
    expect(withPolyphase(model, always)).toBe(model);
    await outputOf(model, network);
  });

  it('are not taken of small pictures', () => {
    const of = (channels: number, side: number) => modelOf({ dims: [channels, side, side], write: (g, x) => g.node('ConvTranspose', [x, taps(g, [channels, 8, 4, 4])], { strides: [2, 2] }) });
    const rewrites = (model: ModelProto) => withPolyphase(model, { channels: 8, side: 8 }) !== model;
    expect([of(8, 8), of(7, 8), of(8, 7)].map(rewrites)).toEqual([true, false, false]);
  });
});
