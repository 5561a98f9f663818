import type { DiscoverRequest } from '../../src/shared/protocol/engineProtocol';
import { takeTurns, timed } from '../clock';
import { Engine } from '../engine';
import { figure, median, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';
import { dragged, eyes } from '../regions';

/** A whole discovery of the preset standard in w, as the panel asks for it, with nothing known before. */
export const discovery: Group = { name: 'discovery', peakOf: 'a discovery', fits: ({ checkpoint }) => checkpoint === undefined, measure };

const samples = 20;
const count = 8;

async function measure({ subject, reference }: Bench): Promise<Figures> {
  const engine = new Engine();
  await engine.call('configure', { threads: 0, memoryBudget: 0, executionProvider: 'cpu', cacheFolder: '', cacheSize: 0 });
  const { editLayers, dimensions } = await engine.call('open', { generator: reference });
  const request: DiscoverRequest = { id: 'bench', generator: reference, region: eyes, preset: 'standard', space: 'w', layers: editLayers, name: 'eyes', count };
  const firsts: number[] = [];
  const { whole, picture } = await takeTurns(subject.rounds.slow, {
    picture: async (turn) => median(await renderTimes(engine, reference, 1000 * (turn + 2))),
    whole: async () => {
      await engine.call('clearCache', {});
      const started = performance.now();
      let first: number | undefined;
      await engine.call('discover', request, ({ kind }) => { if (kind === 'directions') first ??= performance.now() - started; });
      firsts.push(first!);
      return performance.now() - started;
    },
  });
  const { follow } = await takeTurns(subject.rounds.quick, {
    follow: (turn) => timed(() => engine.call('follow', { ...request, region: dragged(turn) })),
  });
  return {
    'box to first directions, engine, ms': figure('time', firsts.slice(1)),
    [`box to all ${samples} samples and measurements, engine, ms`]: figure('time', whole),
    [`whole discovery / ${samples} x as many pictures as tangents`]: ratioFigure(whole, picture.map((time) => time * samples * dimensions)),
    'region drag to new directions, engine, ms': figure('time', follow),
  };
}

/** Milliseconds of some pictures that were not asked for before. */
async function renderTimes(engine: Engine, generator: string, seed: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => engine.call('render', { generator, sample: { seed: seed + i, psi: 0.7 }, edits: [], heat: false })));
  return times;
}
