import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accumulateGrams, directionsOf, measureDirections, planDiscovery } from '../../src/engine/factorization/discover';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import type { Generator } from '../../src/engine/generators/generator';
import { measuredRange } from '../../src/engine/generators/bare/valueRange';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Dimension, Value } from '../../src/engine/onnx/graphBuilder';
import { DataType, scalarTensor } from '../../src/engine/onnx/tensors';
import { Probe } from '../../src/engine/runtime/probe';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { openBareAmong } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const side = 4;
const unknowns = 6;

const opened: OpenedGenerator[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of opened.splice(0)) await each.close();
});

async function open(model: ModelProto, settings?: object): Promise<Generator> {
  const json = settings && { format: 'resefa-generator', version: 1, ...settings };
  const found = await openBareAmong({ 'toy.onnx': model, ...(json ? { 'generator.json': json } : {}) });
  opened.push(found);
  return found.generator;
}

const weightOf = (size: number) => new Gaussian(11).tensor([unknowns, size], 0.5).data;

/** z A, flat, and what becomes of it. */
function network(size: number, body: (g: GraphBuilder, flat: Value) => Value, { batch = 'N', type = DataType.FLOAT, opset = 17 }: { batch?: Dimension; type?: DataType; opset?: number } = {}): ModelProto {
  const g = new GraphBuilder([], opset);
  const flat = g.matmul(g.input('z', [batch, unknowns]), g.weight('a', weightOf(size), [unknowns, size]));
  g.output('image', body(g, flat), ['a', 'b', 'c', 'd'], type);
  return g.build('toy');
}

/** z A of some codes. */
function flatOf(codes: Float32Array, size: number): number[] {
  const weight = weightOf(size);
  return Array.from({ length: (codes.length / unknowns) * size }, (_, i) =>
    codes.subarray(Math.floor(i / size) * unknowns, (Math.floor(i / size) + 1) * unknowns).reduce((sum, value, j) => sum + value * weight[j * size + (i % size)]!, 0));
}

/** How far forward-mode products are from central differences. */
async function tangentsAgree(generator: Generator): Promise<void> {
  const { resolution } = generator.description;
  const ws = new Gaussian(5).tensor([1, generator.layerCount, generator.dimensions]);
  const tangents = new Gaussian(6).tensor([3, generator.layerCount, generator.dimensions]);
  const products = [];
  for (const method of ['forward', 'central'] as const) {
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout: { resolution, reduction: 'area', channels: 'rgb' }, method });
    products.push(await runner.products(ws, tangents));
    await runner.release();
  }
  expect(Math.max(...products[0]!)).toBeGreaterThan(0);
  expect(differenceOf(products[1]!, products[0]!).relative).toBeLessThan(3e-3);
}

