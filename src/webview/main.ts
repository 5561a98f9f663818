import { provideVSCodeDesignSystem, vsCodeBadge, vsCodeButton, vsCodeCheckbox, vsCodeDivider, vsCodeDropdown, vsCodeLink, vsCodeOption, vsCodeProgressRing, vsCodeRadio, vsCodeRadioGroup, vsCodeTag, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import type { PageCalls, PageEvents, PanelState } from '../shared/protocol/pageProtocol';
import { Client } from '../shared/protocol/rpc';
import { keepFocus } from './keepFocus';
import { PanelApp } from './panelApp';
import { mountLayout } from './views/layout';
import { startPage } from './startPage';
import { windowPort } from './windowPort';

provideVSCodeDesignSystem().register(
  vsCodeBadge(), vsCodeButton(), vsCodeCheckbox(), vsCodeDivider(), vsCodeDropdown(), vsCodeLink(), vsCodeOption(), vsCodeProgressRing(), vsCodeRadio(), vsCodeRadioGroup(), vsCodeTag(), vsCodeTextField(),
);

const vscode = acquireVsCodeApi();

async function start(): Promise<void> {
  const client = new Client<PageCalls, PageEvents>(windowPort(vscode));
  const { state, generators } = await client.call('start', {});
  const app = new PanelApp(client, state, generators, (panel) => { keep(client, panel); }, () => crypto.randomUUID());
  mountLayout(document.getElementById('app')!, app);
  keepFocus();
  app.begin();
}

/** Both VS Code and the extension keep the state: the one knows which panels there are, the other has the latest. */
function keep(client: Client<PageCalls, PageEvents>, state: PanelState): void {
  vscode.setState(state);
  client.call('keep', { state }).catch(() => undefined);
}

startPage('The panel', 'Close this tab and open it again.', start);
