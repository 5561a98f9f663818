import type { FloatTensor } from '../../src/engine/tensor';
import { bytesOf, legacyBlob, pickle, storage, tensor, text } from '../importers/pickleBuilder';
import { torchZip } from '../importers/zipBuilder';
import { contiguousStrides, pickled } from './pickleWriter';
import type { PickleValue } from './pickleWriter';

/** Dictionaries of tensors and of plain values, as `torch.save` gets them. */
export type TorchValue = null | boolean | number | string | FloatTensor | TorchDict;
export type TorchDict = ReadonlyMap<string, TorchValue>;

/** In which way a checkpoint is kept: the two containers of `torch.save`, or a pickle of Python's own. */
export const containers = ['zip', 'legacy', 'pickle'] as const;

/** A dictionary of whatever is not undefined. */
export function torchDict(entries: Readonly<Record<string, TorchValue | undefined>>): TorchDict {
  return new Map(Object.entries(entries).filter((entry): entry is [string, TorchValue] => entry[1] !== undefined));
}

/** Writes what `torch.save(value)` writes, every tensor with a storage of its own. */
export function torchFile(value: TorchValue, container: (typeof containers)[number] = 'zip'): Uint8Array {
  if (container === 'pickle') return pickled(pickleValue(value));
  const storages: { key: string; count: number; bytes: Uint8Array }[] = [];
  const object = operations(value, ({ data, dims }) => {
    const key = String(storages.length);
    storages.push({ key, count: data.length, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return tensor(storage('FloatStorage', key, data.length), 0, dims, contiguousStrides(dims));
  });
  if (container === 'legacy') return legacyBlob(object, storages);
  return torchZip(pickle(object), Object.fromEntries(storages.map(({ key, bytes }) => [key, bytes])));
}

function operations(value: TorchValue, save: (tensor: FloatTensor) => Uint8Array): Uint8Array {
  if (value === null) return bytesOf('N');
  if (typeof value === 'boolean') return bytesOf(value ? '\x88' : '\x89');
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return numberOperation(value);
  if (!isDict(value)) return save(value);
  return bytesOf('}(', ...[...value].flatMap(([key, entry]) => [text(key), operations(entry, save)]), 'u');
}

function numberOperation(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  if (Number.isInteger(value)) {
    bytes.writeInt32LE(value);
    return bytesOf('J', bytes.subarray(0, 4));
  }
  bytes.writeDoubleBE(value);
  return bytesOf('G', bytes);
}

function pickleValue(value: TorchValue): PickleValue {
  if (value === null || typeof value !== 'object') return value;
  if (!isDict(value)) return { python: 'tensor', data: value.data, dims: value.dims };
  return new Map([...value].map(([key, entry]) => [key, pickleValue(entry)]));
}

function isDict(value: FloatTensor | TorchDict): value is TorchDict {
  return value instanceof Map;
}
