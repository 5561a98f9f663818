import * as vscode from 'vscode';
import { parseDirection } from '../../shared/directionFile';
import type { DirectionFile } from '../../shared/directionFile';
import type { AllServices } from '../services';
import { isDirectionFile, largestDirection } from '../workspace/directionCatalog';
import { nameOf, readText } from '../workspace/files';
import { fittingGenerator } from '../workspace/fittingGenerator';
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
    if (generator) services.panels.apply(generator.reference, direction);
    else offerImport(direction, nameOf(uri), services);
  },
};

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
