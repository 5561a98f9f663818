import type { Webview } from 'vscode';
import type { Port } from '../../shared/protocol/rpc';
import { compactViews } from './compactViews';

/** The way to a panel's page. */
export function webviewPort(webview: Webview): Port {
  return {
    send: (message) => { void webview.postMessage(compactViews(message)); },
    listen: (listener) => {
      const listening = webview.onDidReceiveMessage(listener);
      return () => { listening.dispose(); };
    },
  };
}
