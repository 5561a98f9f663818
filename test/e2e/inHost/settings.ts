import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { manifest } from './extension';
import { inHost } from './registry';

inHost('gives its settings the defaults that it contributes', () => {
  const { properties } = manifest().contributes.configuration;
  assert.ok(Object.keys(properties).length > 0);
  for (const [name, property] of Object.entries(properties)) {
    assert.ok(name.startsWith('resefa.'), name);
    assert.deepEqual(vscode.workspace.getConfiguration().get(name), property.default, name);
  }
});

inHost('takes a changed setting', async () => {
  const changed = new Promise<vscode.ConfigurationChangeEvent>((resolve) => { vscode.workspace.onDidChangeConfiguration(resolve); });
  await vscode.workspace.getConfiguration('resefa').update('defaultPreset', 'draft', vscode.ConfigurationTarget.Global);
  assert.ok((await changed).affectsConfiguration('resefa.defaultPreset'));
  assert.equal(vscode.workspace.getConfiguration('resefa').get('defaultPreset'), 'draft');
  await vscode.workspace.getConfiguration('resefa').update('defaultPreset', undefined, vscode.ConfigurationTarget.Global);
});
