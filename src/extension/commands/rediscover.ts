import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const rediscover: Command = {
  id: 'resefa.rediscover',
  run: () => { throw new UserError('not there yet'); },
};
