import { openWalkthrough, restartEngine, revealPanel, showLog } from './application';
import { applyDirection } from './applyDirection';
import { chooseProvider } from './chooseProvider';
import { clearCache } from './clearCache';
import type { Command } from './command';
import { compareDirections } from './compareDirections';
import { compareDiff } from './compareDiff';
import { compareWithHead } from './compareWithHead';
import { composeDirections } from './composeDirections';
import { deleteDirection } from './deleteDirection';
import { discover } from './discover';
import { discoverSeveral } from './discoverSeveral';
import { examineGenerator } from './examineGenerator';
import { exportDirections } from './exportDirections';
import { exportPictures } from './exportPictures';
import { exportReport } from './exportReport';
import { copyPath, revealInExplorer, revealInFileManager } from './files';
import { importDirections } from './importDirections';
import { importGenerator } from './importGenerator';
import { openAsText } from './openAsText';
import { openDirection } from './openDirection';
import { openPreview } from './openPreview';
import { rediscover } from './rediscover';
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
  openPreview,
  openAsText,
  compareDirections,
  compareDiff,
  compareWithHead,
  rediscover,
  importDirections,
  exportDirections,
  composeDirections,
  exportPictures,
  exportReport,
  discoverSeveral,
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
