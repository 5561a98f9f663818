import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const discoverSeveral: Command = {
  id: 'resefa.discoverSeveral',
  run: () => { throw new UserError('not there yet'); },
};
