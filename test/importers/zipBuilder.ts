import { bytesOf, uint32, uint64 } from './pickleBuilder';
import type { Piece } from './pickleBuilder';

/** One entry of an archive, and what may be wrong with it. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Piece;
  /** 0 for stored, 8 for deflated. */
  readonly method?: number;
  readonly flags?: number;
  /** The name in the local header. */
  readonly localName?: string;
  /** The size that the directory claims. */
  readonly claimed?: number;
  /** The place that the directory claims. */
  readonly headerStart?: number;
}

/** Writes a zip archive by hand; with `zip64`, sizes and places are in zip64 records alone. */
export function zip(entries: readonly ZipEntry[], { zip64 = false } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const data = bytesOf(entry.data);
    const local = localHeader(entry.localName ?? entry.name, data, entry);
    directory.push(centralHeader(entry, entry.claimed ?? data.length, entry.headerStart ?? at, zip64));
    parts.push(local, data);
    at += local.length + data.length;
  }
  const central = bytesOf(...directory);
  return bytesOf(...parts, central, zip64 ? end64(entries.length, central.length, at) : end(entries.length, central.length, at));
}

/** The zip container of `torch.save`. */
export function torchZip(object: Piece, storages: Readonly<Record<string, Piece>>, more: readonly ZipEntry[] = [], options = {}): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, data: bytes }));
  return zip([{ name: 'archive/data.pkl', data: object }, { name: 'archive/byteorder', data: 'little' }, ...data, ...more], options);
}

function localHeader(name: string, data: Uint8Array, { method = 0, flags = 0 }: ZipEntry): Uint8Array {
  const fields = bytesOf(uint16(flags), uint16(method), uint32(0), uint32(0), uint32(data.length), uint32(data.length));
  return bytesOf('PK\x03\x04', uint16(20), fields, uint16(Buffer.byteLength(name)), uint16(0), Buffer.from(name));
}

function centralHeader({ name, method = 0, flags = 0 }: ZipEntry, size: number, headerStart: number, zip64: boolean): Uint8Array {
  const extra = zip64 ? bytesOf(uint16(1), uint16(24), uint64(size), uint64(size), uint64(headerStart)) : bytesOf();
  const size32 = uint32(zip64 ? 0xffffffff : size);
  return bytesOf(
    ...['PK\x01\x02', uint16(20), uint16(20), uint16(flags), uint16(method), uint32(0), uint32(0), size32, size32],
    ...[uint16(Buffer.byteLength(name)), uint16(extra.length), uint16(0), uint16(0), uint16(0), uint32(0)],
    ...[uint32(zip64 ? 0xffffffff : headerStart), Buffer.from(name), extra],
  );
}

function end(count: number, length: number, start: number): Uint8Array {
  return bytesOf('PK\x05\x06', uint16(0), uint16(0), uint16(count), uint16(count), uint32(length), uint32(start), uint16(0));
}

function end64(count: number, length: number, start: number): Uint8Array {
  const record = bytesOf('PK\x06\x06', uint64(44), uint16(45), uint16(45), uint32(0), uint32(0), uint64(count), uint64(count), uint64(length), uint64(start));
  const locator = bytesOf('PK\x06\x07', uint32(0), uint64(start + length), uint32(1));
  return bytesOf(record, locator, end(0xffff, 0xffffffff, 0xffffffff));
}

function uint16(value: number): Uint8Array {
  return new Uint8Array([value & 0xff, value >> 8]);
}
