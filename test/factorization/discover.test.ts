import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../src/shared/cancelledError';
import { LocalityMeter, heldOutSeeds } from '../../src/engine/editing/metrics';
import { solveDirections } from '../../src/engine/factorization/directions';
import { accumulateGrams, accumulateRegions, accumulateTiles, directionFile, directionsOf, jacobianRunner, measureDirections, niceAlpha, planDiscovery } from '../../src/engine/factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan, DiscoveryProgress, DiscoveryState, MeasuredDirection, RegionsState, TilesState } from '../../src/engine/factorization/discover';
import { GramAccumulator } from '../../src/engine/factorization/gram';
import type { RegionGrams } from '../../src/engine/factorization/gram';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { solveJacobian } from '../../src/engine/factorization/officialSolve';
import { TileGrams, tileGrid, tileGridFor } from '../../src/engine/factorization/tileGrams';
import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import { GramSession, TileGramSession } from '../../src/engine/runtime/gramSession';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { canonicalSign, localityRatio, requireFits } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { rasterize } from '../../src/shared/region';
import type { BoxRegion } from '../../src/shared/region';
import { differenceOf } from '../support/differences';
import { linearNetwork, openBare, openFixture, openToyFolder } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const region: BoxRegion = { shape: 'box', x: 0.25, y: 0.375, width: 0.375, height: 0.25 };
const [side, dimensions, layerCount] = [32, 32, 8];

let opened: OpenedGenerator;
let generator: Generator;

beforeAll(async () => {
  opened = await openFixture();
  generator = opened.generator;
});

