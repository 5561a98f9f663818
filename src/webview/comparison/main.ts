import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import type { ComparisonCalls, ComparisonEvents } from '../../shared/protocol/comparisonProtocol';
import { Client } from '../../shared/protocol/rpc';
import { keepFocus } from '../keepFocus';
import { startPage } from '../startPage';
import { windowPort } from '../windowPort';
import { ComparisonPage } from './comparisonPage';
import { restoredSettings } from './model/stripSettings';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeTextField());

const vscode = acquireVsCodeApi();

async function start(): Promise<void> {
  const client = new Client<ComparisonCalls, ComparisonEvents>(windowPort(vscode));
  const view = await client.call('start', {});
  new ComparisonPage(client, view, restoredSettings(vscode.getState()), (state) => { vscode.setState(state); }).mount(document.getElementById('app')!);
  keepFocus();
}

startPage('The comparison', 'Close this tab and compare again.', start);
