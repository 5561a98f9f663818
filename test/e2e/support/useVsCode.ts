import { afterAll, afterEach, beforeAll } from 'vitest';
import { openWindow } from './vsCodeWindow';
import type { VsCodeWindow, WindowOptions } from './vsCodeWindow';
import { startVsCode } from './vsCodeServer';
import type { Settings, VsCodeServer } from './vsCodeServer';

/** A VS Code for the tests of a file or a group, with one window. */
export interface TestedVsCode {
  readonly server: VsCodeServer;
  readonly window: VsCodeWindow;
}

interface Options extends WindowOptions {
  readonly settings?: Settings;
  /** Runs before the window opens, for instance to put files into the workspace. */
  readonly before?: (server: VsCodeServer) => void | Promise<void>;
}

/**
 * Starts a VS Code with the packaged extension before the tests and ends it after them. When a test fails, a picture of
 * the window and its console are left under test-results/.
 */
export function useVsCode({ settings = {}, before, ...windowOptions }: Options = {}): TestedVsCode {
  let server: VsCodeServer | undefined;
  let window: VsCodeWindow | undefined;

  beforeAll(async () => {
    server = await startVsCode({ extension: 'vsix', settings });
    await before?.(server);
    window = await openWindow(server, windowOptions);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && window) console.log(`see ${await window.saveEvidence(task.name)}`);
  });
  afterAll(async () => {
    await window?.close();
    server?.stop();
  });

  return {
    get server() { return there(server); },
    get window() { return there(window); },
  };
}

function there<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('VS Code is there in tests only, not while they are collected');
  return thing;
}
