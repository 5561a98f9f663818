import { openWalkthrough, restartEngine, revealPanel, showLog } from './application';
import { applyDirection } from './applyDirection';
import { chooseProvider } from './chooseProvider';
import { clearCache } from './clearCache';
import type { Command } from './command';
import { deleteDirection } from './deleteDirection';
import { discover } from './discover';
import { examineGenerator } from './examineGenerator';
import { copyPath, revealInExplorer, revealInFileManager } from './files';
import { importGenerator } from './importGenerator';
import { openDirection } from './openDirection';
import { removeGenerator } from './removeGenerator';
import { setUpCuda } from './setUpCuda';
import { writeSettings } from './writeSettings';

/** Every command that the extension registers. */
export const commandList: readonly Command[] = [
  discover,
  importGenerator,
  examineGenerator,
  writeSettings,
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
  clearCache,
  chooseProvider,
  setUpCuda,
  openWalkthrough,
];
