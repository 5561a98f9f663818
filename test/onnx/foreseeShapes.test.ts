import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import type { Value } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { readModel } from '../../src/engine/onnx/modelFile';
import { foreseeShapes } from '../../src/engine/runtime/foreseeShapes';
import { probeShapes } from '../../src/engine/runtime/probe';
import { sizeOf } from '../../src/engine/tensor';
import { userErrorOf } from '../support/userErrors';

const z = new Map([['z', [1, 4]]]);

/** A network from z [N, 4]. */
function network(body: (g: GraphBuilder, latent: Value) => Value): ModelProto {
  const g = new GraphBuilder();
  const image = body(g, g.input('z', ['N', 4]));
  g.output('image', image, ['N', 'C', 'H', 'W']);
  return g.build('toy');
}

/** z as a picture of one channel and 2 x 2 pixels. */
const picture = (g: GraphBuilder, latent: Value): Value => g.reshape(latent, [-1, 1, 2, 2]);

/** Twice the height and width of x as a list that the graph computes: Shape, Slice, Mul, Concat. */
function doubled(g: GraphBuilder, x: Value): Value {
  const shape = g.node('Shape', [x]);
  const [batch, sides] = [[0, 2], [2, 4]].map(([start, end]) => g.node('Slice', [shape, g.ints([start!]), g.ints([end!])]));
  return g.node('Concat', [batch!, g.mul(sides!, g.ints([2]))], { axis: 0 });
}

describe('shapes foreseen', () => {
  it.each([['dcgan', 24], ['pggan', 24], ['biggan', 24], ['fused-style', 24]])('are those that a run has: %s', async (name, unknowns) => {
    const model = readModel(await readFile(fileURLToPath(new URL(`../fixtures/onnx/${name}/generator.onnx`, import.meta.url))), name);
    const foreseen = await foreseeShapes(model, new Map([['z', [1, unknowns]]]), name);
    const probed = await probeShapes(model, { z: { data: new Float32Array(unknowns), dims: [1, unknowns] } }, name);
    const values = graphOf(model).node.flatMap(({ output }) => output);
    expect(values.length).toBeGreaterThan(10);
    expect(Object.fromEntries(values.map((value) => [value, foreseen.get(value)]))).toEqual(Object.fromEntries(values.map((value) => [value, probed.get(value)])));
  });

  it('follow sizes that the graph computes from sizes that it computes', async () => {
    const model = network((g, latent) => {
      let x = picture(g, latent);
      for (let i = 0; i < 3; i++) x = g.node('Resize', [x, '', '', doubled(g, x)], { mode: 'nearest' });
      return x;
    });
    expect((await foreseeShapes(model, z, 'toy')).get('image')).toEqual([1, 1, 16, 16]);
  });

  it('leave out what depends on the latent code itself', async () => {
    const model = network((g, latent) => {
      const length = g.node('Cast', [g.node('ReduceSum', [latent, g.ints([1])], { keepdims: 0 })], { to: 7 });
      return g.node('Expand', [picture(g, latent), g.node('Concat', [g.ints([1, 1, 2]), g.add(length, g.ints([2]))], { axis: 0 })]);
    });
    const shapes = await foreseeShapes(model, z, 'toy');
    expect(shapes.get('reshape')).toEqual([1, 1, 2, 2]);
    expect(shapes.has('image')).toBe(false);
  });
});

describe('values that are too large', () => {
  const grown = (sides: readonly number[]) => network((g, latent) => g.node('Resize', [picture(g, latent), '', '', g.ints([1, 1, ...sides])], { mode: 'nearest' }));

  it('are refused before anything is run', async () => {
    expect(await userErrorOf(() => foreseeShapes(grown([100_000, 100_000]), z, 'toy.onnx'))).toBe(
      'toy.onnx: the Resize "/resize" would give an array of the shape [1, 1, 100000, 100000]; expected at most 67108864 numbers for a network of its size',
    );
  });

  it('are refused where the graph computes how large they are', async () => {
    const model = network((g, latent) => g.node('Resize', [picture(g, latent), '', '', g.mul(doubled(g, picture(g, latent)), g.ints([1, 1, 9000, 500]))], { mode: 'nearest' }));
    expect(await userErrorOf(() => foreseeShapes(model, z, 'toy.onnx'))).toContain('would give an array of the shape [1, 1, 36000, 2000]');
  });

  it('are refused where the network is large, but its picture is small', async () => {
    const model = network((g, latent) => {
      const x = g.node('Resize', [picture(g, latent), '', '', g.ints([1, 1, 4096, 8000])], { mode: 'nearest' });
      const scale = g.node('ReduceSum', [g.weight('weight', new Float32Array(2 ** 20), [2 ** 20])], { keepdims: 0 });
      return g.mul(g.node('Resize', [x, '', '', g.ints([1, 1, 16, 16])], { mode: 'nearest' }), scale);
    });
    expect(await userErrorOf(() => foreseeShapes(model, z, 'toy.onnx'))).toContain('the shape [1, 1, 4096, 8000]; expected at most 16777216 numbers');
  });

  it('are not those of a picture of 4096 px, or of a network with many weights', async () => {
    await foreseeShapes(grown([4096, 4096]), z, 'toy.onnx');
    const weights = [1024, 1024];
    const heavy = network((g, latent) => {
      const x = g.node('Resize', [picture(g, latent), '', '', g.ints([1, 1, 4096, 8000])], { mode: 'nearest' });
      return g.add(x, g.node('ReduceSum', [g.weight('weight', new Float32Array(sizeOf(weights)), weights)], { keepdims: 0 }));
    });
    expect((await foreseeShapes(heavy, z, 'toy.onnx')).get('image')).toEqual([1, 1, 4096, 8000]);
  });

  it('are not those of a small network with a hundred channels for each pixel of 512', async () => {
    const network96 = (side: number, pixels: number) => network((g, latent) => {
      const x = g.node('Conv', [g.node('Resize', [picture(g, latent), '', '', g.ints([1, 1, side, side])], { mode: 'nearest' }), g.weight('in', new Float32Array(96), [96, 1, 1, 1])]);
      const colours = g.node('Conv', [x, g.weight('out', new Float32Array(3 * 96), [3, 96, 1, 1])]);
      return g.node('Resize', [colours, '', '', g.ints([1, 3, pixels, pixels])], { mode: 'nearest' });
    });
    expect((await foreseeShapes(network96(512, 512), z, 'toy.onnx')).get('image')).toEqual([1, 3, 512, 512]);
    expect(await userErrorOf(() => foreseeShapes(network96(512, 32), z, 'toy.onnx'))).toContain('the shape [1, 96, 512, 512]; expected at most 16777216 numbers');
  });
});
