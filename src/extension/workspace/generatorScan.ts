import * as vscode from 'vscode';
import type { GeneratorEntry } from '../../shared/protocol/pageProtocol';
import { reasonOf } from '../reason';
import { exists, folderOf, nameOf, readText } from './files';
import { summarizeGenerator } from './generatorSummary';

/** A generator that was found on the disk. */
export interface KnownGenerator extends GeneratorEntry {
  readonly origin: 'embedded' | 'workspace' | 'imported';
  /** Its folder, or the .onnx file. */
  readonly uri: vscode.Uri;
  /** What directions are checked against; not known of a bare .onnx file. */
  readonly sha256?: string;
  readonly licence?: string;
  /** The length of one latent vector, and the number of layers; not known of a bare .onnx file. */
  readonly dimensions?: number;
  readonly layerCount?: number;
  /** Why it cannot be used. */
  readonly problem?: string;
}

const largestDescription = 4 * 2 ** 20;
const mostFolders = 200;
const mostModels = 500;
const excluded = '**/node_modules/**';

/** The generator folders right inside a folder; none where there is no such folder. */
export async function scanFolder(parent: vscode.Uri, origin: 'embedded' | 'imported'): Promise<readonly KnownGenerator[]> {
  const entries = await vscode.workspace.fs.readDirectory(parent).then((found) => found, () => []);
  const folders = entries.filter(([, type]) => (type & vscode.FileType.Directory) !== 0).map(([name]) => vscode.Uri.joinPath(parent, name));
  const described = await Promise.all(folders.map(async (folder) => ((await isGenerator(folder)) ? [await describe(folder, origin)] : [])));
  return inOrder(described.flat());
}

/** Generator folders and bare .onnx files of the workspace that lie on the disk. */
export async function scanWorkspace(): Promise<readonly KnownGenerator[]> {
  const [descriptions, models] = await Promise.all([
    vscode.workspace.findFiles('**/generator.json', excluded, mostFolders),
    vscode.workspace.findFiles('**/*.onnx', excluded, mostModels),
  ]);
  const described = await Promise.all(descriptions.filter(onDisk).map(async (uri) => ((await isGenerator(folderOf(uri))) ? [folderOf(uri)] : [])));
  const folders = described.flat();
  // A generator.json without the networks of a generator folder is the settings of a bare model beside it.
  const inside = new Set(folders.map(String));
  const complete = await Promise.all(folders.map(async (folder) => describe(folder, 'workspace')));
  const bare = models.filter(onDisk).filter((model) => !inside.has(String(folderOf(model)))).map(bareModel);
  return inOrder([...complete, ...bare]);
}

function onDisk(uri: vscode.Uri): boolean {
  return uri.scheme === 'file';
}

async function isGenerator(folder: vscode.Uri): Promise<boolean> {
  const files = await Promise.all(['generator.json', 'synthesis.onnx'].map((name) => exists(vscode.Uri.joinPath(folder, name))));
  return files.every(Boolean);
}

async function describe(folder: vscode.Uri, origin: KnownGenerator['origin']): Promise<KnownGenerator> {
  const entry = { reference: origin === 'embedded' ? nameOf(folder) : folder.fsPath, origin, uri: folder };
  try {
    const { licence, ...summary } = summarizeGenerator(await readText(vscode.Uri.joinPath(folder, 'generator.json'), largestDescription), 'generator.json');
    return { ...entry, ...summary, ...(licence === undefined ? {} : { licence }) };
  } catch (error) {
    return { ...entry, name: nameOf(folder), detail: 'cannot be read', problem: reasonOf(error) };
  }
}

function bareModel(uri: vscode.Uri): KnownGenerator {
  return { reference: uri.fsPath, origin: 'workspace', uri, name: nameOf(uri).replace(/\.onnx$/i, ''), detail: vscode.workspace.asRelativePath(uri) };
}

function inOrder(generators: readonly KnownGenerator[]): readonly KnownGenerator[] {
  return [...generators].sort((a, b) => a.name.localeCompare(b.name) || a.reference.localeCompare(b.reference));
}
