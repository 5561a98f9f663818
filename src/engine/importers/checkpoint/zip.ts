import { ByteReader } from './byteReader';
import { printable } from './printable';
import type { ReadingSession } from './readingSession';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
const END_64_LOCATOR = 0x07064b50;
const END_64_LOCATOR_LENGTH = 20;
const END_64 = 0x06064b50;
const MAX_COMMENT = 0xffff;
const ZIP_64_FIELD = 1;
const ENCRYPTED = 1;
const IN_ZIP_64 = 0xffffffff;

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

interface CentralEntry {
  readonly name: string;
  readonly length: number;
  readonly headerStart: number;
}

/** Where an entry lies: its header, and behind it its bytes from `start` to `end`. */
interface Region {
  readonly name: string;
  readonly headerStart: number;
  readonly start: number;
  readonly end: number;
}

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * The files of a zip archive (APPNOTE.TXT 6.3, zip64 too) whose entries are stored, not compressed.
 *
 * @returns Views of the archive, by name.
 * @throws UserError for a broken archive, and for entries that are compressed, encrypted, doubled or overlap.
 */
export function readStoredZip(bytes: Uint8Array, session: ReadingSession): ReadonlyMap<string, Uint8Array> {
  const directory = findDirectory(bytes, session);
  const regions = readDirectory(bytes, directory, session).map((entry) => locate(bytes, entry, directory, session));
  refuseOverlaps(regions, session);
  const files = new Map(regions.map(({ name, start, end }) => [name, bytes.subarray(start, end)]));
  if (files.size < regions.length) {
    throw session.damaged('two entries of the archive have one name');
  }
  return files;
}

function findDirectory(bytes: Uint8Array, session: ReadingSession): Directory {
  const end = findEnd(bytes, session);
  const reader = readerAt(bytes, end + 8, session);
  const count = reader.uint16();
  if (reader.uint16() !== count) {
    throw session.damaged('the archive is spread over several files');
  }
  const length = reader.uint32();
  const start = reader.uint32();
  const found = findDirectory64(bytes, end - END_64_LOCATOR_LENGTH, session) ?? { start, length, count };
  if (found.start + found.length > end) {
    throw session.damaged('the directory of the archive reaches beyond its end');
  }
  return found;
}

function findEnd(bytes: Uint8Array, session: ReadingSession): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = bytes.length - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at -= 1) {
    if (view.getUint32(at, true) === END && at + END_LENGTH + view.getUint16(at + 20, true) === bytes.length) {
      return at;
    }
  }
  throw session.damaged('the end of the archive is missing');
}

function findDirectory64(bytes: Uint8Array, locator: number, session: ReadingSession): Directory | undefined {
  if (locator < 0) {
    return undefined;
  }
  const reader = readerAt(bytes, locator, session);
  if (reader.uint32() !== END_64_LOCATOR) {
    return undefined;
  }
  reader.take(4);
  const end = readerAt(bytes, reader.uint64(), session);
  if (end.uint32() !== END_64) {
    throw session.damaged('the zip64 end of the archive is missing');
  }
  end.take(28);
  const count = end.uint64();
  const length = end.uint64();
  return { count, length, start: end.uint64() };
}

function readDirectory(bytes: Uint8Array, { start, length, count }: Directory, session: ReadingSession): CentralEntry[] {
  const reader = readerAt(bytes.subarray(0, start + length), start, session);
  const entries: CentralEntry[] = [];
  while (entries.length < count) {
    session.countObjects(2);
    entries.push(readCentralEntry(reader, session));
  }
  return entries;
}

function readCentralEntry(reader: ByteReader, session: ReadingSession): CentralEntry {
  session.moveTo(reader.bytes, reader.offset);
  if (reader.uint32() !== CENTRAL_HEADER) {
    throw session.damaged('an entry of the archive is missing in its directory');
  }
  reader.take(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.take(8);
  const packed = reader.uint32();
  const length = reader.uint32();
  const nameLength = reader.uint16();
  const extraLength = reader.uint16();
  const commentLength = reader.uint16();
  reader.take(8);
  const headerStart = reader.uint32();
  const name = reader.utf8(nameLength);
  session.checkKeyText(name);
  const sizes = withZip64(reader.take(extraLength), { length, packed, headerStart }, session);
  reader.take(commentLength);
  if (method !== 0 || (flags & ENCRYPTED) !== 0) {
    throw session.refused(`is an archive whose entry '${printable(name)}' is compressed or encrypted`, 'torch.save stores its entries as they are: take the file as it was saved');
  }
  if (sizes.packed !== sizes.length) {
    throw session.damaged(`the entry '${printable(name)}' of the archive has two sizes`);
  }
  return { name, length: sizes.length, headerStart: sizes.headerStart };
}

interface EntrySizes {
  readonly length: number;
  readonly packed: number;
  readonly headerStart: number;
}

/** The sizes and place of an entry, from its zip64 field where they do not fit 32 bits. */
function withZip64(extra: Uint8Array, sizes: EntrySizes, session: ReadingSession): EntrySizes {
  const reader = new ByteReader(extra, session);
  while (extra.length - reader.offset >= 4) {
    const id = reader.uint16();
    const field = new ByteReader(reader.take(reader.uint16()), session);
    if (id === ZIP_64_FIELD) {
      const length = sizes.length === IN_ZIP_64 ? field.uint64() : sizes.length;
      const packed = sizes.packed === IN_ZIP_64 ? field.uint64() : sizes.packed;
      const headerStart = sizes.headerStart === IN_ZIP_64 ? field.uint64() : sizes.headerStart;
      return { length, packed, headerStart };
    }
  }
  return sizes;
}

/** Where the bytes of an entry lie, by its local header, which must tell the same name. */
function locate(bytes: Uint8Array, entry: CentralEntry, directory: Directory, session: ReadingSession): Region {
  const reader = readerAt(bytes.subarray(0, directory.start), entry.headerStart, session);
  if (reader.uint32() !== LOCAL_HEADER) {
    throw session.damaged(`the entry '${printable(entry.name)}' of the archive is missing`);
  }
  reader.take(22);
  const nameLength = reader.uint16();
  const extraLength = reader.uint16();
  if (reader.utf8(nameLength) !== entry.name) {
    throw session.damaged(`the entry '${printable(entry.name)}' of the archive has two names`);
  }
  reader.take(extraLength);
  reader.take(entry.length);
  return { name: entry.name, headerStart: entry.headerStart, start: reader.offset - entry.length, end: reader.offset };
}

function refuseOverlaps(regions: readonly Region[], session: ReadingSession): void {
  const inOrder = [...regions].sort((a, b) => a.headerStart - b.headerStart);
  inOrder.forEach((region, i) => {
    const next = inOrder[i + 1];
    if (next !== undefined && next.headerStart < region.end) {
      throw session.damaged(`the entries '${printable(region.name)}' and '${printable(next.name)}' of the archive overlap`);
    }
  });
}

function readerAt(bytes: Uint8Array, offset: number, session: ReadingSession): ByteReader {
  const reader = new ByteReader(bytes, session);
  reader.offset = Math.min(offset, bytes.length);
  session.moveTo(bytes, reader.offset);
  return reader;
}
