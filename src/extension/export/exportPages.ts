import * as vscode from 'vscode';
import { checkExportSource, exportChecks } from '../../shared/protocol/exportProtocol';
import type { ExportCalls } from '../../shared/protocol/exportProtocol';
import { Server } from '../../shared/protocol/rpc';
import { logDefect } from '../errors';
import { loadPage, pageIcons, webviewOptions } from '../pages/loadPage';
import { webviewPort } from '../pages/webviewPort';
import { reasonOf } from '../reason';
import type { Services } from '../services';
import { exportHandlers } from './exportHandlers';
import { openJob, titleOf } from './exportJob';
import type { ExportJob } from './exportJob';

const viewType = 'resefa.export';

/** Opens a page on which pictures of a job are made. */
export function openExportPage(job: ExportJob, services: Services): void {
  services.engine.warmUp();
  show(vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, { ...webviewOptions(services.context.extensionUri), retainContextWhenHidden: true }), job, services);
}

/** Lets pages come back with a window that is reloaded. What they are for is read anew: files may have changed, or be gone. */
export function restoreExportPages(services: Services): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(viewType, {
    async deserializeWebviewPanel(panel, left) {
      try {
        show(panel, await openJob(checkExportSource(left), services), services);
      } catch (error) {
        services.log.warn(`a page of pictures to be exported does not come back: ${reasonOf(error)}`);
        panel.dispose();
      }
    },
  });
}

function show(panel: vscode.WebviewPanel, job: ExportJob, services: Services): void {
  const { context, log } = services;
  panel.title = `Export: ${titleOf(job)}`;
  panel.iconPath = pageIcons(context.extensionUri);
  const server = new Server<ExportCalls>(webviewPort(panel.webview), exportHandlers(job, services), exportChecks, (error) => { logDefect(error, log); });
  panel.onDidDispose(() => { server.dispose(); });
  loadPage(panel.webview, context.extensionUri, 'export');
}
