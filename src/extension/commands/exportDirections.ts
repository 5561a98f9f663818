import * as vscode from 'vscode';
import { formatRanges } from '../../shared/numberList';
import { counted } from '../../shared/table';
import { stemOf } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { safeFileName } from '../fileNames';
import { openedGeneratorOf } from '../generators/missingGenerator';
import { placeFor } from '../panel/exportPng';
import { withoutLinks } from '../withoutLinks';
import { readDirectionFile } from '../workspace/directionFiles';
import { nameOf, writeFile } from '../workspace/files';
import { chosenDirections } from './chosenDirections';
import type { Command } from './command';

/** Writes directions of one generator as a NumPy array: those selected, the one in the editor, or some that the user picks. */
export const exportDirections: Command = {
  id: 'resefa.exportDirections',
  run: async (services, argument, selection) => {
    const chosen = await chosenDirections(services.directions, 'The directions to export, of one generator', argument, selection);
    if (chosen.length === 0) return;
    const directions = await Promise.all(chosen.map(readDirectionFile));
    // Which layers there are matters in w+ alone.
    const stacked = directions.findIndex(({ latent }) => latent.space === 'w+');
    const generator = stacked < 0 ? undefined : await openedGeneratorOf(directions[stacked]!, nameOf(chosen[stacked]!), services);
    if (stacked >= 0 && !generator) return;
    const bytes = await services.engine.call('exportDirections', { directions, ...(generator ? { layerCount: generator.info.layers.length } : {}) });
    const uri = await vscode.window.showSaveDialog({ defaultUri: placeFor(`${nameFor(directions)}.npy`), filters: { 'NumPy array': ['npy'] }, saveLabel: 'Export' });
    if (!uri) return;
    await writeFile(uri, bytes);
    void vscode.window.showInformationMessage(withoutLinks(`Exported ${counted(directions.length, 'direction')} to ${vscode.workspace.asRelativePath(uri)}, ${shapeText(directions, generator?.info.layers.length)}`));
  },
};

/** The name of the only direction, or what the names of several have in common. */
function nameFor(directions: readonly DirectionFile[]): string {
  const [first, ...others] = directions.map(({ name }) => name) as [string, ...string[]];
  const stem = stemOf(first);
  const common = others.length === 0 ? first : others.every((name) => stemOf(name) === stem) ? stem : 'directions';
  return safeFileName(common, 'directions');
}

function shapeText(directions: readonly DirectionFile[], layers: number | undefined): string {
  const { dimensions } = directions[0]!.latent;
  if (layers !== undefined) return `[${directions.length}, ${layers}, ${dimensions}]`;
  const edited = [...new Set(directions.map(({ latent }) => formatRanges(latent.layers)))];
  return `[${directions.length}, ${dimensions}]; the array does not tell the layers (${edited.join('; ')})`;
}
