import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/engine/onnx/checkModel';
import { withoutFunctions } from '../../src/engine/onnx/functions';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, FunctionProtoSchema, GraphProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, ValueInfoProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { AttributeProto, FunctionProto, ModelProto, NodeProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, attribute } from '../../src/engine/onnx/graphBuilder';
import { graphOf, opsetOf } from '../../src/engine/onnx/graphs';
import { Session } from '../../src/engine/runtime/session';

const z = { data: Float32Array.of(-2, 0.5, 3), dims: [1, 3] };

/** A node of ONNX's own operators, or of the file's where `domain` says so. */
const node = (opType: string, input: string[], output: string[], attributes: AttributeProto[] = [], domain = '') => create(NodeProtoSchema, { opType, domain, input, output, attribute: attributes });

/** An attribute that has the value of one of the function's. */
const from = (name: string, given: string) => create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, refAttrName: given });

const imports = [create(OperatorSetIdProtoSchema, { domain: '', version: 17n }), create(OperatorSetIdProtoSchema, { domain: 'my', version: 1n })];

type More = Partial<Pick<FunctionProto, 'domain' | 'attribute' | 'attributeProto' | 'opsetImport'>>;
const define = (name: string, input: string[], output: string[], nodes: NodeProto[], more: More = {}) =>
  create(FunctionProtoSchema, { name, domain: 'my', input, output, node: nodes, opsetImport: imports, ...more });

/** A model of z that gives the value `y` of some nodes. */
function model(nodes: NodeProto[], functions: FunctionProto[]): ModelProto {
  const g = new GraphBuilder();
  g.input('z', ['N', 3]);
  g.nodes.push(...nodes);
  g.outputs.push(create(ValueInfoProtoSchema, { name: 'y', type: g.inputs[0]!.type! }));
  const built = g.build('functions');
  built.opsetImport = imports;
  built.functions = functions;
  return built;
}

async function run(some: ModelProto): Promise<number[]> {
  const session = await Session.create(some, 'functions');
  const { y } = await session.run({ z });
  await session.release();
  return [...y!.data];
}

const operators = (some: ModelProto) => graphOf(some).node.map(({ opType, domain }) => domain + opType);

const leaky = define('Leaky', ['a'], ['b'], [node('LeakyRelu', ['a'], ['b'], [from('alpha', 'slope')])], { attribute: ['slope'] });
const gate = define('Gate', ['a'], ['b'], [node('Leaky', ['a'], ['t'], [from('slope', 'slope')], 'my'), node('Sigmoid', ['t'], ['s']), node('Mul', ['t', 's'], ['b'])], { attribute: ['slope'] });

describe('the functions of a file', () => {
  it('are written out, also those inside others, with the attributes that they are used with', async () => {
    const whole = model([
      node('Gate', ['z'], ['t'], [attribute('slope', { float: 0.5 })], 'my'),
      node('Gate', ['t'], ['y'], [attribute('slope', { float: 0.1 })], 'my'),
    ], [gate, leaky]);
    const plain = checkModel(withoutFunctions(whole), 'plain');
    expect(operators(plain)).toEqual(['LeakyRelu', 'Sigmoid', 'Mul', 'LeakyRelu', 'Sigmoid', 'Mul']);
    expect(plain.functions).toEqual([]);
    const gated = (x: number, slope: number) => {
      const t = x < 0 ? slope * x : x;
      return t / (1 + Math.exp(-t));
    };
    (await run(plain)).forEach((value, i) => expect(value).toBeCloseTo(gated(gated(z.data[i]!, 0.5), 0.1), 5));
    expect(await run(plain)).toEqual(await run(whole));
  });

  it('have defaults for attributes, and leave out those that nobody gives', async () => {
    const withDefault = define('Leaky', ['a'], ['b'], leaky.node, { attributeProto: [attribute('slope', { float: 0.25 })] });
    const plain = withoutFunctions(model([node('Leaky', ['z'], ['y'], [], 'my')], [withDefault]));
    expect(await run(plain)).toEqual([-0.5, 0.5, 3]);
    // LeakyRelu's own default
    expect((await run(withoutFunctions(model([node('Leaky', ['z'], ['y'], [], 'my')], [leaky]))))[0]).toBeCloseTo(-0.02, 6);
  });

  it('may hand on what they are given, take less than they could, and give more than is asked for', async () => {
    const odd = define('Odd', ['a', 'low', 'high'], ['a', 'cut', 'unread'], [node('Clip', ['a', 'low', 'high'], ['cut']), node('Neg', ['a'], ['unread'])]);
    const one = node('Constant', [], ['one'], [attribute('value_float', { float: 1 })]);
    const plain = withoutFunctions(model([one, node('Odd', ['z', '', 'one'], ['s', 'c'], [], 'my'), node('Add', ['s', 'c'], ['y'])], [odd]));
    expect(await run(checkModel(plain, 'plain'))).toEqual([-4, 1, 4]);
  });

  it('may be used in a branch, and have branches themselves', async () => {
    const branch = (name: string, nodes: NodeProto[]) => create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: create(GraphProtoSchema, { name, node: nodes, output: [{ $typeName: 'onnx.ValueInfoProto', name: nodes.at(-1)!.output[0]!, docString: '' }] }) });
    const choose = define('Choose', ['a', 'c'], ['b'], [node('If', ['c'], ['b'], [
      branch('then_branch', [node('Leaky', ['a'], ['t'], [attribute('slope', { float: 0.5 })], 'my')]),
      branch('else_branch', [node('Neg', ['a'], ['e'])]),
    ])]);
    const positive = [node('ReduceMax', ['z'], ['m'], [attribute('keepdims', 0)]), node('Constant', [], ['zero'], [attribute('value_float', { float: 0 })]), node('Greater', ['m', 'zero'], ['c'])];
    const plain = checkModel(withoutFunctions(model([...positive, node('Choose', ['z', 'c'], ['t'], [], 'my'), node('Choose', ['t', 'c'], ['y'], [], 'my')], [choose, leaky])), 'plain');
    expect(plain.functions).toEqual([]);
    expect(await run(plain)).toEqual([-0.5, 0.5, 3]);
  });

  it('of ONNX Runtime\'s own names, and of another version of the operators, stay', () => {
    const shadow = define('Relu', ['a'], ['b'], [node('Neg', ['a'], ['b'])], { domain: '' });
    const newer = define('Newer', ['a'], ['b'], [node('Neg', ['a'], ['b'])], { opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 18n })] });
    const whole = model([node('Relu', ['z'], ['t']), node('Newer', ['t'], ['y'], [], 'my')], [shadow, newer]);
    expect(opsetOf(whole)).toBe(17);
    expect(withoutFunctions(whole)).toBe(whole);
  });
});
