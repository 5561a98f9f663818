import { describe, expect, it } from 'vitest';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { Cards } from '../../src/webview/model/refinement';
import { refined, reordered, sameEdits } from '../../src/webview/model/refinement';
import { seededRandom } from '../shared/seededRandom';
import { directionOf } from './directions';

const dimensions = 6;

function directionAlong(vector: readonly number[], eigenvalue: number, rank = 1): DirectionFile {
  const norm = Math.hypot(...vector);
  const base = directionOf(rank, eigenvalue);
  return { ...base, latent: { ...base.latent, dimensions: vector.length }, vector: vector.map((component) => component / norm) };
}

/** Orthonormal rows, as eigenvectors nearly are. */
function orthonormal(count: number, random: () => number): number[][] {
  const rows: number[][] = [];
  while (rows.length < count) {
    let row = Array.from({ length: dimensions }, () => random() - 0.5);
    for (const other of rows) {
      const along = dot(row, other);
      row = row.map((value, i) => value - along * other[i]!);
    }
    const norm = Math.hypot(...row);
    if (norm > 0.1) rows.push(row.map((value) => value / norm));
  }
  return rows;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const vectorOf = ({ vector }: DirectionFile) => vector as readonly number[];
const cosine = (a: DirectionFile, b: DirectionFile) => dot(vectorOf(a), vectorOf(b));
const eigenvalues = ({ directions }: Cards) => directions.map(({ discovery }) => discovery!.eigenvalue);

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Cards of orthonormal directions with sliders of their own. */
function cardsOf(values: readonly number[], random: () => number): Cards {
  const rows = orthonormal(values.length, random);
  return { directions: rows.map((row, i) => directionAlong(row, values[i]!, i + 1)), alphas: values.map((_, i) => i - 1.5) };
}

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe('better directions', () => {
  it.each(seeds)('go to the cards of those that they refine, in any order, turned and a little different (%#)', (seed) => {
    const random = seededRandom(seed);
    const before = cardsOf([40, 20, 10, 5], random);
    const noisy = before.directions.map((direction) => {
      const sign = random() < 0.5 ? -1 : 1;
      return directionAlong(vectorOf(direction).map((value) => sign * (value + 0.1 * (random() - 0.5))), direction.discovery!.eigenvalue * (0.97 + 0.06 * random()));
    });
    const after = refined(before, shuffled(noisy, random));
    expect(after.alphas).toEqual(before.alphas);
    expect(after.from).toEqual([0, 1, 2, 3]);
    after.directions.forEach((direction, i) => { expect(cosine(direction, before.directions[i]!)).toBeGreaterThan(0.9); });
  });

  it.each(seeds)('are those of the update and no others, each once, however different (%#)', (seed) => {
    const random = seededRandom(seed);
    const before = cardsOf([9, 7, 5, 3], random);
    const update = orthonormal(1 + Math.floor(random() * dimensions), random).map((row) => directionAlong(row, 10 * random()));
    for (const order of ['kept', 'clear', 'strict'] as const) {
      const after = refined(before, update, order);
      const likeness = update.map((wanted) => after.directions.map((direction) => Math.abs(cosine(direction, wanted))).filter((value) => value > 0.999999).length);
      expect(likeness).toEqual(update.map(() => 1));
      const kept = after.from.filter((place) => place !== undefined);
      expect(new Set(kept).size).toBe(kept.length);
      expect(after.alphas).toEqual(after.from.map((place) => (place === undefined ? 0 : before.alphas[place])));
    }
  });

  it.each(seeds)('never stand behind one that is clearly smaller, and keep their order otherwise (%#)', (seed) => {
    const random = seededRandom(seed);
    const cards = cardsOf(Array.from({ length: 6 }, () => 1 + random()), random);
    const after = eigenvalues(reordered(cards, 'clear'));
    after.forEach((value, i) => { for (const later of after.slice(i + 1)) expect(later).toBeLessThanOrEqual(value * 1.1); });
    expect(eigenvalues(reordered(reordered(cards, 'clear'), 'clear'))).toEqual(after);
    expect(eigenvalues(reordered(cards, 'strict'))).toEqual([...eigenvalues(cards)].sort((a, b) => b - a));
    expect(eigenvalues(reordered(cards, 'kept'))).toEqual(eigenvalues(cards));
  });

  it('keep their places where eigenvalues are nearly equal, and change them where one is clearly larger', () => {
    const [a, b] = [[1, 0, 0], [0, 1, 0]];
    const before: Cards = { directions: [directionAlong(a, 5), directionAlong(b, 4.9)], alphas: [1, 2] };
    expect(refined(before, [directionAlong(b, 5.1), directionAlong(a, 4.9)])).toMatchObject({ from: [0, 1], alphas: [1, 2] });
    expect(refined(before, [directionAlong(b, 6), directionAlong(a, 4.9)])).toMatchObject({ from: [1, 0], alphas: [2, 1] });
    expect(refined(before, [directionAlong(b, 6), directionAlong(a, 4.9)], 'kept')).toMatchObject({ from: [0, 1], alphas: [1, 2] });
  });

  it('mirror a range that is not symmetric when they are turned', () => {
    const before: Cards = { directions: [directionAlong([1, 0], 5)], alphas: [1] };
    const measured = { ...directionAlong([-1, 0.1], 5), edit: { alpha: [-2, 12] as const }, metrics: { seeds: '100', alpha: 1, insideMse: 0.02, outsideMse: 0.01 } };
    const [direction] = refined(before, [measured]).directions;
    expect(direction!.edit.alpha).toEqual([-12, 2]);
    expect(vectorOf(direction!)[0]).toBeGreaterThan(0.9);
  });

  it('keep the range of the slider while it is a guess, unless that is far off, and take the measured one', () => {
    const before: Cards = { directions: [directionAlong([1, 0], 5)], alphas: [1] };
    const reaching = (reach: number, locality?: number) => ({ ...directionAlong([1, 0.1], 5), ...(locality ? { metrics: { seeds: '100', alpha: 1, insideMse: 0.02, outsideMse: 0.01 } } : {}), edit: { alpha: [-reach, reach] as const } });
    expect(refined(before, [reaching(9)]).directions[0]!.edit.alpha).toEqual([-6, 6]);
    expect(refined(before, [reaching(15)]).directions[0]!.edit.alpha).toEqual([-15, 15]);
    expect(refined(before, [reaching(9, 2)]).directions[0]!.edit.alpha).toEqual([-9, 9]);
  });

  it('fill cards whose directions went, the larger eigenvalue first: an edit that is on stays on', () => {
    const before: Cards = { directions: [directionAlong([1, 0, 0, 0], 5), directionAlong([0, 1, 0, 0], 4)], alphas: [0, 3] };
    expect(refined(before, [directionAlong([0, 0, 1, 0], 9), directionAlong([0, 0, 0, 1], 8)])).toMatchObject({ from: [0, 1], alphas: [0, 3], directions: [{ discovery: { eigenvalue: 9 } }, { discovery: { eigenvalue: 8 } }] });
    expect(refined(before, [directionAlong([0, 0, 1, 0], 9)])).toMatchObject({ from: [1], alphas: [3] });
    expect(refined(before, []).directions).toEqual([]);
  });

  it('get cards of their own where there are more than before', () => {
    const before: Cards = { directions: [directionAlong([0, 1, 0], 4)], alphas: [3] };
    expect(refined(before, [directionAlong([1, 0, 0], 9), directionAlong([0, -1, 0], 4)])).toMatchObject({ from: [undefined, 0], alphas: [0, 3] });
  });

  it('work for one vector for each layer, turned as one', () => {
    const stacked = (rows: readonly (readonly number[])[]): DirectionFile => ({ ...directionOf(1, 5), latent: { space: 'w+', dimensions: 2, layers: [0, 1] }, vector: rows });
    const before: Cards = { directions: [stacked([[0.6, 0], [0, 0.8]])], alphas: [2] };
    expect(refined(before, [stacked([[-0.8, 0], [0, -0.6]])])).toMatchObject({ directions: [{ vector: [[0.8, 0], [0, 0.6]] }], alphas: [2] });
  });

  it('begin anew in another space, on other layers and for another generator', () => {
    const direction = directionAlong([1, 0], 5);
    const before: Cards = { directions: [direction], alphas: [3] };
    const others: DirectionFile[] = [
      { ...direction, latent: { ...direction.latent, layers: [1] } },
      { ...direction, latent: { ...direction.latent, space: 'w+' }, vector: [[0.6, 0], [0, 0.8]] },
      { ...direction, generator: { ...direction.generator, sha256: '1'.repeat(64) } },
    ];
    for (const other of others) expect(refined(before, [other])).toEqual({ directions: [other], alphas: [0], from: [undefined] });
  });
});

describe('edits', () => {
  const [a, b] = [directionAlong([1, 0], 5), directionAlong([0.6, 0.8], 4)];

  it('are the same in any order, with other numbers beside them', () => {
    const measured: DirectionFile = { ...a, vector: [...vectorOf(a)], metrics: { seeds: '100', alpha: 1, insideMse: 0.02, outsideMse: 0.01 } };
    expect(sameEdits({ directions: [a, b], alphas: [2, 0] }, { directions: [b, measured], alphas: [0, 2] })).toBe(true);
    expect(sameEdits({ directions: [a, b], alphas: [0, 0] }, { directions: [], alphas: [] })).toBe(true);
  });

  it('are others with another alpha, vector or layer', () => {
    const before: Cards = { directions: [a, b], alphas: [2, 0] };
    const others: Cards[] = [
      { directions: [a, b], alphas: [1, 0] }, { directions: [a, b], alphas: [2, 1] }, { directions: [b], alphas: [2] },
      { directions: [{ ...a, latent: { ...a.latent, layers: [1] } }], alphas: [2] },
    ];
    for (const other of others) expect(sameEdits(before, other)).toBe(false);
  });
});
