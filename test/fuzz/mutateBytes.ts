import type { Dice } from './dice';

/** What may happen to the bytes of a file, without a look at what they mean. */
type ByteMutation = (bytes: Buffer, dice: Dice, other: Uint8Array) => Uint8Array;

const flipBit: ByteMutation = (bytes, dice) => {
  const at = place(bytes, dice);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
  return bytes;
};

const setByte: ByteMutation = (bytes, dice) => {
  bytes[place(bytes, dice)] = dice.chance(0.5) ? dice.pick([0, 1, 0x2e, 0x7f, 0x80, 0xff]) : dice.below(256);
  return bytes;
};

const setInteger: ByteMutation = (bytes, dice) => {
  const width = dice.pick([2, 4, 8]);
  if (bytes.length < width) return bytes;
  const value = Buffer.alloc(8);
  value.writeBigInt64LE(dice.integer());
  value.copy(bytes, Math.min(place(bytes, dice), bytes.length - width), 0, width);
  return bytes;
};

const cut: ByteMutation = (bytes, dice) => bytes.subarray(0, place(bytes, dice));

const remove: ByteMutation = (bytes, dice) => {
  const at = place(bytes, dice);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length(dice))]);
};

const repeat: ByteMutation = (bytes, dice) => {
  const at = place(bytes, dice);
  const end = at + length(dice);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
};

const insert: ByteMutation = (bytes, dice) => {
  const at = place(bytes, dice);
  return Buffer.concat([bytes.subarray(0, at), Uint8Array.from({ length: length(dice) }, () => dice.below(256)), bytes.subarray(at)]);
};

const swapBlocks: ByteMutation = (bytes, dice) => {
  const size = length(dice);
  const [first, second] = [place(bytes, dice), place(bytes, dice)];
  const kept = Buffer.from(bytes.subarray(first, first + size));
  bytes.copy(bytes, first, second, second + size);
  kept.copy(bytes, second);
  return bytes;
};

/** The beginning of one file and the end of another. */
const splice: ByteMutation = (bytes, dice, other) => Buffer.concat([bytes.subarray(0, place(bytes, dice)), other.subarray(dice.below(other.length + 1))]);

/** A block of another file. */
const graft: ByteMutation = (bytes, dice, other) => {
  const from = dice.below(other.length + 1);
  Buffer.from(other.subarray(from, from + length(dice))).copy(bytes, place(bytes, dice));
  return bytes;
};

const mutations: readonly ByteMutation[] = [flipBit, flipBit, setByte, setByte, setInteger, setInteger, cut, remove, repeat, insert, swapBlocks, splice, graft];

/** Changes one to four places of a file; `other` is a file to take pieces from. */
export function mutateBytes(bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  let mutant = Buffer.from(bytes);
  for (let rounds = 1 + dice.below(4); rounds > 0 && mutant.length > 0; rounds--) mutant = Buffer.from(dice.pick(mutations)(mutant, dice, other));
  return mutant;
}

/** A place in a file, more often near its ends, where its headers and directories are, than amid its weights. */
function place(bytes: Uint8Array, dice: Dice): number {
  const near = Math.min(bytes.length, dice.pick([64, 512, 4096]));
  const end = dice.below(3);
  if (end === 0) return dice.below(near);
  return end === 1 ? bytes.length - 1 - dice.below(near) : dice.below(bytes.length);
}

function length(dice: Dice): number {
  return 1 + dice.below(dice.pick([2, 8, 64, 1024]));
}
