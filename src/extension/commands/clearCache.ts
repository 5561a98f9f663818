import * as vscode from 'vscode';
import type { Command } from './command';
import { confirmed } from './deleteDirection';

/** Forgets what discoveries have accumulated, after asking: to find it again can take long. */
export const clearCache: Command = {
  id: 'resefa.clearCache',
  run: async ({ engine, panels }) => {
    if (!(await confirmed('Clear the cache?', 'What earlier discoveries know of their samples is forgotten, in memory and on the disk. Directions no longer follow a region until it has been discovered again.', 'Clear'))) return;
    await engine.call('clearCache', {});
    for (const panel of panels.open) panel.emit('cacheCleared', {});
    void vscode.window.showInformationMessage('The cache is empty');
  },
};
