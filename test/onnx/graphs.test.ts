import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { forwardMode } from '../../src/engine/autodiff/forwardMode';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, GraphProtoSchema, OperatorSetIdProtoSchema, ValueInfoProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { AttributeProto, GraphProto, ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../../src/engine/onnx/graphBuilder';
import type { Value } from '../../src/engine/onnx/graphBuilder';
import { declaredDims, fedInputs, graphOf, opsetOf, pruneTo, recordShapes, recordedShapes, valueNames, valuesRead } from '../../src/engine/onnx/graphs';
import { DataType, floatTensor, scalarTensor } from '../../src/engine/onnx/tensors';
import { probeShapes } from '../../src/engine/runtime/probe';
import { Session } from '../../src/engine/runtime/session';

const z = { data: Float32Array.of(1, -2), dims: [1, 2] };

async function run(model: ModelProto): Promise<Record<string, number[]>> {
  const session = await Session.create(model, 'a model');
  const results = await session.run(session.inputNames.includes('z') ? { z } : {});
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
}

function infoOf(model: ModelProto, name: string) {
  return graphOf(model).output.find((info) => info.name === name)!;
}

/** A graph to be put inside a node; it has no inputs unless it is given some. */
function innerGraph(name: string, write: (g: GraphBuilder) => Value): GraphProto {
  const g = new GraphBuilder();
  const output = write(g);
  return create(GraphProtoSchema, { name, node: g.nodes, initializer: g.initializers, input: g.inputs, output: [create(ValueInfoProtoSchema, { name: output, type: valueInfo(output, [1, 2]).type! })] });
}

function graphAttribute(name: string, g: GraphProto): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g });
}

/** An If whose branches are graphs. */
function emitIf(g: GraphBuilder, condition: Value, output: Value, branches: readonly [GraphProto, GraphProto]): void {
  g.emit('If', [condition], {}, [output]);
  g.nodes.at(-1)!.attribute.push(graphAttribute('then_branch', branches[0]), graphAttribute('else_branch', branches[1]));
}

/**
 * `chosen` is `far` (z times a weight) where the first of z is positive and else `near`; `plain` needs nothing of
 * it. The branch that is taken reads `far` only in an If inside the If.
 */
function branching(): ModelProto {
  const g = new GraphBuilder();
  g.input('z', [1, 2]);
  g.emit('Mul', ['z', g.weight('farWeight', Float32Array.of(10, 100), [2])], {}, ['far']);
  g.emit('Neg', ['z'], {}, ['near']);
  g.emit('Exp', ['z'], {}, ['unused']);
  g.emit('Greater', [g.node('ReduceMax', ['z'], { keepdims: 0 }, 'largest'), 0], {}, ['positive']);
  emitIf(g, 'positive', 'chosen', [
    innerGraph('then', (inner) => {
      emitIf(inner, 'positive', 'nested', [
        innerGraph('nestedThen', (deep) => deep.node('Identity', ['far'], {}, 'deepFar')),
        innerGraph('nestedElse', (deep) => deep.node('Identity', ['near'], {}, 'deepNear')),
      ]);
      return inner.node('Add', ['nested', inner.weight('inside', Float32Array.of(0.5, 0.5), [2])], {}, 'thenResult');
    }),
    innerGraph('else', (inner) => inner.node('Identity', ['near'], {}, 'elseResult')),
  ]);
  g.output('result', g.node('Identity', ['chosen']), [1, 2]);
  g.output('plain', g.node('Abs', ['z']), [1, 2]);
  return g.build('branching');
}

