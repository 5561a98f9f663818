import type { ByteReader } from './byteReader';
import { floatText, integerText, littleEndianInteger, quotedText, rawUnicodeText } from './pickleLiterals';
import type { PickleMeaning } from './pickleMachine';
import { PickleMachine } from './pickleMachine';
import type { ReadingSession } from './readingSession';
import type { CheckpointValue } from './values';

/** Every pickle of protocol 2 and later begins with this operation. */
export const PROTO = 0x80;

const STOP = 0x2e;
const PROTOCOLS = { oldest: 2, newest: 5 };
/** Checkpoints hold no integer beyond 80 bits. */
const MAX_INTEGER_BYTES = 1024;

type Operation = (machine: PickleMachine, reader: ByteReader) => void;

/** The operations of Python's `pickletools`, protocols 2 to 5, and those of 0 and 1 that these may still contain. */
const operations: readonly [code: string | number, name: string, operation: Operation][] = [
  [PROTO, 'PROTO', (m, r) => checkProtocol(m, r.uint8())],
  [0x95, 'FRAME', (m, r) => checkFrame(m, r.uint64())],

  ['N', 'NONE', (m) => m.push(null)],
  [0x88, 'NEWTRUE', (m) => m.push(true)],
  [0x89, 'NEWFALSE', (m) => m.push(false)],
  ['K', 'BININT1', (m, r) => m.push(r.uint8())],
  ['M', 'BININT2', (m, r) => m.push(r.uint16())],
  ['J', 'BININT', (m, r) => m.push(r.int32())],
  [0x8a, 'LONG1', (m, r) => m.push(littleEndianInteger(r.take(r.uint8())))],
  [0x8b, 'LONG4', (m, r) => m.push(longInteger(m, r.uint32()))],
  ['I', 'INT', (m, r) => m.push(literal(m, integerText(r.line())))],
  ['L', 'LONG', (m, r) => m.push(literal(m, integerText(r.line())))],
  ['G', 'BINFLOAT', (m, r) => m.push(r.float64())],
  ['F', 'FLOAT', (m, r) => m.push(literal(m, floatText(r.line())))],

  [0x8c, 'SHORT_BINUNICODE', (m, r) => m.push(r.utf8(r.uint8()))],
  ['X', 'BINUNICODE', (m, r) => m.push(r.utf8(r.uint32()))],
  [0x8d, 'BINUNICODE8', (m, r) => m.push(r.utf8(r.uint64()))],
  ['V', 'UNICODE', (m, r) => m.push(rawUnicodeText(r.line()))],
  ['U', 'SHORT_BINSTRING', (m, r) => m.push(r.latin1(r.uint8()))],
  ['T', 'BINSTRING', (m, r) => m.push(r.latin1(r.uint32()))],
  ['S', 'STRING', (m, r) => m.push(literal(m, quotedText(r.line())))],
  ['C', 'SHORT_BINBYTES', (m, r) => m.pushBytes(r.take(r.uint8()))],
  ['B', 'BINBYTES', (m, r) => m.pushBytes(r.take(r.uint32()))],
  [0x8e, 'BINBYTES8', (m, r) => m.pushBytes(r.take(r.uint64()))],
  [0x96, 'BYTEARRAY8', (m, r) => m.pushBytes(r.take(r.uint64()))],
  [0x97, 'NEXT_BUFFER', refuseBuffers],
  [0x98, 'READONLY_BUFFER', refuseBuffers],

  [')', 'EMPTY_TUPLE', (m) => m.pushList([])],
  [0x85, 'TUPLE1', (m) => m.popTuple(1)],
  [0x86, 'TUPLE2', (m) => m.popTuple(2)],
  [0x87, 'TUPLE3', (m) => m.popTuple(3)],
  ['t', 'TUPLE', (m) => m.pushList(m.popMark())],
  [']', 'EMPTY_LIST', (m) => m.pushList([])],
  ['l', 'LIST', (m) => m.pushList(m.popMark())],
  ['a', 'APPEND', (m) => m.append([m.pop()])],
  ['e', 'APPENDS', (m) => m.append(m.popMark())],
  ['}', 'EMPTY_DICT', (m) => m.pushMap([])],
  ['d', 'DICT', (m) => m.pushMap(m.popMark())],
  ['s', 'SETITEM', setItem],
  ['u', 'SETITEMS', (m) => m.set(m.popMark())],
  [0x8f, 'EMPTY_SET', (m) => m.pushSet([])],
  [0x90, 'ADDITEMS', (m) => m.add(m.popMark())],
  [0x91, 'FROZENSET', (m) => m.pushSet(m.popMark())],

  ['(', 'MARK', (m) => m.mark()],
  ['0', 'POP', (m) => m.popValueOrMark()],
  ['1', 'POP_MARK', (m) => void m.popMark()],
  ['2', 'DUP', (m) => m.push(m.top())],
  ['p', 'PUT', (m, r) => m.remember(memoIndex(m, r.line()))],
  ['q', 'BINPUT', (m, r) => m.remember(r.uint8())],
  ['r', 'LONG_BINPUT', (m, r) => m.remember(r.uint32())],
  [0x94, 'MEMOIZE', (m) => m.rememberNext()],
  ['g', 'GET', (m, r) => m.recall(memoIndex(m, r.line()))],
  ['h', 'BINGET', (m, r) => m.recall(r.uint8())],
  ['j', 'LONG_BINGET', (m, r) => m.recall(r.uint32())],

  ['c', 'GLOBAL', (m, r) => m.pushGlobal(r.line(), r.line())],
  [0x93, 'STACK_GLOBAL', stackGlobal],
  ['R', 'REDUCE', newObject],
  [0x81, 'NEWOBJ', newObject],
  [0x92, 'NEWOBJ_EX', newObjectWithKeywords],
  ['o', 'OBJ', (m) => instance(m, m.popMark())],
  ['i', 'INST', (m, r) => namedInstance(m, r.line(), r.line())],
  ['b', 'BUILD', build],
  ['Q', 'BINPERSID', (m) => m.push(m.meaning.loadPersistent(m.pop(), m.session))],
  ['P', 'PERSID', (m, r) => m.push(m.meaning.loadPersistent(r.line(), m.session))],
  [0x82, 'EXT1', refuseExtension],
  [0x83, 'EXT2', refuseExtension],
  [0x84, 'EXT4', refuseExtension],
];

