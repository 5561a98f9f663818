import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatDescription, parseDescription } from '../../src/engine/generators/description';
import { CancelledError } from '../../src/shared/cancelledError';
import { fixtureCheckpoint } from '../support/generators';
import { userErrorOf } from '../support/userErrors';
import { Engine } from './engineCalls';

let folder: string;
let engine: Engine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resefa-import-'));
  engine = new Engine();
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function importInto(name: string, checkpoint = fixtureCheckpoint, signal?: AbortSignal) {
  return engine.call('importCheckpoint', { checkpoint, folder: join(folder, 'mine'), name }, undefined, signal);
}

describe('an import', () => {
  it('makes a generator that can be opened', async () => {
    expect(await importInto('cats')).toEqual({ found: 'NVlabs StyleGAN2 generator, 32 px, 8 layers, w of 32' });
    expect((await readdir(join(folder, 'mine'))).sort()).toEqual(['generator.json', 'mapping.onnx', 'synthesis.onnx']);
    expect(await engine.call('open', { generator: join(folder, 'mine') })).toMatchObject({ name: 'cats', resolution: 32, dimensions: 32, classes: 0 });
  });

  it('keeps what was written by hand into an earlier one, which is opened anew', async () => {
    await importInto('before');
    await engine.call('open', { generator: join(folder, 'mine') });
    const path = join(folder, 'mine', 'generator.json');
    const description = parseDescription(await readFile(path, 'utf8'), path);
    const regions = { ear: { shape: 'box', x: 0.1, y: 0, width: 0.2, height: 0.3 } } as const;
    await writeFile(path, formatDescription({ ...description, regions, edit_layers: [1, 2], licence: 'mine' }));
    await importInto('after');
    expect(await engine.call('open', { generator: join(folder, 'mine') })).toMatchObject({ name: 'after', regions, editLayers: [1, 2], licence: 'mine' });
  });

  it('can be cancelled before anything is written', async () => {
    await expect(importInto('cats', fixtureCheckpoint, AbortSignal.abort())).rejects.toThrow(CancelledError);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('an import that cannot be', () => {
  it('says so where the checkpoint is corrupt, and writes nothing', async () => {
    const corrupt = join(folder, 'corrupt.pkl');
    await writeFile(corrupt, (await readFile(fixtureCheckpoint)).subarray(0, 10_000));
    expect(await userErrorOf(() => importInto('cats', corrupt))).toMatch(/^corrupt\.pkl/);
    expect(await readdir(folder)).toEqual(['corrupt.pkl']);
  });

  it('says so where another generator is in the folder', async () => {
    await importInto('cats');
    const path = join(folder, 'mine', 'generator.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/("checkpoint": ")[0-9a-f]{8}/, '$100000000'));
    expect(await userErrorOf(() => importInto('cats'))).toMatch(/the folder holds the generator "cats" of another checkpoint than generator.pkl/);
  });

  it('says so where the checkpoint, the name or the folder is missing', async () => {
    expect(await userErrorOf(() => importInto('cats', join(folder, 'none.pkl')))).toMatch(/none\.pkl: there is no such file/);
    expect(await userErrorOf(() => importInto('  '))).toMatch(/^the generator has no name/);
    expect(await userErrorOf(() => engine.call('importCheckpoint', { checkpoint: fixtureCheckpoint, folder: '', name: 'cats' }))).toMatch(/^no folder is given/);
  });

  it('says so where the folder cannot be written', async () => {
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'mine'), 'a file');
    expect(await userErrorOf(() => importInto('cats'))).toContain(join(folder, 'mine'));
    expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('a file');
  });
});
