import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { decideBranches } from '../../src/engine/onnx/branches';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder, valueInfo } from '../../src/engine/onnx/graphBuilder';
import type { Value } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { DataType } from '../../src/engine/onnx/tensors';
import { inferShapes } from '../../src/engine/runtime/inferShapes';
import { probeModel } from '../../src/engine/runtime/probe';
import { Session } from '../../src/engine/runtime/session';

const z = { data: Float32Array.of(1, -2, 3, -4, 5, -6), dims: [2, 3] };

describe('a probe', () => {
  it('tells integers that follow from shapes, and none that follow from numbers', async () => {
    const g = new GraphBuilder();
    g.input('z', ['N', 3]);
    const shape = g.node('Shape', ['z']);
    g.emit('Concat', [g.node('Gather', [shape, g.ints([0])]), g.ints([1, -1])], { axis: 0 }, ['dims']);
    g.emit('Reshape', ['z', 'dims'], {}, ['reshaped']);
    g.emit('ArgMax', ['z'], { axis: 1, keepdims: 0 }, ['largest']);
    g.emit('Gather', ['z', 'largest'], { axis: 1 }, ['picked']);
    g.emit('Reshape', ['z', g.ints([-1])], {}, ['flat']);
    g.output('a', 'reshaped', ['N', 1, 3]);
    g.output('b', 'picked', ['N', 'N']);
    g.output('c', 'flat', ['M']);
    const { shapes, integers, outputs } = await probeModel(g.build('shapes'), { z }, 'shapes');
    expect(Object.fromEntries(integers)).toEqual({ dims: [2, 1, -1] });
    expect(shapes.get('reshaped')).toEqual([2, 1, 3]);
    expect(shapes.get('largest')).toEqual([2]);
    expect(Object.keys(outputs)).toEqual(['a', 'b', 'c']);
  });

  it('takes constants that are listed as inputs, as old files do, for constants', async () => {
    const g = new GraphBuilder([], 9);
    g.input('z', ['N', 3]);
    const ones = g.ints([1]);
    g.inputs.push(valueInfo(ones, [1], DataType.INT64));
    g.emit('Concat', [ones, ones, g.ints([6])], { axis: 0 }, ['dims']);
    g.output('y', g.node('Reshape', ['z', 'dims']), [1, 1, 6]);
    expect(Object.fromEntries((await probeModel(g.build('old'), { z }, 'old')).integers)).toEqual({ dims: [1, 1, 6] });
  });

  it('passes over values that are no tensors', async () => {
    const g = new GraphBuilder();
    g.input('z', ['N', 3]);
    g.emit('SplitToSequence', ['z', g.int(1)], { axis: 1 }, ['parts']);
    g.output('y', g.node('SequenceAt', ['parts', g.int(1)], {}, 'second'), ['N', 1]);
    const { shapes } = await probeModel(g.build('sequence'), { z }, 'sequence');
    expect(shapes.get('second')).toEqual([2, 1]);
    expect(shapes.has('parts')).toBe(false);
  });
});

describe('branches', () => {
  function branch(name: string, body: (g: GraphBuilder) => Value) {
    const g = new GraphBuilder();
    const result = body(g);
    g.output(result, result, ['a', 'b']);
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: { name, node: g.nodes, initializer: g.initializers, output: g.outputs } });
  }

  /** z times `factor`, inside a branch whose values are called alike in all branches. */
  const times = (name: string, of: Value, factor: number) => branch(name, (g) => g.node('Mul', [of, g.weight('factor', Float32Array.of(factor), [])], {}, 'product'));

  function twoBranches() {
    const g = new GraphBuilder();
    g.input('z', ['N', 3]);
    const columns = g.node('Gather', [g.node('Shape', ['z']), g.int(1)]);
    for (const [condition, of, result] of [[g.node('Equal', [columns, g.int(3)]), 'z', 'first'], [g.node('Equal', [columns, g.int(4)]), 'first', 'second']] as const) {
      g.emit('If', [condition], {}, [result]);
      g.nodes.at(-1)!.attribute.push(times('then_branch', of, 10), times('else_branch', of, 100));
    }
    g.output('y', 'second', ['N', 3]);
    return g.build('branches');
  }

  it('that shapes decide take the place of their If', async () => {
    const model = twoBranches();
    const { integers } = await probeModel(model, { z }, 'branches');
    const { model: plain, decided } = decideBranches(model, integers);
    expect(decided).toBe(2);
    expect(graphOf(plain).node.some(({ opType }) => opType === 'If')).toBe(false);
    const session = await Session.create(plain, 'plain');
    expect([...(await session.run({ z })).y!.data]).toEqual([...z.data].map((value) => value * 1000));
    await session.release();
  });

  it('that nothing is known of stay', () => {
    const model = twoBranches();
    expect(decideBranches(model, new Map())).toEqual({ model, decided: 0 });
  });
});

describe('shapes that are inferred', () => {
  it('are those of scalars too, and none of what nothing is known of', async () => {
    const g = new GraphBuilder();
    g.input('z', ['N', 3]);
    const rows = g.node('Gather', [g.node('Shape', ['z']), g.int(0)], {}, 'rows');
    g.emit('Reshape', ['z', g.input('wish', ['K'], DataType.INT64)], {}, ['unknown']);
    g.output('y', g.node('Cast', [rows], { to: DataType.FLOAT }, 'count'), []);
    g.output('x', 'unknown', ['?']);
    delete (g.outputs[1]!.type!.value.value as { shape?: unknown }).shape;
    const shapes = await inferShapes(g.build('scalars'), 'scalars');
    expect(Object.fromEntries(shapes)).toMatchObject({ shape: [2], rows: [], count: [] });
    expect(shapes.has('unknown')).toBe(false);
  });
});
