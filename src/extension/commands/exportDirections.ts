import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const exportDirections: Command = {
  id: 'resefa.exportDirections',
  run: () => { throw new UserError('not there yet'); },
};
