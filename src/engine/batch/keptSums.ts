import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { GramSums } from '../factorization/gram';
import { writeFileAtomic } from '../atomicFile';
import { sha256Of } from '../files';

/** What sums are of. */
export interface SumsKey {
  /** A hash of all that they depend on but the regions. */
  readonly sampling: string;
  /** Unknowns. */
  readonly size: number;
  /** Samples of the whole job, of which the file holds the first ones. */
  readonly samples: number;
}

interface Header {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly sampling: string;
  readonly size: number;
  readonly samples: number;
  readonly rows: number;
  /** A hash of each region whose sum there is. */
  readonly regions: readonly string[];
}

const format = 'resefa-sums';
const version = 1;
const digestBytes = 32;

/** More than a header takes with as many regions as a plan can have. */
const longestHeader = 2 ** 20;

/** Bytes that are read at once. */
const mostAtOnce = 2 ** 28;

/**
 * The sums of Gram matrices of a job that is under way, so that one that was ended goes on with the next sample. The file
 * is a line of JSON, float64 matrices (the whole, then a region's each) and the SHA-256 of all before it.
 */
export class KeptSums {
  constructor(private readonly path: string) {}

  /**
   * What is kept of these regions; undefined where that is not all of them, or where the file is of other settings,
   * damaged or not there.
   *
   * @param regions a hash of each
   */
  async read(key: SumsKey, regions: readonly string[]): Promise<GramSums | undefined> {
    const file = await open(this.path).catch(() => undefined);
    try {
      return file && await sumsIn(file, key, regions);
    } catch {
      return undefined;
    } finally {
      await file?.close();
    }
  }

  /** @throws UserError when the file cannot be written */
  async write({ sampling, size }: SumsKey, regions: readonly string[], { samples, rows, whole, inside }: GramSums): Promise<void> {
    const header: Header = { format, version, sampling, size, samples, rows, regions };
    const pieces = [Buffer.from(`${JSON.stringify(header)}\n`), ...[whole, ...inside].map(bytesOf)];
    await writeFileAtomic(this.path, [...pieces, Buffer.from(sha256Of(...pieces), 'hex')]);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true }).catch(() => undefined);
  }
}

/**
 * Reads matrix after matrix: in w+ the file of a few regions is larger than what can be read at once.
 *
 * @throws Error where the file does not hold what is asked for
 */
async function sumsIn(file: FileHandle, key: SumsKey, regions: readonly string[]): Promise<GramSums> {
  const { size } = await file.stat();
  const beginning = await filled(file, Buffer.alloc(Math.min(size, longestHeader)), 0);
  const start = beginning.indexOf('\n') + 1;
  const header = JSON.parse(beginning.subarray(0, start).toString()) as Partial<Header>;
  const { samples = 0, rows = 0, regions: kept = [] } = header;
  const fits = header.format === format && header.version === version && header.sampling === key.sampling && header.size === key.size;
  if (!fits || !(samples > 0 && samples <= key.samples) || rows <= 0) throw new Error('another job');
  const places = regions.map((region) => kept.indexOf(region));
  const length = key.size ** 2 * Float64Array.BYTES_PER_ELEMENT;
  const end = start + length * (1 + kept.length);
  if (places.includes(-1) || size !== end + digestBytes) throw new Error('other regions');
  const hash = createHash('sha256').update(beginning.subarray(0, start));
  const matrices = new Map<number, Float64Array>();
  for (let place = -1; place < kept.length; place++) {
    const matrix = new Float64Array(key.size ** 2);
    hash.update(await filled(file, bytesOf(matrix), start + (place + 1) * length));
    if (place < 0 || places.includes(place)) matrices.set(place, matrix);
  }
  const digest = await filled(file, Buffer.alloc(digestBytes), end);
  if (!hash.digest().equals(digest)) throw new Error('damaged');
  return { samples, rows, whole: matrices.get(-1)!, inside: places.map((place) => matrices.get(place)!) };
}

/** Fills bytes from a place of a file. @throws Error where the file ends before */
async function filled<Bytes extends Uint8Array>(file: FileHandle, bytes: Bytes, position: number): Promise<Bytes> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, mostAtOnce), position + done);
    if (bytesRead === 0) throw new Error('cut short');
    done += bytesRead;
  }
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
