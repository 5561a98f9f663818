import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { askFile } from '../generators/chooseGenerator';
import { enginePath, exists, nameOf, writeFile } from '../workspace/files';
import { requireTrusted } from '../workspace/openable';
import { uriOf } from './arguments';
import type { Command } from './command';

/** Writes the settings of a bare .onnx file beside it (its further inputs, its value range) and opens them; those that are there are opened as they are. */
export const writeSettings: Command = {
  id: 'resefa.writeSettings',
  run: async ({ engine, work }, argument) => {
    const model = uriOf(argument) ?? (await askFile({ title: 'Choose an .onnx file', openLabel: 'Write settings', filters: { 'ONNX files': ['onnx'] } }));
    if (!model) return;
    const path = enginePath(model);
    requireTrusted(model);
    const settings = await settingsOf(path);
    if (!(await exists(settings))) {
      const { text } = await work.during(`looking at ${nameOf(model)}`, () => engine.call('suggestSettings', { model: path }));
      await writeFile(settings, new TextEncoder().encode(text));
    }
    await vscode.window.showTextDocument(settings);
  },
};

/** `generator.json`, or a file of the model's own where that one is about others. */
async function settingsOf(model: string): Promise<vscode.Uri> {
  const own = vscode.Uri.file(model.replace(/\.onnx$/i, '.generator.json'));
  const folder = vscode.Uri.file(dirname(model));
  const neighbours = (await vscode.workspace.fs.readDirectory(folder)).filter(([name]) => /\.onnx$/i.test(name));
  return neighbours.length > 1 || (await exists(own)) ? own : vscode.Uri.file(join(dirname(model), 'generator.json'));
}
