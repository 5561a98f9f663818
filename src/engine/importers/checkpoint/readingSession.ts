import { UserError } from '../../../shared/userError';
import type { CheckpointValue } from './values';

/**
 * Far above any generator checkpoint (tens of thousands; a snapshot with its optimisers some hundred thousand). No
 * operation adds more than one value to the stack, to the memo or to a collection, so that this bounds them too, and
 * a hostile file ends in a second or two.
 */
const MAX_OPERATIONS = 2 ** 21;
/** In units of a list; a map takes four. Keeps what all the objects of a file can occupy to a few hundred megabytes. */
const MAX_OBJECTS = 2 ** 21;
/** Python numbers its memo entries one after the other. Numbers from a small range cannot be chosen so that many of them fall together in a hash table. */
const MAX_MEMO = 2 ** 20;
/** Of numbers and tuples, whose hashes are known beforehand: few enough that it does not matter if all of them are equal. Optimisers have some hundreds. */
const MAX_OTHER_KEYS = 10_000;
/** The hash of a text is seeded, but JavaScript engines stop hashing somewhere beyond 10,000 characters: such texts could all have one. */
const MAX_KEY_LENGTH = 1024;
const MAX_DEPTH = 4;
/** Small files may copy a little more than they hold. */
const COPY_ALLOWANCE = 2 ** 16;

/** Reads a blob that `torch.save` wrote. */
export type BlobReader = (blob: Uint8Array, session: ReadingSession) => CheckpointValue;

/**
 * What all the pickles of one file share: the file's name and where we are in it, for messages; and how much work
 * and memory it may still ask for. Nested blobs draw on the same allowance, so that nesting multiplies nothing.
 */
export class ReadingSession {
  private operations = MAX_OPERATIONS;
  private objects = MAX_OBJECTS;
  private otherKeys = MAX_OTHER_KEYS;
  private copyable: number;
  private depth = 0;
  private bytes: Uint8Array;
  private position = 0;
  private readonly blobs = new Map<Uint8Array, CheckpointValue>();

  constructor(
    readonly name: string,
    private readonly file: Uint8Array,
    private readonly readBlob: BlobReader,
  ) {
    this.bytes = file;
    this.copyable = file.length + COPY_ALLOWANCE;
  }

  /** Notes where reading is; messages point there. */
  moveTo(bytes: Uint8Array, position: number): void {
    this.bytes = bytes;
    this.position = position;
  }

  /** The error for a file that breaks its own format. */
  damaged(what: string): UserError {
    return new UserError(`${this.name} is damaged or incomplete: ${what} (${this.place()}); download or copy it again`);
  }

  /** The error for a file that may be whole, but holds what this reader does not take. */
  refused(what: string, remedy: string): UserError {
    return new UserError(`${this.name} ${what} (${this.place()}); ${remedy}`);
  }

  countOperation(): void {
    this.operations -= 1;
    if (this.operations < 0) {
      throw this.tooLarge(`${MAX_OPERATIONS} pickle operations`);
    }
  }

  /** Counts objects that are about to be made, in units of a list. */
  countObjects(units: number): void {
    this.objects -= units;
    if (this.objects < 0) {
      throw this.tooLarge(`${MAX_OBJECTS} objects`);
    }
  }

  /** Checks the number of a memo entry that is about to be set. */
  checkMemoIndex(index: number): void {
    if (index >= MAX_MEMO) {
      throw this.tooLarge(`${MAX_MEMO} memo entries`);
    }
  }

  /** Checks a key of a dictionary or a member of a set that is about to be added, and counts it where it is no text. */
  checkKey(key: CheckpointValue): void {
    if (typeof key === 'string') {
      this.checkKeyText(key);
      return;
    }
    this.otherKeys -= 1;
    if (this.otherKeys < 0) {
      throw this.tooLarge(`${MAX_OTHER_KEYS} dictionary keys and set members that are no texts`);
    }
  }

  /** Checks the length of a text by which something is to be found. */
  checkKeyText(key: string): void {
    if (key.length > MAX_KEY_LENGTH) {
      throw this.refused(`has a key or name of ${key.length} characters`, `no generator checkpoint has one beyond ${MAX_KEY_LENGTH}`);
    }
  }

  /** Counts bytes that are about to be copied; all copies together may not exceed the file. */
  countCopy(bytes: number): void {
    this.copyable -= bytes;
    if (this.copyable < 0) {
      throw this.tooLarge('its own size in copies of its bytes');
    }
  }

  /** Reads a nested `torch.save` blob; the same bytes are read once. */
  nested(blob: Uint8Array): CheckpointValue {
    const known = this.blobs.get(blob);
    if (known !== undefined) {
      return known;
    }
    if (this.depth === MAX_DEPTH) {
      throw this.refused(`nests torch.save blobs more than ${MAX_DEPTH} deep`, 'no generator checkpoint does that');
    }
    const { bytes, position } = this;
    this.depth += 1;
    const value = this.readBlob(blob, this);
    this.depth -= 1;
    this.moveTo(bytes, position);
    this.blobs.set(blob, value);
    return value;
  }

  private tooLarge(what: string): UserError {
    return this.refused(`asks for more than ${what}`, 'no generator checkpoint needs that');
  }

  private place(): string {
    return this.bytes.buffer === this.file.buffer
      ? `byte ${this.bytes.byteOffset - this.file.byteOffset + this.position}`
      : `byte ${this.position} of a nested blob`;
  }
}