describe('an image', () => {
  it.each([
    ['[N, 1, H, W]', 1, 'N', [-1, 1, side, side], 'NCHW', (c: number, y: number, x: number) => (c * side + y) * side + x],
    ['[N, H, W, 3]', 3, 'N', [-1, side, side, 3], 'NHWC', (c: number, y: number, x: number) => (y * side + x) * 3 + c],
    ['[N, H, W, 1]', 1, 'N', [-1, side, side, 1], 'NHWC', (c: number, y: number, x: number) => y * side + x + c],
    ['[N, H, W]', 1, 'N', [-1, side, side], 'NHW', (c: number, y: number, x: number) => y * side + x + c],
    ['[1, H, W] of one sample', 1, 1, [1, side, side], 'NHW', (c: number, y: number, x: number) => y * side + x + c],
    ['[3, H, W]', 3, 1, [3, side, side], 'CHW', (c: number, y: number, x: number) => (c * side + y) * side + x],
    ['[H, W, 3]', 3, 1, [side, side, 3], 'HWC', (c: number, y: number, x: number) => (y * side + x) * 3 + c],
  ] as const)('may be %s', async (_, channels, batch, dims, layout, place) => {
    const size = channels * side ** 2;
    const generator = await open(network(size, (g, flat) => g.reshape(g.node('Tanh', [flat]), dims), { batch }));
    expect(generator.description).toMatchObject({ channels, resolution: side });
    expect(generator.latentInput.fixedBatch).toBe(batch === 1);
    const ws = new Gaussian(4).tensor([3, 1, unknowns]);
    const images = await generator.synthesize(ws);
    expect(images.dims).toEqual([3, channels, side, side]);
    const flat = flatOf(ws.data, size);
    const expected = Array.from(images.data, (_pixel, i) => {
      const [n, c, y, x] = [Math.floor(i / size), Math.floor(i / side ** 2) % channels, Math.floor(i / side) % side, i % side] as const;
      return Math.tanh(flat[n * size + place(c, y, x)]!);
    });
    expect(differenceOf(images.data, expected).relative).toBeLessThan(1e-5);
    expect(generator.notes.some((note) => note.includes(`image ${layout}, turned into NCHW`))).toBe(layout !== 'NCHW');
    await tangentsAgree(generator);
  });

  it('of few pixels and channels is read as the settings say', async () => {
    const model = network(27, (g, flat) => g.reshape(flat, [-1, 3, 3, 3]));
    const ws = new Gaussian(4).tensor([1, 1, unknowns]);
    const planar = await (await open(model)).synthesize(ws);
    const interleaved = await (await open(model, { image: { layout: 'NHWC' } })).synthesize(ws);
    expect(interleaved.data[1]).toBe(planar.data[3]);
    expect(interleaved.data[9]).toBe(planar.data[1]);
  });

  it('is the output that the settings name', async () => {
    const g = new GraphBuilder();
    const flat = g.matmul(g.input('z', ['N', unknowns]), g.weight('a', weightOf(16), [unknowns, 16]));
    g.output('image', g.reshape(flat, [-1, 1, 4, 4]), ['N', 1, 4, 4]);
    g.output('mask', g.reshape(g.sigmoid(flat), [-1, 1, 4, 4]), ['N', 1, 4, 4]);
    const model = g.build('two');
    expect((await open(model)).latentInput.output).toBe('image');
    expect((await open(model, { image: { output: 'mask' } })).latentInput.output).toBe('mask');
    expect(await userErrorOf(() => open(model, { image: { output: 'picture' } }))).toMatch(/"image\.output" is "picture", but .*toy\.onnx gives image \[1, 1, 4, 4\], mask \[1, 1, 4, 4\]/);
  });

  it('is the one of several with colours, or with four axes, whatever the size of the others', async () => {
    const several = (names: readonly string[]) => {
      const g = new GraphBuilder();
      const flat = g.node('Tanh', [g.matmul(g.input('z', ['N', unknowns]), g.weight('a', weightOf(48), [unknowns, 48]))]);
      const grey = g.node('Slice', [flat, g.ints([0]), g.ints([16]), g.ints([1])]);
      const row = g.reshape(flat, [-1, 48, 1]);
      const outputs: Record<string, Value> = { mask: g.reshape(grey, [-1, 1, 4, 4]), attention: g.matmul(row, g.transpose(row, [0, 2, 1])), colours: g.reshape(flat, [-1, 3, 4, 4]) };
      for (const name of names) g.output(name, outputs[name]!, []);
      for (const info of g.outputs) if (info.type!.value.case === 'tensorType') delete info.type!.value.value.shape;
      return g.build('several');
    };
    expect((await open(several(['mask', 'attention', 'colours']))).latentInput.output).toBe('colours');
    expect((await open(several(['attention', 'mask']))).latentInput.output).toBe('mask');
  });

  it.each([
    ['scaled after it', (g: GraphBuilder, x: Value) => g.div(g.node('Floor', [g.mul(g.sigmoid(x), 255)]), 255), (x: number) => 1 / (1 + Math.exp(-x))],
    ['turned into floats again', (g: GraphBuilder, x: Value) => g.node('Cast', [g.node('Cast', [g.add(128, g.mul(g.node('Tanh', [x]), 127))], { to: DataType.UINT8 })], { to: DataType.FLOAT }), (x: number) => 128 + 127 * Math.tanh(x)],
  ] as const)('of whole numbers is smooth again where it is %s', async (_, body, value) => {
    const generator = await open(network(48, (g, flat) => g.reshape(body(g, flat), [-1, 3, 4, 4])));
    expect(generator.notes).toContain('the rounding of the image to whole numbers is left out, since it would hide small changes');
    const ws = new Gaussian(4).tensor([2, 1, unknowns]);
    expect(differenceOf((await generator.synthesize(ws)).data, flatOf(ws.data, 48).map(value)).relative).toBeLessThan(1e-5);
    await tangentsAgree(generator);
  });

  it.each([
    ['has an alpha channel', [-1, 4, 2, 2], /gives no image: .*of 1 or 3 channels, without an alpha channel; it gives image \[1, 4, 2, 2\]/],
    ['is not square', [-1, 1, 2, 8], /with H = W.*; it gives image \[1, 1, 2, 8\]/],
    ['is flat', [-1, 16], /gives no image/],
  ] as const)('is refused where it %s', async (_, dims, message) => {
    expect(await userErrorOf(() => open(network(16, (g, flat) => g.reshape(flat, dims))))).toMatch(message);
  });

  it('is refused where it does not depend on the latent code', async () => {
    const model = network(16, (g, flat) => g.add(g.weight('still', new Gaussian(1).tensor([1, 1, 4, 4]).data, [1, 1, 4, 4]), g.node('ConstantOfShape', [g.node('Concat', [g.node('Gather', [g.node('Shape', [flat]), g.ints([0])]), g.ints([1, 4, 4])], { axis: 0 })])));
    expect(await userErrorOf(() => open(model))).toMatch(/gives image, which does not depend on z/);
  });

  it('is refused where it holds numbers that are not finite', async () => {
    expect(await userErrorOf(() => open(network(16, (g, flat) => g.reshape(g.log(flat), [-1, 1, 4, 4]))))).toMatch(/gives an image with numbers that are not finite \(seed 0\)/);
  });

  it('of whole numbers is smooth again', async () => {
    const model = network(48, (g, flat) => {
      const grey = g.add(g.mul(g.node('Tanh', [flat]), 127.5), 127.5);
      const bytes = g.node('Cast', [g.node('Clip', [g.node('Round', [grey]), g.scalar(0), g.scalar(255)])], { to: DataType.UINT8 });
      return g.transpose(g.reshape(bytes, [-1, 3, 4, 4]), [0, 2, 3, 1]);
    }, { type: DataType.UINT8 });
    const generator = await open(model);
    expect(generator.description.value_range).toEqual([0, 255]);
    expect(generator.notes).toContain('the rounding of the image to whole numbers is left out, since it would hide small changes');
    const ws = new Gaussian(4).tensor([2, 1, unknowns]);
    const expected = flatOf(ws.data, 48).map((value) => Math.tanh(value) * 127.5 + 127.5);
    expect(differenceOf((await generator.synthesize(ws)).data, expected).relative).toBeLessThan(1e-5);
    await tangentsAgree(generator);
  });

  it('of whole numbers that no cast made is refused', async () => {
    const model = network(16, (g, flat) => g.reshape(g.node('ArgMax', [g.reshape(flat, [-1, 16, 1])], { axis: 2 }), [-1, 1, 4, 4]), { type: DataType.INT64 });
    expect(await userErrorOf(() => open(model))).toMatch(/gives image as int64; expected float32/);
  });
});

