import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const compareDirections: Command = {
  id: 'resefa.compareDirections',
  run: () => { throw new UserError('not there yet'); },
};
