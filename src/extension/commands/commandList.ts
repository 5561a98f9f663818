import { openWalkthrough, restartEngine, revealPanel, showLog } from './application';
import { applyDirection } from './applyDirection';
import type { Command } from './command';
import { deleteDirection } from './deleteDirection';
import { discover } from './discover';
import { copyPath, revealInExplorer, revealInFileManager } from './files';
import { importGenerator } from './importGenerator';
import { openDirection } from './openDirection';
import { removeGenerator } from './removeGenerator';

/** Every command that the extension registers. */
export const commandList: readonly Command[] = [
  discover,
  importGenerator,
  applyDirection,
  openDirection,
  deleteDirection,
  removeGenerator,
  revealInExplorer,
  revealInFileManager,
  copyPath,
  revealPanel,
  showLog,
  restartEngine,
  openWalkthrough,
];
