import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJacobianStore } from '../../src/engine/factorization/jacobianStore';
import { Gaussian } from '../support/gaussian';
import { userErrorOf } from '../support/userErrors';

const [tangents, rows] = [7, 50];
const { data } = new Gaussian(1).tensor([tangents, rows]);
const bytes = tangents * rows * 4;

/** Rows `start` to `end` of every tangent. */
function block(start: number, end: number): number[] {
  return Array.from({ length: tangents }, (_, t) => [...data.subarray(t * rows + start, t * rows + end)]).flat();
}

describe('a store of one Jacobian', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'resefa-store-'));
    setTemporaryFolder(folder);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['memory', bytes, 0],
    ['a file', bytes - 1, 1],
  ])('in %s gives back in rows what came in tangents', async (_, budget, files) => {
    const store = await createJacobianStore(tangents, rows, budget);
    expect(readdirSync(folder)).toHaveLength(files);
    expect([store.tangents, store.rows]).toEqual([tangents, rows]);
    await store.write(0, data.subarray(0, 3 * rows));
    await store.write(6, data.subarray(6 * rows));
    await store.write(3, data.subarray(3 * rows, 6 * rows));
    for (const [start, end] of [[0, rows], [0, 1], [13, 29], [rows - 1, rows]] as const) {
      expect([...(await store.read(start, end))]).toEqual(block(start, end));
    }
    await store.dispose();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('keeps its file from other users', async () => {
    const store = await createJacobianStore(tangents, rows, 0);
    expect(statSync(join(folder, readdirSync(folder)[0]!)).mode & 0o077).toBe(0);
    await store.dispose();
  });

  it('writes all where one call of the system takes only a part', async () => {
    const prototype = await fileHandlePrototype(join(folder, 'probe'));
    const whole = Reflect.get(prototype, 'write') as (buffer: Uint8Array, offset: number, length: number, position: number) => Promise<{ bytesWritten: number; buffer: Uint8Array }>;
    vi.spyOn(prototype, 'write').mockImplementation(function (this: FileHandle, ...args: readonly unknown[]) {
      const [buffer, offset, length, position] = args as [Uint8Array, number, number, number];
      return whole.call(this, buffer, offset, Math.min(length, 100), position);
    } as never);
    const store = await createJacobianStore(tangents, rows, 0);
    await store.write(0, data);
    expect([...(await store.read(0, rows))]).toEqual(block(0, rows));
    await store.dispose();
  });

  it('says so when the disk is full, and leaves nothing behind', async () => {
    const prototype = await fileHandlePrototype(join(folder, 'probe'));
    const store = await createJacobianStore(tangents, rows, 0);
    vi.spyOn(prototype, 'write').mockRejectedValue(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    const message = await userErrorOf(() => store.write(0, data));
    expect(message).toMatch(/^cannot keep the 1 MB of a Jacobian in .* \(ENOSPC\): free disk space, let TMPDIR name another folder, or allow more memory$/);
    await store.dispose();
    expect(readdirSync(folder)).toEqual(['probe']);
  });

  it('says so when there is no folder for its file', async () => {
    setTemporaryFolder(join(folder, 'missing'));
    expect(await userErrorOf(() => createJacobianStore(tangents, rows, 0))).toMatch(/^cannot keep the 1 MB of a Jacobian in .*missing.* \(ENOENT\): /);
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });
});

/** What all open files share. */
async function fileHandlePrototype(path: string): Promise<FileHandle> {
  const file = await open(path, 'w');
  await file.close();
  return Object.getPrototypeOf(file) as FileHandle;
}

function setTemporaryFolder(path: string): void {
  for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, path);
}
