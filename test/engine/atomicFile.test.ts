import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFileAtomic, writeFolderAtomic } from '../../src/engine/atomicFile';
import { UserError } from '../../src/shared/userError';

/** Paths whose renaming or writing is to fail, with the error code. */
const faults = vi.hoisted(() => ({ rename: new Map<string, string>(), sync: undefined as string | undefined }));

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  return {
    ...real,
    rename: async (from: string, to: string) => {
      const code = faults.rename.get(to);
      if (code !== undefined) throw fault(code);
      await real.rename(from, to);
    },
    open: async (path: string, flags: string) => {
      const handle = await real.open(path, flags);
      if (faults.sync !== undefined) handle.sync = () => Promise.reject(fault(faults.sync ?? ''));
      return handle;
    },
  };
});

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-file-'));
});

afterEach(async () => {
  faults.rename.clear();
  faults.sync = undefined;
  await rm(folder, { recursive: true });
});

async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1).replaceAll('\\', '/'), entry.isDirectory() ? '(folder)' : await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

describe('writeFileAtomic', () => {
  it('writes text and bytes and leaves nothing else', async () => {
    await writeFileAtomic(join(folder, 'a.txt'), 'grün\n');
    await writeFileAtomic(join(folder, 'b.bin'), Uint8Array.of(104, 105));
    expect(await contents()).toEqual({ 'a.txt': 'grün\n', 'b.bin': 'hi' });
  });

  it('replaces a file and makes the folders it needs', async () => {
    await writeFileAtomic(join(folder, 'x/y/a.txt'), 'one');
    await writeFileAtomic(join(folder, 'x/y/a.txt'), 'two');
    expect(await contents()).toEqual({ x: '(folder)', 'x/y': '(folder)', 'x/y/a.txt': 'two' });
  });

  it('writes through a symbolic link', async () => {
    await writeFile(join(folder, 'real.txt'), 'old');
    await symlink(join(folder, 'real.txt'), join(folder, 'link.txt'));
    await writeFileAtomic(join(folder, 'link.txt'), 'new');
    expect(await readFile(join(folder, 'real.txt'), 'utf8')).toBe('new');
  });

  it.each([
    ['file.txt/a.txt', 'a part of the path is a file, not a folder'],
    ['file.txt/deep/a.txt', 'a part of the path is a file, not a folder'],
    ['inner', 'there is a folder of this name'],
    ['n'.repeat(300), 'the name is too long'],
  ])('refuses %s', async (name, reason) => {
    await writeFile(join(folder, 'file.txt'), 'kept');
    await mkdir(join(folder, 'inner'));
    const writing = writeFileAtomic(join(folder, name), 'new');
    await expect(writing).rejects.toThrow(new UserError(`cannot write ${join(folder, name)}: ${reason}`));
    expect(await contents()).toEqual({ 'file.txt': 'kept', inner: '(folder)' });
  });

  it.each([
    ['ENOSPC', 'no space is left on the disk'],
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'no permission to write there'],
    ['EWHATEVER', 'EWHATEVER'],
  ])('leaves nothing behind after %s', async (code, reason) => {
    await writeFile(join(folder, 'a.txt'), 'old');
    faults.sync = code;
    await expect(writeFileAtomic(join(folder, 'a.txt'), 'new')).rejects.toThrow(new UserError(`cannot write ${join(folder, 'a.txt')}: ${reason}`));
    await expect(writeFileAtomic(join(folder, 'x/y/b.txt'), 'new')).rejects.toThrow(UserError);
    expect(await contents()).toEqual({ 'a.txt': 'old' });
  });

  it('refuses what is no plain file', async () => {
    await expect(writeFileAtomic('/dev/null', 'x')).rejects.toThrow(new UserError('cannot write /dev/null: it is not a plain file'));
  });
});

describe('writeFolderAtomic', () => {
  it('writes a new folder', async () => {
    await writeFolderAtomic(join(folder, 'x/out'), { 'a.json': '{}', 'b.bin': Uint8Array.of(104, 105), 'c.bin': [Buffer.from('one'), Buffer.from('two')] });
    expect(await contents()).toEqual({ x: '(folder)', 'x/out': '(folder)', 'x/out/a.json': '{}', 'x/out/b.bin': 'hi', 'x/out/c.bin': 'onetwo' });
  });

  it('replaces files in a folder and leaves the others', async () => {
    await writeFile(join(folder, 'a.txt'), 'old');
    await writeFile(join(folder, 'foreign.txt'), 'mine');
    await mkdir(join(folder, 'sub'));
    await writeFolderAtomic(folder, { 'a.txt': 'new', 'b.txt': 'new' });
    expect(await contents()).toEqual({ 'a.txt': 'new', 'b.txt': 'new', 'foreign.txt': 'mine', sub: '(folder)' });
  });

  it('puts everything back when a file cannot be moved in', async () => {
    const out = join(folder, 'out');
    await mkdir(out);
    await writeFile(join(out, 'a.txt'), 'old a');
    await writeFile(join(out, 'c.txt'), 'old c');
    faults.rename.set(join(out, 'c.txt'), 'ENOSPC');
    const writing = writeFolderAtomic(out, { 'a.txt': 'new', 'b.txt': 'new', 'c.txt': 'new' });
    await expect(writing).rejects.toThrow(new UserError(`cannot write ${out}: no space is left on the disk`));
    const left = await contents();
    expect(left['out/a.txt']).toBe('old a');
    expect(left).not.toHaveProperty(['out/b.txt']);
    // Even putting it back was made to fail here: then the old file waits beside the folder.
    expect(Object.entries(left).filter(([path, text]) => text === 'old c' && path.endsWith('/c.txt'))).toHaveLength(1);
  });

  it('leaves nothing behind when the second file cannot be moved in', async () => {
    const out = join(folder, 'out');
    await mkdir(out);
    await writeFile(join(out, 'a.txt'), 'old');
    faults.rename.set(join(out, 'b.txt'), 'EACCES');
    await expect(writeFolderAtomic(out, { 'a.txt': 'new', 'b.txt': 'new' })).rejects.toThrow('no permission to write there');
    expect(await contents()).toEqual({ out: '(folder)', 'out/a.txt': 'old' });
  });

  it('leaves nothing behind when the disk is full', async () => {
    faults.sync = 'ENOSPC';
    await expect(writeFolderAtomic(join(folder, 'x/out'), { 'a.txt': 'new' })).rejects.toThrow(new UserError(`cannot write ${join(folder, 'x/out')}: no space is left on the disk`));
    expect(await contents()).toEqual({});
  });

  it('refuses a file in place of the folder and a folder in place of a file', async () => {
    await writeFile(join(folder, 'file'), 'kept');
    await mkdir(join(folder, 'out/a.txt'), { recursive: true });
    await expect(writeFolderAtomic(join(folder, 'file'), { 'a.txt': 'new' })).rejects.toThrow('a part of the path is a file, not a folder');
    await expect(writeFolderAtomic(join(folder, 'out'), { '0.txt': 'new', 'a.txt': 'new' })).rejects.toThrow('there is a folder of this name');
    expect(await contents()).toEqual({ file: 'kept', out: '(folder)', 'out/a.txt': '(folder)' });
  });

  it('takes plain file names only', async () => {
    await expect(writeFolderAtomic(join(folder, 'out'), { '../a.txt': 'new' })).rejects.toThrow(RangeError);
    expect(await contents()).toEqual({});
  });
});
