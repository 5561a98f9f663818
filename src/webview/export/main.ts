import type { ExportCalls } from '../../shared/protocol/exportProtocol';
import { Client } from '../../shared/protocol/rpc';
import { keepFocus } from '../keepFocus';
import { startPage } from '../startPage';
import { windowPort } from '../windowPort';
import { ExportApp } from './exportApp';
import { mountExport } from './exportView';

async function start(): Promise<void> {
  const client = new Client<ExportCalls>(windowPort(acquireVsCodeApi()));
  const app = new ExportApp(client, await client.call('start', {}));
  mountExport(document.getElementById('app')!, app);
  keepFocus();
  app.begin();
}

startPage('The page', 'Close this tab and try again.', start);
