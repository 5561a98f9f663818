import * as vscode from 'vscode';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';
import { MissingGeneratorError, generatorOfDirection } from './generatorOfDirection';
import type { OpenedGenerator } from './generatorOfDirection';

/**
 * The generator of a direction, opened. Where it is missing, the user is told which, with a button to import it, and nothing
 * comes back.
 *
 * @param file the direction's file, for messages
 * @throws UserError where the direction does not fit after all
 */
export async function openedGeneratorOf(direction: DirectionFile, file: string, services: Services): Promise<OpenedGenerator | undefined> {
  try {
    return await generatorOfDirection(direction, file, services);
  } catch (error) {
    if (!(error instanceof MissingGeneratorError)) throw error;
    services.log.warn(error.message);
    offerImport(error.message);
    return undefined;
  }
}

/** Says which generator is missing, with a button to import it. Returns at once. */
function offerImport(message: string): void {
  void vscode.window.showErrorMessage(withoutLinks(message), 'Import Generator').then((button) => {
    if (button !== undefined) void vscode.commands.executeCommand('resefa.importGenerator');
  });
}
