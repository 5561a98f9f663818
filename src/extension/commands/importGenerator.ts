import * as vscode from 'vscode';
import { askFile } from '../generators/chooseGenerator';
import { importCheckpoint } from '../generators/importCheckpoint';
import type { AllServices } from '../allServices';
import { enginePath, nameOf } from '../workspace/files';
import { requireTrusted } from '../workspace/openable';
import { withoutLinks } from '../withoutLinks';
import { uriOf } from './arguments';
import type { Command } from './command';

/** Imports a checkpoint and offers to open it; an .onnx file needs no import and is opened. */
export const importGenerator: Command = {
  id: 'resefa.importGenerator',
  run: async (services, argument) => {
    const uri = uriOf(argument) ?? (await askFile({ title: 'Import a generator', openLabel: 'Import', filters: { 'Checkpoints and ONNX files': ['pkl', 'pth', 'pt', 'onnx'] } }));
    if (!uri) return;
    if (/\.onnx$/i.test(nameOf(uri))) openModel(uri, services);
    else await importAndOffer(uri, services);
  },
};

function openModel(uri: vscode.Uri, { panels }: AllServices): void {
  requireTrusted(uri);
  panels.create(enginePath(uri));
}

async function importAndOffer(uri: vscode.Uri, services: AllServices): Promise<void> {
  const imported = await importCheckpoint(uri, services);
  if (!imported) return;
  void vscode.window.showInformationMessage(withoutLinks(imported.message), 'Discover Directions').then((button) => {
    if (button !== undefined) services.panels.create(imported.reference);
  });
}
