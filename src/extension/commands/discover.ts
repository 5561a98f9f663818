import { referenceOf } from './arguments';
import type { Command } from './command';

/** Opens a new panel, on a generator where one is given. */
export const discover: Command = {
  id: 'resefa.discover',
  run: ({ panels }, argument) => { panels.create(referenceOf(argument)); },
};
