import { join } from 'node:path';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import { takeTurns, timed } from '../clock';
import { figure } from '../figures';
import type { Figures } from '../figures';
import type { Bench, Group } from '../group';
import { checkpointFile } from '../prepare';

/** From a checkpoint to a generator folder. */
export const importing: Group = { name: 'import', peakOf: 'an import', fits: ({ checkpoint }) => checkpoint !== undefined, measure };

async function measure({ subject, folder }: Bench): Promise<Figures> {
  const { whole } = await takeTurns(subject.rounds.slow, {
    whole: () => timed(async () => writeGenerator(join(folder, 'again'), await importCheckpoint(checkpointFile(folder)))),
  });
  return { 'import, ms': figure('time', whole) };
}
