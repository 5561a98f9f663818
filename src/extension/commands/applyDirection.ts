import { openedGeneratorOf } from '../generators/missingGenerator';
import { directionInEditor, readDirectionFile } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { uriOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Shows a direction file in a panel with its generator: the one given, the one in the editor, or one that the user picks. */
export const applyDirection: Command = {
  id: 'resefa.applyDirection',
  run: async (services, argument) => {
    const uri = uriOf(argument) ?? directionInEditor() ?? (await pickDirection(services.directions));
    if (!uri) return;
    const direction = await readDirectionFile(uri);
    const opened = await openedGeneratorOf(direction, nameOf(uri), services);
    if (opened) services.panels.apply(opened.reference, direction);
  },
};
