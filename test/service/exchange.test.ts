import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/engine/npy';
import { CancelledError } from '../../src/shared/cancelledError';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';

const engine = new Engine();
let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resefa-exchange-'));
  path = join(folder, 'three.npy');
  // Two at right angles, of norm 1 and 2, and one that is none.
  writeFileSync(path, writeNpy([3, 128], Float32Array.from({ length: 3 * 128 }, (_, i) => (i === 5 ? 1 : i === 128 + 7 ? -2 : 0))));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the engine', () => {
  it('tells what an array holds', async () => {
    expect(await engine.call('arrayShape', { path })).toEqual({ dims: [3, 128], rows: [{ row: 0, norm: 1 }, { row: 1, norm: 2 }, { row: 2, norm: 0, problem: 'is all zeros' }] });
    expect(await userErrorOf(() => engine.call('arrayShape', { path: join(folder, 'none.npy') }))).toContain('there is no such file');
  });

  it('imports directions, measured on the region, and tells how many are', async () => {
    const region = { shape: 'box', x: 0.25, y: 0.25, width: 0.5, height: 0.5 } as const;
    const told: object[] = [];
    const { directions } = await engine.call('importDirections', { path, generator: cat, rows: [1, 0], layers: [8, 6], region }, (step) => told.push(step));
    expect(directions.map(({ name, vector, latent, metrics }) => [name, vector.indexOf(1 as never), latent.layers, metrics?.insideMse])).toEqual([
      ['three-2', 7, [6, 8], expect.closeTo(0.02, 3)],
      ['three-1', 5, [6, 8], expect.closeTo(0.02, 3)],
    ]);
    expect(told).toEqual([{ done: 0, all: 2 }, { done: 1, all: 2 }, { done: 2, all: 2 }]);
    const controller = new AbortController();
    const cancelled = engine.call('importDirections', { path, generator: cat, rows: [0, 1], region }, () => { controller.abort(); }, controller.signal);
    await expect(cancelled).rejects.toThrow(CancelledError);
  });

  it('refuses choices that do not fit', async () => {
    const wanted = (more: object) => userErrorOf(() => engine.call('importDirections', { path, generator: cat, rows: [0], ...more }));
    expect(await wanted({ rows: [2] })).toBe('three.npy: row 2 is all zeros, which is no direction');
    expect(await wanted({ rows: [-1] })).toBe('the rows: "[0]" must be a whole number of at least 0, not -1');
    expect(await wanted({ layers: [10] })).toContain('the generator afhq-cat-64 has layers 0 to 9');
    expect(await wanted({ region: { shape: 'box', x: 0, y: 0, width: 2, height: 1 } })).toContain('the region: "width" is 2');
    expect(await wanted({ region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 }, label: 1 })).toContain('has no classes');
  });

  it('exports directions, and refuses what is none', async () => {
    const { directions } = await engine.call('importDirections', { path, generator: cat, rows: [0, 1] });
    const { dims, data } = readNpy(await engine.call('exportDirections', { directions }), 'a.npy');
    expect(dims).toEqual([2, 128]);
    // The sign is that of files, and the norm 1.
    expect([...data].flatMap((value, i) => (value === 0 ? [] : [[i, value]]))).toEqual([[5, 1], [128 + 7, 1]]);
    expect(await userErrorOf(() => engine.call('exportDirections', { directions: [{} as DirectionFile] }))).toContain('"format" is missing');
  });
});