describe('the value range', () => {
  const picture = (g: GraphBuilder, flat: Value) => g.reshape(flat, [-1, 1, 4, 4]);

  it.each([
    ['Tanh', [-1, 1], (g: GraphBuilder, x: Value) => g.node('Tanh', [x])],
    ['Sigmoid', [0, 1], (g: GraphBuilder, x: Value) => g.sigmoid(x)],
    ['Clip', [-0.5, 2], (g: GraphBuilder, x: Value) => g.node('Clip', [x, g.scalar(-0.5), g.scalar(2)])],
    ['Tanh', [0, 1], (g: GraphBuilder, x: Value) => g.add(g.mul(g.node('Tanh', [x]), 0.5), 0.5)],
    ['Tanh', [0, 1], (g: GraphBuilder, x: Value) => g.div(g.add(1, g.node('Tanh', [x])), 2)],
    ['Tanh', [0, 255], (g: GraphBuilder, x: Value) => g.mul(255, g.div(g.sub(g.node('Tanh', [x]), -1), 2))],
    ['Sigmoid', [0, 1], (g: GraphBuilder, x: Value) => g.sub(1, g.sigmoid(x))],
    ['Sigmoid', [-1, 1], (g: GraphBuilder, x: Value) => g.neg(g.sub(g.mul(g.weight('twos', Float32Array.of(2, 2), [2, 1]), g.reshape(g.sigmoid(x), [-1, 2, 8])), 1))],
    ['Min', [-1, 1], (g: GraphBuilder, x: Value) => g.node('Min', [g.node('Max', [x, g.scalar(-1)]), g.scalar(1)])],
    ['Max', [0, 1], (g: GraphBuilder, x: Value) => g.node('Max', [g.scalar(0), g.node('Min', [g.scalar(1), x])])],
    ['Clip', [0, 1], (g: GraphBuilder, x: Value) => g.node('Clip', [g.node('Tanh', [x]), g.scalar(0), g.scalar(1)])],
    ['Tanh', [-1, 1], (g: GraphBuilder, x: Value) => g.node('Clip', [g.node('Tanh', [x]), g.scalar(-10), g.scalar(10)])],
  ] as const)('is told by the %s at the end: %j', async (op, range, body) => {
    const generator = await open(network(16, (g, flat) => picture(g, body(g, flat))));
    expect(generator.description.value_range).toEqual(range);
    expect(generator.notes).toEqual([`value range ${range.join(' to ')}: by the ${op} that the network ends in`]);
  });

  it('is told by a Clip with attributes', async () => {
    const model = network(16, (g, flat) => picture(g, g.node('Clip', [flat], { min: { float: -1 }, max: { float: 1 } })), { opset: 9 });
    expect((await open(model)).description.value_range).toEqual([-1, 1]);
  });

  it.each([
    ['spans both signs', [-1, 1], (g: GraphBuilder, x: Value) => g.mul(x, 0.5)],
    ['is positive', [0, 1], (g: GraphBuilder, x: Value) => g.node('Abs', [g.mul(0.4, g.sin(x))])],
    ['is positive and large', [0, 255], (g: GraphBuilder, x: Value) => g.node('Abs', [g.mul(g.sin(x), 250)])],
    ['has a lower end alone', [0, 1], (g: GraphBuilder, x: Value) => g.node('Clip', [g.mul(x, 0.3), g.scalar(0)])],
    ['is one of several numbers', [-1, 1], (g: GraphBuilder, x: Value) => g.mul(g.node('Tanh', [x]), g.weight('scale', new Float32Array(16).map((_, i) => 0.5 + i / 32), [16]))],
  ] as const)('is measured where the end of the network %s: %j', async (_, range, body) => {
    const generator = await open(network(16, (g, flat) => picture(g, body(g, flat))));
    expect(generator.description.value_range).toEqual(range);
    expect(generator.notes[0]).toMatch(/^value range -?\d.* to \d+: measured from 4 samples, whose values lie between -?[\d.e-]+ and [\d.e-]+$/);
  });

  it('is what the settings say', async () => {
    const generator = await open(network(16, (g, flat) => picture(g, g.node('Tanh', [flat]))), { value_range: [-2, 2] });
    expect(generator.description.value_range).toEqual([-2, 2]);
    expect(generator.notes).toEqual(['value range -2 to 2: from generator.json']);
  });
});

