import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { AllServices } from '../allServices';
import { isDirectionFile, largestDirection } from '../workspace/directionCatalog';
import { nameOf, readText } from '../workspace/files';
import { fittingGenerator } from '../workspace/fittingGenerator';
import type { KnownGenerator } from '../workspace/generatorScan';
import { uriOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Shows a direction file in a panel with its generator: the one given, the one in the editor, or one that the user picks. */
export const applyDirection: Command = {
  id: 'resefa.applyDirection',
  run: async (services, argument) => {
    const uri = uriOf(argument) ?? directionInEditor() ?? (await pickDirection(services.directions));
    if (!uri) return;
    const direction = parseDirection(await readText(uri, largestDirection), nameOf(uri));
    const generator = fittingGenerator(direction, (await services.generators.all()).filter(({ problem }) => problem === undefined));
    if (!generator) {
      offerImport(direction, nameOf(uri), services);
      return;
    }
    await requireFitting(direction, generator, nameOf(uri), services);
    services.panels.apply(generator.reference, direction);
  },
};

/** Looks closer than lists do: the hash of a bare .onnx file is known once it is open, and a file edited by hand may ask for layers that are not there. */
async function requireFitting(direction: DirectionFile, { reference, name }: KnownGenerator, file: string, { engine, work }: AllServices): Promise<void> {
  const info = await work.during(`opening ${name}`, () => engine.call('open', { generator: reference }));
  requireFits(direction, { ...info, layerCount: info.layers.length }, file);
}

function directionInEditor(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri && isDirectionFile(uri) ? uri : undefined;
}

/** Says which generator is missing, with a button to import it. Returns at once. */
function offerImport({ generator }: DirectionFile, file: string, { generators, log }: AllServices): void {
  const advice = generators.workspaceHidden ? 'import it, or trust the workspace to open its generators' : 'import it or put it into the workspace';
  const message = `${file} was made for the generator ${generator.name} (${generator.architecture}, ${generator.resolution} px, sha256 ${generator.sha256.slice(0, 12)}), which is not here: ${advice}`;
  log.warn(message);
  void vscode.window.showErrorMessage(message, 'Import Generator').then((button) => {
    if (button !== undefined) void vscode.commands.executeCommand('resefa.importGenerator');
  });
}
