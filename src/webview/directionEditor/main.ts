import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeLink, vsCodeProgressRing, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { restoredPreview } from '../../shared/protocol/directionEditorProtocol';
import type { DirectionEditorCalls, DirectionEditorEvents, PreviewState } from '../../shared/protocol/directionEditorProtocol';
import { Client } from '../../shared/protocol/rpc';
import { keepFocus } from '../keepFocus';
import { startPage } from '../startPage';
import { windowPort } from '../windowPort';
import { EditorApp } from './editorApp';
import { mountEditor } from './views/layout';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeLink(), vsCodeProgressRing(), vsCodeTextField());

const vscode = acquireVsCodeApi();

async function start(): Promise<void> {
  const client = new Client<DirectionEditorCalls, DirectionEditorEvents>(windowPort(vscode));
  const started = await client.call('start', {});
  const app = new EditorApp(client, started, restoredPreview(vscode.getState() ?? started.left), (preview) => { keep(client, preview); });
  mountEditor(document.getElementById('app')!, app);
  keepFocus();
  app.begin();
}

/** VS Code keeps the state over a reload of the window, the extension for the next preview of the file. */
function keep(client: Client<DirectionEditorCalls, DirectionEditorEvents>, state: PreviewState): void {
  vscode.setState(state);
  client.call('keep', { state }).catch(() => undefined);
}

startPage('The preview', 'Close this tab and open it again.', start);
