import { showError } from '../errors';
import { rediscoverFile } from '../rediscovery/rediscovery';
import { givenDirections } from './chosenDirections';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Repeats the discoveries of direction files, one after the other: those selected, the one in the editor, or one that the user picks. */
export const rediscover: Command = {
  id: 'resefa.rediscover',
  run: async (services, argument, selection) => {
    const given = givenDirections(argument, selection);
    const chosen = given.length > 0 ? given : [(await pickDirection(services.directions)) ?? []].flat();
    for (const uri of chosen) {
      // One that cannot be found again is no reason to leave the others out.
      await rediscoverFile(uri, services).catch((error: unknown) => {
        if (chosen.length === 1) throw error;
        showError(error, services.log);
      });
    }
  },
};
