import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/engine/onnx/checkModel';
import type { ModelCheck } from '../../src/engine/onnx/checkModel';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, FunctionProtoSchema, GraphProtoSchema, NodeProtoSchema, TensorProtoSchema, TensorProto_DataLocation as DataLocation } from '../../src/engine/onnx/gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Attributes } from '../../src/engine/onnx/graphBuilder';
import { graphOf, withGraph } from '../../src/engine/onnx/graphs';
import { DataType, floatTensor } from '../../src/engine/onnx/tensors';
import { userErrorOf } from '../support/userErrors';

/** x -> a -> b -> image */
function chain(parts: Partial<GraphProto> = {}): ModelProto {
  const g = new GraphBuilder();
  const a = g.node('Tanh', [g.input('x', [1, 2])], {}, 'a');
  const b = g.add(g.node('Neg', [a], {}, 'b'), g.weight('weight', new Float32Array(2), [2]));
  g.output('image', b, [1, 2]);
  return withGraph(g.build('chain'), parts);
}

const nodes = (model: ModelProto) => graphOf(model).node.map(({ output }) => output[0]);
const refusal = (model: ModelProto, check?: ModelCheck) => userErrorOf(() => checkModel(model, 'm.onnx', check));

describe('a model that is checked', () => {
  it('stays as it is where nothing is wrong', () => {
    const model = chain();
    expect(checkModel(model, 'm.onnx')).toBe(model);
  });

  it('gets its nodes in order where they are not', () => {
    const { node } = graphOf(chain());
    const shuffled = checkModel(chain({ node: [node[2]!, node[3]!, node[1]!, node[0]!] }), 'm.onnx');
    expect(nodes(shuffled)).toEqual(nodes(chain()));
  });

  it('may hold graphs that read values from outside', () => {
    const branch = create(GraphProtoSchema, { name: 'g', node: [create(NodeProtoSchema, { opType: 'Neg', input: ['a'], output: ['inner'] })] });
    const either = create(NodeProtoSchema, { opType: 'If', input: ['x'], output: ['either'], attribute: [create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g: branch })] });
    const late = checkModel(chain({ node: [either, ...graphOf(chain()).node] }), 'm.onnx');
    expect(nodes(late).indexOf('either')).toBeGreaterThan(nodes(late).indexOf('a'));
  });
});

describe('graphs that are none', () => {
  const node = (input: string, output: string) => create(NodeProtoSchema, { opType: 'Neg', name: `/${output}`, input: [input], output: [output] });

  it.each<[string, NodeProto[], string]>([
    ['a cycle', [node('image', 'c'), node('c', 'image')], 'm.onnx: the Neg "/c" reads what is made of its own output; expected a graph without cycles'],
    ['a node that reads itself', [node('image', 'image')], 'm.onnx: the Neg "/image" reads what is made of its own output; expected a graph without cycles'],
    ['a value that nothing makes', [node('nowhere', 'image')], 'm.onnx: the Neg "/image" reads "nowhere", which nothing makes; expected a valid ONNX graph'],
    ['a value that is made twice', [node('x', 'image'), node('x', 'image')], 'm.onnx: the value "image" is made twice, the second time by the Neg "/image"; expected a valid ONNX graph'],
    ['a value that is an input too', [node('weight', 'x')], 'm.onnx: the value "x" is made twice, the second time by the Neg "/x"; expected a valid ONNX graph'],
  ])('%s', async (_name, list, message) => {
    expect(await refusal(chain({ node: list }))).toBe(message);
  });

  it('are nested a few times at most', async () => {
    const nested = (depth: number): NodeProto => create(NodeProtoSchema, {
      opType: 'If', input: ['x'], output: [`o${depth}`],
      attribute: depth === 0 ? [] : [create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g: create(GraphProtoSchema, { node: [nested(depth - 1)] }) })],
    });
    checkModel(chain({ node: [nested(8)] }), 'm.onnx');
    expect(await refusal(chain({ node: [nested(9)] }))).toBe('m.onnx has graphs nested more than 8 deep; expected an image generator');
  });
});

