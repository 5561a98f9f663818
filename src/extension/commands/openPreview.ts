import { directionViewType } from '../directionEditor/directionEditorProvider';
import { directionInEditor } from '../workspace/directionFiles';
import { uriOf } from './arguments';
import type { Command } from './command';
import { openWith } from './openWith';
import { pickDirection } from './pickDirection';

/** Shows a direction file as a preview: the one given, the one in the editor, or one that the user picks. */
export const openPreview: Command = {
  id: 'resefa.openPreview',
  run: async ({ directions }, argument) => {
    const uri = uriOf(argument) ?? directionInEditor() ?? (await pickDirection(directions));
    if (uri) await openWith(uri, directionViewType);
  },
};
