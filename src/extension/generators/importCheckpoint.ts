import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { UserError } from '../../shared/userError';
import { fileNameProblem, freeName, safeFileName } from '../fileNames';
import { reasonOf } from '../reason';
import { withoutLinks } from '../withoutLinks';
import type { Services } from '../services';
import { enginePath, nameOf } from '../workspace/files';
import { requireTrusted } from '../workspace/openable';

export interface ImportedCheckpoint {
  /** The path of the generator's folder. */
  readonly reference: string;
  /** What to tell the user. */
  readonly message: string;
}

/**
 * Imports a checkpoint into a folder of its own, with a progress notification; nothing comes back where the user gives up.
 *
 * @throws UserError when the file is no checkpoint that is known, or not on the disk.
 */
export async function importCheckpoint(uri: vscode.Uri, services: Services): Promise<ImportedCheckpoint | undefined> {
  const { engine, generators, work } = services;
  const checkpoint = enginePath(uri);
  requireTrusted(uri);
  const name = await chooseName(uri, services);
  if (name === undefined) return undefined;
  const folder = vscode.Uri.joinPath(generators.importFolder, name).fsPath;
  await vscode.workspace.fs.createDirectory(generators.importFolder);
  const title = `importing ${nameOf(uri)}`;
  const { found } = await work.during(title, () =>
    withCancellation(withoutLinks(`ReSeFa: ${title}`), (signal) => engine.call('importCheckpoint', { checkpoint, folder, name }, { signal })),
  );
  generators.imported.refresh();
  return { reference: folder, message: `Imported ${name}: ${found}` };
}

async function withCancellation<Result>(title: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (_progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => { controller.abort(); });
    return work(controller.signal);
  });
}

/** The file's name, unless another checkpoint has been imported under it: then the user chooses. */
async function chooseName(uri: vscode.Uri, { generators }: Services): Promise<string | undefined> {
  const name = safeFileName(nameOf(uri).replace(/\.[^.]+$/, ''), 'generator');
  generators.imported.refresh();
  const imported = await generators.imported.items();
  // Two names that differ in case alone are one folder on many disks.
  const folders = new Map(imported.map((generator) => [nameOf(generator.uri).toLowerCase(), generator]));
  const earlier = folders.get(name.toLowerCase());
  if (!earlier) return name;
  if (earlier.sha256 === (await sha256Of(uri.fsPath))) return nameOf(earlier.uri);
  const taken = new Set(folders.keys());
  return vscode.window.showInputBox({
    title: 'Import generator',
    prompt: withoutLinks(`${name} is imported already, from another checkpoint. Choose another name for ${nameOf(uri)}.`),
    value: freeName(name, taken),
    ignoreFocusOut: true,
    validateInput: (value) => fileNameProblem(value) ?? (taken.has(value.toLowerCase()) ? `${value} is imported already, choose another name` : undefined),
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${reasonOf(error)}`);
  }
  return hash.digest('hex');
}
