import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, eventually } from './extension';
import { inHost } from './registry';

const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('resefa.discover'));

inHost('opens a panel by command, and an engine process with it', async () => {
  await vscode.commands.executeCommand('resefa.discover');
  await eventually('the tab of a panel', () => tabs().length === 1);
  const resefa = await api();
  assert.equal(resefa.panels().length, 1);
  await eventually('an engine process', () => resefa.enginePid());
});

inHost('opens several panels at once', async () => {
  await vscode.commands.executeCommand('resefa.discover');
  await eventually('a second tab', () => tabs().length === 2);
  assert.equal((await api()).panels().length, 2);
});

inHost('starts another engine where the running one was killed', async () => {
  const resefa = await api();
  const first = await eventually('an engine process', () => resefa.enginePid());
  process.kill(first, 'SIGKILL');
  await eventually('the loss to be noticed', () => resefa.enginePid() !== first);
  await vscode.commands.executeCommand('resefa.restartEngine');
  assert.notEqual(await eventually('another engine process', () => resefa.enginePid()), first);
});

inHost('forgets panels that are closed', async () => {
  await vscode.window.tabGroups.close(tabs());
  const resefa = await api();
  await eventually('all panels to be gone', () => resefa.panels().length === 0);
});
