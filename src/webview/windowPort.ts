import type { Port } from '../shared/protocol/rpc';

/** The way from a page to the extension. */
export function windowPort(vscode: Pick<VsCodeApi, 'postMessage'>): Port {
  return {
    send: (message, transfer) => { vscode.postMessage(message, transfer); },
    listen: (listener) => {
      const receive = ({ data }: MessageEvent<unknown>) => { listener(data); };
      window.addEventListener('message', receive);
      return () => { window.removeEventListener('message', receive); };
    },
  };
}
