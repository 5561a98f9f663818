import { afterEach, describe, expect, it } from 'vitest';
import { suggestedSettings } from '../../src/engine/generators/bare/furtherInputs';
import { RandomState } from '../../src/engine/generators/randomState';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { writeNpy } from '../../src/engine/npy';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Dimension } from '../../src/engine/onnx/graphBuilder';
import { DataType } from '../../src/engine/onnx/tensors';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { openBareAmong } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const side = 2;
const size = 3 * side ** 2;

const settings = (keys: object) => ({ format: 'resefa-generator', version: 1, ...keys });

const opened: OpenedGenerator[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(model: ModelProto, json?: object, more: Readonly<Record<string, Uint8Array>> = {}) {
  const found = await openBareAmong({ 'toy.onnx': model, ...(json ? { 'generator.json': json } : {}), ...more });
  opened.push(found);
  return found.generator;
}

const weights = {
  z: new Gaussian(1).tensor([4, size], 0.4).data,
  y: new Gaussian(2).tensor([3, size], 0.4).data,
  table: new Gaussian(3).tensor([5, size], 0.4).data,
};

/** tanh(psi z A + y B + row `id` of C): a latent code, a class as a vector, another as a number, and a truncation. */
function conditional(batch: Dimension): ModelProto {
  const g = new GraphBuilder();
  g.input('y', [batch, 3]);
  g.input('id', [batch], DataType.INT64);
  g.input('truncation', []);
  g.input('z', [batch, 4]);
  const scaled = g.mul('z', 'truncation');
  const row = g.node('Gather', [g.weight('table', weights.table, [5, size]), 'id'], { axis: 0 });
  const sum = g.add(g.add(g.matmul(scaled, g.weight('a', weights.z, [4, size])), g.matmul('y', g.weight('b', weights.y, [3, size]))), row);
  g.output('image', g.reshape(g.node('Tanh', [sum]), [-1, 3, side, side]), [batch, 3, side, side]);
  return g.build('conditional');
}

function expectedOf(z: Float32Array, y: readonly number[], id: number, psi: number): number[] {
  return Array.from({ length: size }, (_, k) => {
    const code = z.reduce((sum, value, i) => sum + psi * value * weights.z[i * size + k]!, 0);
    return Math.tanh(code + y.reduce((sum, value, i) => sum + value * weights.y[i * size + k]!, 0) + weights.table[id * size + k]!);
  });
}

describe.each(['N', 1] as const)('a network with labels and a truncation, batch %s', (batch) => {
  const json = settings({ inputs: { y: { one_hot: 2 }, id: 4, truncation: 0.7 } });

  it('makes images of its latent code, with the values that were given', async () => {
    const generator = await open(conditional(batch), json);
    expect(generator.latentInput).toEqual({ input: 'z', output: 'image', dims: [1, 4], fixedBatch: batch === 1 });
    const ws = new Gaussian(4).tensor([5, 1, 4]);
    const expected = Array.from({ length: 5 }, (_, n) => expectedOf(ws.data.subarray(n * 4, n * 4 + 4), [0, 0, 1], 4, 0.7)).flat();
    expect(differenceOf((await generator.synthesize(ws)).data, expected).relative).toBeLessThan(1e-5);
    expect(generator.notes.slice(1)).toEqual(['input y [1, 3]: a one at index 2', 'input id [1]: 4', 'input truncation []: 0.7']);
  });

  it('has Jacobian-vector products', async () => {
    const generator = await open(conditional(batch), json);
    const ws = new Gaussian(5).tensor([1, 1, 4]);
    const tangents = new Gaussian(6).tensor([2, 1, 4]);
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: [0], readout: { resolution: side, reduction: 'area', channels: 'rgb' } });
    const products = await runner.products(ws, tangents);
    await runner.release();
    const image = expectedOf(ws.data, [0, 0, 1], 4, 0.7);
    const expected = Array.from({ length: 2 * size }, (_, i) => {
      const along = tangents.data.subarray(Math.floor(i / size) * 4, Math.floor(i / size) * 4 + 4).reduce((sum, value, j) => sum + 0.7 * value * weights.z[j * size + (i % size)]!, 0);
      return (1 - image[i % size]! ** 2) * along;
    });
    expect(differenceOf(products, expected).relative).toBeLessThan(1e-5);
  });
});

