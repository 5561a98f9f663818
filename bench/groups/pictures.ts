import { setTimeout as pause } from 'node:timers/promises';
import type { EditTerm, GeneratorInfo, Rendered } from '../../src/shared/protocol/engineProtocol';
import { takeTurns, timed } from '../clock';
import { Engine } from '../engine';
import { figure, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';

/** Between the first picture and the first move of a slider, when nothing is asked for, the engine gets ready for it. */
const idleMilliseconds = 3000;

/** What a slider and the seed buttons wait for, as the engine answers the panel: with the picture packed for its way. */
export const pictures: Group = { name: 'pictures', peakOf: 'pictures', measure };

async function measure({ subject, reference }: Bench): Promise<Figures> {
  const engine = new Engine();
  const info = await engine.call('open', { generator: reference });
  const render = (seed: number, live: boolean, alpha: number) =>
    engine.call('render', { generator: reference, sample: { seed, psi: 0.7 }, edits: alpha === 0 ? [] : [edit(info, alpha)], heat: false, live });
  const firstPicture = await timed(() => render(0, false, 0));
  await pause(idleMilliseconds);
  const firstLive = await timed(() => render(0, true, 0.1));
  let latest: Rendered | undefined;
  // Every picture is another one, as it is under a slider that moves.
  const { moving, resting, seed } = await takeTurns(subject.rounds.quick, {
    moving: (turn) => timed(async () => { latest = await render(0, true, 0.2 + turn / 100); }),
    resting: (turn) => timed(() => render(0, false, 0.205 + turn / 100)),
    seed: (turn) => timed(() => render(turn + 1, false, 0)),
  });
  return {
    'first picture after opening, engine, ms': figure('time', [firstPicture]),
    'slider to first pixels, engine, ms': figure('time', [firstLive]),
    'slider to pixels, engine, ms': figure('time', moving),
    'full picture at rest, engine, ms': figure('time', resting),
    'slider to pixels / full picture': ratioFigure(moving, resting),
    'next seed, engine, ms': figure('time', seed),
    'side of the picture under a moving slider, px': figure('fact', [latest!.frame.width]),
  };
}

/** A step of every edited layer, the same in all components. */
function edit({ dimensions, editLayers }: GeneratorInfo, alpha: number): EditTerm {
  const row = new Float32Array(dimensions).fill(1 / Math.sqrt(dimensions));
  return { layers: editLayers, rows: editLayers.map(() => row), alpha };
}
