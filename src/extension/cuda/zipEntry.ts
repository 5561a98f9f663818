import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { UserError } from '../../shared/userError';

const endSignature = 0x06054b50;
const endLength = 22;
const longestComment = 0xffff;
const directorySignature = 0x02014b50;
const directoryEntryLength = 46;
/** A directory of a million long names; ours lists a dozen. */
const largestDirectory = 2 ** 26;
const localSignature = 0x04034b50;
const localHeaderLength = 30;
const stored = 0;
const deflated = 8;

interface Entry {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

/**
 * Unpacks one file of a zip archive (APPNOTE.TXT 6.3, of less than 4 GiB) into another file, piece by piece.
 *
 * @throws UserError when the archive is broken, has no such file, or the file is not what its directory says
 */
export async function extractEntry(archive: string, name: string, target: string): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = await findEntry(file, archive, name);
    const local = await readAt(file, entry.header, localHeaderLength, archive);
    if (local.readUInt32LE(0) !== localSignature) throw damaged(archive);
    const start = entry.header + localHeaderLength + local.readUInt16LE(26) + local.readUInt16LE(28);
    const source = file.createReadStream({ start, end: start + entry.packed - 1, autoClose: false });
    const checked = new Checked(entry);
    await pipeline(source, entry.method === deflated ? createInflateRaw() : new PassThrough(), checked, createWriteStream(target)).catch(() => { throw damaged(archive); });
    if (!checked.isWhole) throw damaged(archive);
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, archive: string, wanted: string): Promise<Entry> {
  const directory = await readDirectory(file, archive);
  for (let at = 0; at + directoryEntryLength <= directory.length; ) {
    if (directory.readUInt32LE(at) !== directorySignature) throw damaged(archive);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset)) as [number, number, number];
    if (directory.toString('utf8', at + directoryEntryLength, at + directoryEntryLength + nameLength) === wanted) {
      const [crc, packed, size, header] = [16, 20, 24, 42].map((offset) => directory.readUInt32LE(at + offset)) as [number, number, number, number];
      const method = directory.readUInt16LE(at + 10);
      if (packed === 0 || (method !== stored && method !== deflated)) throw damaged(archive);
      return { method, crc, packed, size, header };
    }
    at += directoryEntryLength + nameLength + extraLength + commentLength;
  }
  throw new UserError(`${archive} has no ${wanted}`);
}

async function readDirectory(file: FileHandle, archive: string): Promise<Buffer> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - endLength - longestComment), Math.min(size, endLength + longestComment), archive);
  for (let at = tail.length - endLength; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature || at + endLength + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (length > largestDirectory || start + length > size) throw damaged(archive);
    return readAt(file, start, length, archive);
  }
  throw damaged(archive);
}

async function readAt(file: FileHandle, position: number, length: number, archive: string): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw damaged(archive);
  return buffer;
}

/** Lets a file's bytes through as long as there are no more than announced. */
class Checked extends Transform {
  private size = 0;
  private crc = 0;

  constructor(private readonly entry: Entry) {
    super();
  }

  get isWhole(): boolean {
    return this.size === this.entry.size && this.crc === this.entry.crc;
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, piece?: Buffer) => void): void {
    this.size += piece.length;
    this.crc = crc32(piece, this.crc);
    if (this.size > this.entry.size) done(new Error('more than announced'));
    else done(null, piece);
  }
}

function damaged(archive: string): UserError {
  return new UserError(`${archive} is damaged, or no zip archive; load it again`);
}
