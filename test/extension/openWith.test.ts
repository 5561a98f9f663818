import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Vscode from 'vscode';
import { openWith } from '../../src/extension/commands/openWith';
import { Uri, VsCodeStub } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const file = Uri.file('/ws/eyes.resefa.json');
let stub: VsCodeStub;

/** A window of a version that shows a file, saved or not. */
function show(uri: Uri, version: string, isDirty: boolean): void {
  const module = stub.module() as { window: object; workspace: object };
  class TabInputText {
    constructor(readonly uri: Uri) {}
  }
  Object.assign(vscode, module, {
    version,
    TabInputText,
    window: { ...module.window, tabGroups: { activeTabGroup: { activeTab: { input: new TabInputText(uri) } } } },
    workspace: { ...module.workspace, textDocuments: [{ uri, isDirty }] },
  });
}

beforeEach(() => { stub = new VsCodeStub(); });

describe('another editor', () => {
  it.each([
    ['1.100.0', false, true],
    ['1.100.0', true, false],
    ['1.120.2', true, false],
    ['1.121.0', true, true],
    ['2.0.0', true, true],
  ])('in VS Code %s, with changes that are not saved: %j, takes the place of the one that shows the file: %j', async (version, isDirty, takesPlace) => {
    show(file, version, isDirty);
    await openWith(file as unknown as Vscode.Uri, 'default');
    expect(stub.commands).toEqual([takesPlace ? ['reopenActiveEditorWith', 'default'] : ['vscode.openWith', file, 'default']]);
  });

  it('is opened beside one of another file', async () => {
    show(Uri.file('/ws/mouth.resefa.json'), '1.139.1', false);
    await openWith(file as unknown as Vscode.Uri, 'default');
    expect(stub.commands).toEqual([['vscode.openWith', file, 'default']]);
  });
});
