import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { forwardMode } from '../../src/engine/autodiff/forwardMode';
import type { TangentModel } from '../../src/engine/autodiff/forwardMode';
import { MissingRuleError } from '../../src/engine/autodiff/rule';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, ModelProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, attribute } from '../../src/engine/onnx/graphBuilder';
import type { Value } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { DataType, intTensor, scalarTensor } from '../../src/engine/onnx/tensors';
import { probeShapes } from '../../src/engine/runtime/probe';
import { sizeOf } from '../../src/engine/tensor';
import { seededRandom } from '../shared/seededRandom';
import { absent, bools, computed, distinct, floatInfo, ints, oneNode, positive, uint8s, w, withOpset, x } from './oneNode';
import type { RuleCase } from './oneNode';
import { expectTangents } from './oracle';
import type { Subject } from './oracle';

/** A model of one input `z`; `write` gives its output. */
function network(dims: readonly number[], write: (g: GraphBuilder, z: Value) => Value | readonly Value[], opset?: number): Subject {
  const g = new GraphBuilder([], opset);
  const written = write(g, g.input('z', dims));
  for (const name of typeof written === 'string' ? [written] : written) g.outputs.push(floatInfo(name));
  const random = seededRandom(5);
  const point = Float32Array.from({ length: sizeOf(dims) }, () => 2 * random() - 1);
  return { model: g.build('network'), input: 'z', point, dims };
}

function randomWeight(g: GraphBuilder, dims: readonly number[]): Value {
  const random = seededRandom(g.nodes.length + 11);
  return g.weight('weight', Float32Array.from({ length: sizeOf(dims) }, () => 2 * random() - 1), dims);
}

async function tangentsOf({ model, input, point, dims }: Subject, output = graphOf(model).output[0]!.name): Promise<TangentModel> {
  const shapes = await probeShapes(model, { [input]: { data: point, dims } }, 'the original');
  return forwardMode(model, { input, output, shapes });
}

async function missingIn(subject: Subject): Promise<MissingRuleError> {
  const error: unknown = await tangentsOf(subject).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(MissingRuleError);
  return error as MissingRuleError;
}

function operators(model: ModelProto): string[] {
  return graphOf(model).node.map(({ opType }) => opType);
}

