import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { lstat, open, readdir, rm, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { JacobianMethod, LatentSpace, Preset } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';
import { writeFileAtomic } from '../atomicFile';
import type { Readout } from './presets';
import { TileGrams, tileGridFor, triangleLength } from './tileGrams';
import type { TileSums } from './tileGrams';

/** All that the Gram matrices of an image's tiles depend on. */
export interface GramKey {
  /** Its fingerprint. */
  readonly generator: string;
  /** Those with respect to which the Jacobian is taken. */
  readonly layers: readonly number[];
  readonly space: LatentSpace;
  readonly preset: Preset;
  readonly readout: Readout;
  readonly psi: number;
  /** The class of a conditional generator. */
  readonly label?: number;
  readonly jacobian: JacobianMethod;
  /** All samples of the plan, of which a file holds the first ones. */
  readonly seeds: readonly number[];
}

/** What a file holds. */
export interface CachedGrams {
  readonly tiles: TileGrams;
  /** The first `tiles.samples` seeds of the key. */
  readonly seeds: readonly number[];
}

const format = 'resefa-grams';

/** Raised when files are laid out differently, or what is in them is computed differently: those of another version are thrown away. */
const version = 1;

/** The first line of a file, JSON; the whole, the triangles and the SHA-256 of all that follow it. */
interface Header {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly key: GramKey;
  readonly size: number;
  readonly tile: number;
  readonly count: number;
  readonly rows: number;
  readonly samples: number;
}

/** A file of the cache, and one that is being written or was given up half-way, see atomicFile.ts. */
const ownName = /^[0-9a-f]{32}\.grams$/;
const partialName = /^\.[0-9a-f]{32}\.grams\.[0-9a-f]{12}\.tmp$/;

/** A partial file that has not grown for so long is nobody's any more. */
const abandonedMs = 3_600_000;

const longestHeader = 2 ** 20;
const digestBytes = 32;
const hashedAtOnce = 2 ** 24;

/**
 * Keeps Gram matrices of tiles on the disk between sessions, within a limit; those that were not used for the longest
 * time go first. Several programs may use one folder. A file that is not exactly what was written is thrown
 * away. That the disk is full or read-only is nobody's mistake: things are slower then, and nothing else.
 */
export class GramCache {
  /**
   * @param folder made when something is written
   * @param limit bytes of all files together
   */
  constructor(private readonly folder: string, private readonly limit: number) {}

  /** What is kept for a key; undefined where that is nothing, or nothing that can be trusted. */
  async read(key: GramKey): Promise<CachedGrams | undefined> {
    const path = this.pathOf(key);
    const file = await openPlain(path);
    if (!file) return undefined;
    let found: CachedGrams | undefined;
    try {
      found = await readGrams(file, key);
    } catch {
      found = undefined;
    } finally {
      await file.close().catch(() => undefined);
    }
    if (found) await utimes(path, new Date(), new Date()).catch(() => undefined);
    else await remove(path);
    return found;
  }

  /**
   * Keeps what has been accumulated, unless a file already holds as much or more. No sample may be added before it is done.
   *
   * @param seeds the first `tiles.samples` of the key
   * @returns the reason in one line where nothing could be kept
   */
  async write(key: GramKey, tiles: TileGrams, seeds: readonly number[]): Promise<string | undefined> {
    const sums = tiles.contents;
    if (!sums || tiles.samples !== seeds.length || seeds.some((seed, i) => seed !== key.seeds[i])) throw new RangeError('the samples are not the first ones of the key');
    const pieces = piecesOf(headerOf(key, tiles, sums), sums);
    const bytes = pieces.reduce((total, piece) => total + piece.length, digestBytes);
    if (bytes > this.limit) return `the Gram matrices take ${megabytes(bytes)}, and the cache is limited to ${megabytes(this.limit)}`;
    const path = this.pathOf(key);
    if ((await samplesOf(path, key)) >= seeds.length) return undefined;
    try {
      await this.makeRoom(bytes, path);
      await writeFileAtomic(path, [...pieces, await digestOf(pieces)]);
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Removes all files of the cache; others in the folder stay. */
  async clear(): Promise<void> {
    for (const name of await this.names()) if (ownName.test(name) || partialName.test(name)) await remove(join(this.folder, name));
  }

  /** Removes what was given up half-way, and files until `bytes` more fit; that at `last`, which is going to be replaced, as the last one. */
  private async makeRoom(bytes: number, last: string): Promise<void> {
    const files: { readonly path: string; readonly size: number; readonly usedAt: number }[] = [];
    for (const name of await this.names()) {
      const path = join(this.folder, name);
      const found = await lstat(path).catch(() => undefined);
      if (!found?.isFile()) continue;
      if (ownName.test(name)) files.push({ path, size: found.size, usedAt: path === last ? Infinity : found.mtimeMs });
      else if (partialName.test(name) && Date.now() - found.mtimeMs > abandonedMs) await remove(path);
    }
    let total = files.reduce((sum, { size }) => sum + size, bytes);
    for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.limit) return;
      await remove(path);
      total -= size;
    }
  }

  private async names(): Promise<string[]> {
    return readdir(this.folder).catch(() => []);
  }

  private pathOf(key: GramKey): string {
    return join(this.folder, `${createHash('sha256').update(keyText(key)).digest('hex').slice(0, 32)}.grams`);
  }
}

/** The same text for equal keys, whatever the order of their members. */
function keyText({ generator, layers, space, preset, readout, psi, label, jacobian, seeds }: GramKey): string {
  const { resolution, reduction, channels } = readout;
  return JSON.stringify({ generator, layers, space, preset, readout: { resolution, reduction, channels }, psi, label, jacobian, seeds });
}

function headerOf(key: GramKey, { size, grid, samples }: TileGrams, { rows }: TileSums): Header {
  return { format, version, key, size, tile: grid.tile, count: grid.count, rows, samples };
}

/** A file's contents but for the digest; views of the matrices. */
function piecesOf(header: Header, { whole, triangles }: TileSums): Uint8Array[] {
  return [Buffer.from(`${JSON.stringify(header)}\n`), ...[whole, ...triangles].map(bytesOf)];
}

async function digestOf(pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for (const piece of pieces) await addToHash(hash, piece);
  return hash.digest();
}

/** The header of a file, and its length in bytes. @throws Error where it has none that fits the key */
async function readHeader(file: FileHandle, key: GramKey): Promise<{ readonly header: Header; readonly line: Uint8Array }> {
  let start: Buffer = Buffer.alloc(0);
  while (!start.includes('\n') && start.length < longestHeader) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, start.length);
    if (bytesRead === 0) break;
    start = Buffer.concat([start, buffer.subarray(0, bytesRead)]);
  }
  const line = start.subarray(0, start.indexOf('\n') + 1);
  const header = JSON.parse(line.toString()) as Partial<Header>;
  const counted = [header.size, header.rows, header.samples].every((value) => Number.isSafeInteger(value) && value! > 0) && header.samples! <= key.seeds.length;
  const { tile, count } = tileGridFor(key.readout.resolution, header.size!);
  const fits = header.format === format && header.version === version && keyText(header.key!) === keyText(key) && header.tile === tile && header.count === count;
  if (!fits || !counted) throw new Error('another format, or another key');
  return { header: header as Header, line };
}

