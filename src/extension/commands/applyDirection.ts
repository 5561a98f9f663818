import * as vscode from 'vscode';
import { MissingGeneratorError, generatorOfDirection } from '../generators/generatorOfDirection';
import { directionInEditor, readDirectionFile } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { uriOf } from './arguments';
import type { Command } from './command';
import { pickDirection } from './pickDirection';

/** Shows a direction file in a panel with its generator: the one given, the one in the editor, or one that the user picks. */
export const applyDirection: Command = {
  id: 'resefa.applyDirection',
  run: async (services, argument) => {
    const uri = uriOf(argument) ?? directionInEditor() ?? (await pickDirection(services.directions));
    if (!uri) return;
    const direction = await readDirectionFile(uri);
    try {
      const { reference } = await generatorOfDirection(direction, nameOf(uri), services);
      services.panels.apply(reference, direction);
    } catch (error) {
      if (!(error instanceof MissingGeneratorError)) throw error;
      services.log.warn(error.message);
      offerImport(error.message);
    }
  },
};

/** Says which generator is missing, with a button to import it. Returns at once. */
function offerImport(message: string): void {
  void vscode.window.showErrorMessage(message, 'Import Generator').then((button) => {
    if (button !== undefined) void vscode.commands.executeCommand('resefa.importGenerator');
  });
}
