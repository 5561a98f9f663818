import type { Dice } from './dice';

/** One operation of a pickle: its code, the length that comes before its argument, and the argument. */
interface Operation {
  readonly code: number;
  /** Bytes of the argument's length; 0 where it has none. */
  readonly counted: number;
  readonly argument: Uint8Array;
}

/** A file that begins with pickles: their operations, and what follows them. */
interface Pickles {
  readonly operations: Operation[];
  readonly rest: Uint8Array;
}

const code = (letter: string) => letter.charCodeAt(0);
const [protocol, stop] = [0x80, code('.')];

/** Arguments of a fixed size, by operation. */
const fixed = new Map<number, number>([
  [protocol, 1], [0x95, 8], [code('K'), 1], [code('M'), 2], [code('J'), 4], [code('G'), 8], [code('q'), 1], [code('r'), 4], [code('h'), 1], [code('j'), 4],
  [0x82, 1], [0x83, 2], [0x84, 4],
]);

/** How many bytes tell the length of an argument, by operation. */
const counted = new Map<number, number>([
  [0x8a, 1], [0x8b, 4], [0x8c, 1], [code('X'), 4], [0x8d, 8], [code('U'), 1], [code('T'), 4], [code('C'), 1], [code('B'), 4], [0x8e, 8], [0x96, 8],
]);

/** The lines of an argument, by operation. */
const lines = new Map<number, number>([['c', 2], ['i', 2], ['I', 1], ['L', 1], ['F', 1], ['S', 1], ['V', 1], ['P', 1], ['p', 1], ['g', 1]].map(([letter, count]) => [code(letter as string), count as number]));

const numbers = new Set(['K', 'M', 'J', 'G'].map(code).concat(0x8a));
const texts = new Set([0x8c, code('X'), code('U')]);
const memo = new Set(['q', 'r', 'h', 'j'].map(code));

/** Operations without an argument that are worth a try anywhere. */
const bare = ['N', '\x88', '\x89', ')', ']', '}', '(', '0', '1', '2', 't', 'l', 'd', 'e', 'a', 's', 'u', 'R', 'b', '\x81', '\x85', '\x86', '\x87', '\x8f', '\x90', '\x93', '\x94', 'Q', 'o', '.'];

/** Changes one to three operations of the pickles that a file begins with, or of one that lies inside them; a file of another kind stays as it is. */
export function mutatePickle(bytes: Uint8Array, dice: Dice): Uint8Array {
  const pickles = parse(bytes);
  if (pickles.operations.length === 0) return bytes;
  const nested = indices(pickles.operations, ({ counted, argument }) => counted > 0 && argument[0] === protocol && argument.length > 16);
  if (nested.length > 0 && dice.chance(0.3)) {
    const at = dice.pick(nested);
    const inner = pickles.operations[at]!;
    pickles.operations[at] = { ...inner, argument: mutatePickle(inner.argument, dice) };
  } else {
    for (let rounds = 1 + dice.below(3); rounds > 0; rounds--) mutateOperation(pickles.operations, dice);
  }
  return Buffer.concat([...pickles.operations.map(written), pickles.rest]);
}

function mutateOperation(operations: Operation[], dice: Dice): void {
  const kind = dice.below(10);
  const of = (codes: ReadonlySet<number>) => indices(operations, (operation) => codes.has(operation.code));
  if (kind < 3) replaceOne(operations, of(numbers), dice, (old) => number(old, dice));
  else if (kind < 5) replaceOne(operations, of(texts), dice, (old) => changedText(old, operations, of(texts), dice));
  else if (kind === 5) replaceOne(operations, of(memo), dice, (old) => ({ ...old, argument: Uint8Array.from(old.argument, (byte, i) => (i === 0 ? byte + dice.pick([1, 255, 2, 16, 128]) : byte)) }));
  else mutateOrder(operations, dice);
}

function replaceOne(operations: Operation[], candidates: readonly number[], dice: Dice, change: (old: Operation) => Operation): void {
  if (candidates.length === 0) return;
  const at = dice.pick(candidates);
  operations[at] = change(operations[at]!);
}