afterAll(async () => {
  await opened.close();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function statesOf(plan: DiscoveryPlan): Promise<DiscoveryState[]> {
  const found: DiscoveryState[] = [];
  for await (const state of accumulateGrams(generator, plan)) found.push(state);
  return found;
}

async function states(options: Omit<DiscoveryOptions, 'region'>): Promise<DiscoveryState[]> {
  return statesOf(planDiscovery(generator, { region, ...options }));
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const product = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe('planDiscovery', () => {
  // The README's table of presets, for a generator of 32 px with 8 layers, of which 2 to 7 are edited.
  it.each([
    ['draft', 2, 1e-3, 'area'],
    ['standard', 20, 1e-3, 'area'],
    ['exact', 20, 1e-3, 'area'],
    ['official', 1, 0, 'nearest'],
  ] as const)('fills in what the preset %s says', (preset, samples, tau, reduction) => {
    expect(planDiscovery(generator, { region, preset })).toEqual({
      region,
      preset,
      space: 'w',
      seeds: Array.from({ length: samples }, (_, i) => i),
      psi: 1,
      label: undefined,
      layers: [2, 3, 4, 5, 6, 7],
      tau,
      jacobian: 'forward',
      memoryBudget: undefined,
      readout: { resolution: side, reduction, channels: 'rgb' },
    });
  });

  it('takes the standard preset by default, and what the user says instead of it', () => {
    expect(planDiscovery(generator, { region })).toEqual(planDiscovery(generator, { region, preset: 'standard' }));
    const own = { seeds: [7, 9], psi: 0.5, layers: [1], tau: 0.25, space: 'w+', jacobian: 'central', label: 3, memoryBudget: 2 ** 20 } as const;
    expect(planDiscovery(generator, { region, ...own })).toMatchObject(own);
  });

  it('takes a tau of zero for what it is', () => {
    expect(planDiscovery(generator, { region, tau: 0 }).tau).toBe(0);
  });

  it('refuses the preset official in w+', async () => {
    expect(await userErrorOf(() => planDiscovery(generator, { region, preset: 'official', space: 'w+' }))).toMatch(/official .* --space w, or another preset/);
  });

  it.each([
    ['no pixel', { ...region, width: 0.001 }, /covers no pixel at 32x32/],
    ['all pixels', { shape: 'box', x: 0, y: 0, width: 1, height: 1 } as const, /covers the whole image at 32x32/],
  ])('refuses a region that covers %s', async (_, bad, message) => {
    expect(await userErrorOf(() => planDiscovery(generator, { region: bad }))).toMatch(message);
  });

  it('refuses a region that is lost at the size of the Jacobian', async () => {
    const toy = await openBare(linearNetwork({ input: ['N', 2], resolution: 128 }, new Float32Array(2 * 3 * 128 * 128)));
    const pixel = { shape: 'box', x: 4 / 128, y: 0.1, width: 1 / 128, height: 0.5 } as const;
    expect(planDiscovery(toy.generator, { region: pixel }).readout.resolution).toBe(128);
    expect(await userErrorOf(() => planDiscovery(toy.generator, { region: pixel, preset: 'draft' }))).toMatch(/covers no pixel at 64x64/);
    await toy.close();
  });
});

describe('accumulateGrams', () => {
  it('yields after each sample the mean over the samples so far', async () => {
    const options = { seeds: [4, 0, 9], psi: 0.7, layers: [3, 4] };
    const together = await states(options);
    expect(together.map(({ seeds }) => seeds)).toEqual([[4], [4, 0], [4, 0, 9]]);
    const alone = await Promise.all(options.seeds.map(async (seed) => (await states({ ...options, seeds: [seed] }))[0]!.grams));
    together.forEach(({ grams }, n) => {
      for (const side of ['inside', 'outside'] as const) {
        const mean = alone[0]![side].map((_, i) => alone.slice(0, n + 1).reduce((sum, gram) => sum + gram[side][i]!, 0) / (n + 1));
        expect(differenceOf(grams[side], mean).relative).toBeLessThan(1e-9);
      }
    });
  });

  it('takes the samples at the truncation and in the class of the plan', async () => {
    // Truncated to the mean, all samples are one.
    const [[one], [other], [untruncated]] = await Promise.all([states({ seeds: [1], psi: 0 }), states({ seeds: [2], psi: 0 }), states({ seeds: [1] })]);
    expect(differenceOf(other!.grams.inside, one!.grams.inside).relative).toBeLessThan(1e-9);
    expect(differenceOf(untruncated!.grams.inside, one!.grams.inside).relative).toBeGreaterThan(0.01);
    expect(await userErrorOf(() => states({ seeds: [1], label: 1 }))).toMatch(/has no classes/);
  });

  it('has a Gram matrix for the unknowns of the space', async () => {
    const [w] = await states({ seeds: [0], layers: [2, 5, 6] });
    const [wPlus] = await states({ seeds: [0], layers: [2, 5, 6], space: 'w+' });
    expect(w!.grams.size).toBe(dimensions);
    expect(wPlus!.grams.size).toBe(3 * dimensions);
    // Moving all layers alike is one way of moving each of them.
    const folded = w!.grams.inside.map((_, k) => {
      const [i, j] = [Math.floor(k / dimensions), k % dimensions];
      let sum = 0;
      for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) sum += wPlus!.grams.inside[(a * dimensions + i) * 3 * dimensions + b * dimensions + j]!;
      return sum;
    });
    expect(differenceOf(folded, w!.grams.inside).relative).toBeLessThan(1e-5);
  });

  it('tells how far it is', async () => {
    const steps: DiscoveryProgress[] = [];
    const plan = planDiscovery(generator, { region, seeds: [0, 1], layers: [7] });
    for await (const state of accumulateGrams(generator, plan, (step) => steps.push(step))) expect(state.seeds.length).toBe(steps.at(-1)!.sample + 1);
    expect(steps.at(0)).toMatchObject({ sample: 0, samples: 2, tangents: dimensions });
    expect(steps.at(-1)).toEqual({ sample: 1, samples: 2, tangentsDone: dimensions, tangents: dimensions });
  });

  it('can be left early: what it has so far stays, and its sessions are released', async () => {
    const released = [vi.spyOn(JacobianRunner.prototype, 'release'), vi.spyOn(GramAccumulator.prototype, 'release')];
    const taken = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    let last: DiscoveryState | undefined;
    for await (const state of accumulateGrams(generator, planDiscovery(generator, { region }))) {
      last = state;
      if (state.seeds.length === 2) break;
    }
    expect(last!.seeds).toEqual([0, 1]);
    expect(taken).toHaveBeenCalledTimes(2);
    for (const release of released) expect(release).toHaveBeenCalledTimes(1);
    expect(await directionsOf(last!, planDiscovery(generator, { region }), 3)).toHaveLength(3);
    const [, second] = await states({ seeds: [0, 1] });
    expect(last).toEqual(second);
  });

  it('stops where it is cancelled, and releases its sessions', async () => {
    const released = [vi.spyOn(JacobianRunner.prototype, 'release'), vi.spyOn(GramAccumulator.prototype, 'release')];
    const controller = new AbortController();
    const seen: (readonly number[])[] = [];
    const run = async () => {
      for await (const { seeds } of accumulateGrams(generator, planDiscovery(generator, { region }), ({ sample }) => { if (sample === 1) controller.abort(); }, controller.signal)) seen.push(seeds);
    };
    await expect(run()).rejects.toThrow(CancelledError);
    expect(seen).toEqual([[0]]);
    for (const release of released) expect(release).toHaveBeenCalledTimes(1);
  });

  it.each([NaN, Infinity])('refuses a Jacobian that is not finite (%d)', async (broken) => {
    const weight = new Float32Array(4 * 3 * 16).fill(1);
    weight[37] = broken;
    const toy = await openToyFolder({ synthesis: linearNetwork({ input: ['N', 1, 4], resolution: 4 }, weight), description: { resolution: 4, w_dim: 4, layers: [{ index: 0, name: 'all', resolution: 4 }] } });
    const plan = planDiscovery(toy.generator, { region, seeds: [5] });
    expect(await userErrorOf(() => accumulateGrams(toy.generator, plan).next())).toMatch(/^the Jacobian at seed 5 is not finite: the weights of toy are broken/);
    await toy.close();
  });
});

describe('accumulateTiles', () => {
  const settings = { seeds: [4, 0, 9], layers: [3, 4] };

  async function tilesOf(plan: DiscoveryPlan, tiles: TileGrams): Promise<TilesState[]> {
    const found: TilesState[] = [];
    for await (const state of accumulateTiles(generator, plan, tiles)) found.push(state);
    return found;
  }

  const emptyTiles = (size = dimensions) => TileGrams.empty(size, tileGrid(side));

  it('knows the region of the plan pixel by pixel, as it is without tiles', async () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const [tiles, together] = [emptyTiles(), await statesOf(plan)];
    const found = await tilesOf(plan, tiles);
    expect(found.map(({ seeds }) => seeds)).toEqual([[4], [4, 0], [4, 0, 9]]);
    found.forEach(({ exact }, n) => {
      for (const part of ['inside', 'outside'] as const) expect(differenceOf(exact![part], together[n]!.grams[part]).relative).toBeLessThan(1e-12);
    });
    expect(tiles.samples).toBe(3);
  });

  it('knows any region of whole tiles', async () => {
    const mouth = { ...region, x: 0.125, y: 0.625 };
    const tiles = emptyTiles(2 * dimensions);
    const plan = planDiscovery(generator, { region, ...settings, space: 'w+' });
    await tilesOf(plan, tiles);
    const expected = (await statesOf({ ...plan, region: mouth })).at(-1)!.grams;
    for (const part of ['inside', 'outside'] as const) expect(differenceOf(tiles.grams(mouth)[part], expected[part]).relative).toBeLessThan(1e-5);
  });

  it('goes on where it was left, and does not take a sample twice', async () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const [whole, parts] = [emptyTiles(), emptyTiles()];
    await tilesOf(plan, whole);
    for await (const { seeds } of accumulateTiles(generator, plan, parts)) if (seeds.length === 1) break;
    expect(parts.samples).toBe(1);
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    const steps: DiscoveryProgress[] = [];
    const rest: TilesState[] = [];
    for await (const state of accumulateTiles(generator, plan, parts, (step) => steps.push(step))) rest.push(state);
    expect(rest).toEqual([{ seeds: [4, 0], exact: undefined }, { seeds: [4, 0, 9], exact: undefined }]);
    expect(jacobians).toHaveBeenCalledTimes(2);
    expect(parts.contents).toEqual(whole.contents);
    expect(steps[0]).toEqual({ sample: 1, samples: 3, tangentsDone: 0, tangents: dimensions });
    expect(steps.at(-1)).toEqual({ sample: 2, samples: 3, tangentsDone: dimensions, tangents: dimensions });
    expect(await tilesOf(plan, parts)).toEqual([]);
  });

  it('leaves the tiles as they were where a sample is interrupted, in its Jacobian or after it', async () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const tiles = emptyTiles();
    await accumulateTiles(generator, plan, tiles).next();
    const before = structuredClone(tiles.contents);
    for (const when of [8, dimensions]) {
      const controller = new AbortController();
      const run = async () => {
        await accumulateTiles(generator, plan, tiles, ({ tangentsDone }) => { if (tangentsDone >= when) controller.abort(); }, controller.signal).next();
      };
      await expect(run()).rejects.toThrow(CancelledError);
      expect(tiles.samples).toBe(1);
      expect(tiles.contents).toEqual(before);
    }
  });

  it('releases its sessions, but for a runner that it is given', async () => {
    const released = [vi.spyOn(GramSession.prototype, 'release'), vi.spyOn(TileGramSession.prototype, 'release')];
    const runnerReleased = vi.spyOn(JacobianRunner.prototype, 'release');
    const plan = planDiscovery(generator, { region, ...settings, seeds: [0] });
    await tilesOf(plan, emptyTiles());
    for (const release of [...released, runnerReleased]) expect(release).toHaveBeenCalledTimes(1);
    const runner = await jacobianRunner(generator, plan);
    const created = vi.spyOn(JacobianRunner, 'create');
    for (let n = 0; n < 2; n++) for await (const { seeds } of accumulateTiles(generator, plan, emptyTiles(), undefined, undefined, runner)) expect(seeds).toEqual([0]);
    expect(created).not.toHaveBeenCalled();
    expect(runnerReleased).toHaveBeenCalledTimes(1);
    for (const release of released) expect(release).toHaveBeenCalledTimes(3);
    await runner.release();
  });

  it.each([NaN, 1e30])('refuses a Jacobian that is not finite, or has no finite square (%d)', async (broken) => {
    const weight = new Float32Array(4 * 3 * 16).fill(1);
    weight[37] = broken;
    const toy = await openToyFolder({ synthesis: linearNetwork({ input: ['N', 1, 4], resolution: 4 }, weight), description: { resolution: 4, w_dim: 4, layers: [{ index: 0, name: 'all', resolution: 4 }] } });
    const tiles = TileGrams.empty(4, tileGrid(4));
    const plan = planDiscovery(toy.generator, { region, seeds: [5] });
    expect(await userErrorOf(() => accumulateTiles(toy.generator, plan, tiles).next())).toMatch(/^the Jacobian at seed 5 is not finite: the weights of toy are broken/);
    expect(tiles.samples).toBe(0);
    await toy.close();
  });
});

