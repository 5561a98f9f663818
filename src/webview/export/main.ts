import type { ExportCalls } from '../../shared/protocol/exportProtocol';
import { Client } from '../../shared/protocol/rpc';
import { keepFocus } from '../keepFocus';
import { startPage } from '../startPage';
import { windowPort } from '../windowPort';
import { ExportApp } from './exportApp';
import { mountExport } from './exportView';
import { restoredSettings } from './model/restoredSettings';

const vscode = acquireVsCodeApi();

async function start(): Promise<void> {
  const client = new Client<ExportCalls>(windowPort(vscode));
  const started = await client.call('start', {});
  const app = new ExportApp(client, started, restoredSettings(vscode.getState(), started), (settings) => { vscode.setState({ source: started.source, settings }); });
  mountExport(document.getElementById('app')!, app);
  keepFocus();
  app.begin();
}

startPage('The page', 'Close this tab and try again.', start);
