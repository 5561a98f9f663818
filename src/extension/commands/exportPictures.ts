import { jobOfFiles } from '../export/exportJob';
import { openExportPage } from '../export/exportPanel';
import { generatorOfDirection } from '../generators/generatorOfDirection';
import { readDirectionFile } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { chosenDirections } from './chosenDirections';
import type { Command } from './command';

/** Opens a page on which animations, videos, strips and grids of direction files are made. */
export const exportPictures: Command = {
  id: 'resefa.exportPictures',
  run: async (services, argument, selection) => {
    const uris = await chosenDirections(services.directions, 'The directions to export pictures of', argument, selection);
    const [first] = uris;
    if (!first) return;
    const directions = await Promise.all(uris.map(readDirectionFile));
    const { reference, info } = await generatorOfDirection(directions[0]!, nameOf(first), services);
    openExportPage(jobOfFiles(reference, info, directions, uris.map(nameOf)), services);
  },
};
