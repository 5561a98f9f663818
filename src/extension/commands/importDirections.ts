import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const importDirections: Command = {
  id: 'resefa.importDirections',
  run: () => { throw new UserError('not there yet'); },
};
