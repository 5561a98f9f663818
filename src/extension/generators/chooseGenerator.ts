import * as vscode from 'vscode';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';
import { requireTrusted } from '../workspace/openable';
import { enginePath } from '../workspace/files';
import { importCheckpoint } from './importCheckpoint';

interface Choice extends vscode.QuickPickItem {
  readonly choose: (services: Services) => Promise<string | undefined>;
}

const choices: readonly Choice[] = [
  { label: '$(cloud-download) Import a checkpoint...', detail: 'A StyleGAN2 or StyleGAN3 checkpoint (.pkl, .pth, .pt); nothing of the file is executed', choose: chooseCheckpoint },
  { label: '$(folder-opened) Open a generator folder...', detail: 'A folder with generator.json and synthesis.onnx', choose: chooseFolder },
  { label: '$(file) Open an .onnx file...', detail: 'A network with one latent input and one image output', choose: chooseModel },
];

/** Lets the user choose a generator from the disk, importing it where it is a checkpoint; nothing where they give up. */
export async function chooseGenerator(services: Services): Promise<string | undefined> {
  const choice = await vscode.window.showQuickPick(choices, { title: 'Choose a generator', placeHolder: 'Where the generator is' });
  return choice?.choose(services);
}

async function chooseCheckpoint(services: Services): Promise<string | undefined> {
  const checkpoint = await askFile({ title: 'Import a checkpoint', openLabel: 'Import', filters: { Checkpoints: ['pkl', 'pth', 'pt'] } });
  const imported = checkpoint && (await importCheckpoint(checkpoint, services));
  if (imported) void vscode.window.showInformationMessage(withoutLinks(imported.message));
  return imported?.reference;
}

function chooseFolder(): Promise<string | undefined> {
  return askReference({ title: 'Open a generator folder', openLabel: 'Open', canSelectFolders: true, canSelectFiles: false });
}

function chooseModel(): Promise<string | undefined> {
  return askReference({ title: 'Open an .onnx file', openLabel: 'Open', filters: { 'ONNX files': ['onnx'] } });
}

async function askReference(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  const uri = await askFile(options);
  if (!uri) return undefined;
  requireTrusted(uri);
  return enginePath(uri);
}

/** Lets the user choose one file or folder; nothing where they give up. */
export async function askFile(options: vscode.OpenDialogOptions): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return (await vscode.window.showOpenDialog({ ...(folder ? { defaultUri: folder } : {}), ...options }))?.[0];
}
