import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Value } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { splitModel } from '../../src/engine/onnx/splitModel';
import { Session } from '../../src/engine/runtime/session';
import type { FloatTensor } from '../../src/engine/tensor';

function modelOf(write: (g: GraphBuilder, code: Value, tangent: Value) => Value) {
  const g = new GraphBuilder();
  const [code, tangent] = [g.input('code', [1, 3]), g.input('tangent', ['K', 3])];
  g.output('y', write(g, code, tangent), ['K', 3]);
  return g.build('a network');
}

const code = { data: Float32Array.of(1, -2, 3), dims: [1, 3] };
const tangent = { data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [2, 3] };

const three = (g: GraphBuilder) => g.weight('three', Float32Array.of(1, 2, 3), [3]);

async function run(model: Parameters<typeof graphOf>[0], feeds: Readonly<Record<string, FloatTensor>>) {
  const session = await Session.create(model, 'a part', { threads: 1 });
  const results = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
  await session.release();
  return results;
}

function operators(model: Parameters<typeof graphOf>[0]): string[] {
  return graphOf(model).node.map(({ opType }) => opType);
}

describe('a model that is split at one of its inputs', () => {
  it('computes the same in two parts', async () => {
    // exp(code) is read twice; the square of the tangent, and its shape, follow it.
    const model = modelOf((g, c, t) => {
      const e = g.exp(c);
      const rows = g.node('Expand', [g.add(e, three(g)), g.node('Shape', [t])]);
      return g.add(g.mul(g.square(t), e), rows);
    });
    const split = splitModel(model, 'tangent')!;
    expect(split.carried).toEqual(['exp', 'add']);
    expect(operators(split.fixed)).toEqual(['Exp', 'Add']);
    expect(operators(split.varying)).toEqual(['Shape', 'Expand', 'Mul', 'Mul', 'Add', 'Identity']);
    const carried = await run(split.fixed, { code });
    expect(Object.keys(carried).sort()).toEqual(['add', 'exp']);
    expect((await run(split.varying, { tangent, ...carried })).y).toEqual((await run(model, { code, tangent })).y);
  });

  it('hands over no truth values: what computes them stands in both parts', async () => {
    const model = modelOf((g, c, t) => g.where(g.less(g.sin(c), 0), g.mul(t, 2), t));
    const split = splitModel(model, 'tangent')!;
    expect(split.carried).toEqual(['sin']);
    expect(operators(split.varying)).toEqual(['Less', 'Mul', 'Where', 'Identity']);
    expect((await run(split.varying, { tangent, ...await run(split.fixed, { code }) })).y).toEqual((await run(model, { code, tangent })).y);
  });

  it('hands over no integers, and nothing of unknown type', () => {
    const model = modelOf((g, c, t) => {
      const places = g.node('ArgMax', [c], { axis: 1 });
      const wide = g.node('Cast', [g.cos(c)], { to: 11 });
      const back = g.node('Cast', [g.sin(wide)], { to: 1 });
      return g.mul(g.mul(t, back), g.node('Cast', [places], { to: 1 }));
    });
    expect(splitModel(model, 'tangent')!.carried).toEqual(['cast_1', 'cast_2']);
    const other = modelOf((g, c, t) => {
      const value = g.node('Unheard', [g.cos(c)]);
      g.nodes.at(-1)!.domain = 'com.example';
      return g.mul(t, value);
    });
    expect(splitModel(other, 'tangent')!.carried).toEqual(['cos']);
  });

  it('leaves constants, and inputs that it reads as they are, to the second part', () => {
    const split = splitModel(modelOf((g, c, t) => g.add(g.mul(t, g.sin(three(g))), g.mul(c, g.exp(c)))), 'tangent')!;
    expect(split.carried).toEqual(['mul_1']);
    expect(operators(split.varying)).toEqual(['Sin', 'Mul', 'Add', 'Identity']);
    const direct = splitModel(modelOf((g, c, t) => g.mul(g.mul(t, c), g.exp(c))), 'tangent')!;
    expect(graphOf(direct.varying).input.map(({ name }) => name)).toEqual(['code', 'tangent', 'exp']);
  });

  it('takes the outputs of a node together', async () => {
    const model = modelOf((g, c, t) => {
      g.emit('Split', [c], { axis: 1 }, ['a', 'b', 'c']);
      return g.mul(t, g.node('Concat', ['c', 'b', 'a'], { axis: 1 }));
    });
    const parts = modelOf((g, c, t) => {
      g.emit('Split', [c], { axis: 1 }, ['a', 'b', 'c']);
      return g.mul(g.mul(t, 'a'), 'c');
    });
    expect(splitModel(model, 'tangent')!.carried).toEqual(['concat']);
    expect(splitModel(parts, 'tangent')!.carried.toSorted()).toEqual(['a', 'c']);
    expect((await run(splitModel(parts, 'tangent')!.fixed, { code })).c!.data).toEqual(Float32Array.of(3));
  });

  it('is not split where nothing would be handed over', () => {
    expect(splitModel(modelOf((g, _, t) => g.mul(t, three(g))), 'tangent')).toBeUndefined();
    expect(splitModel(modelOf((g, c, t) => g.mul(t, c)), 'tangent')).toBeUndefined();
  });
});
