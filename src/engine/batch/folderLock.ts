import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { writeFileAtomic } from '../atomicFile';
import { UserError } from '../../shared/userError';

/** Locks that this process holds: its own number in a file may be that of an earlier process. */
const held = new Set<string>();

/**
 * Keeps two batches from working into one folder at once. A process that was killed leaves its lock, which counts for
 * nothing once no process of that number runs on this machine.
 *
 * @param path the lock's file
 * @param folder what messages call the folder
 * @returns how to give it back
 * @throws UserError while another batch has it
 */
export async function lockFolder(path: string, folder: string): Promise<() => Promise<void>> {
  const owner = await ownerOf(path);
  if (held.has(path) || owner !== undefined) {
    throw new UserError(`another batch${owner === undefined ? '' : ` (process ${owner})`} writes into ${folder}: wait for it or stop it${owner === undefined ? '' : `; if there is none, delete ${path}`}`);
  }
  held.add(path);
  try {
    await writeFileAtomic(path, `${process.pid} ${hostname()}\n`);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return async () => {
    held.delete(path);
    await rm(path, { force: true }).catch(() => undefined);
  };
}

/** The other process of this machine that runs and says that it has the lock. */
async function ownerOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, number = '', host] = /^(\d+) (\S+)\n$/.exec(text) ?? [];
  const pid = Number(number);
  return pid > 0 && pid !== process.pid && host === hostname() && runs(pid) ? pid : undefined;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