describe('a network that cannot be differentiated', () => {
  it('is refused with every operator that has no rule', async () => {
    const subject = network([1, 2, 4, 4], (g, z) => {
      const determinant = g.node('Det', [g.sin(z)]);
      g.nodes.at(-1)!.name = 'first';
      return g.node('Unique', [g.node('Relu', [determinant])], {}, 'second');
    });
    const error = await missingIn(subject);
    expect(error.missing).toEqual([{ opType: 'Det', node: 'first' }, { opType: 'Unique', node: '/second' }]);
    expect(error.message).toBe('no tangent rule for Det (node first), Unique (node /second)');
  });

  it('is not taken to depend on inputs that are left out where outputs are', async () => {
    const subject = network([1, 2, 4, 4], (g, z) => {
      g.emit('Unique', [z], {}, ['unique', '']);
      return g.node('Clip', ['unique', '', 2]);
    });
    expect((await missingIn(subject)).missing).toEqual([{ opType: 'Unique', node: '/unique' }]);
  });

  it('may use operators without a rule where nothing depends on the input', async () => {
    const subject = network([1, 3], (g, z) => g.mul(z, g.node('Det', [randomWeight(g, [1, 3, 3])])));
    await expectTangents(subject);
  });

  it('is refused where an operator of another domain has a known name', () => {
    const { model } = network([1, 3], (g, z) => g.node('Relu', [z]));
    graphOf(model).node[0]!.domain = 'com.example';
    const shapes = new Map([['z', [1, 3]], ['relu', [1, 3]]]);
    expect(() => forwardMode(model, { input: 'z', output: 'relu', shapes })).toThrow('no tangent rule for com.example.Relu (node /relu: it is no standard operator)');
  });

  it('is refused where a branch inside the graph reads what depends on the input', () => {
    const inner = new GraphBuilder();
    inner.output('inside', inner.sin('doubled'), [1, 3]);
    const { model } = network([1, 3], (g, z) => {
      g.emit('Mul', [z, 2], {}, ['doubled']);
      const branch = g.node('If', [g.addInitializer(scalarTensor('condition', 1, DataType.BOOL))]);
      const body = graphOf(inner.build('branch'));
      g.nodes.at(-1)!.attribute.push(...['then_branch', 'else_branch'].map((name) =>
        create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: body })));
      return g.add(branch, 'doubled');
    });
    const shapes = new Map(['z', 'doubled', 'if', 'add'].map((name) => [name, [1, 3]]));
    expect(() => forwardMode(model, { input: 'z', output: 'add', shapes })).toThrow('no tangent rule for If (node /if: it runs a graph inside it)');
  });

  const refusals: readonly (RuleCase & { readonly reason: string })[] = [
    { op: 'BatchNormalization', inputs: [x([2, 3]), w([3]), w([3]), w([3]), w([3], [1, 2, 3])], attributes: { training_mode: 1 }, unread: 2, reason: 'its training_mode is 1' },
    { op: 'Dropout', inputs: [x([2, 3]), w([], [0.5]), bools([1], [])], reason: 'it is in training mode' },
    { op: 'Pad', inputs: [w([2, 3]), ints([0, 1, 0, 0]), x([])], reason: 'an input other than its first depends on the latent code' },
    { op: 'GridSample', inputs: [x([1, 1, 3, 3]), x([1, 2, 2, 2])], reason: 'an input other than its first depends on the latent code' },
    { op: 'ScatterND', opset: 18, inputs: [x([3]), ints([1], [1, 1]), x([1])], attributes: { reduction: 'mul' }, reason: 'its reduction is mul' },
    { op: 'ScatterElements', opset: 18, inputs: [x([3]), ints([1]), x([1])], attributes: { reduction: 'max' }, reason: 'its reduction is max' },
    { op: 'LpPool', opset: 18, inputs: [x([1, 1, 4, 4])], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, reason: 'its ceil_mode is 1' },
    { op: 'CastLike', inputs: [x([2, 3]), computed([1])], end: 'flat', reason: 'what it casts to is not known' },
    { op: 'Range', inputs: [x([], [0]), w([], [2]), w([], [0.5])], reason: 'its limits depend on the latent code' },
    { op: 'OneHot', inputs: [w([2], [0, 1]), w([], [2]), x([2])], reason: 'its values depend on the latent code' },
    { op: 'Bernoulli', inputs: [x([2, 3], { from: 0, to: 1 })], reason: 'the chances of its draws depend on the latent code' },
    { op: 'BatchNormalization', opset: 15, inputs: [x([2, 3, 4, 5]), w([3]), w([3]), w([3]), w([3], positive)], attributes: { training_mode: 1 }, unread: 2, reason: 'its training_mode is 1' },
    { op: 'BatchNormalization', opset: 9, inputs: [x([2, 3, 4, 5]), w([3]), w([3]), w([3]), w([3], positive)], unread: 4, reason: 'it is in training mode' },
    { op: 'LSTM', inputs: [x([2, 1, 3]), w([1, 8, 3]), w([1, 8, 2])], attributes: { hidden_size: 2 }, reason: 'it runs step by step' },
    { op: 'QuantizeLinear', inputs: [x([2, 3]), w([], [0.1]), uint8s([0], [])], end: 'flat', reason: 'it rounds to integers, so its derivative would hide how the picture changes' },
    { op: 'ReduceSum', inputs: [x([2, 3]), computed([1])], reason: 'its axes input is computed at run time' },
    { op: 'Resize', inputs: [x([2, 3]), absent, absent, ints([4, 3])], reason: 'it resizes the batch axis' },
    {
      op: 'Resize',
      opset: 18,
      inputs: [x([1, 1, 4, 6]), absent, absent, ints([8, 8])],
      attributes: { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
      reason: 'its keep_aspect_ratio_policy is not_larger',
    },
  ];
  it.each(refusals)('is refused with the reason: $op, $reason', async ({ reason, ...ruleCase }) => {
    const error = await missingIn(oneNode(ruleCase));
    expect(error.missing).toEqual([{ opType: ruleCase.op, node: '/result0', reason }]);
    expect(error.message).toBe(`no tangent rule for ${ruleCase.op} (node /result0: ${reason})`);
  });

  it.each([
    [DataType.FLOAT16, 'float16'], [DataType.DOUBLE, 'double'],
  ])('is refused where it computes in another precision than float32 (%s, %s)', async (to) => {
    const subject = network([1, 3], (g, z) => g.node('Cast', [g.node('Tanh', [g.node('Cast', [z], { to })])], { to: DataType.FLOAT }));
    expect((await missingIn(subject)).message).toBe('no tangent rule for Tanh (node /tanh: it does not compute in float32)');
  });

  it('may cast to another precision, and ask for the shape there', async () => {
    await expectTangents(network([1, 3], (g, z) => {
      const wide = g.node('Cast', [g.sin(z)], { to: DataType.DOUBLE });
      return g.node('Reshape', [g.node('Cast', [wide], { to: DataType.FLOAT }), g.node('Shape', [wide])]);
    }));
  });

  it('is refused where the output does not depend on the input', async () => {
    const subject = network([1, 3], (g, z) => [g.exp(randomWeight(g, [3])), g.sin(z)]);
    expect((await missingIn(subject)).message).toContain('exp does not depend on z');
  });

  it('is refused where rounding hides what the output takes from the input', async () => {
    const subject = network([1, 3], (g, z) => g.mul(g.node('Round', [z]), 2));
    expect((await missingIn(subject)).message).toContain('what mul takes from z is rounded, compared or counted on its way');
  });

  it.each([
    ['Sqrt', (g: GraphBuilder, x: Value) => g.sqrt(x)],
    ['Pow', (g: GraphBuilder, x: Value) => g.pow(x, 0.5)],
    ['Pow', (g: GraphBuilder, x: Value) => g.pow(x, 0)],
  ] as const)('keeps a tangent of zero at the root of zero (%s)', async (_, root) => {
    // Two of these are cut off at zero: they stay zero, whatever z does.
    const subject = network([1, 3], (g, z) => g.add(z, g.mul(3, root(g, g.node('Relu', [g.sub(g.mul(z, 0), g.weight('bias', Float32Array.of(1, 0.5, -1), [3]))])))));
    await expectTangents(subject);
  });

  it('must have the output', () => {
    const { model } = network([1, 3], (g, z) => g.sin(z));
    expect(() => forwardMode(model, { input: 'z', output: 'cos', shapes: new Map() })).toThrow('the graph has no output cos');
  });
});

