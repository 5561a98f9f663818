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
import { absent, computed, floatInfo, ints, oneNode, w, withOpset, x } from './oneNode';
import type { RuleCase } from './oneNode';
import { expectTangents } from './oracle';
import type { Subject } from './oracle';

/** A model of one input `z`; `write` gives its output. */
function network(dims: readonly number[], write: (g: GraphBuilder, z: Value) => Value | readonly Value[]): Subject {
  const g = new GraphBuilder();
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
      const pooled = g.node('MaxPool', [g.sin(z)], { kernel_shape: [2, 2] });
      g.nodes.at(-1)!.name = 'first';
      return g.node('Hardmax', [g.node('Relu', [pooled])], {}, 'second');
    });
    const error = await missingIn(subject);
    expect(error.missing).toEqual([{ opType: 'MaxPool', node: 'first' }, { opType: 'Hardmax', node: '/second' }]);
    expect(error.message).toBe('no tangent rule for MaxPool (node first), Hardmax (node /second)');
  });

  it('is not taken to depend on inputs that are left out where outputs are', async () => {
    const subject = network([1, 2, 4, 4], (g, z) => {
      g.emit('MaxPool', [z], { kernel_shape: [2, 2] }, ['pooled', '']);
      return g.node('Clip', ['pooled', '', 2]);
    });
    expect((await missingIn(subject)).missing).toEqual([{ opType: 'MaxPool', node: '/pooled' }]);
  });

  it('may use operators without a rule where nothing depends on the input', async () => {
    const subject = network([1, 3], (g, z) => g.mul(z, g.node('Hardmax', [randomWeight(g, [1, 3])])));
    await expectTangents(subject);
  });

  it('is refused where an operator of another domain has a known name', () => {
    const { model } = network([1, 3], (g, z) => g.node('Relu', [z]));
    graphOf(model).node[0]!.domain = 'com.example';
    const shapes = new Map([['z', [1, 3]], ['relu', [1, 3]]]);
    expect(() => forwardMode(model, { input: 'z', output: 'relu', shapes })).toThrow('no tangent rule for Relu (node /relu)');
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
    expect(() => forwardMode(model, { input: 'z', output: 'add', shapes })).toThrow('no tangent rule for If (node /if)');
  });

  const refusals: readonly (RuleCase & { readonly reason: string })[] = [
    { op: 'BatchNormalization', inputs: [x([2, 3]), x([3]), w([3]), w([3]), w([3], [1, 2, 3])], reason: 'an input other than its first depends on the latent code' },
    { op: 'LayerNormalization', inputs: [w([2, 3]), x([3])], reason: 'an input other than its first depends on the latent code' },
    { op: 'LayerNormalization', inputs: [x([2, 3]), w([3])], outputs: 2, reason: 'its mean and deviation are outputs too' },
    { op: 'ReduceSum', inputs: [x([2, 3]), computed([1])], reason: 'its axes are computed at run time' },
    { op: 'ReduceSum', inputs: [x([2, 3])], attributes: { noop_with_empty_axes: 1 }, reason: 'it reduces no axis' },
    { op: 'Resize', inputs: [x([2, 3]), absent, absent, ints([4, 3])], reason: 'it resizes the batch axis' },
    {
      op: 'Resize',
      inputs: [x([1, 1, 4, 4]), w([8], [0, 0, 0.2, 0.2, 1, 1, 1, 1]), absent, ints([1, 1, 4, 4])],
      attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' },
      reason: 'its coordinate_transformation_mode is tf_crop_and_resize',
    },
    {
      op: 'Resize',
      opset: 18,
      inputs: [x([1, 1, 4, 6]), absent, absent, ints([8, 8])],
      attributes: { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
      reason: 'its keep_aspect_ratio_policy is not_larger',
    },
    { op: 'Einsum', inputs: [x([2, 3]), w([3, 2])], attributes: { equation: 'ij,jk' }, reason: 'its equation has no ->' },
  ];
  it.each(refusals)('is refused with the reason: $op, $reason', async ({ reason, ...ruleCase }) => {
    const error = await missingIn(oneNode(ruleCase));
    expect(error.missing).toEqual([{ opType: ruleCase.op, node: '/result0', reason }]);
    expect(error.message).toBe(`no tangent rule for ${ruleCase.op} (node /result0: ${reason})`);
  });

  it('is refused where the output does not depend on the input', async () => {
    const subject = network([1, 3], (g, z) => [g.exp(randomWeight(g, [3])), g.sin(z)]);
    expect((await missingIn(subject)).message).toContain('exp does not depend on z');
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
