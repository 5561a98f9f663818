import { zip } from '../importers/zipBuilder';
import type { ZipEntry } from '../importers/zipBuilder';
import type { Dice } from './dice';
import { mutateBytes } from './mutateBytes';
import { mutatePickle } from './mutatePickle';

const centralHeader = 0x02014b50;

/** Changes the pickle in a zip archive of PyTorch, its other entries or its directory; a file of another kind stays as it is. */
export function mutateZip(bytes: Uint8Array, dice: Dice): Uint8Array {
  const entries = zipEntries(bytes);
  if (entries.length === 0) return bytes;
  const pickle = entries.findIndex(({ name }) => name.endsWith('/data.pkl'));
  const at = dice.below(entries.length);
  const entry = entries[at]!;
  const kind = dice.below(10);
  if (kind < 6 && pickle >= 0) entries[pickle] = { ...entries[pickle]!, data: mutatePickle(dataOf(entries[pickle]!), dice) };
  else if (kind === 6) entries.splice(at, 1);
  else if (kind === 7) entries.push({ ...entry, name: dice.pick([entry.name, `${entry.name}0`, entries[dice.below(entries.length)]!.name, 'x/data.pkl']) });
  else if (kind === 8) entries[at] = { ...entry, ...lie(dice) };
  else entries[at] = { ...entry, data: mutateBytes(dataOf(entry), dice, bytes) };
  return zip(entries, { zip64: dice.chance(0.3) });
}

/** What a directory may say wrongly of an entry. */
function lie(dice: Dice): Partial<ZipEntry> {
  const number = Number(BigInt.asUintN(32, dice.integer()));
  return dice.pick<Partial<ZipEntry>>([{ claimed: number }, { headerStart: number }, { method: dice.pick([8, 1, 99]) }, { flags: dice.pick([1, 8, 0x800]) }, { localName: 'other' }]);
}

function dataOf({ data }: ZipEntry): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
}

/** The stored entries of a whole archive; none where the file is something else. */
export function zipEntries(bytes: Uint8Array): ZipEntry[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = file.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const entries: ZipEntry[] = [];
  let at = end < 0 ? file.length : file.readUInt32LE(end + 16);
  while (at + 46 <= file.length && file.readUInt32LE(at) === centralHeader) {
    const [length, name, extra, comment, start] = [file.readUInt32LE(at + 24), file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32), file.readUInt32LE(at + 42)];
    const first = start + 30 + file.readUInt16LE(start + 26) + file.readUInt16LE(start + 28);
    entries.push({ name: file.toString('utf8', at + 46, at + 46 + name), data: file.subarray(first, first + length) });
    at += 46 + name + extra + comment;
  }
  return entries;
}