/** Pictures of 2 px that are tanh(z A) plus one further input, whatever its shape and type, which must broadcast to [N, 3, 2, 2]. */
function withInput(dims: readonly Dimension[] | undefined, elementType: DataType = DataType.FLOAT): ModelProto {
  const g = new GraphBuilder();
  g.input('z', ['N', 4]);
  g.input('extra', dims ?? [], elementType);
  if (!dims) {
    const type = g.inputs[1]!.type!.value;
    if (type.case === 'tensorType') delete type.value.shape;
  }
  const picture = g.reshape(g.node('Tanh', [g.matmul('z', g.weight('a', weights.z, [4, size]))]), [-1, 3, side, side]);
  const extra = elementType === DataType.FLOAT ? 'extra' : g.node('Cast', ['extra'], { to: DataType.FLOAT });
  g.output('image', g.add(picture, extra), ['N', 3, side, side]);
  return g.build('extra');
}

/** What the further input adds to the pixels of the first sample. */
async function addedBy(model: ModelProto, value: unknown, more: Readonly<Record<string, Uint8Array>> = {}): Promise<number[]> {
  const generator = await open(model, settings({ inputs: { extra: value } }), more);
  const ws = await generator.sample([0, 1]);
  const plain = expectedPlain(ws.data);
  const { data } = await generator.synthesize(ws);
  const added = Array.from(data, (pixel, i) => Math.round((pixel - plain[i]!) * 1e4) / 1e4 || 0);
  // The other sample of the batch gets the same.
  expect(added.slice(size)).toEqual(added.slice(0, size));
  return added.slice(0, size);
}

function expectedPlain(codes: Float32Array): number[] {
  return Array.from({ length: (codes.length / 4) * size }, (_, i) => Math.tanh(codes.subarray(Math.floor(i / size) * 4, Math.floor(i / size) * 4 + 4).reduce((sum, value, j) => sum + value * weights.z[j * size + (i % size)]!, 0)));
}

