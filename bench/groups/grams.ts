import { accumulateTiles } from '../../src/engine/factorization/discover';
import { GramAccumulator } from '../../src/engine/factorization/gram';
import { TileGrams, tileGridFor } from '../../src/engine/factorization/tileGrams';
import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import { rasterize } from '../../src/shared/region';
import type { LatentSpace } from '../../src/shared/direction/directionFile';
import { takeTurns, timed } from '../clock';
import { figure, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';
import { readyDiscovery, spacesOf } from '../readyDiscovery';
import { eyes } from '../regions';

/** The Gram matrices of one sample of the preset standard: of one region alone, and with the tiles that serve every other. Larger pictures are reduced to 256 px before. */
export const grams: Group = { name: 'gram', fits: ({ large }) => !large, measure };

async function measure(bench: Bench): Promise<Figures> {
  const generator = await Generator.open(bench.reference, embeddedGenerators());
  const figures: Record<string, Figures[string]> = {};
  for (const space of spacesOf(bench)) Object.assign(figures, await measureIn(space, generator, bench));
  await generator.release();
  return figures;
}

async function measureIn(space: LatentSpace, generator: Generator, bench: Bench): Promise<Figures> {
  const { quick } = bench.subject.rounds;
  const { plan, jacobian, runner, network } = await readyDiscovery(bench, generator, space, quick + 1, 1);
  const { resolution } = plan.readout;
  const exact = await GramAccumulator.create(runner.tangents, [rasterize(eyes, resolution, resolution)]);
  const samples = accumulateTiles(generator, plan, TileGrams.empty(runner.tangents, tileGridFor(resolution, runner.tangents)), undefined, undefined, runner);
  const { region, tiles } = await takeTurns(quick, {
    region: () => timed(() => exact.add(jacobian)),
    tiles: () => timed(() => samples.next()),
  });
  await samples.return();
  await network.release();
  await exact.release();
  return {
    [`Gram matrices of a sample, ${space}, one region, ms`]: figure('time', region),
    [`Gram matrices of a sample, ${space}, region and all tiles, ms`]: figure('time', tiles),
    [`Gram matrices, ${space}, region and all tiles / one region`]: ratioFigure(tiles, region),
  };
}
