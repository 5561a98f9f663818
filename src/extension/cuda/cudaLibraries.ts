import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Field } from '../../shared/field';
import { UserError } from '../../shared/userError';
import { reasonOf } from '../reason';
import { download, findPackage } from './nuget';
import type { NugetPackage } from './nuget';
import { extractEntry } from './zipEntry';

/** What of ONNX Runtime runs networks on CUDA, and is not in its npm package. */
export const libraryNames = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** Where Microsoft publishes them. */
const packageName = 'Microsoft.ML.OnnxRuntime.Gpu.Linux';
const folderInPackage = 'runtimes/linux-x64/native';

/** Where they may lie below a folder that somebody unpacked. */
const usualFolders = ['', 'lib', folderInPackage];

/**
 * ONNX Runtime's libraries for CUDA. They are kept in a folder of our own, one for each version of ONNX Runtime, and placed from there
 * beside ONNX Runtime, whose folder every update of the extension replaces.
 */
export class CudaLibraries {
  /**
   * @param onnxRuntime the folder of the package onnxruntime-node
   * @param storage the folder to keep them in
   */
  constructor(private readonly onnxRuntime: string, private readonly storage: string) {}

  /** The version of ONNX Runtime that they have to be of. */
  async version(): Promise<string> {
    return new Field(JSON.parse(await readFile(join(this.onnxRuntime, 'package.json'), 'utf8')), 'onnxruntime-node').at('version').text();
  }

  /** Where ONNX Runtime looks for them. */
  get place(): string {
    return join(this.onnxRuntime, 'bin', 'napi-v6', 'linux', 'x64');
  }

  get arePlaced(): boolean {
    return haveAll(this.place);
  }

  /** Whether they were ever set up. */
  get keepsAny(): boolean {
    return existsSync(this.storage);
  }

  /**
   * Places what is kept for this version of ONNX Runtime. Returns whether they are in their place now.
   *
   * @throws UserError when that cannot be written
   */
  async placeKept(): Promise<boolean> {
    const kept = join(this.storage, await this.version());
    if (!haveAll(kept)) return this.arePlaced;
    for (const name of libraryNames) await linkOrCopy(join(kept, name), join(this.place, name));
    return true;
  }

  /**
   * What would be loaded.
   *
   * @param index NuGet's address
   * @throws UserError when it is not there, or NuGet cannot be reached
   */
  async published(index: string, signal?: AbortSignal): Promise<NugetPackage> {
    return findPackage(packageName, await this.version(), index, signal);
  }

  /**
   * Loads the libraries and places them.
   *
   * @param onProgress told the share that has come, 0..1
   * @throws UserError when they do not come, are not what was published, or cannot be written
   */
  async install(published: NugetPackage, onProgress: (share: number) => void, signal?: AbortSignal): Promise<void> {
    await this.keep(async (folder) => {
      const archive = join(folder, 'package.zip');
      await download(published, archive, (bytes) => { onProgress(bytes / published.size); }, signal);
      for (const name of libraryNames) await extractEntry(archive, `${folderInPackage}/${name}`, join(folder, name));
      await rm(archive);
    });
  }

  /**
   * Takes the libraries from a folder and places them.
   *
   * @throws UserError when they are not in it, or cannot be written
   */
  async take(folder: string): Promise<void> {
    const found = usualFolders.map((inner) => join(folder, inner)).find(haveAll);
    if (found === undefined) throw new UserError(`${folder} has no ${libraryNames.join(' and ')}; expected a folder with both, such as "lib" of onnxruntime-linux-x64-gpu`);
    await this.keep(async (kept) => {
      for (const name of libraryNames) await copyFile(join(found, name), join(kept, name), constants.COPYFILE_FICLONE);
    });
  }

  /** Fills the folder for this version in one step, drops those for others, and places what is in it. */
  private async keep(fill: (folder: string) => Promise<void>): Promise<void> {
    const version = await this.version();
    const partial = join(this.storage, `${version}.partial`);
    try {
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true });
      await fill(partial);
      for (const name of libraryNames) await requireLibrary(join(partial, name));
      for (const name of await readdir(this.storage)) if (name !== `${version}.partial`) await rm(join(this.storage, name), { recursive: true });
      await rename(partial, join(this.storage, version));
    } catch (error) {
      throw isSystemError(error) ? new UserError(`${this.storage} cannot be written: ${reasonOf(error)}`) : error;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    await this.placeKept();
  }

  /** The libraries of CUDA, cuDNN and others that the dynamic loader does not find, by name. */
  async missing(): Promise<string[]> {
    return missingIn(await output('ldd', [join(this.place, libraryNames[1])]));
  }
}

/** The names that `ldd` says are not found, but for those of ONNX Runtime itself, which loads them in its own way. */
export function missingIn(text: string): string[] {
  const missing = [...text.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]!);
  return [...new Set(missing)].filter((name) => !name.startsWith('libonnxruntime')).sort();
}

function haveAll(folder: string): boolean {
  return libraryNames.every((name) => existsSync(join(folder, name)));
}

async function requireLibrary(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString('latin1') !== '\x7fELF') throw new UserError(`${path} is no library for Linux`);
  } finally {
    await file.close();
  }
}

/** A second name for a file costs nothing; where there can be none, as on another disk, a copy. Nothing is done where it is there. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    const [source, target] = await Promise.all([stat(from), stat(to).catch(() => undefined)]);
    if (target && (target.ino === source.ino || (target.size === source.size && target.mtimeMs >= source.mtimeMs))) return;
    const partial = `${to}.partial`;
    await rm(partial, { force: true });
    await link(from, partial).catch(() => copyFile(from, partial, constants.COPYFILE_FICLONE));
    await rename(partial, to);
  } catch (error) {
    throw new UserError(`${to} cannot be written: ${reasonOf(error)}`);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** What a program writes, also where it fails; nothing where there is none. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => { execFile(program, args, (_error, stdout) => { resolve(stdout); }); });
}