/** @throws Error where the file is not what was written */
async function readGrams(file: FileHandle, key: GramKey): Promise<CachedGrams> {
  const { header: { size, rows, samples }, line } = await readHeader(file, key);
  const grid = tileGridFor(key.readout.resolution, size);
  const length = triangleLength(size);
  const tiles = grid.count ** 2;
  // Before anything of the size that the header tells is made.
  if ((await file.stat()).size !== line.length + length * (8 + 4 * tiles) + digestBytes) throw new Error('another length');
  const whole = new Float64Array(length);
  const triangles = Array.from({ length: tiles }, () => new Float32Array(length));
  const hash = createHash('sha256').update(line);
  let at = line.length;
  for (const piece of [whole, ...triangles].map(bytesOf)) {
    await readExactly(file, piece, at);
    await addToHash(hash, piece);
    at += piece.length;
  }
  const digest = new Uint8Array(digestBytes);
  await readExactly(file, digest, at);
  if (!hash.digest().equals(digest)) throw new Error('damaged');
  return { tiles: TileGrams.of(size, grid, samples, { rows, whole, triangles }), seeds: key.seeds.slice(0, samples) };
}

/** How many samples a file of this key says that it holds; 0 where there is none. */
async function samplesOf(path: string, key: GramKey): Promise<number> {
  const file = await openPlain(path);
  if (!file) return 0;
  try {
    return (await readHeader(file, key)).header.samples;
  } catch {
    return 0;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Undefined for what is not there, and for pipes and the like, which could be waited for forever. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? open(path, 'r').catch(() => undefined) : undefined;
}

async function readExactly(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('too short');
    done += bytesRead;
  }
}

/** Hashing takes a while: pending events get in between two parts. */
async function addToHash(hash: Hash, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; start += hashedAtOnce) {
    hash.update(bytes.subarray(start, start + hashedAtOnce));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A file that cannot be removed is as good as one that is there no more: it will not be trusted. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