describe('measured values', () => {
  const { data: normal } = new Gaussian(3).tensor([20000]);
  const uniform = Float32Array.from({ length: 10001 }, (_, i) => i / 10000);

  it.each([
    ['a StyleGAN that overshoots a little', normal.map((value) => value * 0.45), [-1, 1]],
    ['dark pictures around zero', normal.map((value) => value * 0.05), [-1, 1]],
    ['cut to -0.5..0.5', uniform.map((value) => value - 0.5), [-0.5, 0.5]],
    ['0..1 with some pixels below', uniform.map((value, i) => (i % 200 === 0 ? -0.2 : value)), [0, 1]],
    ['dark pictures of 0..1', uniform.map((value) => value * 0.3), [0, 1]],
    ['0..255', uniform.map((value) => value * 255), [0, 255]],
    ['0..255 with a few beyond', uniform.map((value) => value * 258 - 2), [0, 255]],
    ['-127.5..127.5', uniform.map((value) => (value - 0.5) * 255), [-130, 130]],
    ['Caffe means', normal.map((value) => value * 50 - 10), [-130, 110]],
    ['always the same', new Float32Array(100).fill(7), [6, 8]],
  ] as const)('%s', (_, values, range) => {
    const found = measuredRange([values]).range;
    if (range[0] === -130) found.forEach((end, i) => expect(Math.abs(end - range[i]!)).toBeLessThan(10));
    else expect(found).toEqual(range);
  });
});