describe('the tiles of the embedded generator', () => {
  it("find the leading directions of its named regions, and hold the outside as still as the regions' own pixels do", async () => {
    const cat = await Generator.open('afhq-cat-64', embeddedGenerators());
    const regions = Object.entries(cat.description.regions!);
    const plan = planDiscovery(cat, { region: regions[0]![1] });
    const runner = await jacobianRunner(cat, plan);
    const tiles = TileGrams.empty(runner.tangents, tileGridFor(plan.readout.resolution, runner.tangents));
    const accumulator = await GramAccumulator.create(runner.tangents, regions.map(([, each]) => rasterize(each, 64, 64)), cat.session);
    const jacobian = vi.spyOn(runner, 'jacobian');
    for await (const { seeds } of accumulateTiles(cat, plan, tiles, undefined, undefined, runner)) {
      const taken = jacobian.mock.results[seeds.length - 1]!.value as ReturnType<JacobianRunner['jacobian']>;
      await accumulator.add(await taken);
    }
    for (const [i, [name, named]] of regions.entries()) {
      const leading = async (grams: RegionGrams) => (await solveDirections(grams, { space: 'w', layers: plan.layers, tau: plan.tau, count: 1 }))[0]!;
      const [exact, tiled] = [await leading(accumulator.grams(i)), await leading(tiles.grams(named))];
      expect(Math.abs(cosine(exact.rows[0]!, tiled.rows[0]!)), name).toBeGreaterThan(0.98);
      const meter = await LocalityMeter.create(cat, named, plan.seeds);
      const [quality, tiledQuality] = [localityRatio(await meter.measure(exact, 2)), localityRatio(await meter.measure(tiled, 2))];
      expect(tiledQuality / quality, name).toBeGreaterThan(0.92);
      expect(tiledQuality / quality, name).toBeLessThan(1.08);
    }
    await accumulator.release();
    await runner.release();
    await cat.release();
  }, 180_000);
});

