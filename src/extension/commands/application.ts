import * as vscode from 'vscode';
import type { Command } from './command';

export const showLog: Command = {
  id: 'resefa.showLog',
  run: ({ log }) => { log.show(); },
};

/** Ends the engine process, with whatever it computes; the next call starts a new one. */
export const restartEngine: Command = {
  id: 'resefa.restartEngine',
  run: ({ engine }) => {
    engine.restart('the engine process was restarted');
    engine.warmUp();
  },
};

export const openWalkthrough: Command = {
  id: 'resefa.openWalkthrough',
  run: ({ context }) => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#getStarted`),
};

/** Shows the panel that was used last; what a click on the status bar does. */
export const revealPanel: Command = {
  id: 'resefa.revealPanel',
  run: ({ panels }) => { panels.reveal(); },
};
