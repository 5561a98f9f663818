import { directionInEditor } from '../workspace/directionFiles';
import { uriOf } from './arguments';
import type { Command } from './command';
import { openWith } from './openWith';

/** Shows a direction file as text: the one given, or the one in the editor, which gives way to the text. */
export const openAsText: Command = {
  id: 'resefa.openAsText',
  run: async (_services, argument) => {
    const uri = uriOf(argument) ?? directionInEditor();
    if (uri) await openWith(uri, 'default');
  },
};