describe('the value of a further input', () => {
  const perChannel = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
  const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Math.round(value * 1e4) / 1e4);

  it.each([
    ['a number for a scalar', [], DataType.FLOAT, 2, Array<number>(size).fill(2)],
    ['a number for a list', ['N', 3, 1, 1], DataType.FLOAT, 0.5, Array<number>(size).fill(0.5)],
    ['a truth value', [], DataType.BOOL, true, Array<number>(size).fill(1)],
    ['a truth value for every sample', ['N', 1, 1, 1], DataType.BOOL, true, Array<number>(size).fill(1)],
    ['a whole number', ['batch', 1, 1, 1], DataType.INT32, 3, Array<number>(size).fill(3)],
    ['a byte', [1, 1, 1, 1], DataType.UINT8, 200, Array<number>(size).fill(200)],
    ['a list', [3, 1, 1], DataType.FLOAT, [[[0]], [[0]], [[1]]], perChannel],
    ['a list with the batch axis', ['N', 3, 1, 1], DataType.FLOAT, [[[[0]], [[0]], [[1]]]], perChannel],
    ['a list without it', ['N', 3, 1, 1], DataType.FLOAT, [[[0]], [[0]], [[1]]], perChannel],
    ['a one at an index of the last axis', ['N', 1, 1, 2], DataType.FLOAT, { one_hot: 1 }, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
    ['noise', ['N', 3, 2, 2], DataType.FLOAT, { normal: 7 }, rounded(new RandomState(7).randn(size))],
    ['noise of a shape that is open', ['N', 'c', 'h', 'w'], DataType.FLOAT, { normal: 7, dims: [1, 3, 2, 2] }, rounded(new RandomState(7).randn(size))],
    ['a number for a shape that is not declared', undefined, DataType.FLOAT, { value: 0.25, dims: [1, 1, 1, 1] }, Array<number>(size).fill(0.25)],
  ] as const)('may be %s', async (_, dims, elementType, value, expected) => {
    expect(await addedBy(withInput(dims, elementType), value)).toEqual([...expected]);
  });

  it('may be an array in a file beside it', async () => {
    const values = new Gaussian(8).tensor([size]).data;
    expect(await addedBy(withInput(['N', 3, 2, 2]), { npy: 'noise.npy' }, { 'noise.npy': writeNpy([1, 3, 2, 2], values) })).toEqual(rounded(values));
  });

  it.each([
    ['no value', ['N', 3], undefined, /toy\.onnx takes extra \(float32 \[N, 3\]\) beside its latent code z; give it a value in a generator\.json beside it, such as \{ "format": "resefa-generator", "version": 1, "latent": \{ "input": "z" \}, "inputs": \{ "extra": 0 \} \}$/],
    ['an index beyond its classes', ['N', 1, 1, 2], { one_hot: 2 }, /generator\.json: "inputs\.extra": "one_hot" is 2, but .* an index of its last axis, 0 to 1$/],
    ['a list of another shape', [3, 1, 1], [1, 2, 3], /"inputs\.extra" has the shape \[3\], but the network takes extra \[3, 1, 1\]; expected the shape for one sample/],
    ['several samples', ['N', 3, 1, 1], { normal: 0, dims: [2, 3, 1, 1] }, /"inputs\.extra" has the shape \[2, 3, 1, 1\], but the network takes extra \[N, 3, 1, 1\]/],
    ['no shape where it is open', ['N', 3, 'h', 'w'], { normal: 0 }, /"inputs\.extra" needs its shape, which the network leaves open \(extra \[N, 3, h, w\]\): write it as \{"normal": 0, "dims": \[1, 3, 64, 64\]\}/],
    ['a list whose parts differ', [2, 2], [[1, 2], [3]], /"inputs\.extra\[1\]" has the shape \[1\], the one before it \[2\]: lists inside a list must be alike/],
    ['a text', [], 'one', /"inputs\.extra" must be a number, true or false, a list, or an object with "one_hot", "normal", "npy" or "value", not "one"/],
    ['two values', [], { one_hot: 1, normal: 2 }, /"inputs\.extra" must be a number, true or false, a list, or an object/],
    ['an unknown form', [], { uniform: 1 }, /"inputs\.extra\.uniform" is not known; expected one_hot, normal, npy, value, dims/],
    ['a file elsewhere', [], { npy: '../noise.npy' }, /"inputs\.extra\.npy" must be the name of an \.npy file in the same folder/],
    ['a file that is not there', [], { npy: 'noise.npy' }, /cannot read .*noise\.npy: there is no such file/],
    ['more numbers than memory', [2 ** 30, 2 ** 30], 0, /"inputs\.extra" has \d+ numbers; expected at most/],
  ] as const)('is refused where it is %s', async (_, dims, value, message) => {
    const json = value === undefined ? undefined : settings({ inputs: { extra: value } });
    expect(await userErrorOf(() => open(withInput(dims), json))).toMatch(message);
  });

  it.each([
    [DataType.INT64, 0.5, /"inputs\.extra" holds 0\.5, but the network takes it as int64: expected whole numbers/],
    [DataType.UINT8, 256, /holds 256, but the network takes it as uint8: expected whole numbers from 0 to 255/],
    [DataType.BOOL, 2, /holds 2, but the network takes it as bool: expected true or false/],
    [DataType.INT64, { normal: 0 }, /the network takes it as int64: expected whole numbers/],
  ] as const)('is refused where its type %d cannot hold it', async (elementType, value, message) => {
    expect(await userErrorOf(() => open(withInput([1], elementType), settings({ inputs: { extra: value } })))).toMatch(message);
  });

  it('is refused for an input that is not there, and for the latent code', async () => {
    expect(await userErrorOf(() => open(withInput([]), settings({ inputs: { extra: 1, label: 2 } })))).toMatch(/"inputs\.label" is no input of .*toy\.onnx, which takes z, extra/);
    expect(await userErrorOf(() => open(withInput([]), settings({ latent: { input: 'z' }, inputs: { extra: 1, z: 2 } })))).toMatch(/"inputs\.z" is the latent input, which takes no value/);
    expect(await userErrorOf(() => open(withInput([]), settings({ inputs: { extra: 1, z: 2 } })))).toMatch(/"inputs" gives every input of .*toy\.onnx a value; leave out the one that takes the latent code/);
  });

  it('takes the place of one that the file has', async () => {
    const model = withInput([]);
    const g = new GraphBuilder(['extra']);
    g.weight('default', Float32Array.of(3), []);
    model.graph!.initializer.push({ ...g.initializers[0]!, name: 'extra' });
    const generator = await open(model);
    const ws = await generator.sample([0]);
    expect((await generator.synthesize(ws)).data[0]).toBeCloseTo(expectedPlain(ws.data)[0]! + 3, 5);
    expect((await addedBy(model, 5))[0]).toBe(5);
  });

  it('is not asked for where nothing reads it', async () => {
    const model = withInput([]);
    model.graph!.input.push({ ...model.graph!.input[1]!, name: 'unread' });
    expect((await addedBy(model, 1))[0]).toBe(1);
  });
});