describe('the tangent model', () => {
  it('has tangents only for what depends on the input, and no nodes that they do not need', async () => {
    const subject = network([1, 3], (g, z) => g.add(g.mul(z, g.exp(randomWeight(g, [3]))), g.sin(randomWeight(g, [3]))));
    const { model, tangentInput, tangentOutput } = await tangentsOf(subject);
    expect(operators(model)).toEqual(['Exp', 'Mul']);
    expect(graphOf(model).input.map(({ name }) => name)).toEqual([tangentInput]);
    expect(graphOf(model).output.map(({ name }) => name)).toEqual([tangentOutput]);
    await expectTangents(subject);
  });

  it('keeps the wanted output alone', async () => {
    const subject = network([1, 3], (g, z) => [g.sin(z), g.exp(z)]);
    const { model, tangentOutput } = await tangentsOf(subject, 'exp');
    expect(operators(model)).toEqual(['Exp', 'Mul']);
    expect(graphOf(model).output.map(({ name }) => name)).toEqual([tangentOutput]);
  });

  it('shares the weights and leaves the original as it is', async () => {
    const subject = network([1, 3], (g, z) => g.matmul(g.sin(z), randomWeight(g, [3, 4])));
    for (const node of graphOf(subject.model).node) node.name = '';
    const before = toBinary(ModelProtoSchema, subject.model);
    const { model } = await tangentsOf(subject);
    const weight = graphOf(subject.model).initializer[0]!;
    expect(graphOf(model).initializer.find(({ name }) => name === weight.name)!.rawData).toBe(weight.rawData);
    expect(toBinary(ModelProtoSchema, subject.model)).toEqual(before);
  });

  it.each([[1], [3]])('differentiates several layers at a batch of %i', async (batch) => {
    await expectTangents(network([batch, 6], (g, z) => {
      const scaled = g.mul(z, g.node('ReduceL2', [z], { axes: [1] }));
      const start = g.reshape(g.matmul(scaled, randomWeight(g, [6, 32])), [-1, 2, 4, 4]);
      const ground = randomWeight(g, [batch, 1, 4, 4]);
      // The bias keeps the units on one side of the kink, whatever the step.
      const bias = g.weight('bias', Float32Array.of(9, -9, 9, -9), [4]);
      const layer = g.node('Conv', [g.node('Concat', [start, ground], { axis: 1 }), randomWeight(g, [4, 3, 3, 3]), bias], { pads: [1, 1, 1, 1] });
      const active = g.node('LeakyRelu', [layer], { alpha: { float: 0.2 } });
      const style = g.reshape(g.matmul(z, randomWeight(g, [6, 4])), [-1, 4, 1, 1]);
      const large = g.node('ConvTranspose', [g.mul(active, style), randomWeight(g, [4, 3, 4, 4])], { strides: [2, 2], pads: [1, 1, 1, 1] });
      return g.node('Tanh', [g.mul(large, 0.02)]);
    }));
  });

  it.each([
    [2, 8, 0],
    [3, 8, 1],
  ])('takes a 1 x 1 convolution to %d of %d channels with %d convolutions of tangents', async (outputs, channels, convolutions) => {
    // Modulated, as before a convolution to colours: the tangents of the style need not become pictures.
    const subject = network([1, 4], (g, z) => {
      const style = g.reshape(g.exp(g.matmul(z, randomWeight(g, [4, channels]))), [1, channels, 1, 1]);
      const picture = g.reshape(g.sin(g.matmul(z, randomWeight(g, [4, channels * 6]))), [1, channels, 2, 3]);
      return g.mul(g.node('Conv', [g.mul(picture, style), randomWeight(g, [outputs, channels, 1, 1])]), 0.1);
    });
    await expectTangents(subject);
    expect(operators((await tangentsOf(subject)).model).filter((operator) => operator === 'Conv')).toHaveLength(convolutions);
  });

  it('takes a 1 x 1 convolution of a sum that broadcasts, of several pictures, and of groups', async () => {
    await expectTangents(network([1, 4], (g, z) => {
      const vector = (...dims: number[]) => g.reshape(g.matmul(z, randomWeight(g, [4, sizeOf(dims)])), dims);
      const sum = g.add(g.mul(vector(1, 8, 1, 1), randomWeight(g, [8, 2, 3])), g.mul(vector(1, 1, 2, 3), randomWeight(g, [8, 1, 1])));
      return g.node('Conv', [g.add(sum, g.mul(vector(1, 8, 2, 3), 0.5)), randomWeight(g, [2, 8, 1, 1])]);
    }));
    await expectTangents(network([1, 4], (g, z) => {
      const styled = g.mul(g.reshape(g.matmul(z, randomWeight(g, [4, 16])), [2, 8, 1, 1]), randomWeight(g, [2, 8, 2, 2]));
      return g.node('Conv', [styled, randomWeight(g, [2, 8, 1, 1])]);
    }));
    await expectTangents(network([1, 4], (g, z) => {
      const styled = g.mul(g.reshape(g.matmul(z, randomWeight(g, [4, 16])), [1, 16, 1, 1]), randomWeight(g, [1, 16, 4, 4]));
      return g.node('Conv', [styled, randomWeight(g, [2, 8, 1, 1])], { group: 2, strides: [2, 2] });
    }));
  });

  it('differentiates a convolution whose weight is made of the input, as in weight modulation', async () => {
    await expectTangents(network([1, 3], (g, z) => {
      const modulated = g.mul(randomWeight(g, [2, 3, 3, 3]), g.reshape(g.exp(z), [1, 3, 1, 1]));
      const norm = g.sqrt(g.add(g.sumOver(g.square(modulated), [1, 2, 3]), 1e-8));
      return g.node('Conv', [randomWeight(g, [1, 3, 5, 5]), g.div(modulated, norm)], { pads: [1, 1, 1, 1] });
    }));
  });

  it('uses no name that the network uses', async () => {
    await expectTangents(network([1, 3], (g, z) => {
      g.emit('Sin', [z], {}, ['z_tangent']);
      g.emit('Exp', ['z_tangent'], {}, ['mul']);
      g.emit('Mul', ['z_tangent', 'mul'], {}, ['x_dot']);
      g.emit('Reshape', ['x_dot', g.addInitializer(intTensor('ints_m1_3', [3, 1]))], {}, ['x']);
      g.nodes.at(-1)!.name = 'reshape';
      g.emit('Transpose', ['x'], { perm: [1, 0] }, ['transpose']);
      g.emit('Gather', ['transpose', g.addInitializer(intTensor('ints_1', [2, 0]))], { axis: 1 }, ['float_1']);
      return g.node('Softmax', ['float_1'], {}, 'transpose_dot');
    }));
  });

  it('takes the tangent of one of several inputs that are as large', async () => {
    await expectTangents(network([1, 3], (g, z) => g.node('Max', [z, g.node('Identity', [z]), g.mul(z, 1)])));
    await expectTangents(network([1, 3], (g, z) => g.node('Min', [z, g.node('Identity', [z])])));
  });

  it('takes the tangent of one of several elements that are as large', async () => {
    await expectTangents(network([1, 2, 3], (g, z) => g.node('MaxPool', [g.node('Tile', [z, g.ints([1, 1, 3])])], { kernel_shape: [4] })));
    await expectTangents(network([2, 3], (g, z) => g.node('ReduceMax', [g.node('Tile', [z, g.ints([1, 2])])])));
  });

  it('has finite tangents at a norm of zero', async () => {
    const subject = network([1, 3], (g, z) => {
      const nothing = g.node('Relu', [g.sub(z, 9)]);
      const norms = [g.node('ReduceL2', [nothing]), g.node('LpNormalization', [g.mul(z, 0)]), g.node('GlobalLpPool', [g.reshape(nothing, [1, 1, 3])])];
      return norms.reduce((sum, norm) => g.add(sum, norm), z);
    });
    await expectTangents(subject);
  });

  it.each([[0], [1]])('differentiates pooling by maxima whose places are used again (storage order %i)', async (order) => {
    const part = distinct([1, 2, 4, 4]);
    if (part.kind !== 'float') throw new Error('no numbers');
    const subject = network(part.dims, (g, z) => {
      g.emit('MaxPool', [z], { kernel_shape: [2, 2], strides: [2, 2], storage_order: order }, ['pooled', 'places']);
      return g.node('MaxUnpool', [g.sin('pooled'), 'places'], { kernel_shape: [2, 2], strides: [2, 2] });
    });
    await expectTangents({ ...subject, point: Float32Array.from(part.values as readonly number[]) });
  });

  it('pools by maxima once, for values and tangents', async () => {
    const subject = network([1, 2, 4, 4], (g, z) => g.sin(g.node('MaxPool', [z], { kernel_shape: [2, 2] })));
    const { model } = await tangentsOf(subject);
    expect(operators(model).filter((operator) => operator === 'MaxPool')).toEqual(['MaxPool']);
    expect(graphOf(subject.model).node[0]!.output).toEqual(['maxpool']);
  });

  it('casts to the type of a value that depends on the input', async () => {
    await expectTangents(network([1, 3], (g, z) => g.node('CastLike', [g.sin(z), g.exp(z)])));
  });

  it('takes axes, pads and positions that the graph computes from those who ran it', async () => {
    const integers = new Map([['axes', [1]], ['axis', [2]], ['pad_axes', [-1, 0]], ['slice_axes', [1]], ['training', [0]]]);
    const subject = network([2, 3, 4], (g, z) => {
      for (const [name, values] of integers) {
        if (name !== 'training') g.emit('Identity', [name === 'axis' ? g.int(values[0]!) : g.ints(values)], {}, [name]);
      }
      g.emit('Not', [g.addInitializer(scalarTensor('yes', 1, DataType.BOOL))], {}, ['training']);
      const padded = g.node('Pad', [z, g.ints([1, 0, 2, 0]), '', 'pad_axes']);
      const cut = g.node('Slice', [padded, g.ints([1]), g.ints([3]), 'slice_axes']);
      const summed = g.node('CumSum', [cut, 'axis']);
      return g.node('ReduceMax', [g.node('Dropout', [summed, g.scalar(0.5), 'training']), 'axes']);
    }, 18);
    const error = await missingIn(subject);
    expect(error.missing.map(({ opType, reason }) => `${opType}: ${reason}`)).toEqual([
      'Pad: its axes input is computed at run time', 'Slice: its axes input is computed at run time', 'CumSum: its axis input is computed at run time',
      'Dropout: its training_mode input is computed at run time', 'ReduceMax: its axes input is computed at run time',
    ]);
    await expectTangents(subject, integers);
  });

  it('takes axes from Constant nodes', async () => {
    await expectTangents(network([2, 3, 4], (g, z) => {
      const first = g.node('Constant', []);
      g.nodes.at(-1)!.attribute.push(create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t: intTensor('', [1]) }));
      const second = g.node('Constant', []);
      g.nodes.at(-1)!.attribute.push(attribute('value_ints', [-1]));
      const third = g.node('Constant', []);
      g.nodes.at(-1)!.attribute.push(attribute('value_int', 0));
      const sum = g.node('ReduceSum', [g.node('ReduceSum', [z, first]), second], { keepdims: 0 });
      return g.node('CumSum', [sum, third]);
    }));
  });

  it('is written in the operator set of the network', async () => {
    const subject = network([1, 3], (g, z) => g.sin(z));
    const { model } = await tangentsOf({ ...subject, model: withOpset(subject.model, 12) });
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 12n]]);
  });
});