describe('several samples at once', () => {
  /** The number of runs, and of samples in each, while a file is opened. */
  function runs(): number[] {
    const counts: number[] = [];
    const create = Probe.create.bind(Probe);
    vi.spyOn(Probe, 'create').mockImplementation(async (...given) => {
      const probe = await create(...given);
      const run = probe.run.bind(probe);
      probe.run = (feeds) => {
        counts.push(Object.values(feeds)[0]!.dims[0]!);
        return run(feeds);
      };
      return probe;
    });
    return counts;
  }

  it('are run together where the network takes them', async () => {
    const counts = runs();
    const generator = await open(network(16, (g, flat) => g.reshape(g.node('Tanh', [flat]), [-1, 1, 4, 4])));
    expect(generator.latentInput.fixedBatch).toBe(false);
    expect(counts).toEqual([1, 4]);
  });

  it.each([
    ['reshapes to one sample', (g: GraphBuilder, flat: Value) => g.reshape(flat, [1, 1, 4, 4]), /^one sample at a time: the network fails on several at once, though its file says that it takes them$/],
    ['normalizes over the batch', (g: GraphBuilder, flat: Value) => g.reshape(g.sub(flat, g.mul(0.1, g.meanOver(flat, [0]))), [-1, 1, 4, 4]), /^one sample at a time: the image of a sample depends on the others of its batch$/],
    ['repeats the first one', (g: GraphBuilder, flat: Value) => g.reshape(g.add(g.mul(flat, 0), g.node('Gather', [flat, g.ints([0])])), [-1, 1, 4, 4]), /^one sample at a time: the image of a sample depends on the others of its batch$/],
    ['adds them up', (g: GraphBuilder, flat: Value) => g.reshape(g.sumOver(flat, [0]), [1, 1, 4, 4]), /^one sample at a time: the network gives one image, however many latent codes it takes$/],
  ] as const)('are run one by one where the network %s', async (what, body, note) => {
    const generator = await open(network(16, body));
    expect(generator.latentInput.fixedBatch).toBe(true);
    expect(generator.batch).toBe(1);
    expect(generator.notes.at(-1)).toMatch(note);
    const ws = new Gaussian(4).tensor([3, 1, unknowns]);
    const scale = what.startsWith('normalizes') ? 0.9 : 1;
    expect(differenceOf((await generator.synthesize(ws)).data, flatOf(ws.data, 16).map((value) => scale * value)).relative).toBeLessThan(1e-5);
  });

  it('are looked at one by one in a file for one sample, where the value range must be measured', async () => {
    const counts = runs();
    await open(network(16, (g, flat) => g.reshape(flat, [1, 1, 4, 4]), { batch: 1 }));
    expect(counts).toEqual([1, 1, 1, 1]);
    counts.length = 0;
    await open(network(16, (g, flat) => g.reshape(g.node('Tanh', [flat]), [1, 1, 4, 4]), { batch: 1 }));
    expect(counts).toEqual([1]);
  });
});