function mutateOrder(operations: Operation[], dice: Dice): void {
  const at = dice.below(operations.length);
  const other = dice.below(operations.length);
  switch (dice.below(5)) {
    case 0: operations.splice(at, 1 + dice.below(3)); break;
    case 1: operations.splice(at, 0, operations[other]!); break;
    case 2: [operations[at], operations[other]] = [operations[other]!, operations[at]!]; break;
    case 3: operations[at] = { code: code(dice.pick(bare)), counted: 0, argument: new Uint8Array() }; break;
    default: operations.splice(at, 0, { code: code(dice.pick(bare)), counted: 0, argument: new Uint8Array() });
  }
}

/** Another number, or what is none. */
function number(old: Operation, dice: Dice): Operation {
  const argument = Buffer.alloc(8);
  switch (dice.below(6)) {
    case 0: argument.writeDoubleBE(dice.real()); return { code: code('G'), counted: 0, argument };
    case 1: return { code: code(dice.pick(['N', '\x88', ')', ']', '}'])), counted: 0, argument: new Uint8Array() };
    case 2: return { code: code('X'), counted: 4, argument: Buffer.from('lrelu') };
    case 3: return { code: code('K'), counted: 0, argument: Uint8Array.of(dice.below(70)) };
    default: argument.writeBigInt64LE(dice.integerNear(BigInt(old.argument[0] ?? 0))); return { code: 0x8a, counted: 1, argument };
  }
}

/** The text of another operation, or nearly the same one. */
function changedText(old: Operation, operations: readonly Operation[], all: readonly number[], dice: Dice): Operation {
  const text = Buffer.from(old.argument).toString('latin1');
  const changed = dice.pick([
    () => Buffer.from(operations[dice.pick(all)]!.argument).toString('latin1'),
    () => text.slice(0, -1),
    () => `${text}0`,
    () => text.replace(/\d+/, (digits) => String(Number(digits) * dice.pick([0, 2, 4, 1000]) + dice.below(2))),
    () => text.toUpperCase(),
    () => '',
  ])();
  return { ...old, argument: Buffer.from(changed, 'latin1') };
}

function parse(bytes: Uint8Array): Pickles {
  const operations: Operation[] = [];
  let at = 0;
  let inside = bytes[0] === protocol;
  while (inside && at < bytes.length) {
    const operation = operationAt(bytes, at);
    if (operation.end > bytes.length) break;
    operations.push(operation);
    at = operation.end;
    // The legacy container of PyTorch is five pickles and then bytes.
    if (operation.code === stop) inside = bytes[at] === protocol;
  }
  return { operations, rest: bytes.subarray(at) };
}

function operationAt(bytes: Uint8Array, at: number): Operation & { readonly end: number } {
  const operation = bytes[at]!;
  const width = counted.get(operation) ?? 0;
  const start = at + 1 + width;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = width === 0 ? (fixed.get(operation) ?? lineLength(bytes, start, lines.get(operation) ?? 0)) : start > bytes.length ? Infinity : view.readUIntLE(at + 1, Math.min(width, 6));
  return { code: operation, counted: width, argument: bytes.subarray(start, start + length), end: start + length };
}

function lineLength(bytes: Uint8Array, start: number, count: number): number {
  let end = start;
  for (let line = 0; line < count; line++) {
    const newline = bytes.indexOf(10, end);
    if (newline < 0) return Infinity;
    end = newline + 1;
  }
  return end - start;
}

function written({ code: operation, counted: width, argument }: Operation): Uint8Array {
  const head = Buffer.alloc(1 + width);
  head[0] = operation;
  if (width > 0) head.writeUIntLE(width === 1 ? argument.length % 256 : argument.length, 1, Math.min(width, 6));
  return Buffer.concat([head, argument]);
}

function indices<T>(items: readonly T[], test: (item: T) => boolean): number[] {
  return items.flatMap((item, i) => (test(item) ? [i] : []));
}
