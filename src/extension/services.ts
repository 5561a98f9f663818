import type { ExtensionContext } from 'vscode';
import type { CudaLibraries } from './cuda/cudaLibraries';
import type { EngineProcess } from './engineProcess';
import type { Log } from './log';
import type { KeptStates } from './panel/keptStates';
import type { ProviderStatusItem } from './providerStatus';
import type { FoundDirections } from './rediscovery/foundDirections';
import type { Settings } from './settings';
import type { Reports } from './views/reports';
import type { DirectionCatalog } from './workspace/directionCatalog';
import type { GeneratorCatalog } from './workspace/generatorCatalog';
import type { WorkIndicator } from './workIndicator';

/** What commands, panels and views share. */
export interface Services {
  readonly context: ExtensionContext;
  readonly log: Log;
  readonly settings: Settings;
  readonly engine: EngineProcess;
  readonly provider: ProviderStatusItem;
  readonly cuda: CudaLibraries;
  readonly work: WorkIndicator;
  readonly generators: GeneratorCatalog;
  readonly directions: DirectionCatalog;
  readonly kept: KeptStates;
  readonly reports: Reports;
  readonly found: FoundDirections;
}
