import { openExportPage } from '../export/exportPages';
import { openJob } from '../export/exportJob';
import { chosenDirections } from './chosenDirections';
import type { Command } from './command';

/** Opens a page on which animations, videos, strips and grids of direction files are made. */
export const exportPictures: Command = {
  id: 'resefa.exportPictures',
  run: async (services, argument, selection) => {
    const uris = await chosenDirections(services.directions, 'The directions to export pictures of', argument, selection);
    if (uris.length > 0) openExportPage(await openJob({ files: uris.map(String) }, services), services);
  },
};