describe('pruneTo', () => {
  it('keeps what an output needs, and shares it', () => {
    const g = new GraphBuilder();
    g.input('z', ['N', 2]);
    g.input('unread', ['N', 7]);
    g.output('a', g.add(g.mul('z', g.weight('one', Float32Array.of(1, 2), [2])), 1), ['N', 2]);
    g.output('b', g.mul('z', g.weight('two', Float32Array.of(3, 4), [2])), ['N', 2]);
    const model = recordShapes(g.build('both'), new Map([['mul', ['N', 2]], ['mul_1', ['N', 2]]]));
    const before = structuredCloneOf(model);
    const pruned = pruneTo(model, [infoOf(model, 'b')]);
    const graph = graphOf(pruned);
    expect(graph.output.map(({ name }) => name)).toEqual(['b']);
    expect(graph.input.map(({ name }) => name)).toEqual(['z']);
    expect(graph.initializer).toEqual([graphOf(model).initializer.find(({ name }) => name === 'two')]);
    expect(graph.initializer[0]).toBe(graphOf(model).initializer.find(({ name }) => name === 'two'));
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Mul', 'Identity']);
    expect(graph.valueInfo.map(({ name }) => name)).toEqual(['mul_1']);
    expect(structuredCloneOf(model)).toEqual(before);
  });

  function structuredCloneOf(model: ModelProto) {
    const { node, input, output, initializer, valueInfo: info } = graphOf(model);
    return [node, input, output, initializer, info].map((list) => list.map((item) => ('name' in item ? item.name : '')));
  }

  it('keeps what the graphs inside a node read from outside, however deep', async () => {
    const model = branching();
    const pruned = pruneTo(model, [infoOf(model, 'result')]);
    expect(graphOf(pruned).node.map(({ output }) => output[0])).toEqual(['far', 'near', 'largest', 'positive', 'chosen', 'identity', 'result']);
    expect(await run(pruned)).toEqual({ result: (await run(model)).result });
    expect((await run(pruned)).result).toEqual([10.5, -199.5]);
  });

  it('leaves out a node with graphs inside, and what only they read', () => {
    const model = branching();
    const graph = graphOf(pruneTo(model, [infoOf(model, 'plain')]));
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Abs', 'Identity']);
    expect(graph.initializer).toEqual([]);
  });

  it('keeps what the body of a Loop reads', async () => {
    const g = new GraphBuilder();
    g.input('z', [1, 2]);
    g.emit('Neg', ['z'], {}, ['step']);
    const always = g.addInitializer(scalarTensor('always', 1, DataType.BOOL));
    g.emit('Loop', [g.int(3), always, 'z'], {}, ['summed']);
    const body = new GraphBuilder();
    body.input('iteration', [], DataType.INT64);
    body.input('before', [], DataType.BOOL);
    body.input('running', [1, 2]);
    body.output('after', 'before', [], DataType.BOOL);
    body.output('sum', body.add('running', 'step'), [1, 2]);
    g.nodes.at(-1)!.attribute.push(graphAttribute('body', create(GraphProtoSchema, { name: 'body', node: body.nodes, input: body.inputs, output: body.outputs })));
    g.output('y', g.node('Identity', ['summed']), [1, 2]);
    const model = g.build('loop');
    const pruned = pruneTo(model, [infoOf(model, 'y')]);
    expect(graphOf(pruned).node.map(({ opType }) => opType)).toEqual(['Neg', 'Loop', 'Identity', 'Identity']);
    // z - 3 z
    expect((await run(pruned)).y).toEqual([-2, 4]);
  });

  it('does not take inputs and outputs that are left out for one value', () => {
    const g = new GraphBuilder();
    g.input('z', ['N', 2]);
    g.emit('Dropout', ['z'], {}, ['dropped', '']);
    g.emit('Clip', ['z', '', g.scalar(1)], {}, ['clipped']);
    g.output('y', 'clipped', ['N', 2]);
    const model = g.build('optional');
    expect(graphOf(pruneTo(model, [infoOf(model, 'y')])).node.map(({ opType }) => opType)).toEqual(['Clip', 'Identity']);
  });

  it('lets a network with branches beside the latent code be differentiated', async () => {
    const g = new GraphBuilder();
    g.input('z', [1, 2]);
    g.emit('Mul', [g.weight('a', Float32Array.of(3, 5), [1, 2]), g.weight('b', Float32Array.of(2, 2), [1, 2])], {}, ['factor']);
    const branch = (name: string) => innerGraph(name, (inner) => inner.node('Identity', ['factor'], {}, `${name}Result`));
    emitIf(g, g.addInitializer(scalarTensor('yes', 1, DataType.BOOL)), 'weight', [branch('then'), branch('else')]);
    g.output('y', g.mul('z', 'weight'), [1, 2]);
    const model = g.build('constant branch');
    const tangent = forwardMode(model, { input: 'z', output: 'y', shapes: await probeShapes(model, { z }, 'branches') });
    const session = await Session.create(tangent.model, 'the tangents');
    const results = await session.run({ [tangent.tangentInput]: { data: Float32Array.of(1, 0, 0, 1), dims: [2, 1, 2] } });
    expect([...results[tangent.tangentOutput]!.data]).toEqual([6, 0, 0, 10]);
    await session.release();
  });
});

