import { accumulateTiles } from '../../src/engine/factorization/discover';
import type { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { TileGrams, tileGridFor } from '../../src/engine/factorization/tileGrams';
import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import type { FloatTensor } from '../../src/engine/tensor';
import { figure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';
import { readyDiscovery } from '../readyDiscovery';

/**
 * What a discovery of the preset standard in w holds at once, for its peak of memory: two runs of tangents, and with their network still open
 * the Gram matrices of two samples. Their full-sized Jacobian is made up, since the real ones would take minutes.
 */
export const memory: Group = { name: 'memory', peakOf: 'a discovery', fits: ({ checkpoint }) => checkpoint !== undefined, measure };

async function measure(bench: Bench): Promise<Figures> {
  const generator = await Generator.open(bench.reference, embeddedGenerators(), { spinning: false });
  const { plan, runner, network } = await readyDiscovery(bench, generator, 'w', 2, 1);
  await twoRuns(network, await generator.sample([0]));
  const tiles = TileGrams.empty(runner.tangents, tileGridFor(plan.readout.resolution, runner.tangents));
  for await (const state of accumulateTiles(generator, plan, tiles, undefined, undefined, runner)) void state;
  await network.release();
  await generator.release();
  return { 'tangents in a run of a discovery': figure('fact', [network.chunk]), 'Gram matrices of all tiles, MiB': figure('memory', [tiles.bytes / 2 ** 20]) };
}

async function twoRuns(network: JacobianRunner, ws: FloatTensor): Promise<void> {
  const enough = new AbortController();
  let done = 0;
  const count = () => { if (++done === 2) enough.abort(); };
  const store = await network.jacobian(ws, count, enough.signal).catch((error: unknown) => {
    if (!enough.signal.aborted) throw error;
  });
  await store?.dispose();
}
