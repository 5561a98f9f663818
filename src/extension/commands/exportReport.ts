import { exportReportFile } from '../export/exportReportFile';
import { readDirectionFile } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { chosenDirections } from './chosenDirections';
import type { Command } from './command';

/** Writes an HTML report of direction files. */
export const exportReport: Command = {
  id: 'resefa.exportReport',
  run: async (services, argument, selection) => {
    const uris = await chosenDirections(services.directions, 'The directions to report on', argument, selection);
    if (uris.length === 0) return;
    await exportReportFile(await Promise.all(uris.map(readDirectionFile)), uris.map(nameOf), services);
  },
};
