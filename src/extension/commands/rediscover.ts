import { UserError } from '../../shared/userError';
import { rediscoverFile } from '../rediscovery/rediscovery';
import { isDirectionFile } from '../workspace/directionCatalog';
import { directionInEditor } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { urisOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Repeats the discoveries of direction files, one after the other: those selected, the one in the editor, or one that the user picks. */
export const rediscover: Command = {
  id: 'resefa.rediscover',
  run: async (services, argument, selection) => {
    const given = urisOf(argument, selection);
    const files = given.filter(isDirectionFile);
    if (given.length > 0 && files.length === 0) throw new UserError(`${nameOf(given[0]!)} is not a direction file (*.resefa.json)`);
    const chosen = files.length > 0 ? files : [directionInEditor() ?? (await pickDirection(services.directions)) ?? []].flat();
    for (const uri of chosen) await rediscoverFile(uri, services);
  },
};