describe('the names in a graph', () => {
  it('are those of the graphs inside it as well', () => {
    const names = valueNames(graphOf(branching()));
    for (const name of ['z', 'far', 'farWeight', 'result', 'nested', 'thenResult', 'inside', 'deepFar']) expect(names).toContain(name);
  });

  it('that a node reads are its inputs, and what its graphs take from outside', () => {
    const nodes = graphOf(branching()).node;
    expect([...new Set(valuesRead(nodes.find(({ opType }) => opType === 'If')!))].sort()).toEqual(['far', 'near', 'positive']);
    expect(valuesRead(nodes.find(({ output }) => output[0] === 'far')!)).toEqual(['z', 'farWeight']);
  });
});

describe('the inputs of a graph', () => {
  it('are fed by the caller, but for those that an initializer gives', () => {
    const g = new GraphBuilder();
    for (const name of ['z', 'weight', 'c']) g.input(name, ['N', 2]);
    g.addInitializer(floatTensor('weight', Float32Array.of(1, 2), [2]));
    g.output('y', g.add('z', 'weight'), ['N', 2]);
    expect(fedInputs(graphOf(g.build('inputs'))).map(({ name }) => name)).toEqual(['z', 'c']);
  });

  it('have sizes, names for sizes that are free, or no shape', () => {
    expect(declaredDims(valueInfo('z', ['N', 3, 4]))).toEqual(['N', 3, 4]);
    expect(declaredDims(valueInfo('scalar', []))).toEqual([]);
    const unnamed = valueInfo('z', ['N', 3]);
    if (unnamed.type?.value.case === 'tensorType') unnamed.type.value.value.shape!.dim[0]!.value = { case: undefined };
    expect(declaredDims(unnamed)).toEqual(['', 3]);
    expect(declaredDims(create(ValueInfoProtoSchema, { name: 'z' }))).toBeUndefined();
    expect(declaredDims(create(ValueInfoProtoSchema, { name: 'z', type: { value: { case: 'tensorType', value: { elemType: DataType.FLOAT } } } }))).toBeUndefined();
  });
});

describe('recorded shapes', () => {
  const model = () => {
    const g = new GraphBuilder();
    g.output('y', g.matmul(g.input('z', ['N', 2]), g.weight('weight', new Float32Array(6), [2, 3])), ['N', 3]);
    return g.build('small');
  };

  it('are those of the weights, and for one sample those of the values', () => {
    const recorded = recordShapes(model(), new Map([['matmul', ['N', 3]], ['y', ['N', 3]], ['fixed', [5, 6]]]));
    expect(recordedShapes(graphOf(recorded))).toEqual(new Map([['weight', [2, 3]], ['matmul', [1, 3]], ['y', [1, 3]], ['fixed', [5, 6]]]));
    expect(graphOf(recorded).initializer[0]!.rawData.length).toBe(24);
  });

  it('leave out values with other free sizes', () => {
    const recorded = recordShapes(model(), new Map([['matmul', ['N', 'width']]]));
    expect([...recordedShapes(graphOf(recorded)).keys()]).toEqual(['weight']);
  });

  it('agree with ONNX Runtime', async () => {
    const recorded = recordShapes(model(), new Map([['matmul', ['N', 3]]]));
    expect((await run(recorded)).y).toEqual([0, 0, 0]);
    expect((await probeShapes(recorded, { z }, 'small')).get('matmul')).toEqual(recordedShapes(graphOf(recorded)).get('matmul'));
  });
});

describe('opsetOf', () => {
  it.each([
    [{ '': 13 }, 13],
    [{ 'com.microsoft': 1, 'ai.onnx': 16 }, 16],
    [{ 'com.microsoft': 5 }, 1],
  ])('of %j is %d', (imports, expected) => {
    const model = branching();
    model.opsetImport = Object.entries(imports).map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
    expect(opsetOf(model)).toBe(expected);
  });
});
