import * as vscode from 'vscode';
import type { ReSeFaApi } from './api';
import { commandList } from './commands/commandList';
import { ComparisonPanels } from './comparison/comparisonPanels';
import { CudaLibraries } from './cuda/cudaLibraries';
import { DirectionEditorProvider } from './directionEditor/directionEditorProvider';
import { DisposableStore } from './disposables';
import { EngineProcess } from './engineProcess';
import { showError } from './errors';
import { restoreExportPages } from './export/exportPages';
import { registerDirectionLanguage } from './language/directionLanguage';
import { Log } from './log';
import { KeptStates } from './panel/keptStates';
import { PanelManager } from './panel/panelManager';
import { ProviderStatusItem } from './providerStatus';
import { reasonOf } from './reason';
import type { AllServices } from './allServices';
import { FoundDirections } from './rediscovery/foundDirections';
import { Settings } from './settings';
import { DirectionsView } from './views/directionsView';
import { GeneratorsView } from './views/generatorsView';
import { Reports } from './views/reports';
import { DirectionCatalog } from './workspace/directionCatalog';
import { GeneratorCatalog } from './workspace/generatorCatalog';
import { WorkIndicator } from './workIndicator';

let everything: DisposableStore | undefined;

/** Sets everything up and loads nothing: the engine is forked, and files are looked for, when they are first needed. */
export function activate(context: vscode.ExtensionContext): ReSeFaApi {
  const began = performance.now();
  const store = new DisposableStore();
  everything = store;
  const services = createServices(context, store);
  for (const { id, run } of commandList) store.add(vscode.commands.registerCommand(id, (argument: unknown, selection: unknown) => guarded(() => run(services, argument, selection), services)));
  store.add(new GeneratorsView(services.generators));
  store.add(new DirectionsView(services.directions));
  store.add(DirectionEditorProvider.register(services));
  store.add(registerDirectionLanguage(services));
  store.add(restoreExportPages(services));
  const activationMilliseconds = performance.now() - began;
  return {
    activationMilliseconds,
    enginePid: () => services.engine.pid,
    logLines: () => [...services.log.lines],
    panels: () => services.panels.open.map(({ title, generator, active }) => ({ title, generator, active })),
  };
}

/** Ends the engine process and gives everything up. */
export function deactivate(): void {
  everything?.dispose();
  everything = undefined;
}

function createServices(context: vscode.ExtensionContext, store: DisposableStore): AllServices {
  const { extensionUri, globalStorageUri, storageUri } = context;
  const log = store.add(new Log());
  const settings = new Settings(log, vscode.Uri.joinPath(globalStorageUri, 'cache').fsPath);
  const engine = store.add(new EngineProcess({ entry: vscode.Uri.joinPath(extensionUri, 'dist', 'engine.js').fsPath, settings: () => settings.engine, log }));
  store.add(vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('resefa')) engine.settingsChanged();
  }));
  const provider = store.add(new ProviderStatusItem(engine, log));
  const cuda = new CudaLibraries(vscode.Uri.joinPath(extensionUri, 'node_modules', 'onnxruntime-node').fsPath, vscode.Uri.joinPath(globalStorageUri, 'cuda').fsPath);
  // An update of the extension comes without what had been set up.
  if (cuda.keepsAny) cuda.placeKept().catch((error: unknown) => { log.warn(reasonOf(error)); });
  const work = store.add(new WorkIndicator('resefa.revealPanel'));
  const generators = store.add(new GeneratorCatalog(vscode.Uri.joinPath(extensionUri, 'models'), vscode.Uri.joinPath(globalStorageUri, 'generators')));
  const directions = store.add(new DirectionCatalog());
  const kept = new KeptStates(vscode.Uri.joinPath(storageUri ?? globalStorageUri, 'panels'), log);
  const reports = store.add(new Reports());
  const found = store.add(new FoundDirections());
  const services = { context, log, settings, engine, provider, cuda, work, generators, directions, kept, reports, found };
  return { ...services, panels: store.add(new PanelManager(services)), comparisons: store.add(new ComparisonPanels(services)) };
}

/** Runs a command; what goes wrong becomes a notification. */
async function guarded(run: () => unknown, { log }: AllServices): Promise<void> {
  try {
    await run();
  } catch (error) {
    showError(error, log);
  }
}
