import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { hasInputTransform, transformMatrix } from '../../src/engine/generators/inputTransform';
import type { InputTransform } from '../../src/engine/generators/inputTransform';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import type { FloatTensor } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { openFixture } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const still: InputTransform = { translate: [0, 0], rotate: 0 };

/** Where a matrix takes the place (x, y). */
function taken(matrix: Float32Array, x: number, y: number): number[] {
  return [0, 1].map((row) => matrix[3 * row]! * x + matrix[3 * row + 1]! * y + matrix[3 * row + 2]!);
}

describe('the matrix of a transform', () => {
  it('is the identity for none', () => {
    expect([...transformMatrix(still)].map((value) => value + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('takes a place on the picture that was moved back to where it comes from', () => {
    const [x, y] = taken(transformMatrix({ translate: [0.3, -0.1], rotate: 0 }), 0.5, 0.25);
    expect(x).toBeCloseTo(0.2, 6);
    expect(y).toBeCloseTo(0.35, 6);
  });

  it('takes the right of a picture that was turned by a quarter, counterclockwise, to its bottom', () => {
    const [x, y] = taken(transformMatrix({ translate: [0, 0], rotate: 90 }), 0.5, 0);
    expect(x).toBeCloseTo(0, 6);
    expect(y).toBeCloseTo(0.5, 6);
  });

  it('turns first and moves then, as gen_images.py does', () => {
    // The inverse of [[c, s, 0.2], [-s, c, 0.5], [0, 0, 1]] at 30 degrees.
    const expected = [0.8660254, -0.5, 0.0767949, 0.5, 0.8660254, -0.5330127, 0, 0, 1];
    transformMatrix({ translate: [0.2, 0.5], rotate: 30 }).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });
});

/** Each channel of one picture [1, C, S, S], pixel (row, column) taken from `source`; undefined where it lies outside. */
function compared(actual: FloatTensor, original: FloatTensor, source: (row: number, column: number, size: number) => readonly [number, number]): { actual: number[]; expected: number[] } {
  const [, channels = 0, size = 0] = actual.dims;
  const pairs = Array.from(actual.data.subarray(0, channels * size * size), (value, i) => {
    const [row, column] = source(Math.floor(i / size) % size, i % size, size);
    const isInside = row >= 0 && column >= 0 && row < size && column < size;
    return isInside ? [value, original.data[(Math.floor(i / (size * size)) * size + row) * size + column]!] as const : undefined;
  }).filter((pair) => pair !== undefined);
  return { actual: pairs.map(([value]) => value), expected: pairs.map(([, value]) => value) };
}

describe.each(['t', 'r'])('a StyleGAN3 generator (configuration %s)', (configuration) => {
  let folder: string;
  let generator: Generator;
  let original: FloatTensor;
  let ws: FloatTensor;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resefa-transform-'));
    const fixture = fileURLToPath(new URL(`../fixtures/stylegan3-${configuration}-nvlabs/generator.pkl`, import.meta.url));
    await writeGenerator(join(folder, 'generator'), await importCheckpoint(fixture));
    generator = await Generator.open(join(folder, 'generator'), folder);
    ws = await generator.sample([3], { psi: 0.7 });
    original = await generator.synthesize(ws);
  });
  afterAll(async () => {
    await generator.release();
    await rm(folder, { recursive: true });
  });

  async function transformed(transform: InputTransform): Promise<FloatTensor> {
    const derived = generator.withTransform(transform);
    const image = await derived.synthesize(ws);
    await derived.release();
    return image;
  }

  it('makes the same picture by default as with no transform', async () => {
    expect(hasInputTransform(generator.synthesis)).toBe(true);
    expect(await transformed(still)).toEqual(original);
    expect(await transformed({ translate: [0, 0], rotate: 360 })).toMatchObject({ dims: original.dims });
    expect(differenceOf((await transformed({ translate: [0, 0], rotate: 360 })).data, original.data).relative).toBeLessThan(1e-4);
  });

  it('stays as it is itself', async () => {
    await transformed({ translate: [0.2, 0], rotate: 45 });
    expect(await generator.synthesize(ws)).toEqual(original);
  });

  it('moves the picture to the right and down', async () => {
    // Two samples of the input's 16 are four of the image's 32 pixels.
    const moved = await transformed({ translate: [0.125, 0.25], rotate: 0 });
    const pairs = compared(moved, original, (row, column) => [row - 8, column - 4]);
    const wrongWay = compared(moved, original, (row, column) => [row + 8, column + 4]);
    // The edges of the margin, which are zeros beyond, move along: they reach a few pixels into the picture.
    expect(differenceOf(pairs.actual, pairs.expected).mean).toBeLessThan(0.5 * differenceOf(wrongWay.actual, wrongWay.expected).mean);
  });

  it.each([
    [90, (row: number, column: number, size: number) => [column, size - 1 - row] as const],
    [180, (row: number, column: number, size: number) => [size - 1 - row, size - 1 - column] as const],
    [-90, (row: number, column: number, size: number) => [size - 1 - column, row] as const],
  ] as const)('turns the picture by %d degrees', async (rotate, source) => {
    const { actual, expected } = compared(await transformed({ translate: [0, 0], rotate }), original, source);
    const difference = differenceOf(actual, expected);
    // Configuration R treats both axes alike, margins included; T has kernels that do not turn with the picture.
    if (configuration === 'r') expect(difference.relative).toBeLessThan(1e-4);
    else expect(difference.mean).toBeGreaterThan(0.01);
  });
});

describe('a generator without such an input', () => {
  it('is refused by its name and architecture', async () => {
    const { generator, close } = await openFixture();
    expect(await userErrorOf(() => generator.withTransform(still))).toBe(
      'the generator generator (stylegan2) has no input that can be moved or turned; leave --translate and --rotate out, or take a StyleGAN3 generator',
    );
    await close();
  });
});
