import type { ReadingSession } from './readingSession';

/** Python writes no longer line than this but for text, which protocol 2 and later write with a length instead. */
const MAX_LINE = 2 ** 16;
/** Half of what the engine's strings can hold. */
const MAX_TEXT = 2 ** 28;
const NEWLINE = 10;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a view from its start to its end; every read that would pass the end is a `UserError`. */
export class ByteReader {
  offset = 0;
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly session: ReadingSession,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** An unsigned 64-bit size; beyond 2^53 it is wrong by less than its lowest bits, and too large in any case. */
  uint64(): number {
    const low = this.uint32();
    return low + this.uint32() * 2 ** 32;
  }

  /** Big endian, as pickles write it. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** The next bytes as UTF-8. */
  utf8(length: number): string {
    const bytes = this.takeText(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.session.damaged('a text is not UTF-8');
    }
  }

  /** The next bytes, one character a byte. */
  latin1(length: number): string {
    const bytes = this.takeText(length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  /** The bytes up to a newline, one character a byte; the newline is passed over. */
  line(): string {
    const end = this.bytes.subarray(this.offset, this.offset + MAX_LINE).indexOf(NEWLINE);
    if (end < 0) {
      throw this.session.damaged('a line has no end');
    }
    const text = this.latin1(end);
    this.offset += 1;
    return text;
  }

  private takeText(length: number): Uint8Array {
    const bytes = this.take(length);
    if (length > MAX_TEXT) {
      throw this.session.refused(`holds a text of ${length} bytes`, `no generator checkpoint has one beyond ${MAX_TEXT}`);
    }
    return bytes;
  }

  private advance(length: number): number {
    const start = this.offset;
    if (length > this.bytes.length - start) {
      throw this.session.damaged(`${length} bytes are announced where ${this.bytes.length - start} are left`);
    }
    this.offset = start + length;
    return start;
  }
}