describe('directionsOf', () => {
  it.each(['w', 'w+'] as const)('gives unit directions of canonical sign, the largest eigenvalue first, in %s', async (space) => {
    const layers = [2, 4, 7];
    const plan = planDiscovery(generator, { region, seeds: [0, 1], layers, space });
    const directions = await directionsOf((await statesOf(plan)).at(-1)!, plan, 6);
    expect(directions.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6]);
    const values = directions.map(({ eigenvalue }) => eigenvalue);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    for (const { rows, layers: edited, space: found } of directions) {
      expect(found).toBe(space);
      expect(edited).toEqual(layers);
      expect(rows).toHaveLength(layers.length);
      const vector = space === 'w' ? [...rows[0]!] : rows.flatMap((row) => [...row]);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 10);
      expect(canonicalSign(vector)).toEqual(vector);
      if (space === 'w') for (const row of rows) expect(row).toEqual(rows[0]);
    }
  });

  it('solves M_f n = lambda (M_b + tau trace(M_b) I) n', async () => {
    const plan = planDiscovery(generator, { region, seeds: [2], tau: 0.01 });
    const state = (await statesOf(plan)).at(-1)!;
    const { inside, outside } = state.grams;
    const trace = Array.from({ length: dimensions }, (_, i) => outside[i * dimensions + i]!).reduce((sum, value) => sum + value, 0);
    for (const { rows, eigenvalue } of await directionsOf(state, plan, 4)) {
      const n = rows[0]!;
      const times = (matrix: Float64Array) => Array.from(n, (_, i) => n.reduce((sum, value, k) => sum + matrix[i * dimensions + k]! * value, 0));
      const right = times(outside).map((value, i) => eigenvalue * (value + 0.01 * trace * n[i]!));
      expect(differenceOf(times(inside), right).relative).toBeLessThan(1e-9);
    }
  });

  /** A linear generator of 4 px; each unknown moves the pixels at which its picture is 1. */
  async function directionsOfPictures(pictures: readonly (readonly number[])[]): Promise<number> {
    const weight = Float32Array.from(pictures.flatMap((picture) => [...picture, ...picture, ...picture]));
    const toy = await openBare(linearNetwork({ input: ['N', pictures.length], resolution: 2 }, weight));
    try {
      const plan = planDiscovery(toy.generator, { region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 }, seeds: [0] });
      const { value } = await accumulateGrams(toy.generator, plan).next();
      return (await directionsOf(value as DiscoveryState, plan, 5)).length;
    } finally {
      await toy.close();
    }
  }

  it('gives as many directions as the region has degrees of freedom', async () => {
    expect(await directionsOfPictures([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]])).toBe(1);
  });

  it('refuses a region in which nothing changes, or beside which nothing does', async () => {
    expect(await userErrorOf(() => directionsOfPictures([[0, 1, 0, 0], [0, 0, 1, 1]]))).toMatch(/^nothing in the region changes with the edited layers/);
    expect(await userErrorOf(() => directionsOfPictures([[1, 0, 0, 0], [2, 0, 0, 0]]))).toMatch(/^nothing outside the region changes with the edited layers/);
  });
});

