import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { deepestLast } from '../../src/engine/onnx/nodeOrder';
import { Session } from '../../src/engine/runtime/session';

/** (x + 1) sin(cos(exp(x))) + x, its shallow operands written last. */
function model() {
  const g = new GraphBuilder();
  const x = g.input('x', ['N']);
  const deep = g.sin(g.cos(g.exp(x)));
  g.output('y', g.add(g.mul(deep, g.add(x, 1)), g.mul(x, x)), ['N']);
  return g.build('test');
}

describe('the order of nodes by depth', () => {
  it('has each node behind those that it reads, and the deeper of two operands behind the other', () => {
    const names = graphOf(deepestLast(model())).node.map(({ opType, output }) => `${opType} ${output[0]}`);
    expect(names).toEqual(['Exp exp', 'Add add', 'Mul mul_1', 'Cos cos', 'Sin sin', 'Mul mul', 'Add add_1', 'Identity y']);
  });

  it('changes nothing that is computed', async () => {
    const feeds = { x: { data: Float32Array.of(-1, 0, 0.5), dims: [3] } };
    const results = await Promise.all([model(), deepestLast(model())].map(async (graph) => (await (await Session.create(graph, 'test')).run(feeds)).y!.data));
    expect(results[1]).toEqual(results[0]);
  });

  it('leaves the model that it was given as it is', () => {
    const given = model();
    const before = graphOf(given).node.map(({ name }) => name);
    deepestLast(given);
    expect(graphOf(given).node.map(({ name }) => name)).toEqual(before);
  });
});
