import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CudaLibraries, libraryNames, missingIn } from '../../src/extension/cuda/cudaLibraries';
import { extractEntry } from '../../src/extension/cuda/zipEntry';
import { CancelledError } from '../../src/shared/cancelledError';
import { userErrorOf } from '../support/userErrors';
import { NugetServer, cudaLibrary, gpuPackage, sharedLibrary, zipOf } from './cudaPackage';

const nuget = new NugetServer();
let folder: string;
let cuda: CudaLibraries;

beforeAll(async () => nuget.start());
afterAll(() => { nuget.stop(); });

beforeEach(async () => {
  nuget.answers = {};
  nuget.asked.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'resefa-cuda-'));
  await updateOnnxRuntime('1.30.0');
  cuda = new CudaLibraries(join(folder, 'onnxruntime-node'), join(folder, 'storage'));
});

afterEach(async () => rm(folder, { recursive: true }));

/** The package onnxruntime-node as npm has it. */
async function updateOnnxRuntime(version: string): Promise<void> {
  const place = join(folder, 'onnxruntime-node');
  await rm(place, { recursive: true, force: true });
  await mkdir(join(place, 'bin/napi-v6/linux/x64'), { recursive: true });
  await writeFile(join(place, 'package.json'), JSON.stringify({ name: 'onnxruntime-node', version }));
}

async function install(onProgress: (share: number) => void = () => undefined, signal?: AbortSignal): Promise<void> {
  await cuda.install(await cuda.published(nuget.index, signal), onProgress, signal);
}

/** Whether each library is in its place, byte by byte. */
async function placed(): Promise<boolean[]> {
  const found = await Promise.all(libraryNames.map((name) => readFile(join(cuda.place, name))));
  return [sharedLibrary, cudaLibrary].map((expected, i) => expected.equals(found[i]!));
}

describe("ONNX Runtime's libraries for CUDA", () => {
  it('are where onnxruntime-node of this project looks for them, in the version that it installs', async () => {
    const real = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const libraries = new CudaLibraries(real, folder);
    const metadata = await readFile(join(real, 'script/install-metadata.js'), 'utf8');
    const versions = await readFile(join(real, 'script/install-metadata-versions.js'), 'utf8');
    expect(versions).toContain(`version: '${await libraries.version()}'`);
    expect(metadata).toContain("name: 'Microsoft.ML.OnnxRuntime.Gpu.Linux'");
    for (const name of libraryNames) expect(metadata).toContain(`path: 'runtimes/linux-x64/native/${name}'`);
    expect(existsSync(libraries.place)).toBe(true);
  });

  it('are not there at first, and nothing is asked for or written to find that out', async () => {
    expect(cuda.keepsAny).toBe(false);
    expect(await cuda.placeKept()).toBe(false);
    expect(nuget.asked).toEqual([]);
    expect(existsSync(join(folder, 'storage'))).toBe(false);
  });

  it('are loaded from NuGet, with their progress, and placed', async () => {
    const shares: number[] = [];
    const published = await cuda.published(nuget.index);
    expect(published).toMatchObject({ size: gpuPackage.length, url: `${nuget.root}/flat/microsoft.ml.onnxruntime.gpu.linux.1.30.0.nupkg` });
    expect(nuget.asked.some((path) => path.endsWith('.nupkg'))).toBe(false);
    await cuda.install(published, (share) => shares.push(share));
    expect(await placed()).toEqual([true, true]);
    expect(shares.at(-1)).toBe(1);
    expect([...shares]).toEqual([...shares].sort((a, b) => a - b));
    expect(await readdir(join(folder, 'storage'))).toEqual(['1.30.0']);
    expect((await readdir(join(folder, 'storage/1.30.0'))).sort()).toEqual([...libraryNames].sort());
  });

  it('take their space once', async () => {
    await install();
    const [kept, used] = await Promise.all([join(folder, 'storage/1.30.0'), cuda.place].map(async (place) => (await stat(join(place, libraryNames[1]))).ino));
    expect(used).toBe(kept);
  });

  it('are placed again, without a network, after an update of the extension with the same ONNX Runtime', async () => {
    await install();
    nuget.asked.length = 0;
    await updateOnnxRuntime('1.30.0');
    expect(cuda.arePlaced).toBe(false);
    expect(await cuda.placeKept()).toBe(true);
    expect(await placed()).toEqual([true, true]);
    expect(nuget.asked).toEqual([]);
  });

  it('are not placed beside another version of ONNX Runtime, and go when those for it come', async () => {
    await install();
    await updateOnnxRuntime('1.31.0');
    expect(await cuda.placeKept()).toBe(false);
    expect(cuda.arePlaced).toBe(false);
    await cuda.take(await folderWith(''));
    expect(await readdir(join(folder, 'storage'))).toEqual(['1.31.0']);
  });

  it.each(['', 'lib', 'runtimes/linux-x64/native'])('are taken from a folder that has them in "%s"', async (inner) => {
    await cuda.take(await folderWith(inner));
    expect(await placed()).toEqual([true, true]);
  });

  it('are refused from a folder that does not have both, or has something else by their names', async () => {
    expect(await userErrorOf(() => cuda.take(folder))).toMatch(/has no libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so; expected a folder with both/);
    const other = await folderWith('');
    await writeFile(join(other, libraryNames[1]), 'an HTML page');
    expect(await userErrorOf(() => cuda.take(other))).toMatch(/libonnxruntime_providers_cuda.so is no library for Linux$/);
    expect(cuda.arePlaced).toBe(false);
    expect(await readdir(join(folder, 'storage'))).toEqual([]);
  });

  async function folderWith(inner: string): Promise<string> {
    const other = join(folder, 'unpacked');
    await mkdir(join(other, inner), { recursive: true });
    await writeFile(join(other, inner, libraryNames[0]), sharedLibrary);
    await writeFile(join(other, inner, libraryNames[1]), cudaLibrary);
    return other;
  }
});

