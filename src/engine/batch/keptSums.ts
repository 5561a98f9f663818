import { readFile, rm } from 'node:fs/promises';
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
    const bytes = await readFile(this.path).catch(() => undefined);
    if (!bytes) return undefined;
    try {
      return sumsIn(bytes, key, regions);
    } catch {
      return undefined;
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

/** @throws Error where the file does not hold what is asked for */
function sumsIn(bytes: Buffer, key: SumsKey, regions: readonly string[]): GramSums {
  const start = bytes.indexOf('\n') + 1;
  const header = JSON.parse(bytes.subarray(0, start).toString()) as Partial<Header>;
  const { samples = 0, rows = 0, regions: kept = [] } = header;
  const fits = header.format === format && header.version === version && header.sampling === key.sampling && header.size === key.size;
  if (!fits || !(samples > 0 && samples <= key.samples) || rows <= 0) throw new Error('another job');
  const places = regions.map((region) => kept.indexOf(region));
  const length = key.size ** 2 * 8;
  const end = start + length * (1 + kept.length);
  if (places.includes(-1) || bytes.length !== end + digestBytes) throw new Error('other regions');
  if (sha256Of(bytes.subarray(0, end)) !== bytes.subarray(end).toString('hex')) throw new Error('damaged');
  // The file's matrices need not lie at multiples of eight bytes.
  const matrix = (place: number) => new Float64Array(Uint8Array.from(bytes.subarray(start + place * length, start + (place + 1) * length)).buffer);
  return { samples, rows, whole: matrix(0), inside: places.map((place) => matrix(1 + place)) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
