import { requireWritableFile, requireWritableFolder, writeFileAtomic, writeFolderAtomic } from '../engine/atomicFile';
import type { FileContents } from '../engine/atomicFile';
import { UserError } from '../shared/userError';

/** Checks before any work that `--out` can be written as a file. */
export async function checkOutputFile(path: string): Promise<void> {
  requireNamed(path, 'file');
  await requireWritableFile(path);
}

/** Checks before any work that `--out` can be written as a folder. */
export async function checkOutputFolder(path: string): Promise<void> {
  requireNamed(path, 'folder');
  await requireWritableFolder(path);
}

function requireNamed(path: string, kind: string): void {
  if (path.trim() === '') throw new UserError(`--out is empty; expected the ${kind} to write`);
}

/** Writes a file whole or not at all, Ctrl+C or not. */
export async function writeOutputFile(path: string, data: Uint8Array): Promise<void> {
  await uninterrupted(() => writeFileAtomic(path, data));
}

/** Writes files into a folder, all or none, Ctrl+C or not. */
export async function writeOutputFolder(path: string, files: Readonly<Record<string, FileContents>>): Promise<void> {
  await uninterrupted(() => writeFolderAtomic(path, files));
}

/** Ctrl+C ends the process as always, but not between the first and the last byte of a result. */
export async function uninterrupted(write: () => Promise<void>): Promise<void> {
  let interrupted = false;
  const hold = () => { interrupted = true; };
  process.on('SIGINT', hold);
  try {
    await write();
  } finally {
    process.off('SIGINT', hold);
  }
  if (interrupted) process.kill(process.pid, 'SIGINT');
}
