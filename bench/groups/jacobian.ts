import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { presetSettings, readoutOf } from '../../src/engine/factorization/presets';
import type { PresetSettings } from '../../src/engine/factorization/presets';
import { Generator } from '../../src/engine/generators/generator';
import type { GeneratorDescription } from '../../src/engine/generators/description';
import { embeddedGenerators } from '../../src/engine/paths';
import type { FloatTensor } from '../../src/engine/tensor';
import type { LatentSpace, Preset } from '../../src/shared/direction/directionFile';
import { takeTurns, timed } from '../clock';
import { figure, median, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';

/** The Jacobian of one sample against as many forward passes as it has tangents, by preset and space. */
export const jacobian: Group = { name: 'jacobian', measure };

const kinds: readonly { readonly preset: Preset; readonly space: LatentSpace }[] = [
  { preset: 'standard', space: 'w' },
  { preset: 'standard', space: 'w+' },
  { preset: 'draft', space: 'w' },
  { preset: 'exact', space: 'w' },
  { preset: 'official', space: 'w' },
];

/** Of a large generator, whose Jacobian takes minutes, runs are measured for so many milliseconds, two of them at the least; the others are taken to last as long. */
const patience = 4000;

async function measure({ subject, reference }: Bench): Promise<Figures> {
  const generator = await Generator.open(reference, embeddedGenerators());
  const figures: Record<string, Figures[string]> = {};
  for (const { preset, space } of kinds) {
    if (sameAsStandard(preset, generator.description)) continue;
    const runner = await runnerOf(generator, preset, space);
    const { picture, whole } = await takeTurns(subject.rounds.slow, {
      picture: () => forwardPass(generator, subject.rounds.quick),
      whole: async (turn) => jacobianTime(runner, await generator.sample([turn + 1])),
    });
    await runner.release();
    figures[`Jacobian of a sample, ${preset} ${space}, ms`] = figure('time', whole);
    figures[`Jacobian, ${preset} ${space} / as many forward passes as tangents`] = ratioFigure(whole, picture.map((time) => time * runner.tangents));
  }
  await generator.release();
  return figures;
}

/** Small pictures are read out whole by every preset. */
function sameAsStandard(preset: Preset, { resolution }: GeneratorDescription): boolean {
  const shape = (settings: PresetSettings) => JSON.stringify([settings.layers, readoutOf(settings, resolution)]);
  return preset !== 'standard' && shape(presetSettings[preset]) === shape(presetSettings.standard);
}

function runnerOf(generator: Generator, preset: Preset, space: LatentSpace): Promise<JacobianRunner> {
  const { resolution, layers, edit_layers } = generator.description;
  const settings = presetSettings[preset];
  const taken = settings.layers === 'all' ? layers.map(({ index }) => index) : edit_layers;
  return JacobianRunner.create(generator, { space, layers: taken, readout: readoutOf(settings, resolution) });
}

/** The median time of some forward passes in milliseconds. */
async function forwardPass(generator: Generator, count: number): Promise<number> {
  const ws = await generator.sample([0]);
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => generator.synthesize(ws)));
  return median(times);
}

/** Milliseconds of a whole Jacobian. What is done once for a sample is in the first run. */
async function jacobianTime(runner: JacobianRunner, ws: FloatTensor): Promise<number> {
  const runs = Math.ceil(runner.tangents / runner.chunk);
  const marks = [performance.now()];
  const controller = new AbortController();
  const mark = () => { if (marks.push(performance.now()) > 2 && marks.at(-1)! - marks[0]! > patience) controller.abort(); };
  const store = await runner.jacobian(ws, mark, controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  const end = performance.now();
  await store?.dispose();
  if (store) return end - marks[0]!;
  const [first, ...others] = marks.slice(1).map((time, i) => time - marks[i]!);
  return first! + median(others) * (runs - 1);
}
