import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType as AttributeType } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, attribute, writtenOpset } from '../../src/engine/onnx/graphBuilder';
import { graphOf, opsetOf } from '../../src/engine/onnx/graphs';
import { dimsOf, floatsOf, integersOf } from '../../src/engine/onnx/tensors';
import { Session } from '../../src/engine/runtime/session';

describe('names', () => {
  it('are used once', () => {
    const g = new GraphBuilder(['x', 'x_1', 'add']);
    expect([g.freshName('x'), g.freshName('x'), g.freshName('y'), g.freshName('y')]).toEqual(['x_2', 'x_3', 'y', 'y_1']);
    expect([g.add('a', 'b'), g.add('a', 'b')]).toEqual(['add_1', 'add_2']);
  });

  it('of inputs, outputs, weights and nodes are not given again', () => {
    const g = new GraphBuilder();
    g.input('a', ['N']);
    g.weight('b', Float32Array.of(1), [1]);
    g.emit('Neg', ['a'], {}, ['c']);
    g.output('d', 'c', ['N']);
    g.addNode({ ...g.nodes[0]!, name: 'e', output: ['f'] });
    expect(['a', 'b', 'c', 'd', '/c', 'f'].map((name) => g.freshName(name))).toEqual(['a_1', 'b_1', 'c_1', 'd_1', '/c_1', 'f_1']);
  });

  it('of nodes are theirs alone', () => {
    const g = new GraphBuilder();
    for (let i = 0; i < 5; i++) g.neg(g.input('x', ['N']));
    expect(new Set(g.nodes.map(({ name }) => name)).size).toBe(5);
  });
});

describe('constants', () => {
  it('are shared where they are equal', () => {
    const g = new GraphBuilder();
    expect(g.ints([1, -2])).toBe(g.ints([1, -2]));
    expect(g.int(3)).toBe(g.int(3));
    expect(g.scalar(0.5)).toBe(g.scalar(0.5));
    expect(g.initializers).toHaveLength(3);
  });

  it('are not shared where they differ', () => {
    const g = new GraphBuilder();
    const names = [g.ints([1, 2]), g.ints([12]), g.ints([1, -2]), g.ints([-1, 2]), g.ints([]), g.int(12), g.int(-12), g.scalar(12), g.scalar(-12), g.scalar(1e-8), g.scalar(-1e8), g.scalar(1e8)];
    expect(new Set(names).size).toBe(names.length);
    expect(g.initializers.slice(0, 5).map((tensor) => [dimsOf(tensor), integersOf(tensor)])).toEqual([[[2], [1, 2]], [[1], [12]], [[2], [1, -2]], [[2], [-1, 2]], [[0], []]]);
    expect(dimsOf(g.initializers[5]!)).toEqual([]);
    expect(g.initializers.slice(7).map((tensor) => floatsOf(tensor)![0])).toEqual([12, -12, Math.fround(1e-8), -1e8, 1e8]);
  });

  it('do not collide with names that are taken', () => {
    const g = new GraphBuilder(['ints_1_2', 'float_2']);
    expect([g.ints([1, 2]), g.scalar(2), g.ints([1, 2])]).toEqual(['ints_1_2_1', 'float_2_1', 'ints_1_2_1']);
  });
});

describe('weights', () => {
  it('are views of the numbers that they are given', () => {
    const g = new GraphBuilder();
    const data = new Float32Array(12).subarray(3, 9);
    expect([g.weight('w', data, [2, 3]), g.weight('w', data, [6])]).toEqual(['w', 'w_1']);
    for (const { rawData } of g.initializers) expect([rawData.buffer, rawData.byteOffset, rawData.length]).toEqual([data.buffer, 12, 24]);
  });

  it('must have as many numbers as their shape says', () => {
    expect(() => new GraphBuilder().weight('w', new Float32Array(5), [2, 3])).toThrow('w: 5 numbers for shape [2, 3]');
  });
});

describe('attributes', () => {
  it.each([
    [3, AttributeType.INT],
    ['same', AttributeType.STRING],
    [[1, 2], AttributeType.INTS],
    [[], AttributeType.INTS],
    [{ float: 3 }, AttributeType.FLOAT],
    [{ floats: [1, 0.5] }, AttributeType.FLOATS],
  ] as const)('made of %j have their type', (value, type) => {
    const made = attribute('a', value);
    expect([made.name, made.type]).toEqual(['a', type]);
    if (type === AttributeType.INT) expect(made.i).toBe(3n);
    if (type === AttributeType.STRING) expect(Buffer.from(made.s!).toString()).toBe('same');
    if (type === AttributeType.FLOAT) expect([made.f, made.i]).toEqual([3, undefined]);
    if (type === AttributeType.FLOATS) expect(made.floats).toEqual([1, 0.5]);
    if (Array.isArray(value)) expect(made.ints).toEqual(value.map(BigInt));
  });
});

describe('a finished model', () => {
  /** The mean over the last axis of (2 x - 1)^2, with the axis taken away. */
  function written(opset?: number) {
    const g = new GraphBuilder([], opset);
    const x = g.input('x', ['N', 2, 3]);
    const squares = g.square(g.sub(g.mul(2, x), 1));
    g.output('y', g.squeeze(g.unsqueeze(g.squeeze(g.meanOver(squares, [2]), [2]), [0]), [0]), ['N', 2]);
    g.output('total', g.sumOver(squares, [1, 2]), ['N', 1, 1]);
    return g.build('means');
  }

  // github.com/onnx/onnx, docs/Versioning.md
  it.each([[9, 4], [10, 5], [11, 6], [12, 7], [13, 7], [14, 7], [15, 8], [17, 8], [18, 8], [19, 9], [20, 9], [21, 10], [22, 10]])('for operator set %d is a file of version %d that ONNX Runtime runs', async (opset, irVersion) => {
    const model = written(opset);
    expect(opsetOf(model)).toBe(opset);
    expect(model.irVersion).toBe(BigInt(irVersion));
    const session = await Session.create(model, 'the model');
    const { y, total } = await session.run({ x: { data: Float32Array.of(0, 1, 2, 3, 4, 5), dims: [1, 2, 3] } });
    await session.release();
    expect(y!.dims).toEqual([1, 2]);
    [11 / 3, 155 / 3].forEach((value, i) => expect(y!.data[i]).toBeCloseTo(value, 4));
    expect(total).toEqual({ data: Float32Array.of(166), dims: [1, 1, 1] });
  });

  it('is written for the usual operator set where none is given', () => {
    expect(writtenOpset).toBe(17);
    expect([opsetOf(written()), written().irVersion]).toEqual([17, 8n]);
  });

  it('declares outputs under their own names', () => {
    const g = new GraphBuilder();
    const x = g.input('x', ['N', 1]);
    g.emit('Neg', [x], {}, ['negative']);
    g.output('negative', 'negative', ['N', 1]);
    g.output('copy', 'negative', ['N', 1]);
    const graph = graphOf(g.build('outputs'));
    expect(graph.output.map(({ name }) => name)).toEqual(['negative', 'copy']);
    expect(graph.node.map(({ opType, output }) => [opType, ...output])).toEqual([['Neg', 'negative'], ['Identity', 'copy']]);
  });

  it('passes on what needs no node', () => {
    const g = new GraphBuilder();
    expect([g.unsqueeze('x', []), g.squeeze('x', []), g.value('x')]).toEqual(['x', 'x', 'x']);
    expect(g.nodes).toEqual([]);
  });
});
