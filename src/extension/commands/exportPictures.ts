import { UserError } from '../../shared/userError';
import type { Command } from './command';

export const exportPictures: Command = {
  id: 'resefa.exportPictures',
  run: () => { throw new UserError('not there yet'); },
};
