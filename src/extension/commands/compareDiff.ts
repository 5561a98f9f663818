import { UserError } from '../../shared/userError';
import { directionsInDiff } from '../workspace/directionFiles';
import { uriOf } from './arguments';
import type { Command } from './command';

/** Compares the two versions of a direction file that VS Code shows side by side as text, wherever they are from. */
export const compareDiff: Command = {
  id: 'resefa.compareDiff',
  run: ({ comparisons }, argument) => {
    const versions = directionsInDiff(uriOf(argument));
    if (!versions) throw new UserError('the editor shows no two versions of a direction file: open a change from the Source Control view first');
    comparisons.show(versions.map((uri) => ({ uri })));
  },
};