const table = new Array<Operation | undefined>(256).fill(undefined);
for (const [code, , operation] of operations) {
  table[typeof code === 'number' ? code : code.charCodeAt(0)] = operation;
}

/**
 * Runs one pickle, without calling or importing anything: `meaning` says what its names stand for.
 *
 * @param reader - At the first byte of the pickle; afterwards behind its STOP.
 * @returns The value that the pickle leaves.
 * @throws UserError where the pickle is damaged, refused or asks for too much.
 */
export function unpickle(reader: ByteReader, session: ReadingSession, meaning: PickleMeaning): CheckpointValue {
  const machine = new PickleMachine(reader, session, meaning);
  session.moveTo(reader.bytes, reader.offset);
  if (reader.uint8() !== PROTO) {
    throw session.damaged('a pickle of protocol 2 to 5 should begin here');
  }
  checkProtocol(machine, reader.uint8());
  for (;;) {
    session.moveTo(reader.bytes, reader.offset);
    session.countOperation();
    const code = reader.uint8();
    if (code === STOP) {
      return machine.pop();
    }
    const operation = table[code];
    if (operation === undefined) {
      throw session.damaged(`0x${code.toString(16).padStart(2, '0')} is no pickle operation`);
    }
    operation(machine, reader);
  }
}

function checkProtocol(machine: PickleMachine, protocol: number): void {
  if (protocol < PROTOCOLS.oldest || protocol > PROTOCOLS.newest) {
    throw machine.session.refused(`holds a pickle of protocol ${protocol}`, `this reader takes ${PROTOCOLS.oldest} to ${PROTOCOLS.newest}`);
  }
}

function checkFrame(machine: PickleMachine, length: number): void {
  const left = machine.reader.bytes.length - machine.reader.offset;
  if (length > left) {
    throw machine.session.damaged(`a frame of ${length} bytes is announced where ${left} are left`);
  }
}

function longInteger(machine: PickleMachine, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES) {
    throw machine.session.refused(`holds an integer of ${length} bytes`, `no generator checkpoint has one beyond ${MAX_INTEGER_BYTES}`);
  }
  return littleEndianInteger(machine.reader.take(length));
}

function literal<T>(machine: PickleMachine, value: T | undefined): T {
  if (value === undefined) {
    throw machine.session.damaged('a number or text is not written as Python writes it');
  }
  return value;
}

function memoIndex(machine: PickleMachine, text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw machine.session.damaged('a memo entry has no number');
  }
  return Number(text);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  machine.set([machine.pop(), value]);
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

/** REDUCE and NEWOBJ differ in how Python makes the object, not in what it is made of. */
function newObject(machine: PickleMachine): void {
  const args = machine.pop();
  machine.construct(machine.pop(), args);
}

function newObjectWithKeywords(machine: PickleMachine): void {
  const keywords = machine.pop();
  if (!(keywords instanceof Map) || keywords.size > 0) {
    throw machine.session.refused('constructs an object with keyword arguments', 'no generator checkpoint needs that');
  }
  newObject(machine);
}

function instance(machine: PickleMachine, items: CheckpointValue[]): void {
  const [callable, ...args] = items.length > 0 ? items : [null];
  machine.construct(callable ?? null, args);
}

function namedInstance(machine: PickleMachine, moduleName: string, name: string): void {
  const args = machine.popMark();
  machine.pushGlobal(moduleName, name);
  machine.construct(machine.pop(), args);
}

function build(machine: PickleMachine): void {
  const state = machine.pop();
  machine.meaning.setState(machine.top(), state, machine.session);
}

function refuseBuffers(machine: PickleMachine): never {
  throw machine.session.refused('keeps its data in buffers outside of the file', 'save it again without a buffer_callback');
}

function refuseExtension(machine: PickleMachine): never {
  throw machine.session.refused("names a class by a number of Python's extension registry", 'no generator checkpoint needs that');
}
