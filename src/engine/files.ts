import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { UserError } from '../shared/userError';

/** The largest file that is read into memory: 2 GiB. */
export const maximumFileBytes = 2 ** 31;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'no permission to read it',
  ENOTDIR: 'a part of the path is a file, not a folder',
};

/**
 * Reads a whole file of up to 2 GiB with one allocation.
 *
 * @throws UserError that names the file and the reason.
 */
export async function readFileBytes(path: string): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => unreadable(path, error));
  try {
    const { size } = await file.stat();
    if (size > maximumFileBytes) throw new UserError(`cannot read ${path}: it has ${(size / 2 ** 30).toFixed(1)} GiB; files up to 2 GiB can be read`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(bytes, filled, Math.min(size - filled, 2 ** 28), filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    return unreadable(path, error);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): never {
  if (error instanceof UserError) throw error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  throw new UserError(`cannot read ${path}: ${reasons[code] ?? (error as Error).message}`);
}

/** The SHA-256 of bytes in pieces, as 64 hexadecimal digits. */
export function sha256Of(...pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
