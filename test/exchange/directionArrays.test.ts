import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayShape } from '../../src/engine/exchange/directionArray';
import { directionsArray } from '../../src/engine/exchange/exportDirections';
import { importDirections } from '../../src/engine/exchange/importDirections';
import type { ImportChoices } from '../../src/engine/exchange/importDirections';
import { sha256Of } from '../../src/engine/files';
import { readNpy, writeNpy } from '../../src/engine/npy';
import { CancelledError } from '../../src/shared/cancelledError';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { isStacked } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { Gaussian } from '../support/gaussian';
import { openBareAmong, openFixture, linearNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

/** Written by NumPy: [3, 32] in both orders and as [3, 1, 32], [1, 32] of float64, [32], [2, 8, 32]. */
const saved = fileURLToPath(new URL('../fixtures/direction-arrays/', import.meta.url));

/** w of 32 and 8 layers, of which 2 to 7 are edited. */
let fixture: OpenedGenerator;

beforeAll(async () => {
  fixture = await openFixture();
});

afterAll(async () => {
  await fixture.close();
});

const norm = (vector: readonly number[]) => Math.hypot(...vector);
const flat = ({ vector }: DirectionFile) => (isStacked(vector) ? vector.flat() : [...vector]);
const read = (name: string) => readNpy(readFileSync(join(saved, name)), name);

/** What comes of an array of NumPy's. */
function imported(name: string, choices: ImportChoices = {}): Promise<DirectionFile[]> {
  return importDirections(fixture.generator, { name, bytes: readFileSync(join(saved, name)) }, choices);
}

/** What comes of an array of one's own. */
function taken(dims: readonly number[], value: (index: number) => number, choices: ImportChoices = {}): Promise<DirectionFile[]> {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return importDirections(fixture.generator, { name: 'mine.npy', bytes: writeNpy(dims, Float32Array.from({ length: size }, (_, index) => value(index))) }, choices);
}

/** A direction as its file holds it. */
function written(direction: DirectionFile): DirectionFile {
  return parseDirection(formatDirection(direction), direction.name);
}

/** 1 at the index, as files have it. */
const unit = (index: number, length = 32) => Array.from({ length }, (_, k) => (k === index ? 1 : 0));

describe('importing an array', () => {
  it('gives a file of version 2 for each row, of unit norm, with its source', async () => {
    const directions = await imported('rows.npy');
    const { data } = read('rows.npy');
    expect(directions.map(({ name }) => name)).toEqual(['rows-1', 'rows-2', 'rows-3']);
    for (const [row, direction] of directions.entries()) {
      expect(written(direction)).toMatchObject({
        version: 2,
        generator: { name: 'generator', resolution: 32, sha256: fixture.generator.identity.sha256 },
        latent: { space: 'w', dimensions: 32, layers: [2, 3, 4, 5, 6, 7] },
        source: { kind: 'npy', file: 'rows.npy', sha256: sha256Of(readFileSync(join(saved, 'rows.npy'))), row },
        edit: { alpha: [-3, 3] },
      });
      expect(direction.discovery ?? direction.region ?? direction.metrics).toBeUndefined();
      const values = Array.from(data.subarray(32 * row, 32 * row + 32));
      const sign = Math.sign(values[0]!) * Math.sign(flat(direction)[0]!);
      expect(flat(direction)).toEqual(values.map((value) => expect.closeTo(sign * value, 7) as number));
      expect(Math.max(...flat(direction))).toBe(Math.max(...flat(direction).map(Math.abs)));
    }
  });

  it.each(['rows-transposed.npy', 'tiled.npy'])('takes %s for the same vectors', async (name) => {
    expect((await imported(name)).map(({ vector }) => vector)).toEqual((await imported('rows.npy')).map(({ vector }) => vector));
  });

  it('takes one vector, and scales the range by what its norm was', async () => {
    const [direction] = await imported('single.npy') as [DirectionFile];
    expect(norm(flat(direction))).toBeCloseTo(1, 6);
    expect(direction.edit.alpha.map((end) => Number(end.toFixed(4)))).toEqual([-6, 6]);
    expect(direction.name).toBe('single-1');
    const [, second] = await imported('rows.npy') as [DirectionFile, DirectionFile];
    expect(flat(direction)).toEqual(flat(second).map((value) => expect.closeTo(value, 6) as number));
  });

  it('takes a boundary of float64', async () => {
    const [direction] = await imported('boundary.npy') as [DirectionFile];
    expect(norm(flat(direction))).toBeCloseTo(1, 6);
    expect(direction.edit.alpha[1]).toBeCloseTo(3 * norm(Array.from(read('boundary.npy').data)), 4);
  });

  it('takes layers, of which those that are not zero are edited', async () => {
    const [three, one] = await imported('layers.npy') as [DirectionFile, DirectionFile];
    const rows = read('rows.npy').data;
    expect(three.latent).toEqual({ space: 'w+', dimensions: 32, layers: [2, 3, 4] });
    expect(norm(flat(three))).toBeCloseTo(1, 6);
    expect(three.edit.alpha[1]).toBeCloseTo(3 * Math.sqrt(3), 4);
    const sign = Math.sign(flat(three)[0]! * rows[0]!);
    expect(flat(three)).toEqual(Array.from(rows, (value) => expect.closeTo((sign * value) / Math.sqrt(3), 6) as number));
    expect(one.latent.layers).toEqual([6]);
    expect(one.edit.alpha[1]).toBeCloseTo(12, 4);
    expect(() => written(three)).not.toThrow();
  });

  it('takes the rows, layers and name that are asked for, in their order', async () => {
    const directions = await imported('rows.npy', { rows: [2, 0], layers: [4, 5], name: 'brow' });
    expect(directions.map(({ name, source, latent }) => [name, (source as { row: number }).row, latent.layers])).toEqual([['brow-3', 2, [4, 5]], ['brow-1', 0, [4, 5]]]);
    const [stacked] = await imported('layers.npy', { rows: [0], layers: [1, 3] }) as [DirectionFile];
    expect(stacked.latent.layers).toEqual([1, 3]);
    expect(stacked.vector.map((row) => (row as number[]).every((value) => value === 0))).toEqual([true, false]);
    expect(norm(flat(stacked))).toBeCloseTo(1, 6);
  });

  it('reads a row for each layer as one direction where w+ is asked for', async () => {
    const array = (index: number) => (index >= 64 ? 0 : index === 3 ? 3 : index === 40 ? 4 : 0);
    const [direction, ...others] = await taken([8, 32], array, { space: 'w+' }) as [DirectionFile];
    expect(others).toEqual([]);
    expect(direction).toMatchObject({ latent: { space: 'w+', layers: [0, 1] }, source: { row: 0 }, edit: { alpha: [-15, 15] } });
    expect(direction.vector).toEqual([unit(3).map((value) => value * 0.6), unit(8).map((value) => value * 0.8)]);
  });

  it('reads layers that are moved alike as one vector where w is asked for', async () => {
    const array = (index: number) => (index % 32 === 5 && index >= 128 ? 2 : 0);
    const [direction] = await taken([1, 8, 32], array, { space: 'w' }) as [DirectionFile];
    expect(direction).toMatchObject({ latent: { space: 'w', layers: [4, 5, 6, 7] }, edit: { alpha: [-6, 6] }, vector: unit(5) });
    expect(await userErrorOf(() => taken([1, 8, 32], (index) => index, { space: 'w' }))).toBe('mine.npy: row 0 moves its layers in different ways, which one vector cannot: read it in w+');
    // A row that is not asked for is not looked at.
    await taken([2, 8, 32], (index) => (index < 256 ? array(index) : index), { space: 'w', rows: [0] });
  });

  it('has no w+ where there is one layer', async () => {
    const flatGenerator = await openBareAmong({ 'toy.onnx': linearNetwork({ input: ['N', 4], resolution: 8 }, new Gaussian(1).tensor([4, 192]).data) });
    const bytes = writeNpy([2, 1, 4], Float32Array.of(0, 0, 1, 0, 0, 2, 0, 0));
    const directions = await importDirections(flatGenerator.generator, { name: 'z.npy', bytes }, { space: 'w+' });
    expect(directions.map(({ latent, vector }) => [latent, vector])).toEqual([
      [{ space: 'w', dimensions: 4, layers: [0] }, [0, 0, 1, 0]],
      [{ space: 'w', dimensions: 4, layers: [0] }, [0, 1, 0, 0]],
    ]);
    await flatGenerator.close();
  });

  it('measures where a region is given, at the change that all directions are compared at', async () => {
    const region = { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.2 } as const;
    const told: number[][] = [];
    const bytes = readFileSync(join(saved, 'single.npy'));
    const [direction] = await importDirections(fixture.generator, { name: 'single.npy', bytes }, { region }, (done, all) => { told.push([done, all]); }) as [DirectionFile];
    expect(direction).toMatchObject({ region, metrics: { seeds: '100-107', insideMse: expect.closeTo(0.02, 3) as number } });
    expect(direction.edit.alpha[1] / direction.metrics!.alpha).toBeGreaterThan(2);
    expect(direction.edit.alpha[1] / direction.metrics!.alpha).toBeLessThan(4);
    expect(told).toEqual([[0, 1], [1, 1]]);
    const controller = new AbortController();
    controller.abort();
    await expect(importDirections(fixture.generator, { name: 'single.npy', bytes }, { region }, undefined, controller.signal)).rejects.toThrow(CancelledError);
  });

  it('refuses what is no direction, with its row', async () => {
    expect(await userErrorOf(() => taken([3, 32], (index) => (index >= 64 ? 0 : 1)))).toBe('mine.npy: row 2 is all zeros, which is no direction');
    expect(await userErrorOf(() => taken([3, 32], (index) => (index === 40 ? NaN : 1)))).toBe('mine.npy: row 1 holds numbers that are not finite, which is no direction');
    expect(await userErrorOf(() => taken([1, 8, 32], (index) => (index < 32 ? 1 : 0), { layers: [3, 4] }))).toBe('mine.npy: row 0 is all zeros on the layers 3-4; choose others');
    await expect(taken([3, 32], (index) => (index >= 64 ? 0 : 1), { rows: [0, 1] })).resolves.toHaveLength(2);
  });

  it.each([
    [[3, 31], 'mine.npy has the shape [3, 31]; the generator generator takes directions [n, 32] or [n, 8, 32]'],
    [[2, 7, 32], 'mine.npy has the shape [2, 7, 32]; the generator generator takes directions [n, 32] or [n, 8, 32]'],
    [[1, 1, 8, 32], 'mine.npy has the shape [1, 1, 8, 32]; the generator generator takes directions [n, 32] or [n, 8, 32]'],
    [[], 'mine.npy has the shape []; the generator generator takes directions [n, 32] or [n, 8, 32]'],
    [[0, 32], 'mine.npy has the shape [0, 32], which holds no direction; expected at least one'],
    [[101, 32], 'mine.npy holds 101 directions; choose at most 100 rows, such as 0-9'],
  ])('refuses an array %j', async (dims, message) => {
    expect(await userErrorOf(() => taken(dims, () => 1))).toBe(message);
  });

  it('refuses rows that are not there, and another w+ than there is', async () => {
    expect(await userErrorOf(() => taken([3, 32], () => 1, { rows: [1, 3] }))).toBe('mine.npy has no row 3; its rows are 0 to 2');
    expect(await userErrorOf(() => taken([32], () => 1, { rows: [1] }))).toBe('mine.npy has no row 1; its rows are 0 alone');
    expect(await userErrorOf(() => taken([3, 32], () => 1, { rows: [] }))).toBe('no row of mine.npy is chosen; choose at least one');
    expect(await userErrorOf(() => taken([3, 32], () => 1, { space: 'w+' }))).toBe('mine.npy has the shape [3, 32]; a direction in w+ has a row for each of the 8 layers of generator: read it in w');
  });
});

describe('the shape of an array', () => {
  it('tells norms, and which rows are no directions', () => {
    const values = [3, 4, 0, 0, 0, 0, 1, NaN];
    expect(arrayShape({ dims: [4, 2], data: Float32Array.from(values), elementType: 'float32' }, 'a.npy')).toEqual({
      dims: [4, 2],
      rows: [{ row: 0, norm: 5 }, { row: 1, norm: 0, problem: 'is all zeros' }, { row: 2, norm: 0, problem: 'is all zeros' }, { row: 3, norm: 0, problem: 'holds numbers that are not finite' }],
    });
    expect(arrayShape(read('layers.npy'), 'a.npy').rows.map(({ norm: length }) => Number(length.toFixed(4)))).toEqual([1.7321, 4]);
    expect(arrayShape(read('single.npy'), 'a.npy').rows).toHaveLength(1);
  });

  it('is refused where there are no directions', async () => {
    expect(await userErrorOf(() => arrayShape({ dims: [1, 8, 8, 1, 4], data: new Float32Array(256), elementType: 'float32' }, 'jacobian.npy'))).toBe('jacobian.npy has the shape [1, 8, 8, 1, 4]; expected directions [n, d] or [n, L, d]');
    expect(await userErrorOf(() => arrayShape({ dims: [70_000, 1], data: new Float32Array(70_000), elementType: 'float32' }, 'a.npy'))).toContain('at most 65536 directions');
  });
});

describe('exporting directions', () => {
  it('and importing them again gives the same files, to the last digit', async () => {
    const directions = (await taken([40, 32], (index) => Math.sin(index * index + 1) * 10 ** ((index % 7) - 4))).map(written);
    const { dims, data } = directionsArray(directions);
    expect(dims).toEqual([40, 32]);
    const again = (await importDirections(fixture.generator, { name: 'mine.npy', bytes: writeNpy(dims, data) }, {})).map(written);
    expect(again.map(({ vector }) => vector)).toEqual(directions.map(({ vector }) => vector));
    expect(again.map(({ edit }) => edit.alpha)).toEqual(directions.map(() => [-3, 3]));
  });

  it('does so for w+, with zeros on the layers that are not edited', async () => {
    const directions = (await taken([20, 8, 32], (index) => (Math.floor(index / 32) % 3 === 0 ? 0 : Math.cos(index * index)))).map(written);
    const { dims, data } = directionsArray(directions, 8);
    expect(dims).toEqual([20, 8, 32]);
    expect(data.subarray(0, 32).every((value) => value === 0)).toBe(true);
    const again = (await importDirections(fixture.generator, { name: 'mine.npy', bytes: writeNpy(dims, data) }, {})).map(written);
    expect(again.map(({ vector, latent }) => ({ vector, latent }))).toEqual(directions.map(({ vector, latent }) => ({ vector, latent })));
  });

  it('spreads w over its layers where others are in w+', async () => {
    const [w] = await taken([1, 32], (index) => (index === 4 ? 1 : 0), { layers: [2, 5] }) as [DirectionFile];
    const [stacked] = await taken([1, 8, 32], (index) => (index === 7 * 32 ? 1 : 0)) as [DirectionFile];
    const { dims, data } = directionsArray([w, stacked], 8);
    expect(dims).toEqual([2, 8, 32]);
    expect([...data].flatMap((value, index) => (value === 0 ? [] : [[index, value]]))).toEqual([[2 * 32 + 4, 1], [5 * 32 + 4, 1], [(8 + 7) * 32, 1]]);
  });

  it('refuses directions of several generators, and layers that there are not', async () => {
    const [a] = await taken([1, 32], () => 1) as [DirectionFile];
    const other = { ...a, name: 'b', generator: { ...a.generator, name: 'dogs', sha256: 'b'.repeat(64) } };
    expect(await userErrorOf(() => directionsArray([a, other]))).toBe(`mine-1 was made for the generator generator (sha256 ${a.generator.sha256.slice(0, 12)}), b for dogs (sha256 bbbbbbbbbbbb): an array is for one generator`);
    const wide = { ...a, name: 'c', latent: { ...a.latent, dimensions: 2 }, vector: [1, 0] };
    expect(await userErrorOf(() => directionsArray([a, wide]))).toBe('mine-1 has latent vectors of 32, c of 2: one array cannot hold both');
    expect(await userErrorOf(() => directionsArray([]))).toContain('nothing to export');
    const [stacked] = await taken([1, 8, 32], () => 1) as [DirectionFile];
    expect(await userErrorOf(() => directionsArray([stacked]))).toContain('mine-1 is in w+: how many layers its generator has must be known');
    expect(await userErrorOf(() => directionsArray([a, stacked], 4))).toBe('mine-1 edits layer 4; the generator generator has layers 0 to 3');
  });
});