describe('the preset official', () => {
  it("finds what the authors' solution finds in the Jacobian of all layers", async () => {
    const plan = planDiscovery(generator, { region, preset: 'official', seeds: [6] });
    const directions = await directionsOf((await statesOf(plan))[0]!, plan, 8);
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: Array.from({ length: layerCount }, (_, i) => i), readout: plan.readout });
    const store = await runner.jacobian(await generator.sample([6]));
    const columns = await store.read(0, store.rows);
    await runner.release();
    // [d, C, H, W] to [1, H, W, C, d], as the authors' code saves it.
    const saved = new Float32Array(columns.length);
    for (let k = 0; k < dimensions; k++) {
      for (let row = 0; row < store.rows; row++) saved[((row % side ** 2) * 3 + Math.floor(row / side ** 2)) * dimensions + k] = columns[k * store.rows + row]!;
    }
    const solved = await solveJacobian({ data: saved, dims: [1, side, side, 3, dimensions], elementType: 'float32' }, 'jacobian.npy', region, 0);
    expect(directions).toHaveLength(8);
    directions.forEach(({ rows, eigenvalue }, i) => {
      expect(Math.abs(cosine(rows[0]!, solved.data.subarray(i * dimensions, (i + 1) * dimensions)))).toBeGreaterThan(0.999999);
      expect(eigenvalue / solved.eigenvalues[i]!).toBeCloseTo(1, 6);
    });
  });

  it('edits the layers that are edited, although its Jacobian has all of them', async () => {
    const plan = planDiscovery(generator, { region, preset: 'official', layers: [3] });
    expect((await directionsOf((await statesOf(plan))[0]!, plan, 1))[0]!.layers).toEqual([3]);
    const [all] = await states({ preset: 'official' });
    expect((await states({ preset: 'official', layers: [3] }))[0]).toEqual(all);
  });
});

