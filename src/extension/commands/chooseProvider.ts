import * as vscode from 'vscode';
import { Field } from '../../shared/field';
import { executionProviders } from '../../shared/protocol/engineProtocol';
import type { ExecutionProvider } from '../../shared/protocol/engineProtocol';
import type { AllServices } from '../allServices';
import { providerNames } from '../providerStatus';
import type { Command } from './command';

/** Lets the user choose what generators run on; what a click on the status bar does. */
export const chooseProvider: Command = {
  id: 'resefa.chooseProvider',
  run: async (services) => {
    const current = services.settings.engine.executionProvider;
    const items = executionProviders.map((provider) => itemOf(provider, current, services));
    const chosen = await vscode.window.showQuickPick(items, { title: 'What generators run on', placeHolder: 'Choose one', matchOnDescription: true });
    if (chosen && chosen.provider !== current) await saveProvider(chosen.provider);
  },
};

/** Writes the setting where it stands now, so that it takes effect. */
export async function saveProvider(provider: ExecutionProvider): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('resefa');
  const inWorkspace = configuration.inspect('executionProvider')?.workspaceValue !== undefined;
  await configuration.update('executionProvider', provider, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

interface ProviderItem extends vscode.QuickPickItem {
  readonly provider: ExecutionProvider;
}

function itemOf(provider: ExecutionProvider, current: ExecutionProvider, { context, provider: { status } }: AllServices): ProviderItem {
  const notes = [provider === current ? 'chosen' : '', provider === status?.provider ? 'in use' : ''].filter((note) => note !== '');
  const against = status?.reasons.find((reason) => reason.startsWith(provider));
  return {
    provider,
    label: providerNames[provider],
    ...(notes.length > 0 ? { description: notes.join(', ') } : {}),
    detail: against ?? descriptionOf(provider, context),
  };
}

/** What the settings' editor says of it. */
function descriptionOf(provider: ExecutionProvider, { extension }: AllServices['context']): string {
  const setting = new Field(extension.packageJSON, 'package.json').at('contributes').at('configuration').at('properties').at('resefa.executionProvider');
  return setting.at('enumDescriptions').list()[executionProviders.indexOf(provider)]?.text() ?? '';
}
