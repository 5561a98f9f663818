/** What VS Code gives to the page of a webview. */
interface VsCodeApi {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;
