import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { UserError } from '../../shared/userError';

/**
 * The transposed Jacobian of one sample, `[tangents, rows]`, filled tangent by tangent and read in blocks of
 * rows. Small ones are kept in memory, large ones in a temporary file.
 */
export interface JacobianStore {
  readonly tangents: number;
  readonly rows: number;
  /** Writes `values.length / rows` tangents from tangent `first` on. */
  write(first: number, values: Float32Array): Promise<void>;
  /** Rows `start` to `end` of every tangent, `[tangents, end - start]`. */
  read(start: number, end: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * @param memoryBudget bytes above which a file is used
 * @throws UserError when the file cannot be made; writing to it throws UserError when the disk is full
 */
export async function createJacobianStore(tangents: number, rows: number, memoryBudget: number): Promise<JacobianStore> {
  if (tangents * rows * 4 <= memoryBudget) return new MemoryStore(tangents, rows);
  const path = join(tmpdir(), `resefa-jacobian-${randomBytes(8).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600).catch((error: unknown) => unwritable(path, tangents * rows * 4, error));
  return new FileStore(tangents, rows, path, file);
}

function unwritable(path: string, bytes: number, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  throw new UserError(`cannot keep the ${Math.ceil(bytes / 2 ** 20)} MB of a Jacobian in ${path} (${code ?? message}): free disk space, let TMPDIR name another folder, or allow more memory`);
}

class MemoryStore implements JacobianStore {
  private readonly values: Float32Array;

  constructor(readonly tangents: number, readonly rows: number) {
    this.values = new Float32Array(tangents * rows);
  }

  write(first: number, values: Float32Array): Promise<void> {
    this.values.set(values, first * this.rows);
    return Promise.resolve();
  }

  read(start: number, end: number): Promise<Float32Array> {
    const block = new Float32Array(this.tangents * (end - start));
    for (let t = 0; t < this.tangents; t++) {
      block.set(this.values.subarray(t * this.rows + start, t * this.rows + end), t * (end - start));
    }
    return Promise.resolve(block);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

class FileStore implements JacobianStore {
  constructor(readonly tangents: number, readonly rows: number, private readonly path: string, private readonly file: FileHandle) {}

  async write(first: number, values: Float32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const start = first * this.rows * 4;
    // One call may write less than it is given, as when the disk runs full.
    for (let written = 0; written < bytes.length; ) {
      const step = await this.file.write(bytes, written, bytes.length - written, start + written)
        .catch((error: unknown) => unwritable(this.path, this.tangents * this.rows * 4, error));
      written += step.bytesWritten;
    }
  }

  async read(start: number, end: number): Promise<Float32Array> {
    const block = new Float32Array(this.tangents * (end - start));
    for (let t = 0; t < this.tangents; t++) {
      const part = new Uint8Array(block.buffer, t * (end - start) * 4, (end - start) * 4);
      await this.file.read(part, 0, part.length, (t * this.rows + start) * 4);
    }
    return block;
  }

  async dispose(): Promise<void> {
    try {
      await this.file.close();
    } finally {
      await rm(this.path, { force: true });
    }
  }
}