describe('measured directions', () => {
  const settings = { seeds: [0, 1, 2], layers: [4, 5, 6] };
  let ranked: MeasuredDirection[];
  let local: MeasuredDirection[];

  beforeAll(async () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const state = (await statesOf(plan)).at(-1)!;
    const candidates = await directionsOf(state, plan, 5);
    const done: string[] = [];
    ranked = await measureDirections(generator, plan, state, candidates, 'eigenvalue', (some, all) => done.push(`${some}/${all}`));
    expect(done).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    local = await measureDirections(generator, plan, state, candidates, 'locality');
  });

  it('stay in the order of their eigenvalues', () => {
    expect(ranked.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    for (const { locality } of ranked) expect(Math.abs(locality.insideMse / 0.02 - 1)).toBeLessThan(0.005);
  });

  it('come in the order of their locality where that is asked for, and keep the rank of their eigenvalue', () => {
    const ratios = local.map(({ locality }) => localityRatio(locality));
    expect([...ratios].sort((a, b) => b - a)).toEqual(ratios);
    expect(local.map(({ rank }) => rank).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(local.map(({ rank }) => rank)).not.toEqual([1, 2, 3, 4, 5]);
    for (const direction of local) expect(direction).toEqual(ranked[direction.rank - 1]);
  });

  it('can be cancelled', async () => {
    const plan = planDiscovery(generator, { region, seeds: [0] });
    const state = (await statesOf(plan))[0]!;
    await expect(measureDirections(generator, plan, state, await directionsOf(state, plan, 2), 'eigenvalue', undefined, AbortSignal.abort())).rejects.toThrow(CancelledError);
  });

  it('are saved with all that is known of them', () => {
    const plan = planDiscovery(generator, { region, ...settings, psi: 0.9, tau: 0.002 });
    const measured = ranked[2]!;
    const file = directionFile('brow-3', generator, plan, [0, 1, 2], measured, 'eigenvalue');
    const { sha256, ...owner } = file.generator;
    expect(sha256).toBe(generator.identity.sha256);
    expect(owner).toEqual({ name: 'generator', architecture: 'stylegan2', resolution: side });
    expect(file).toMatchObject({
      format: 'resefa-direction',
      version: 1,
      name: 'brow-3',
      latent: { space: 'w', dimensions, layers: [4, 5, 6] },
      region,
      metrics: { seeds: '100-107', ...measured.locality },
      vector: [...measured.rows[0]!],
    });
    expect(file.discovery).toEqual({
      seeds: '0-2', truncation: 0.9, preset: 'standard', jacobianResolution: side, channels: 'rgb', tau: 0.002, rank: 3, eigenvalue: measured.eigenvalue,
    });
    const [least, most] = file.edit.alpha;
    expect(least).toBe(-most);
    expect(most / measured.locality.alpha).toBeGreaterThan(2);
    expect(most / measured.locality.alpha).toBeLessThan(4);
  });

  it('are saved as files that can be read and belong to the generator', () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const text = formatDirection(directionFile('brow-1', generator, plan, [0, 1, 2], ranked[0]!, 'eigenvalue'));
    const read = parseDirection(text, 'brow-1.resefa.json');
    expect(() => { requireFits(read, generator.identity, 'brow-1.resefa.json'); }).not.toThrow();
    expect(formatDirection(read)).toBe(text);
  });

  it('are saved with how they were ranked and how the Jacobian was taken, where that is unusual', () => {
    const plan = planDiscovery(generator, { region, jacobian: 'central' });
    expect(directionFile('a', generator, plan, [0], local[0]!, 'locality').discovery).toMatchObject({ rankedBy: 'locality', jacobian: 'central' });
  });

  it('say so where their region was put together from tiles', () => {
    const plan = planDiscovery(generator, { region, ...settings });
    const saved = (...source: ('tiles' | 'pixels')[]) => directionFile('a', generator, plan, [0], ranked[0]!, 'eigenvalue', ...source).discovery;
    expect(saved('tiles').grams).toBe('tiles');
    expect(saved('pixels')).not.toHaveProperty('grams');
    expect(saved()).not.toHaveProperty('grams');
  });

  it('are saved in w+ as one row for each layer', async () => {
    const plan = planDiscovery(generator, { region, seeds: [0], layers: [5, 6], space: 'w+' });
    const state = (await statesOf(plan))[0]!;
    const [measured] = await measureDirections(generator, plan, state, await directionsOf(state, plan, 1), 'eigenvalue');
    const file = directionFile('a', generator, plan, [0], measured!, 'eigenvalue');
    expect(file.latent).toEqual({ space: 'w+', dimensions, layers: [5, 6] });
    expect(file.vector).toEqual(measured!.rows.map((row) => [...row]));
  });

  it('are measured on samples that take no part', () => {
    expect(heldOutSeeds(planDiscovery(generator, { region }).seeds)).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
    expect(heldOutSeeds([99, 100, 103, 109])).toEqual([101, 102, 104, 105, 106, 107, 108, 110]);
  });
});

