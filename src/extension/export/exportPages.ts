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
  show(vscode.window.createWebviewPanel(viewType, 'Export', vscode.ViewColumn.Active, { ...webviewOptions(services.context.extensionUri), retainContextWhenHidden: true }), Promise.resolve(job), services);
}

/**
 * Lets pages come back with a window that is reloaded. What they are for is read anew: files may have changed. Where they
 * are gone, or their generator is, the page says so, and comes back with what was chosen on it when they are there again.
 */
export function restoreExportPages(services: Services): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: (panel, left) => {
      try {
        show(panel, openJob(checkExportSource(left), services), services);
      } catch (error) {
        services.log.warn(`a page of pictures to be exported does not come back: ${reasonOf(error)}`);
        panel.dispose();
      }
      return Promise.resolve();
    },
  });
}

function show(panel: vscode.WebviewPanel, job: Promise<ExportJob>, services: Services): void {
  const { context, log } = services;
  let closed = false;
  panel.iconPath = pageIcons(context.extensionUri);
  const server = new Server<ExportCalls>(webviewPort(panel.webview), exportHandlers(job, services), exportChecks, (error) => { logDefect(error, log); });
  panel.onDidDispose(() => {
    closed = true;
    server.dispose();
  });
  job.then((opened) => {
    if (!closed) panel.title = `Export: ${titleOf(opened)}`;
  }, () => { /* The page is told when it starts. */ });
  loadPage(panel.webview, context.extensionUri, 'export');
}
