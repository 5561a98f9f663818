import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../atomicFile';
import { sha256Of } from '../files';
import { isNumbered } from './directionFiles';
import type { Written } from './record';

/** How the files of a task stand to what a batch wrote. */
export interface TaskFiles {
  /** By their names. */
  readonly missing: readonly string[];
  /** Those that are not what the batch wrote any more. */
  readonly edited: readonly string[];
}

/** Looks for the files that were written. */
export async function lookFor({ files }: Written, folder: string): Promise<TaskFiles> {
  const missing: string[] = [];
  const edited: string[] = [];
  for (const [name, hash] of Object.entries(files)) {
    const found = await hashOfFile(join(folder, name));
    if (found === undefined) missing.push(name);
    else if (found !== hash) edited.push(name);
  }
  return { missing, edited };
}

/**
 * Writes the files of a task, each whole or not at all. One that is there with other contents is replaced only where
 * it is what a batch wrote before; files that are the same stay untouched.
 *
 * @param before what was written last time
 * @param force whether to replace all
 * @returns what to remember, and the files that were left as they are
 * @throws UserError when a file cannot be written
 */
export async function place(files: Readonly<Record<string, string | Uint8Array>>, folder: string, before: Written | undefined, force: boolean): Promise<{ readonly hashes: Record<string, string>; readonly left: string[] }> {
  const hashes: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, contents] of Object.entries(files)) {
    const hash = sha256Of(Buffer.from(contents));
    const path = join(folder, name);
    const found = await hashOfFile(path);
    hashes[name] = hash;
    if (found === hash) continue;
    if (found === undefined || force || found === before?.files[name]) await writeFileAtomic(path, contents);
    else left.push(name);
  }
  return { hashes, left };
}

/** Files of this name and higher numbers, which an earlier discovery left. */
export async function staleFiles(name: string, files: readonly string[], folder: string): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found.filter((file) => isNumbered(file, name) && !files.includes(file)).sort();
}

/** Undefined for what is not there. What is there and cannot be read is not what a batch wrote. */
async function hashOfFile(path: string): Promise<string | undefined> {
  return readFile(path).then((bytes) => sha256Of(bytes), (error: unknown) => (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? undefined : ''));
}
