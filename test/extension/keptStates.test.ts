import { expect, it, vi } from 'vitest';
import type { Log } from '../../src/extension/log';
import { KeptStates } from '../../src/extension/panel/keptStates';
import { startState } from '../../src/extension/panel/startState';
import { Uri } from './vscodeStub';
import type * as Vscode from 'vscode';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

it('keeps what was written last, however long each write takes, and nothing of a panel that was closed', async () => {
  const files = new Map<string, string>();
  const delays = [40, 1, 20];
  const later = (step: () => void) => new Promise<void>((resolve) => { setTimeout(() => { step(); resolve(); }, delays.shift() ?? 1); });
  const fs = {
    createDirectory: () => Promise.resolve(),
    readDirectory: () => Promise.resolve([]),
    writeFile: ({ path }: Uri, bytes: Uint8Array) => later(() => files.set(path, new TextDecoder().decode(bytes))),
    delete: ({ path }: Uri) => later(() => files.delete(path)),
    readFile: ({ path }: Uri) => Promise.resolve(new TextEncoder().encode(files.get(path))),
  };
  Object.assign(vscode, { Uri, workspace: { fs } });
  const kept = new KeptStates(Uri.file('/kept') as unknown as Vscode.Uri, { warn: (line: string) => { throw new Error(line); } } as unknown as Log);
  const state = startState('toy', 'draft');
  kept.write({ ...state, seed: 1 });
  kept.write({ ...state, seed: 2 });
  await expect.poll(() => kept.read(state.id)).toMatchObject({ seed: 2 });
  kept.write({ ...state, seed: 3 });
  kept.remove(state.id);
  await new Promise((resolve) => { setTimeout(resolve, 100); });
  expect(await kept.read(state.id)).toBeUndefined();
});

it('throws away what is older than three months, and nothing else', async () => {
  const days = (count: number) => Date.now() - count * 24 * 3600 * 1000;
  const files = new Map([['/kept/old.json', days(91)], ['/kept/young.json', days(89)]]);
  const fs = {
    createDirectory: () => Promise.resolve(),
    readDirectory: () => Promise.resolve([...files.keys()].map((path) => [path.slice('/kept/'.length), 1])),
    stat: ({ path }: Uri) => Promise.resolve({ mtime: files.get(path) }),
    delete: ({ path }: Uri) => Promise.resolve(files.delete(path)),
    writeFile: ({ path }: Uri) => Promise.resolve(files.set(path, Date.now())),
  };
  Object.assign(vscode, { Uri, workspace: { fs } });
  const kept = new KeptStates(Uri.file('/kept') as unknown as Vscode.Uri, { warn: (line: string) => { throw new Error(line); } } as unknown as Log);
  const state = startState('toy', 'draft');
  kept.write(state);
  await expect.poll(() => [...files.keys()]).toEqual(['/kept/young.json', `/kept/${state.id}.json`]);
});
