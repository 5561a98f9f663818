import * as vscode from 'vscode';
import { generatorOf } from './arguments';
import type { Command } from './command';
import { confirmed } from './deleteDirection';

/** Deletes an imported generator, after asking. */
export const removeGenerator: Command = {
  id: 'resefa.removeGenerator',
  run: async ({ generators }, argument) => {
    const generator = generatorOf(argument);
    if (generator?.origin !== 'imported') return;
    if (!(await confirmed(`Remove ${generator.name}?`, 'Its imported files are deleted. The checkpoint that they were made from stays where it is.', 'Remove'))) return;
    await vscode.workspace.fs.delete(generator.uri, { recursive: true });
    generators.imported.refresh();
  },
};
