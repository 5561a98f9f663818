import { regularised, solveDirections, unknownsOf } from '../../src/engine/factorization/directions';
import { accumulateTiles } from '../../src/engine/factorization/discover';
import { leadingPencilEigenpairs } from '../../src/engine/factorization/eigen';
import type { RegionGrams } from '../../src/engine/factorization/gram';
import { TileGrams, tileGridFor } from '../../src/engine/factorization/tileGrams';
import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import type { LatentSpace } from '../../src/shared/direction/directionFile';
import { takeTurns, timed } from '../clock';
import { figure, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';
import { readyDiscovery, spacesOf } from '../readyDiscovery';
import { dragged } from '../regions';

/** From Gram matrices to the leading directions. What is larger than 256 px has as many unknowns as that. */
export const solve: Group = { name: 'solve', fits: ({ large }) => !large, measure };

const count = 8;
const tau = 1e-3;
const samples = 2;

/** All eigenpairs of more unknowns take longer than anybody waits. */
const mostUnknowns = 512;

async function measure(bench: Bench): Promise<Figures> {
  const figures: Record<string, Figures[string]> = {};
  for (const space of spacesOf(bench)) Object.assign(figures, await measureIn(space, bench));
  return figures;
}

async function measureIn(space: LatentSpace, bench: Bench): Promise<Figures> {
  const { tiles, layers } = await sampledTiles(space, bench);
  const options = { space, layers, tau, count };
  let start: readonly Float64Array[] | undefined;
  const { cold, warm } = await takeTurns(bench.subject.rounds.quick, {
    cold: (turn) => timed(() => solveDirections(tiles.grams(dragged(turn)), options)),
    warm: (turn) => timed(async () => { start = (await solveDirections(tiles.grams(dragged(turn + 0.5)), { ...options, start })).map(unknownsOf); }),
  });
  const figures: Figures = {
    [`unknowns, ${space}`]: figure('fact', [tiles.size]),
    [`${count} directions from tiles, ${space}, cold, ms`]: figure('time', cold),
    [`${count} directions from tiles, ${space}, warm, ms`]: figure('time', warm),
  };
  if (tiles.size > mostUnknowns) return figures;
  const { full, leading } = await takeTurns(bench.subject.rounds.slow, {
    full: (turn) => timed(() => allEigenpairs(tiles.grams(dragged(turn)))),
    leading: (turn) => timed(() => solveDirections(tiles.grams(dragged(turn)), options)),
  });
  return { ...figures, [`all eigenpairs from tiles, ${space}, ms`]: figure('time', full), [`${count} directions / all eigenpairs, ${space}`]: ratioFigure(leading, full) };
}

function allEigenpairs({ inside, outside, size }: RegionGrams): Promise<unknown> {
  return leadingPencilEigenpairs(inside, regularised(outside, size, tau), size, count, { full: true });
}

async function sampledTiles(space: LatentSpace, bench: Bench): Promise<{ tiles: TileGrams; layers: readonly number[] }> {
  const generator = await Generator.open(bench.reference, embeddedGenerators());
  const { plan, runner, network } = await readyDiscovery(bench, generator, space, samples, samples);
  const tiles = TileGrams.empty(runner.tangents, tileGridFor(plan.readout.resolution, runner.tangents));
  for await (const state of accumulateTiles(generator, plan, tiles, undefined, undefined, runner)) void state;
  await network.release();
  await generator.release();
  return { tiles, layers: plan.layers };
}