describe('functions of the file', () => {
  /** A model that uses the function f0, which uses f1 `times` times, and so on to the last one. */
  const functions = (count: number, times: number, last = 'Tanh') => {
    const model = chain({ node: [create(NodeProtoSchema, { opType: 'f0', domain: 'my', input: ['x'], output: ['image'] })] });
    const using = (opType: string) => create(NodeProtoSchema, { opType, domain: opType === 'Tanh' ? '' : 'my', input: ['a'], output: ['b'] });
    model.functions = Array.from({ length: count }, (_, i) =>
      create(FunctionProtoSchema, { name: `f${i}`, domain: 'my', input: ['a'], output: ['b'], node: Array.from({ length: times }, () => using(i + 1 < count ? `f${i + 1}` : last)) }));
    return model;
  };

  it('are counted as what they stand for', async () => {
    checkModel(functions(10, 2), 'm.onnx');
    expect(await refusal(functions(24, 2))).toBe('m.onnx has more than 65536 nodes, its functions written out; expected an image generator');
    checkModel(functions(1000, 1), 'm.onnx');
    expect(await refusal(functions(5000, 1))).toBe('m.onnx has 5000 functions; expected at most 1024');
  });

  it('do not use themselves', async () => {
    expect(await refusal(functions(2, 1, 'f0'))).toBe('m.onnx: the function "f0" uses itself; expected a valid ONNX graph');
    const inBranch = functions(2, 1, 'f0');
    const last = inBranch.functions[1]!;
    last.node = [create(NodeProtoSchema, { opType: 'If', input: ['a'], output: ['b'], attribute: [create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g: create(GraphProtoSchema, { node: last.node }) })] })];
    expect(await refusal(inBranch)).toBe('m.onnx: the function "f0" uses itself; expected a valid ONNX graph');
  });

  it('are looked into', async () => {
    const model = functions(1, 1);
    model.functions[0]!.node[0]!.attribute = [create(AttributeProtoSchema, { name: 'group', type: AttributeType.INT, i: 0n })];
    expect(await refusal(model)).toBe('m.onnx: group of the Tanh "b" is 0; expected 1 to 65536');
  });
});

it('weights that are sparse are refused', async () => {
  const model = chain();
  graphOf(model).$unknown = [{ no: 15, wireType: 2, data: Uint8Array.of(0) }];
  expect(await refusal(model)).toBe('m.onnx keeps weights as sparse tensors; expected dense ones: export it again without them');
});

describe('attributes out of range', () => {
  const withNode = (attributes: Attributes, domain = '') => {
    const g = new GraphBuilder();
    g.output('image', g.node('ConvTranspose', [g.input('x', [1, 1, 2, 2]), g.weight('w', new Float32Array(1), [1, 1, 1, 1])], attributes, 'up'), [1, 1, 2, 2]);
    const model = g.build('toy');
    for (const node of graphOf(model).node) node.domain = domain;
    return model;
  };

  it.each<[Attributes, string]>([
    [{ group: 0 }, 'group of the ConvTranspose "/up" is 0; expected 1 to 65536'],
    [{ strides: [2, -1] }, 'strides of the ConvTranspose "/up" is -1; expected 1 to 65536'],
    [{ pads: [1, 1, 1, 2 ** 31] }, 'pads of the ConvTranspose "/up" is 2147483648; expected -65536 to 65536'],
    [{ dilations: [0, 1] }, 'dilations of the ConvTranspose "/up" is 0; expected 1 to 65536'],
    [{ kernel_shape: [0, 4] }, 'kernel_shape of the ConvTranspose "/up" is 0; expected 1 to 65536'],
  ])('%o', async (attributes, message) => {
    expect(await refusal(withNode(attributes))).toBe(`m.onnx: ${message}`);
  });

  it('are those of the standard operators alone', () => {
    checkModel(withNode({ group: 0 }, 'my.own'), 'm.onnx');
    checkModel(withNode({ group: 1, strides: [2, 2], pads: [0, 0, 0, 0] }), 'm.onnx');
  });
});

describe('tensors that are not what they say', () => {
  const weight = floatTensor('w', new Float32Array(6), [2, 3]);
  const withWeight = (changed: object) => chain({ initializer: [...graphOf(chain()).initializer, create(TensorProtoSchema, { ...weight, ...changed })] });

  it.each<[string, object, string]>([
    ['a negative size', { dims: [2n, -3n] }, 'm.onnx: the tensor "w" has the shape [2, -3]; expected whole numbers from 0'],
    ['a size beyond counting', { dims: [2n ** 40n, 2n ** 40n] }, 'm.onnx: the tensor "w" has the shape [1099511627776, 1099511627776]; expected whole numbers from 0'],
    ['too many bytes', { dims: [2n, 2n] }, 'm.onnx: the tensor "w" has 24 bytes; expected the 16 of its shape [2, 2]'],
    ['too few bytes', { dataType: DataType.DOUBLE }, 'm.onnx: the tensor "w" has 24 bytes; expected the 48 of its shape [2, 3]'],
    ['no numbers', { rawData: new Uint8Array(), dims: [2n ** 33n] }, 'm.onnx: the tensor "w" has 0 numbers; expected the 8589934592 of its shape [8589934592]'],
    ['numbers in another file', { rawData: new Uint8Array(), dataLocation: DataLocation.EXTERNAL }, 'm.onnx: the tensor "w" lies in another file; expected a network in one file'],
  ])('%s', async (_name, changed, message) => {
    expect(await refusal(withWeight(changed))).toBe(message);
  });

  it('are looked for inside nodes too', async () => {
    const constant = create(NodeProtoSchema, { opType: 'Constant', output: ['c'], attribute: [create(AttributeProtoSchema, { name: 'value', t: create(TensorProtoSchema, { ...weight, dims: [7n] }) })] });
    expect(await refusal(chain({ node: [...graphOf(chain()).node, constant] }))).toContain('has 24 bytes; expected the 28');
  });

  it('may lie in another file where that is read later', () => {
    checkModel(withWeight({ rawData: new Uint8Array(), dataLocation: DataLocation.EXTERNAL }), 'm.onnx', { externalData: true });
  });
});
