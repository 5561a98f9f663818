import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const compareWithHead: Command = {
  id: 'resefa.compareWithHead',
  run: () => { throw new UserError('not there yet'); },
};