describe('a network that draws noise', () => {
  it.each(['RandomNormalLike', 'RandomUniformLike'])('by %s gives the same image of the same code', async (opType) => {
    const generator = await open(network(16, (g, flat) => g.add(g.reshape(flat, [-1, 1, 4, 4]), g.node(opType, [g.reshape(flat, [-1, 1, 4, 4])], { dtype: 1 }))));
    expect(generator.latentInput.fixedBatch).toBe(false);
    expect(generator.notes).toContain("random noise inside the network is kept fixed: NumPy's, seeds 0 and up");
    const ws = new Gaussian(4).tensor([2, 1, unknowns]);
    const [once, again] = [await generator.synthesize(ws), await generator.synthesize(ws)];
    expect(once.data).toEqual(again.data);
    const noise = Array.from(once.data, (pixel, i) => pixel - flatOf(ws.data, 16)[i]!);
    expect(differenceOf(noise.slice(16), noise.slice(0, 16)).relative).toBeLessThan(1e-4);
    // numpy.random.RandomState(0).randn() and .random_sample()
    expect(noise[0]).toBeCloseTo(opType === 'RandomNormalLike' ? 1.764052345967664 : 0.5488135039273248, 5);
    await tangentsAgree(generator);
  });

  it('by Bernoulli gives the same image of the same code', async () => {
    const generator = await open(network(16, (g, flat) => {
      const picture = g.reshape(flat, [-1, 1, 4, 4]);
      return g.mul(picture, g.node('Bernoulli', [g.add(0.5, g.mul(picture, 0))]));
    }));
    expect(generator.latentInput.fixedBatch).toBe(false);
    const ws = new Gaussian(4).tensor([2, 1, unknowns]);
    const drawn = Array.from((await generator.synthesize(ws)).data, (pixel, i) => Number((pixel / flatOf(ws.data, 16)[i]!).toFixed(3)));
    // numpy.random.RandomState(0).random_sample(16) < 0.5
    expect(drawn.slice(0, 16)).toEqual([0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1]);
    expect(drawn.slice(16)).toEqual(drawn.slice(0, 16));
    await tangentsAgree(generator);
  });

  it('by a Dropout that is left on has it switched off', async () => {
    const generator = await open(network(16, (g, flat) => g.reshape(g.node('Dropout', [flat, g.scalar(0.3), g.addInitializer(scalarTensor('training', 1, DataType.BOOL))]), [-1, 1, 4, 4])));
    expect(generator.notes).toContain('1 Dropout node that is in training mode is switched off');
    const ws = new Gaussian(4).tensor([2, 1, unknowns]);
    expect(differenceOf((await generator.synthesize(ws)).data, flatOf(ws.data, 16)).relative).toBeLessThan(1e-5);
    await tangentsAgree(generator);
  });

  it('by RandomNormal of a given shape too, with its mean and scale', async () => {
    const generator = await open(network(16, (g, flat) => g.add(g.reshape(flat, [-1, 1, 4, 4]), g.node('RandomNormal', [], { shape: [1, 1, 4, 4], mean: { float: 3 }, scale: { float: 2 } }))));
    const ws = new Gaussian(4).tensor([1, 1, unknowns]);
    expect((await generator.synthesize(ws)).data[0]! - flatOf(ws.data, 16)[0]!).toBeCloseTo(3 + 2 * 1.764052345967664, 4);
  });
});

