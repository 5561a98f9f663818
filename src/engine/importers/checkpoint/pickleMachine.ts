import type { ByteReader } from './byteReader';
import type { ReadingSession } from './readingSession';
import type { CheckpointList, CheckpointMap, CheckpointValue, GlobalName } from './values';
import { isKind, isList, isMap, isSet } from './values';

/** What the values of a pickle mean; the machine itself only moves them about. */
export interface PickleMeaning {
  /** The allowed class, function or constant of that name; anything else is refused. */
  findGlobal(moduleName: string, name: string, session: ReadingSession): GlobalName;
  /** What calling an allowed class or function amounts to. */
  construct(global: GlobalName, args: CheckpointList, session: ReadingSession): CheckpointValue;
  /** Gives an object that was just constructed its state. */
  setState(object: CheckpointValue, state: CheckpointValue, session: ReadingSession): void;
  /** What a persistent id stands for. */
  loadPersistent(id: CheckpointValue, session: ReadingSession): CheckpointValue;
}

/** A map or an object takes the room of four lists. */
const OBJECT_UNITS = 4;

/** Stack, marks and memo of the pickle machine. */
export class PickleMachine {
  private readonly stack: CheckpointValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, CheckpointValue>();

  constructor(
    readonly reader: ByteReader,
    readonly session: ReadingSession,
    readonly meaning: PickleMeaning,
  ) {}

  push(value: CheckpointValue): void {
    this.stack.push(value);
  }

  pushList(items: CheckpointValue[]): void {
    this.session.countObjects(1);
    this.stack.push(items);
  }

  pushBytes(bytes: Uint8Array): void {
    this.session.countObjects(2);
    this.stack.push(bytes);
  }

  pushMap(items: readonly CheckpointValue[]): void {
    this.session.countObjects(OBJECT_UNITS);
    const map = new Map<CheckpointValue, CheckpointValue>();
    this.stack.push(map);
    this.setItems(map, items);
  }

  pushSet(items: readonly CheckpointValue[]): void {
    this.session.countObjects(OBJECT_UNITS);
    const set = new Set<CheckpointValue>();
    this.stack.push(set);
    this.addItems(set, items);
  }

  pop(): CheckpointValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  /** The topmost value above the last mark. */
  top(): CheckpointValue {
    const value = this.stack.at(-1);
    if (value === undefined || this.stack.length <= (this.marks.at(-1) ?? 0)) {
      throw this.session.damaged('an operation finds too few values');
    }
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** Takes everything above the last mark, and the mark. */
  popMark(): CheckpointValue[] {
    const start = this.marks.pop();
    if (start === undefined) {
      throw this.session.damaged('an operation finds no mark');
    }
    return this.stack.splice(start);
  }

  /** POP drops the last mark where nothing lies above it. */
  popValueOrMark(): void {
    if (this.marks.at(-1) === this.stack.length) {
      this.marks.pop();
    } else {
      this.pop();
    }
  }

  popTuple(length: number): void {
    const items = new Array<CheckpointValue>(length);
    for (let i = length - 1; i >= 0; i -= 1) {
      items[i] = this.pop();
    }
    this.pushList(items);
  }

  remember(index: number): void {
    this.session.checkMemoIndex(index);
    this.memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) {
      throw this.session.damaged(`memo entry ${index} is used before it is set`);
    }
    this.stack.push(value);
  }

  /** Adds to the list on top of the stack. */
  append(items: readonly CheckpointValue[]): void {
    const list = this.top();
    if (!isList(list)) {
      throw this.session.damaged('an item is appended to what is no list');
    }
    for (const item of items) {
      (list as CheckpointValue[]).push(item);
    }
  }

  /** Adds to the set on top of the stack. */
  add(items: readonly CheckpointValue[]): void {
    const set = this.top();
    if (!isSet(set)) {
      throw this.session.damaged('an item is added to what is no set');
    }
    this.addItems(set, items);
  }

  /** Sets keys and values, one after the other, in the map on top of the stack. */
  set(items: readonly CheckpointValue[]): void {
    const map = this.top();
    if (!isMap(map)) {
      throw this.session.damaged('an item is set in what is no dictionary');
    }
    this.setItems(map, items);
  }

  pushGlobal(moduleName: CheckpointValue, name: CheckpointValue): void {
    if (typeof moduleName !== 'string' || typeof name !== 'string') {
      throw this.session.damaged('a class is not named by two texts');
    }
    this.session.countObjects(1);
    this.stack.push(this.meaning.findGlobal(moduleName, name, this.session));
  }

  construct(callable: CheckpointValue, args: CheckpointValue): void {
    if (!isKind(callable, 'global') || !isList(args)) {
      throw this.session.damaged('what is to be constructed is no class with a tuple of arguments');
    }
    this.session.countObjects(OBJECT_UNITS);
    this.stack.push(this.meaning.construct(callable, args, this.session));
  }

  private addItems(set: ReadonlySet<CheckpointValue>, items: readonly CheckpointValue[]): void {
    for (const item of items) {
      this.session.checkKey(item);
      (set as Set<CheckpointValue>).add(item);
    }
  }

  private setItems(map: CheckpointMap, items: readonly CheckpointValue[]): void {
    if (items.length % 2 === 1) {
      throw this.session.damaged('a dictionary has a key without a value');
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i] ?? null;
      this.session.checkKey(key);
      (map as Map<CheckpointValue, CheckpointValue>).set(key, items[i + 1] ?? null);
    }
  }
}
