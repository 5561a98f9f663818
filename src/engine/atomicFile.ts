import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../shared/userError';

/** What a file is to hold: text (UTF-8), bytes, or bytes in several pieces. */
export type FileContents = string | Uint8Array | readonly Uint8Array[];

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large for this file system',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  EISDIR: 'there is a folder of this name',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'the folder does not exist',
  EBUSY: 'another program is using it',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/**
 * Writes a file whole or not at all: under another name in the same folder first, then by rename.
 *
 * Creates the folder; a symbolic link stays and the file behind it is replaced. On failure nothing is left
 * behind, a file of that name keeps its contents, and UserError names the path and the reason.
 */
export async function writeFileAtomic(path: string, data: FileContents): Promise<void> {
  await explaining(path, async () => {
    const target = await realpath(path).catch(() => resolve(path));
    await requirePlainFile(target);
    await inFolder(dirname(target), async () => {
      const temporary = temporarySibling(target);
      try {
        await writeDurably(temporary, data);
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  });
}

/**
 * Writes several files into one folder, all or none: into a sibling folder first, then by rename.
 *
 * `files` are contents by plain file name. Creates the folder; other files in an existing folder stay. On
 * failure nothing is left behind, replaced files are put back, and UserError names the path and the reason.
 */
export async function writeFolderAtomic(path: string, files: Readonly<Record<string, FileContents>>): Promise<void> {
  const names = Object.keys(files);
  for (const name of names) if (name !== basename(name) || name === '..' || name === '.') throw new RangeError(`"${name}" is no plain file name`);
  await explaining(path, async () => {
    const target = await realpath(path).catch(() => resolve(path));
    await inFolder(dirname(target), async () => {
      const temporary = temporarySibling(target);
      try {
        await mkdir(temporary);
        for (const name of names) await writeDurably(join(temporary, name), files[name]!);
        if (await exists(target)) await replaceFiles(temporary, target, names);
        else await rename(temporary, target);
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    });
  });
}

/**
 * Tells before a long computation what writeFileAtomic would tell after it.
 *
 * Nothing is left behind. Throws UserError that names the path and the reason.
 */
export async function requireWritableFile(path: string): Promise<void> {
  await explaining(path, async () => {
    const target = await realpath(path).catch(() => resolve(path));
    await requirePlainFile(target);
    await tryFolder(dirname(target));
  });
}

/** The same for writeFolderAtomic. */
export async function requireWritableFolder(path: string): Promise<void> {
  await explaining(path, async () => {
    const target = await realpath(path).catch(() => resolve(path));
    if ((await exists(target)) && !(await isFolder(target))) throw new UserError(`cannot write into ${path}: it is a file, not a folder`);
    await tryFolder(dirname(target));
  });
}

/** Permissions tell too little (network drives, read-only and virtual file systems): makes something, and takes it away. */
async function tryFolder(folder: string): Promise<void> {
  const topmost = await makeFolders(folder);
  const probe = temporarySibling(join(folder, 'probe'));
  try {
    await mkdir(probe);
    await rmdir(probe);
  } finally {
    if (topmost !== undefined) await removeEmpty(folder, topmost);
  }
}

/** Moves files into an existing folder; the ones they replace wait beside the new ones until all is done. */
async function replaceFiles(source: string, target: string, names: readonly string[]): Promise<void> {
  for (const name of names) await requirePlainFile(join(target, name));
  const replaced = temporarySibling(target);
  await mkdir(replaced);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const name of names) {
      const [fresh, place, old] = [join(source, name), join(target, name), join(replaced, name)];
      if (await exists(place)) {
        await rename(place, old);
        undo.push(() => rename(old, place));
      }
      await rename(fresh, place);
      undo.push(() => rename(place, fresh));
    }
  } catch (error) {
    for (const step of undo.reverse()) await attempted(step());
    // Only when it is empty: a file that could not be put back must not be lost.
    await attempted(rmdir(replaced));
    throw error;
  }
  await rm(replaced, { recursive: true, force: true });
}

async function writeDurably(path: string, contents: FileContents): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    for (const piece of isPieces(contents) ? contents : [contents]) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isPieces(contents: FileContents): contents is readonly Uint8Array[] {
  return Array.isArray(contents);
}

/** Runs a step that needs a folder; folders that had to be made for it go again when it fails. */
async function inFolder(folder: string, step: () => Promise<void>): Promise<void> {
  const topmost = await makeFolders(folder);
  try {
    await step();
  } catch (error) {
    if (topmost !== undefined) await removeEmpty(folder, topmost);
    throw error;
  }
}

/**
 * Makes a folder and those above it that are missing; the answer is the topmost that had to be made. On failure
 * none of them stays. (Node's recursive mkdir never returns where no folder can be made, as below /proc.)
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined;
  const topmost = dirname(folder) === folder ? undefined : await makeFolders(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // Someone else may have made it meanwhile.
    if (await isFolder(folder)) return topmost;
    if (topmost !== undefined) await removeEmpty(dirname(folder), topmost);
    throw error;
  }
  return topmost ?? folder;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false);
}

async function removeEmpty(folder: string, topmost: string): Promise<void> {
  for (let current = folder; current.length >= topmost.length; current = dirname(current)) {
    // A folder that meanwhile holds something of someone else stays.
    if (!(await attempted(rmdir(current)))) return;
  }
}

/** Whether a step worked that may fail. */
async function attempted(step: Promise<void>): Promise<boolean> {
  return step.then(() => true, () => false);
}

/** Renaming over a device or a pipe would replace it by a file. */
async function requirePlainFile(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const found = await stat(path);
  if (found.isDirectory()) throw new UserError(`cannot write ${path}: ${reasons.EISDIR}`);
  if (!found.isFile()) throw new UserError(`cannot write ${path}: it is not a plain file`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function temporarySibling(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** What temporarySibling makes. */
const temporaryName = /^\..*\.[0-9a-f]{12}\.tmp$/;

/** Of a file's name this much at least stands in that of its temporary sibling. */
const sharedBeginning = 30;

/**
 * Removes what writeFileAtomic leaves in a folder where the process is killed. What cannot be removed stays.
 *
 * @param beginnings of the names of the files that were written; an empty one stands for all
 */
export async function removeLeftovers(folder: string, beginnings: readonly string[]): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const ours = temporaryName.test(name) && beginnings.some((beginning) => name.startsWith(`.${beginning.slice(0, sharedBeginning)}`));
    if (ours) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** Turns the errors of the file system into messages for people; other errors pass. */
async function explaining(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || error instanceof UserError) throw error;
    throw new UserError(`cannot write ${path}: ${reasons[code] ?? code}`, { cause: error });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