describe('several regions', () => {
  it('share the Jacobians and get what each gets alone', async () => {
    const mouth = { ...region, y: 0.625 };
    const plan = planDiscovery(generator, { region, seeds: [0, 1] });
    const alone = [(await statesOf(plan)).at(-1)!, (await statesOf(planDiscovery(generator, { region: mouth, seeds: [0, 1] }))).at(-1)!];
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    const found: RegionsState[] = [];
    for await (const state of accumulateRegions(generator, plan, [region, mouth])) found.push(state);
    expect(jacobians).toHaveBeenCalledTimes(2);
    alone.forEach(({ grams }, i) => {
      expect(found.at(-1)!.grams[i]!.inside).toEqual(grams.inside);
      expect(found.at(-1)!.grams[i]!.outside).toEqual(grams.outside);
    });
  });
});

describe('a direction of a conditional generator', () => {
  it('remembers the class of its samples', () => {
    const plan = planDiscovery(generator, { region, label: 3 });
    const rows = Array.from({ length: 6 }, () => Float64Array.from({ length: dimensions }, (_, k) => (k === 0 ? 1 : 0)));
    const direction: MeasuredDirection = { space: 'w', layers: plan.layers, rows, rank: 1, eigenvalue: 2, locality: { alpha: 1, insideMse: 0.02, outsideMse: 0.01 } };
    const file = directionFile('a', generator, plan, [0], direction, 'eigenvalue');
    expect(file.discovery.class).toBe(3);
    expect(parseDirection(formatDirection(file), 'a').discovery!.class).toBe(3);
    expect(directionFile('a', generator, planDiscovery(generator, { region }), [0], direction, 'eigenvalue').discovery).not.toHaveProperty('class');
  });
});

describe('localityRatio', () => {
  it('is the inside change for each unit of outside change', () => {
    expect(localityRatio({ alpha: 1, insideMse: 0.02, outsideMse: 0.004 })).toBeCloseTo(5, 12);
    expect(localityRatio({ alpha: 1, insideMse: 0.02, outsideMse: 0 })).toBe(2e10);
  });
});

describe('niceAlpha', () => {
  const ends = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) => [1.5, 3, 4.5, 6, 9, 12].map((step) => Number(`${step}e${power}`)));

  it.each([0.0031, 0.02, 0.1, 0.74, 1, 1.02, 1.3, 1.49, 2, 2.3, 3, 3.7, 5, 7.4, 7.6, 9.9, 10.6, 13.2, 13.6, 37, 260, 999])('of %d is the nearest end of a slider', (alpha) => {
    const nice = niceAlpha(alpha);
    expect(ends).toContain(nice);
    expect(Math.abs(nice - alpha)).toBeCloseTo(Math.min(...ends.map((end) => Math.abs(end - alpha))), 9);
  });
});
