import { Generator } from '../../src/engine/generators/generator';
import { embeddedGenerators } from '../../src/engine/paths';
import { takeTurns, timed } from '../clock';
import { figure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';

/** From a generator on the disk to the first picture. */
export const opening: Group = { name: 'open', measure };

async function measure({ subject, reference }: Bench): Promise<Figures> {
  const { open, picture } = await takeTurns(subject.rounds.slow, {
    open: () => timed(async () => (await Generator.open(reference, embeddedGenerators())).release()),
    picture: () => timed(async () => {
      const generator = await Generator.open(reference, embeddedGenerators());
      await generator.synthesize(await generator.sample([0]));
      await generator.release();
    }),
  });
  return { 'open, ms': figure('time', open), 'open and first picture, ms': figure('time', picture) };
}
