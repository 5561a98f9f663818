import { construct, findGlobal, setState } from './allowList';
import type { ByteReader } from './byteReader';
import type { StorageId } from './persistentId';
import { bytesOf, parsePersistentId } from './persistentId';
import { printable } from './printable';
import type { ReadingSession } from './readingSession';
import { elementSizes } from './tensorViews';
import { TorchStorage } from './torchStorage';
import { unpickle } from './unpickler';
import type { CheckpointValue } from './values';
import { isList, isMap } from './values';

/** The number that the legacy container of `torch.save` begins with, as a pickle of its own. */
export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

const LEGACY_PROTOCOL = 1001;

const plainMeaning = {
  findGlobal,
  construct,
  setState,
  loadPersistent: (_id: CheckpointValue, session: ReadingSession): never => {
    throw session.damaged('a persistent id stands outside of a torch.save blob');
  },
};

/** Runs a pickle that stands for itself. */
export function unpicklePlain(reader: ByteReader, session: ReadingSession): CheckpointValue {
  return unpickle(reader, session, plainMeaning);
}

/**
 * Reads the legacy container of `torch.save`, from behind its magic number: the protocol, facts about the machine, the
 * object, the keys of its storages, and for each key a 64-bit number of elements and the elements.
 */
export function readTorchLegacy(reader: ByteReader, session: ReadingSession): CheckpointValue {
  if (unpicklePlain(reader, session) !== LEGACY_PROTOCOL) {
    throw session.damaged(`a torch.save blob is not of protocol ${LEGACY_PROTOCOL}`);
  }
  const machine = unpicklePlain(reader, session);
  if (!isMap(machine) || machine.get('little_endian') !== true) {
    throw session.refused('is not in little-endian order', 'save it on a little-endian machine, which nearly all are');
  }
  const storages = new LegacyStorages(session);
  const loadPersistent = (id: CheckpointValue): CheckpointValue => {
    const parsed = parsePersistentId(id, session);
    return 'kind' in parsed ? parsed : storages.open(parsed);
  };
  const value = unpickle(reader, session, { findGlobal, construct, setState, loadPersistent });
  storages.bind(unpicklePlain(reader, session), reader);
  return value;
}

/** The storages that a legacy object names, whose bytes follow it. */
class LegacyStorages {
  private readonly storages = new Map<string, TorchStorage>();
  private readonly parts = new Map<string, { storage: TorchStorage; whole: TorchStorage; byteOffset: number }>();

  constructor(private readonly session: ReadingSession) {}

  open({ key, elementType, byteLength, part }: StorageId): TorchStorage {
    const whole = this.storages.get(key) ?? new TorchStorage(elementType, byteLength);
    this.check(whole, elementType, byteLength, key);
    this.storages.set(key, whole);
    if (part === undefined) {
      return whole;
    }
    const known = this.parts.get(part.key) ?? { storage: new TorchStorage(elementType, part.byteLength), whole, byteOffset: part.byteOffset };
    this.check(known.storage, elementType, part.byteLength, part.key);
    this.parts.set(part.key, known);
    return known.storage;
  }

  bind(keys: CheckpointValue, reader: ByteReader): void {
    if (!isList(keys)) {
      throw this.session.damaged('a torch.save blob does not list its storages');
    }
    const missing = new Map(this.storages);
    for (const key of keys) {
      const storage = typeof key === 'string' ? missing.get(key) : undefined;
      if (storage === undefined || typeof key !== 'string') {
        throw this.session.damaged('a torch.save blob lists a storage that nothing uses');
      }
      missing.delete(key);
      this.read(storage, reader);
    }
    if (missing.size > 0) {
      throw this.session.damaged('a torch.save blob leaves out a storage');
    }
    for (const { storage, whole, byteOffset } of this.parts.values()) {
      storage.bind(whole.bytes.subarray(byteOffset, byteOffset + storage.byteLength), this.session);
    }
  }

  private read(storage: TorchStorage, reader: ByteReader): void {
    this.session.moveTo(reader.bytes, reader.offset);
    const byteLength = bytesOf(reader.uint64(), storage.elementType, this.session);
    if (byteLength !== storage.byteLength) {
      const size = elementSizes[storage.elementType];
      throw this.session.damaged(`a storage of ${storage.byteLength / size} elements has ${byteLength / size}`);
    }
    storage.bind(reader.take(byteLength), this.session);
  }

  private check(storage: TorchStorage, elementType: TorchStorage['elementType'], byteLength: number, key: string): void {
    if (storage.elementType !== elementType || storage.byteLength !== byteLength) {
      throw this.session.damaged(`the storage '${printable(key)}' is described in two ways`);
    }
  }
}
