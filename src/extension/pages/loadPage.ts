import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageHtml } from './pageHtml';

/** The pages that there are; each is a bundle of this name. */
export type PageName = 'webview' | 'directionEditor' | 'comparison' | 'export';

/** What a page may do and load. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder)) };
}

/** Shows a page in a webview. */
export function loadPage(webview: vscode.Webview, extensionUri: vscode.Uri, name: PageName): void {
  const source = (file: string) => String(webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', file)));
  webview.options = webviewOptions(extensionUri);
  webview.html = pageHtml({ cspSource: webview.cspSource, script: source(`${name}.js`), style: source(`${name}.css`), nonce: randomBytes(24).toString('base64url') });
}

/** The icon of a page's tab. */
export function pageIcons(extensionUri: vscode.Uri): { readonly light: vscode.Uri; readonly dark: vscode.Uri } {
  const icon = (name: string) => vscode.Uri.joinPath(extensionUri, 'media', name);
  return { light: icon('panel-light.svg'), dark: icon('panel-dark.svg') };
}
