import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const exportReport: Command = {
  id: 'resefa.exportReport',
  run: () => { throw new UserError('not there yet'); },
};
