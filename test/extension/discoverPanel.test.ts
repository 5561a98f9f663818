import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DiscoverPanel } from '../../src/extension/panel/discoverPanel';
import { startState } from '../../src/extension/panel/startState';
import type { Services } from '../../src/extension/services';
import { Event, Uri, VsCodeStub } from './vscodeStub';
import type * as Vscode from 'vscode';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

beforeEach(() => {
  Object.assign(vscode, new VsCodeStub().module());
});

const discovery = { id: 'a', generator: 'toy', region: { shape: 'box', x: 0, y: 0, width: 0.5, height: 0.5 }, name: 'eyes', preset: 'draft', space: 'w', layers: [1], count: 1 };

/** A panel without a window: what its page says and hears, and the calls that reach an engine that never answers. */
function setUp() {
  const says = new Event<unknown>();
  const closes = new Event<void>();
  const heard: { kind: string; id?: number; name?: string }[] = [];
  const signals: AbortSignal[] = [];
  const kept: string[] = [];
  const webview = { cspSource: '', html: '', options: {}, asWebviewUri: String, onDidReceiveMessage: says.event, postMessage: (message: never) => heard.push(message) };
  const services = {
    context: { extensionUri: Uri.file('/ext') },
    log: { error: (line: string) => { throw new Error(line); } },
    settings: { defaultPreset: 'draft' },
    work: { during: (_text: string, work: (tell: () => void) => unknown) => work(() => undefined) },
    engine: {
      call: (_method: string, _params: unknown, { signal }: { signal: AbortSignal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    },
    generators: { entriesAtOnce: () => Promise.resolve({ entries: [], complete: true }) },
    kept: { write: ({ seed }: { seed: number }) => kept.push(`seed ${seed}`), remove: () => kept.push('removed') },
  };
  const state = startState('toy', 'draft');
  const panel = new DiscoverPanel({ webview, onDidDispose: closes.event, title: '' } as unknown as Vscode.WebviewPanel, state, services as unknown as Services);
  const call = async (id: number, method: string, params: unknown = {}) => {
    says.fire({ kind: 'call', id, method, params });
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  };
  return { panel, state, call, heard, signals, kept, close: () => { closes.fire(); } };
}

describe('a panel', () => {
  it('cancels what its page had called when another page takes its place, as in a window of its own', async () => {
    const { call, heard, signals } = setUp();
    await call(1, 'start');
    await call(2, 'discover', discovery);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await call(1, 'start');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(heard.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['result 1', 'result 1']);
  });

  it('cancels what runs when it is closed, and forgets its state', async () => {
    const { call, signals, kept, close, state } = setUp();
    await call(1, 'start');
    await call(2, 'discover', discovery);
    await call(3, 'keep', { state: { ...state, seed: 5 } });
    close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(kept).toEqual(['seed 5', 'removed']);
  });

  it('gives a page that comes back the state that the one before left', async () => {
    const { call, heard, state } = setUp();
    await call(1, 'start');
    await call(2, 'keep', { state: { ...state, seed: 5 } });
    await call(1, 'start');
    expect(heard.at(-1)).toMatchObject({ kind: 'result', id: 1, value: { state: { ...state, seed: 5 } } });
  });

  it('tells its page nothing before it listens', async () => {
    const { panel, call, heard } = setUp();
    panel.emit('engineStopped', { message: 'gone', hadStarted: true });
    expect(heard).toEqual([]);
    await call(1, 'start');
    expect(heard.map(({ kind, name }) => name ?? kind)).toEqual(['result', 'engineStopped']);
  });
});
