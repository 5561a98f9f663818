import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, manifest } from './extension';
import { inHost } from './registry';

inHost('registers every command that it contributes', async () => {
  const registered = new Set(await vscode.commands.getCommands(true));
  const missing = manifest().contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command));
  assert.deepEqual(missing, []);
});

inHost('shows its views', async () => {
  const registered = new Set(await vscode.commands.getCommands(true));
  const views = Object.values(manifest().contributes.views).flat().map(({ id }) => id);
  assert.ok(views.length > 0);
  for (const view of views) {
    assert.ok(registered.has(`${view}.focus`), view);
    await vscode.commands.executeCommand(`${view}.focus`);
  }
});

inHost('tells about a checkpoint that cannot be read, and goes on', async () => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  const checkpoint = vscode.Uri.joinPath(folder.uri, 'corrupt.pkl');
  await vscode.workspace.fs.writeFile(checkpoint, Buffer.from('this is no checkpoint'));
  await vscode.commands.executeCommand('resefa.importGenerator', checkpoint);
  const resefa = await api();
  assert.ok(resefa.logLines().some((line) => line.includes('corrupt.pkl')), `nothing in the log about corrupt.pkl: ${resefa.logLines().join(' | ')}`);
});

inHost('tells about a direction file that is none, and goes on', async () => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  const file = vscode.Uri.joinPath(folder.uri, 'broken.resefa.json');
  await vscode.workspace.fs.writeFile(file, Buffer.from('{ "format": "something else" }'));
  await vscode.commands.executeCommand('resefa.applyDirection', file);
  const resefa = await api();
  assert.ok(resefa.logLines().some((line) => line.includes('broken.resefa.json')));
});

inHost('shows a report of a generator that is closed without a question', async () => {
  await vscode.commands.executeCommand('resefa.examineGenerator', 'afhq-cat-64');
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor, 'no editor is open');
  const text = editor.document.getText();
  assert.match(text, /^family +StyleGAN2$/m);
  assert.match(text, /^jacobian: exact, in forward mode/m);
  assert.match(text, /^ +standard +w\+ +20 +1024 /m);
  assert.equal(editor.document.isDirty, false);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  assert.equal(vscode.window.activeTextEditor, undefined);
});
