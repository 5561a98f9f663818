import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const composeDirections: Command = {
  id: 'resefa.composeDirections',
  run: () => { throw new UserError('not there yet'); },
};
