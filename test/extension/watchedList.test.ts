import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WatchedList } from '../../src/extension/workspace/watchedList';
import { Uri, VsCodeStub } from './vscodeStub';
import type * as Vscode from 'vscode';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

let stub: VsCodeStub;

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
});

interface Toy {
  readonly uri: Vscode.Uri;
}

/** The .toy files of the workspace, and how often they were looked for and changed. */
function toys() {
  const counts = { scans: 0, changes: 0 };
  const scan = () => {
    counts.scans++;
    const found = [...stub.files.keys()].filter((path) => path.endsWith('.toy'));
    return Promise.resolve(found.map((path): Toy => ({ uri: Uri.file(path) as unknown as Vscode.Uri })));
  };
  const list = new WatchedList<Toy>(['**/*.toy'], scan, '**');
  list.onDidChange(() => { counts.changes++; });
  return { list, counts, names: async () => (await list.items()).map(({ uri }) => uri.path) };
}

const file = (path: string) => Uri.file(path);
const watcher = (pattern: string) => stub.watchers.get(pattern)!;
const quiet = () => new Promise((resolve) => { setTimeout(resolve, 400); });

describe('a watched list', () => {
  it('looks once, and again after its files have changed', async () => {
    const { counts, names } = toys();
    stub.files.set('/ws/a.toy', '');
    expect([await names(), await names()]).toEqual([['/ws/a.toy'], ['/ws/a.toy']]);
    expect(counts).toEqual({ scans: 1, changes: 0 });
    stub.files.set('/ws/b.toy', '');
    for (let burst = 0; burst < 3; burst++) watcher('**/*.toy').created.fire(file('/ws/b.toy'));
    await expect.poll(() => counts.changes).toBe(1);
    expect(await names()).toEqual(['/ws/a.toy', '/ws/b.toy']);
  });

  it('notices a folder that goes with its files, and one that comes with some', async () => {
    const { counts, names } = toys();
    stub.files.set('/ws/box/a.toy', '');
    await names();
    stub.files.delete('/ws/box/a.toy');
    watcher('**').deleted.fire(file('/ws/box'));
    await expect.poll(() => counts.changes).toBe(1);
    expect(await names()).toEqual([]);
    stub.files.set('/ws/chest/a.toy', '');
    watcher('**').created.fire(file('/ws/chest'));
    await expect.poll(() => counts.changes).toBe(2);
    expect(await names()).toEqual(['/ws/chest/a.toy']);
  });

  it('notices a folder that goes and is itself what was found', async () => {
    const { counts, names } = toys();
    stub.files.set('/ws/box.toy', '');
    await names();
    watcher('**').deleted.fire(file('/ws/box.toy'));
    await expect.poll(() => counts.changes).toBe(1);
  });

  it('leaves other files and folders alone', async () => {
    const { counts, names } = toys();
    stub.files.set('/ws/box/a.toy', '');
    stub.files.set('/ws/note.txt', '');
    await names();
    watcher('**').created.fire(file('/ws/note.txt'));
    for (const path of ['/ws/bo', '/ws/elsewhere', '/ws/old.txt']) watcher('**').deleted.fire(file(path));
    await quiet();
    expect(counts).toEqual({ scans: 1, changes: 0 });
  });

  it('tells without looking what it found, and whether that still holds', async () => {
    const { list, names } = toys();
    stub.files.set('/ws/a.toy', '');
    expect(list.known).toEqual({ items: [], current: false });
    const found = await list.items();
    expect(list.known).toEqual({ items: found, current: true });
    list.refresh();
    expect(list.known).toEqual({ items: found, current: false });
    expect(await names()).toHaveLength(1);
    expect(list.known.current).toBe(true);
  });

  it('forgets what a search finds that a change has overtaken', async () => {
    const answers: ((items: Toy[]) => void)[] = [];
    const list = new WatchedList<Toy>([], () => new Promise((resolve) => answers.push(resolve)));
    const early = list.items();
    list.refresh();
    const late = list.items();
    answers[1]!([]);
    expect(await late).toEqual([]);
    answers[0]!([{ uri: file('/ws/gone.toy') as unknown as Vscode.Uri }]);
    await early;
    expect(list.known).toEqual({ items: [], current: true });
  });
});
