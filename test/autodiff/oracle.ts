import { expect } from 'vitest';
import { forwardMode } from '../../src/engine/autodiff/forwardMode';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { graphOf } from '../../src/engine/onnx/graphs';
import { probeShapes } from '../../src/engine/runtime/probe';
import { Session } from '../../src/engine/runtime/session';
import { sizeOf } from '../../src/engine/tensor';
import { seededRandom } from '../shared/seededRandom';

/** The step of the central differences: small beside the distance of the inputs from kinks, large beside rounding. */
const step = 1e-2;
/** The allowed error of a tangent, relative to the largest one. */
const tolerance = 2e-3;

/** A model with one input and the point at which it is differentiated. */
export interface Subject {
  readonly model: ModelProto;
  readonly input: string;
  readonly point: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Compares the tangents of each output of a model with central differences of the model itself, for three
 * random tangents; and expects that tangents do not depend on how many are computed together, that zero gives
 * zero, and that the map is linear. `integers` are those that the graph computes, where the transform may know them.
 */
export async function expectTangents({ model, input, point, dims }: Subject, integers?: ReadonlyMap<string, readonly number[]>): Promise<void> {
  const outputs = graphOf(model).output.map(({ name }) => name);
  const shapes = await probeShapes(model, { [input]: { data: point, dims } }, 'the original');
  const random = seededRandom(7);
  const [a, b, c] = [0, 1, 2].map(() => point.map(() => 2 * random() - 1));
  const zero = point.map(() => 0);
  const mixed = point.map((_, i) => 2 * a![i]! - 3 * b![i]!);
  const tangents = [a!, b!, c!, zero, mixed];
  const expected = await centralDifferences(model, input, point, dims, tangents.slice(0, 3));
  for (const output of outputs) {
    const tangent = forwardMode(model, { input, output, shapes, ...(integers ? { integers } : {}) });
    const session = await Session.create(tangent.model, 'the tangent model', { threads: 1 });
    const run = async (some: readonly Float32Array[]) => {
      const stacked = { data: Float32Array.from(some.flatMap((t) => [...t])), dims: [some.length, ...dims] };
      const feeds = { [input]: { data: point, dims }, [tangent.tangentInput]: stacked };
      const result = (await session.run(session.inputNames.includes(input) ? feeds : { [tangent.tangentInput]: stacked }))[tangent.tangentOutput]!;
      expect(result.dims).toEqual([some.length, ...shapes.get(output)!]);
      return some.map((_, k) => result.data.subarray(k * sizeOf(shapes.get(output)!), (k + 1) * sizeOf(shapes.get(output)!)));
    };
    const together = await run(tangents);
    const wanted = expected[output]!;
    const largest = Math.max(...wanted.map(magnitude));
    expect(largest, 'the tangents are not all zero').toBeGreaterThan(1e-2);
    for (const [k, differences] of wanted.entries()) {
      expect(distance(together[k]!, differences) / largest, `${output}, tangent ${k}, beside central differences`).toBeLessThan(tolerance);
      const [alone] = await run([tangents[k]!]);
      expect(distance(together[k]!, alone!) / largest, `${output}, tangent ${k}, alone`).toBeLessThan(1e-5);
    }
    expect(magnitude(together[3]!), 'zero gives zero').toBe(0);
    const combined = together[0]!.map((value, i) => 2 * value - 3 * together[1]![i]!);
    expect(distance(together[4]!, combined) / largest, 'the map is linear').toBeLessThan(1e-5);
    await session.release();
  }
}

async function centralDifferences(
  model: ModelProto, input: string, point: Float32Array, dims: readonly number[], tangents: readonly Float32Array[],
): Promise<Record<string, Float32Array[]>> {
  const session = await Session.create(model, 'the original', { threads: 1 });
  const differences: Record<string, Float32Array[]> = {};
  for (const tangent of tangents) {
    const at = (distance: number) => session.run({ [input]: { data: point.map((x, i) => x + distance * tangent[i]!), dims } });
    const above = await at(step);
    const below = await at(-step);
    for (const [output, { data }] of Object.entries(above)) {
      (differences[output] ??= []).push(data.map((value, i) => (value - below[output]!.data[i]!) / (2 * step)));
    }
  }
  await session.release();
  return differences;
}

function magnitude(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return magnitude(a.map((value, i) => value - b[i]!));
}