describe('suggested settings', () => {
  it('give every further input a value that fits, and open the file', async () => {
    const model = conditional('N');
    const text = suggestedSettings(model, '/nowhere/toy.onnx');
    expect(JSON.parse(text)).toEqual(settings({ latent: { input: 'z' }, inputs: { y: { one_hot: 0 }, id: 0, truncation: 1 } }));
    const generator = await open(model, JSON.parse(text) as object);
    const ws = await generator.sample([3]);
    expect(differenceOf((await generator.synthesize(ws)).data, expectedOf(ws.data, [1, 0, 0], 0, 1)).relative).toBeLessThan(1e-5);
  });

  it('say the shape where the file leaves it open', () => {
    const g = new GraphBuilder();
    const z = g.input('z', ['N', 12]);
    const noise = g.input('noise', ['N', 1, 'h', 'w']);
    g.output('image', g.add(g.reshape(z, [-1, 3, 2, 2]), noise), ['N', 3, 2, 2]);
    expect(suggestedSettings(g.build('noisy'), '/nowhere/toy.onnx')).toContain('"noise": { "normal": 0, "dims": [1, 1, 64, 64] }');
  });
});

describe('the latent input among several', () => {
  /** The inputs of a network that adds up their products with ones. */
  function network(inputs: Readonly<Record<string, readonly Dimension[]>>): ModelProto {
    const g = new GraphBuilder();
    for (const [name, dims] of Object.entries(inputs)) g.input(name, dims);
    const parts = Object.entries(inputs).map(([name, dims]) => {
      const length = dims.slice(1).reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 4), 1);
      return g.matmul(g.reshape(name, [-1, length]), g.weight('ones', new Float32Array(length * size).fill(0.1), [length, size]));
    });
    g.output('image', g.reshape(parts.reduce((a, b) => g.add(a, b)), [-1, 3, side, side]), ['N', 3, side, side]);
    return g.build('several');
  }

  it.each([
    [{ label: ['N', 10], z: ['N', 4] }, 'z'],
    [{ noise: [1, 1, 4, 4], latent_code: [1, 4] }, 'latent_code'],
    [{ one_hot_label: ['N', 10], code: ['N', 4] }, 'code'],
    [{ class_vector: ['N', 10], noise: ['N', 4] }, 'noise'],
    [{ 'serving_default_y:0': ['N', 10], 'serving_default_z:0': ['N', 4] }, 'serving_default_z:0'],
    [{ 'y:0': ['N', 10], 'code:0': ['N', 4] }, 'code:0'],
    [{ w: ['N', 3, 4], z: ['N', 4] }, 'z'],
    [{ input: ['N', 3, 8, 8], features: ['N', 4] }, 'features'],
  ] as const)('%j is %s', async (inputs, chosen) => {
    const values = Object.fromEntries(Object.keys(inputs).filter((name) => name !== chosen).map((name) => [name, 0]));
    // Values decide nothing here: the message of the file without them names the same input.
    expect(await userErrorOf(() => open(network(inputs)))).toContain(`beside its latent code ${chosen}`);
    expect((await open(network(inputs), settings({ inputs: values }))).latentInput.input).toBe(chosen);
  });

  it('is the one that the settings name', async () => {
    const inputs = { z: ['N', 4], style: ['N', 3] } as const;
    const generator = await open(network(inputs), settings({ latent: { input: 'style' }, inputs: { z: 0 } }));
    expect(generator.latentInput).toMatchObject({ input: 'style', dims: [1, 3] });
    expect(await userErrorOf(() => open(network(inputs), settings({ latent: { input: 'w' } })))).toMatch(/generator\.json: "latent\.input" is "w", but .*toy\.onnx takes z \[N, 4\], style \[N, 3\]/);
  });

  it('must be named where two could be it', async () => {
    expect(await userErrorOf(() => open(network({ content: ['N', 4], colour: ['N', 4] })))).toMatch(/takes content \[N, 4\], colour \[N, 4\]; expected one latent input of the shape .*; say in a generator\.json beside it which one it is: "latent": \{"input": "content"\}/);
  });

  it('gets its shape from the settings where the file leaves it open', async () => {
    const inputs = { z: ['N', 'd'] } as const;
    expect(await userErrorOf(() => open(network(inputs)))).toMatch(/takes z \[N, d\]; expected one latent input .* with numbers for all but N: say it in a generator\.json beside it, such as "latent": \{"input": "z", "dims": \[1, 128\]\}/);
    expect((await open(network(inputs), settings({ latent: { dims: [1, 4] } }))).latentInput.dims).toEqual([1, 4]);
    expect(await userErrorOf(() => open(network({ z: ['N', 4] }), settings({ latent: { dims: [1, 5] } })))).toMatch(/"latent\.dims" is \[1, 5\], but .* takes z \[N, 4\]/);
  });
});
