/** A piece of a pickle: raw bytes, or a text of which every character is a byte. */
export type Piece = Uint8Array | string;

/** Joins pieces to bytes. */
export function bytesOf(...pieces: readonly Piece[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece))));
}

/** A whole pickle: PROTO, the operations, STOP. */
export function pickle(...operations: readonly Piece[]): Uint8Array {
  return bytesOf('\x80\x02', ...operations, '.');
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function float32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

/** BINUNICODE */
export function text(value: string): Uint8Array {
  const utf8 = Buffer.from(value);
  return bytesOf('X', uint32(utf8.length), utf8);
}

/** BINBYTES */
export function binary(value: Uint8Array): Uint8Array {
  return bytesOf('B', uint32(value.length), value);
}

/** LONG1 of eight bytes. */
export function integer(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytesOf('\x8a\x08', bytes);
}

/** GLOBAL */
export function named(moduleName: string, name: string): string {
  return `c${moduleName}\n${name}\n`;
}

/** A tuple of any length. */
export function tuple(...items: readonly Piece[]): Uint8Array {
  return bytesOf('(', ...items, 't');
}

/** A call: the callable, its arguments, REDUCE. */
export function call(moduleName: string, name: string, ...args: readonly Piece[]): Uint8Array {
  return bytesOf(named(moduleName, name), tuple(...args), 'R');
}

/** A dictionary of text keys. */
export function dict(entries: Readonly<Record<string, Piece>>): Uint8Array {
  return bytesOf('}(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');
}

/** The persistent id of a storage, loaded. */
export function storage(type: string, key: string, size: number | bigint, part: Piece = ''): Uint8Array {
  return bytesOf(tuple(text('storage'), named('torch', type), text(key), text('cpu'), integer(size), part), 'Q');
}

/** `_rebuild_tensor_v2`. */
export function tensor(source: Piece, offset: number | bigint, dims: readonly (number | bigint)[], strides: readonly (number | bigint)[]): Uint8Array {
  return call('torch._utils', '_rebuild_tensor_v2', source, integer(offset), tuple(...dims.map(integer)), tuple(...strides.map(integer)), '\x89', call('collections', 'OrderedDict'));
}

/** The legacy container of `torch.save`. */
export function legacyBlob(object: Piece, storages: readonly { key: string; count: number; bytes: Uint8Array }[], changes: { magic?: Piece; protocol?: Piece; machine?: Piece; keys?: Piece } = {}): Uint8Array {
  const magic = changes.magic ?? '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';
  const machine = changes.machine ?? dict({ protocol_version: 'M\xe9\x03', little_endian: '\x88' });
  const keys = changes.keys ?? bytesOf('](', ...storages.map(({ key }) => text(key)), 'e');
  return bytesOf(
    ...[magic, changes.protocol ?? 'M\xe9\x03', machine, object, keys].map((operations) => pickle(operations)),
    ...storages.flatMap(({ count, bytes }) => [uint64(count), bytes]),
  );
}
