import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import type { FloatTensor } from '../../src/engine/tensor';
import { takeTurns, timed } from '../clock';
import { figure, ratioFigure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';

/** One forward pass against one tangent among those of a run, at full size and with respect to all layers. */
export const forward: Group = { name: 'forward', measure };

async function measure({ subject, reference }: Bench): Promise<Figures> {
  const generator = await Generator.open(reference, embeddedGenerators());
  const { resolution, layers } = generator.description;
  const ws = await generator.sample([0]);
  const readout = { resolution, reduction: 'area', channels: 'rgb' } as const;
  const runner = await JacobianRunner.create(generator, { space: 'w', layers: layers.map(({ index }) => index), readout });
  const tangents = someTangents(runner.chunk, generator);
  const { picture, tangent } = await takeTurns(subject.rounds.quick, {
    picture: () => timed(() => generator.synthesize(ws)),
    tangent: async () => (await timed(() => runner.products(ws, tangents))) / runner.chunk,
  });
  await runner.release();
  await generator.release();
  return {
    'forward pass, ms': figure('time', picture),
    'tangent, full size, all layers, ms': figure('time', tangent),
    'tangent / forward pass': ratioFigure(tangent, picture),
    'tangents in a run': figure('fact', [runner.chunk]),
  };
}

function someTangents(count: number, { layerCount, dimensions }: Generator): FloatTensor {
  const data = Float32Array.from({ length: count * layerCount * dimensions }, (_, i) => Math.sin(i * 12.9898) / 8);
  return { data, dims: [count, layerCount, dimensions] };
}