describe('a download that is not what it should be', () => {
  it.each([
    ['another content', { content: Buffer.concat([gpuPackage.subarray(0, 100), Buffer.from('x'), gpuPackage.subarray(101)]), hash: Buffer.alloc(64).toString('base64') }, /is not what NuGet's catalog describes: its SHA-512 differs; nothing was installed$/],
    ['more bytes', { size: gpuPackage.length - 1 }, /has more bytes, expected \d+; try again$/],
    ['fewer bytes', { size: gpuPackage.length + 1 }, /has \d+ bytes, expected \d+; try again$/],
    ['another version', { version: '1.29.0' }, /answers with Microsoft.ML.OnnxRuntime.Gpu.Linux 1.29.0, expected Microsoft.ML.OnnxRuntime.Gpu.Linux 1.30.0$/],
    ['a size that is none', { size: -1 }, /"packageSize" must be a whole number from 1 to/],
    ['an address on the disk', { contentAddress: 'file:///etc/passwd' }, /^NuGet refers to file:\/\/\/etc\/passwd; expected an address of http:\/\/$/],
    ['a package without the libraries', { content: zipOf({ 'readme.md': Buffer.from('nothing') }) }, /has no runtimes\/linux-x64\/native\/libonnxruntime_providers_shared.so$/],
    ['no package at all', { content: Buffer.from('<html>') }, /is damaged, or no zip archive/],
  ])('is refused and leaves nothing behind: %s', async (_, answers, message) => {
    nuget.answers = answers;
    expect(await userErrorOf(install)).toMatch(message);
    expect(cuda.arePlaced).toBe(false);
    if (cuda.keepsAny) expect(await readdir(join(folder, 'storage'))).toEqual([]);
  });

  it('leaves what was there before', async () => {
    await install();
    nuget.answers = { hash: 'wrong' };
    await userErrorOf(install);
    expect(await readdir(join(folder, 'storage'))).toEqual(['1.30.0']);
    expect(await placed()).toEqual([true, true]);
  });

  it('can be cancelled in the middle', async () => {
    nuget.answers = { stall: true };
    const controller = new AbortController();
    const installing = install(() => { controller.abort(new CancelledError()); }, controller.signal);
    await expect(installing).rejects.toBeInstanceOf(CancelledError);
    expect(await readdir(join(folder, 'storage'))).toEqual([]);
  });

  it('can be cancelled in the middle of what the catalog says', async () => {
    nuget.answers = { stallCatalog: true };
    const controller = new AbortController();
    const asking = cuda.published(nuget.index, controller.signal);
    while (!nuget.asked.includes('/catalog/entry.json')) await new Promise((resolve) => setTimeout(resolve, 5));
    // By then the beginning of the answer has come.
    setTimeout(() => { controller.abort(new CancelledError()); }, 50);
    await expect(asking).rejects.toBeInstanceOf(CancelledError);
  });

  it('is told where there is no such version, no NuGet, or no network', async () => {
    await updateOnnxRuntime('9.9.9');
    expect(await userErrorOf(install)).toMatch(/microsoft.ml.onnxruntime.gpu.linux\/9.9.9.json answers 404 Not Found$/);
    expect(await userErrorOf(() => cuda.published(`${nuget.root}/flat`))).toMatch(/\/flat answers 404/);
    expect(await userErrorOf(() => cuda.published('http://127.0.0.1:9/index.json'))).toMatch(/^http:\/\/127.0.0.1:9\/index.json cannot be reached: .+; check the network, or choose a folder with the libraries$/);
  });
});

describe('a file of a zip archive', () => {
  const data = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => i % 256));

  async function extracted(archive: Buffer, name = 'a/b.so'): Promise<Buffer> {
    const [from, to] = [join(folder, 'a.zip'), join(folder, 'b.so')];
    await writeFile(from, archive);
    await extractEntry(from, name, to);
    return readFile(to);
  }

  it('is unpacked as other programs packed it', async () => {
    // Python's zipfile: 1000 bytes 0 to 6 and again, deflated, behind "12", stored.
    const archive = Buffer.from('UEsDBBQAAAAAAAAAIQDNRFNPAgAAAAIAAAAJAAAAZmlyc3QudHh0MTJQSwMEFAAAAAgAAAAhAItsT1YRAAAA6AMAAAYAAABhL2Iuc29jYGRiZmFlYxilRqlRavhSAFBLAQIUAxQAAAAAAAAAIQDNRFNPAgAAAAIAAAAJAAAAAAAAAAAAAACAAQAAAABmaXJzdC50eHRQSwECFAMUAAAACAAAACEAi2xPVhEAAADoAwAABgAAAAAAAAAAAAAAgAEpAAAAYS9iLnNvUEsFBgAAAAACAAIAawAAAF4AAAACAFBL', 'base64');
    expect(Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => i % 7)).equals(await extracted(archive))).toBe(true);
    expect((await extracted(archive, 'first.txt')).toString()).toBe('12');
  });

  it.each([
    ['is larger than announced', zipOf({ 'a/b.so': data }, { 'a/b.so': 1000 })],
    ['is smaller than announced', zipOf({ 'a/b.so': data }, { 'a/b.so': 1e9 })],
    ['is damaged', zipOf({ 'a/b.so': data }).fill(0xff, 200, 300)],
    ['is cut off', zipOf({ 'a/b.so': data }).subarray(0, 300)],
    ['has no directory', Buffer.concat([zipOf({ 'a/b.so': data }).subarray(0, 300), zipOf({}).subarray(-22)]).fill(9, 310, 314)],
    ['is empty', Buffer.alloc(0)],
  ])('is refused where it %s', async (_, archive) => {
    expect(await userErrorOf(() => extracted(archive))).toMatch(/a.zip (is damaged, or no zip archive; load it again|has no a\/b.so)$/);
  });
});

describe('libraries that the dynamic loader does not find', () => {
  it('are those that ldd names', () => {
    const text = `	linux-vdso.so.1 (0x00007ffd)
	libonnxruntime_providers_shared.so => not found
	libcublasLt.so.12 => not found
	libcudnn.so.9 => not found
	libcudart.so.12 => /usr/local/cuda/lib64/libcudart.so.12 (0x00007f)
	libcublasLt.so.12 => not found
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
`;
    expect(missingIn(text)).toEqual(['libcublasLt.so.12', 'libcudnn.so.9']);
    expect(missingIn('	statically linked\n')).toEqual([]);
  });

  it('are none where the loader cannot tell', async () => {
    expect(await cuda.missing()).toEqual([]);
  });
});
