import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/engine/editing/applyDirection';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { composeDirections, parseWeights } from '../../src/shared/direction/composeDirections';
import { originOf, vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile, DirectionVector } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { exampleDirection } from '../support/directions';
import { Gaussian } from '../support/gaussian';
import { userErrorOf } from '../support/userErrors';

const [dimensions, layerCount] = [6, 8];

function direction(name: string, layers: readonly number[], vector: DirectionVector, alpha: readonly [number, number] = [-6, 6]): DirectionFile {
  const size = (vector[0] as readonly number[]).length;
  return { ...exampleDirection, name, latent: { space: size ? 'w+' : 'w', dimensions: size || vector.length, layers }, vector, edit: { alpha } };
}

/** Unit vectors that are the same on every run. */
function random(seed: number, length = dimensions): number[] {
  const values = Array.from(new Gaussian(seed).tensor([length]).data);
  return values.map((value) => value / Math.hypot(...values));
}

function randomRows(seed: number, rows: number): number[][] {
  const values = random(seed, rows * dimensions);
  return Array.from({ length: rows }, (_, i) => values.slice(i * dimensions, (i + 1) * dimensions));
}

/** What some alphas of directions add to ws [L x d]. */
function added(...edits: readonly (readonly [DirectionFile, number])[]): number[] {
  const ws = { data: new Float32Array(layerCount * dimensions), dims: [1, layerCount, dimensions] };
  return Array.from(applyEdits(ws, edits.map(([file, alpha]) => ({ layers: file.latent.layers, rows: vectorRows(file), alpha }))).data);
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const near = (values: readonly number[], digits = 5) => values.map((value) => expect.closeTo(value, digits) as number);
const compose = (directions: readonly DirectionFile[], weights?: readonly number[], orthogonal = false) => composeDirections(directions, { name: 'both', weights, orthogonal });

const [a, b, c] = [direction('a', [2, 3], random(1)), direction('b', [2, 3], random(2)), direction('c', [2, 3], random(3))];
const [p, q] = [direction('p', [1, 2], randomRows(4, 2)), direction('q', [2, 5], randomRows(5, 2))];

describe('composing', () => {
  it('adds up to what the directions add together: at the end of its range, as many times its weights', () => {
    for (const [directions, weights] of [[[a, b], [1, -0.5]], [[a, b, c], [0.3, 2, 1]], [[a, p], [1, 2]], [[p, q], [-1, 1]], [[a, b, p, q], [1, 1, 1, 1]]] as const) {
      const composed = compose(directions, weights);
      expect(Math.hypot(...composed.vector.flat())).toBeCloseTo(1, 12);
      const [least, most] = composed.edit.alpha;
      // All ranges are -6 to 6, so the heaviest weight is the first to reach its end.
      const share = 6 / Math.max(...weights.map(Math.abs));
      const [end, start] = [added([composed, most]), added([composed, least])];
      const expected = added(...directions.map((each, i) => [each, share * weights[i]!] as const));
      const turned = dot(end, expected) < 0;
      expect(turned ? start : end).toEqual(near(expected));
      expect(least).toBeCloseTo(-most, 12);
    }
  });

  it('stays in w where all are in w on the same layers, and else has a row for each layer of any', () => {
    expect(compose([a, b]).latent).toEqual({ space: 'w', dimensions, layers: [2, 3] });
    expect(compose([a, { ...b, latent: { ...b.latent, layers: [3, 7] } }]).latent).toEqual({ space: 'w+', dimensions, layers: [2, 3, 7] });
    expect(compose([a, p]).latent).toEqual({ space: 'w+', dimensions, layers: [1, 2, 3] });
    expect(compose([p, q]).latent).toEqual({ space: 'w+', dimensions, layers: [1, 2, 5] });
  });

  it('writes a file of version 2 that reads back, with what it is made of', () => {
    const composed = compose([a, p], [1, -0.25], true);
    const text = formatDirection(composed);
    const read = parseDirection(text, 'both');
    expect(formatDirection(read)).toBe(text);
    expect(read).toMatchObject({ version: 2, name: 'both', generator: a.generator, source: { kind: 'composition', orthogonal: true, terms: [{ name: 'a', weight: 1 }, { name: 'p', weight: -0.25 }] } });
    expect(read.discovery ?? read.metrics).toBeUndefined();
    expect(originOf(read)).toBe('a - 0.25 p, orthogonal');
    // The sign is fixed before anything is written, and the range goes with it.
    expect(read.edit.alpha).toEqual(composed.edit.alpha.map((end) => Number(end.toPrecision(6))));
  });

  it('turns the range with the sign', () => {
    const [x, y] = [direction('x', [0], [0, 0, 0, 0, 0, 1], [-1, 4]), direction('y', [0], [1, 0, 0, 0, 0, 0], [-2, 100])];
    expect(compose([x, y], [1, 1])).toMatchObject({ edit: { alpha: [expect.closeTo(-Math.SQRT2, 9), expect.closeTo(4 * Math.SQRT2, 9)] } });
    const turned = compose([x, y], [-2, 1]);
    // -2 x reaches from -2 to 0.5 as a common factor, y from -2 to 100.
    expect(turned.vector).toEqual([expect.closeTo(-1 / Math.sqrt(5), 9), 0, 0, 0, 0, expect.closeTo(2 / Math.sqrt(5), 9)]);
    expect(turned.edit.alpha).toEqual([expect.closeTo(-0.5 * Math.sqrt(5), 9), expect.closeTo(2 * Math.sqrt(5), 9)]);
  });

  it('takes the widest range where the terms have none in common', () => {
    const [x, y] = [direction('x', [0], [1, 0, 0, 0, 0, 0], [0, 4]), direction('y', [0], [0, 1, 0, 0, 0, 0], [-3, 0])];
    expect(compose([x, y]).edit.alpha).toEqual([expect.closeTo(-3 * Math.SQRT2, 9), expect.closeTo(4 * Math.SQRT2, 9)]);
  });

  it('keeps the region that all have, and no other', () => {
    expect(compose([a, b]).region).toEqual(a.region);
    const { x, y, width, height } = a.region as { x: number; y: number; width: number; height: number };
    expect(compose([a, { ...b, region: { height, width, y, x, shape: 'box' } }]).region).toEqual(a.region);
    expect(compose([a, { ...b, region: { shape: 'box', x, y, width, height: 0.1 } }]).region).toBeUndefined();
    const { region, ...without } = b;
    expect(region).toBeDefined();
    expect(compose([a, without]).region).toBeUndefined();
  });
});

describe('Gram-Schmidt', () => {
  it('makes each direction orthogonal to those before it, as edits of ws', () => {
    for (const directions of [[a, b, c], [a, p, q], [p, q]]) {
      const alone = directions.map((_, i) => compose(directions.slice(0, Math.max(2, i + 1)), directions.slice(0, Math.max(2, i + 1)).map((__, j) => (i === j ? 1 : 0)), true));
      const edits = alone.map((each) => added([each, 1]));
      for (const [i, one] of edits.entries()) for (const other of edits.slice(0, i)) expect(dot(one, other)).toBeCloseTo(0, 6);
      // The first is left as it is.
      const first = added([directions[0]!, 1]);
      expect(Math.abs(dot(edits[0]!, first)) / Math.hypot(...edits[0]!) / Math.hypot(...first)).toBeCloseTo(1, 6);
    }
  });

  it('leaves a weight its meaning: the rest of a direction is as long as the direction', () => {
    // b is at 60 degrees to a; what is orthogonal of it is the second axis.
    const [x, y] = [direction('x', [0], [1, 0, 0, 0, 0, 0]), direction('y', [0], [0.5, Math.sqrt(0.75), 0, 0, 0, 0])];
    expect(compose([x, y], [3, 4], true).vector).toEqual(near([0.6, 0.8, 0, 0, 0, 0], 9));
    expect(compose([x, y], [3, 4], false).vector).toEqual(near([5, 4 * Math.sqrt(0.75), 0, 0, 0, 0].map((value) => value / Math.sqrt(37)), 9));
  });

  it('leaves out the layers of a direction of weight 0, unless another one is made orthogonal to it', () => {
    const composed = compose([a, b, p], [1, 1, 0]);
    expect(composed).toMatchObject({ latent: { space: 'w', layers: [2, 3] }, vector: compose([a, b]).vector, edit: compose([a, b]).edit });
    expect(compose([p, a], [0, 1], true).latent).toEqual({ space: 'w+', dimensions, layers: [1, 2, 3] });
    // Nothing comes after these.
    expect(compose([a, b, p], [1, 1, 0], true).latent).toEqual(compose([a, b], [1, 1], true).latent);
    expect(compose([a, b, a], [1, 1, 0], true).vector).toEqual(compose([a, b], [1, 1], true).vector);
  });

  it('keeps the region that all directions with a weight have', () => {
    const elsewhere = { ...c, region: { shape: 'box', x: 0, y: 0, width: 0.1, height: 0.1 } } as DirectionFile;
    expect(compose([a, b, elsewhere], [1, 1, 0]).region).toEqual(a.region);
    expect(compose([a, b, elsewhere], [1, 1, 1]).region).toBeUndefined();
  });

  it('takes away what a direction of weight 0 does', () => {
    const [x, y] = [direction('x', [0], [1, 0, 0, 0, 0, 0]), direction('y', [0], [0.6, 0.8, 0, 0, 0, 0])];
    expect(compose([x, y], [0, 1], true).vector).toEqual(near([0, 1, 0, 0, 0, 0], 9));
  });

  it('refuses a direction that those before it are enough for', async () => {
    const sum = random(1).map((value, i) => value + random(2)[i]!);
    const within = direction('d', [2, 3], sum.map((value) => Number((value / Math.hypot(...sum)).toPrecision(6))));
    expect(await userErrorOf(() => compose([a, b, within], undefined, true))).toBe('d is made of the directions before it: nothing of it is orthogonal to them; leave it out, or compose without Gram-Schmidt');
    expect(() => compose([a, b, within])).not.toThrow();
  });
});

describe('composing refuses', () => {
  it('directions that cancel each other out, to the rounding of their files', async () => {
    const opposite = direction('opposite', [2, 3], random(1).map((value) => Number((-value).toPrecision(6))));
    expect(await userErrorOf(() => compose([a, opposite], [2, 2]))).toBe('2 a and 2 opposite cancel each other out: nothing is left; choose other weights');
    expect(await userErrorOf(() => compose([a, b], [0, 0]))).toContain('nothing is left');
    expect(() => compose([a, opposite], [2, 1.9])).not.toThrow();
  });

  it('directions of several generators, one alone, and other numbers of weights', async () => {
    const foreign = { ...b, generator: { ...b.generator, name: 'dogs', sha256: 'f'.repeat(64) } };
    expect(await userErrorOf(() => compose([a, foreign]))).toBe('a was made for the generator cats (sha256 0123456789ab), b for dogs (sha256 ffffffffffff): only directions of one generator can be composed');
    expect(await userErrorOf(() => compose([a]))).toBe('a alone is no composition; choose at least two directions');
    expect(await userErrorOf(() => compose([]))).toContain('at least two directions');
    expect(await userErrorOf(() => compose([a, b], [1]))).toBe('there are 1 weights for 2 directions; expected one for each');
  });
});

describe('weights', () => {
  it('are read from a list', () => {
    expect(parseWeights('1, 0.5,-1e-1', 3, 'weights')).toEqual([1, 0.5, -0.1]);
  });

  it.each([
    ['1', 'weights: 1 number for 2 directions; expected one for each, such as 1,0.5'],
    ['1,2,3', 'weights: 3 numbers for 2 directions; expected one for each, such as 1,0.5'],
    ['1,', 'weights: "" must be a number from -1000000 to 1000000'],
    ['1,NaN', 'weights: "NaN" must be a number from -1000000 to 1000000'],
    ['0,0', 'weights: all are 0; give at least one direction a weight'],
  ])('are refused: %s', async (text, message) => {
    expect(await userErrorOf(() => parseWeights(text, 2, 'weights'))).toBe(message);
  });
});