describe('shapes that are computed inside the network', () => {
  it('are carried through to the tangents, and a branch that they decide is taken', async () => {
    const model = network(48, (g, flat) => {
      const picture = g.reshape(g.node('Tanh', [flat]), [-1, 3, 4, 4]);
      const shape = g.node('Shape', [picture]);
      const half = g.node('Div', [g.node('Slice', [shape, g.ints([2]), g.ints([4])]), g.int(2)]);
      const top = g.node('Slice', [picture, g.ints([0, 0]), half, g.ints([2, 3])]);
      const sizes = g.node('Concat', [g.node('Slice', [shape, g.ints([0]), g.ints([2])]), g.node('Mul', [half, g.int(4)])], { axis: 0 });
      const large = g.node('Resize', [top, '', '', sizes], { mode: 'linear' });
      const isSquare = g.node('Equal', [g.node('Gather', [shape, g.int(2)]), g.node('Gather', [shape, g.int(3)])]);
      g.emit('If', [isSquare], {}, ['chosen']);
      g.nodes.at(-1)!.attribute.push(branch('then_branch', (inner) => inner.node('Mul', [large, inner.scalar(0.5)], {}, 'kept')), branch('else_branch', (inner) => inner.node('Neg', [large], {}, 'kept')));
      return g.node('Identity', ['chosen']);
    });
    const generator = await open(model);
    expect(generator.description).toMatchObject({ resolution: 8, channels: 3, value_range: [-0.5, 0.5] });
    expect(generator.notes).toContain('1 branch (If) that the shapes decide is taken out');
    expect([...generator.integers.values()]).toContainEqual([1, 3, 8, 8]);
    expect(generator.latentInput.fixedBatch).toBe(false);
    await tangentsAgree(generator);
  });

  it('decide branches inside branches', async () => {
    const model = network(48, (g, flat) => {
      const picture = g.reshape(g.node('Tanh', [flat]), [-1, 3, 4, 4]);
      const is = (graph: GraphBuilder, axis: number, size: number, name: string) => graph.node('Equal', [graph.node('Gather', [graph.node('Shape', [picture], {}, `${name}_shape`), graph.int(axis)], {}, `${name}_size`), graph.int(size)], {}, name);
      g.emit('If', [is(g, 2, 4, 'outer')], {}, ['chosen']);
      const taken = branch('then_branch', (inner) => {
        inner.emit('If', [is(inner, 3, 5, 'inner')], {}, ['nested']);
        inner.nodes.at(-1)!.attribute.push(branch('then_branch', (deep) => deep.node('Neg', [picture], {}, 'deep')), branch('else_branch', (deep) => deep.node('Mul', [picture, deep.weight('deepWeight', Float32Array.of(0.5), [])], {}, 'deepElse')));
        return 'nested';
      });
      g.nodes.at(-1)!.attribute.push(taken, branch('else_branch', (inner) => inner.node('Neg', [picture], {}, 'other')));
      return g.node('Identity', ['chosen']);
    });
    const generator = await open(model);
    expect(generator.description.value_range).toEqual([-0.5, 0.5]);
    expect(generator.notes).toContain('2 branches (If) that the shapes decide are taken out');
    await tangentsAgree(generator);
  });

  function branch(name: string, body: (g: GraphBuilder) => Value) {
    const g = new GraphBuilder();
    const result = body(g);
    g.output(result, result, ['a', 'b', 'c', 'd']);
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: { name, node: g.nodes, initializer: g.initializers, output: g.outputs } });
  }
});

describe('an awkward generator', () => {
  it('is discovered in: grey, channels last, 0..1, with a label', async () => {
    const resolution = 8;
    const g = new GraphBuilder([], 13);
    const z = g.input('noise', ['batch', 5]);
    const label = g.input('label', ['batch', 2]);
    const hidden = g.node('Softplus', [g.matmul(g.node('Concat', [z, label], { axis: 1 }), g.weight('w1', new Gaussian(1).tensor([7, 12], 0.5).data, [7, 12]))]);
    const shape = g.node('Concat', [g.node('Gather', [g.node('Shape', [z]), g.ints([0])]), g.ints([resolution, resolution, 1])], { axis: 0 });
    const flat = g.sigmoid(g.matmul(hidden, g.weight('w2', new Gaussian(2).tensor([12, resolution ** 2], 0.5).data, [12, resolution ** 2])));
    g.output('fake', g.node('Reshape', [flat, shape]), ['batch', resolution, resolution, 1]);
    const generator = await open(g.build('awkward'), { inputs: { label: { one_hot: 1 } } });
    expect(generator.notes).toEqual(['value range 0 to 1: by the Sigmoid that the network ends in', 'image NHWC, turned into NCHW', 'input label [1, 2]: a one at index 1']);
    await tangentsAgree(generator);
    const region = { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 } as const;
    const plan = planDiscovery(generator, { region, preset: 'draft' });
    expect(plan.jacobian).toBe('forward');
    for await (const state of accumulateGrams(generator, plan)) {
      if (state.seeds.length < 2) continue;
      const [leading] = await measureDirections(generator, plan, state, await directionsOf(state, plan, 2), 'eigenvalue');
      expect(leading!.locality.insideMse).toBeCloseTo(0.02, 3);
      expect(leading!.locality.outsideMse).toBeLessThan(leading!.locality.insideMse);
    }
    expect.assertions(6);
  });
});
