import { construct, findGlobal, setState } from './allowList';
import { ByteReader } from './byteReader';
import { parsePersistentId } from './persistentId';
import { printable } from './printable';
import type { ReadingSession } from './readingSession';
import { TorchStorage } from './torchStorage';
import { unpickle } from './unpickler';
import type { CheckpointValue } from './values';
import { readStoredZip } from './zip';

type Files = ReadonlyMap<string, Uint8Array>;

/** Reads the zip container of `torch.save`: `<name>/data.pkl`, `<name>/data/<key>` and `<name>/byteorder`. */
export function readTorchZip(bytes: Uint8Array, session: ReadingSession): CheckpointValue {
  const files = readStoredZip(bytes, session);
  const folder = findFolder(files, session);
  checkByteOrder(files.get(`${folder}byteorder`), session);
  const storages = new Map<string, TorchStorage>();
  const loadPersistent = (id: CheckpointValue): CheckpointValue => {
    const parsed = parsePersistentId(id, session);
    if ('kind' in parsed) {
      return parsed;
    }
    const { key, elementType, byteLength } = parsed;
    const storage = storages.get(key) ?? openStorage(files, folder, new TorchStorage(elementType, byteLength), key, session);
    if (storage.elementType !== elementType || storage.byteLength !== byteLength || parsed.part !== undefined) {
      throw session.damaged(`the storage '${printable(key)}' is described in two ways`);
    }
    storages.set(key, storage);
    return storage;
  };
  const reader = new ByteReader(files.get(`${folder}data.pkl`) ?? new Uint8Array(), session);
  return unpickle(reader, session, { findGlobal, construct, setState, loadPersistent });
}

/** The folder that holds `data.pkl`, with its slash. */
function findFolder(files: Files, session: ReadingSession): string {
  const folders = [...files.keys()].flatMap((name) => /^([^/]+\/)data\.pkl$/.exec(name)?.[1] ?? []);
  const [folder] = folders;
  if (folder === undefined || folders.length > 1) {
    throw session.refused('is a zip archive without the one data.pkl that torch.save writes', 'choose the .pkl, .pth or .pt file itself');
  }
  if (files.has(`${folder}constants.pkl`)) {
    throw session.refused('is a TorchScript program', 'choose a checkpoint that torch.save wrote');
  }
  return folder;
}

function checkByteOrder(order: Uint8Array | undefined, session: ReadingSession): void {
  if (order !== undefined && String.fromCharCode(...order.subarray(0, 8)) !== 'little') {
    throw session.refused('is not in little-endian order', 'save it on a little-endian machine, which nearly all are');
  }
}

function openStorage(files: Files, folder: string, storage: TorchStorage, key: string, session: ReadingSession): TorchStorage {
  const data = files.get(`${folder}data/${key}`);
  if (data === undefined) {
    throw session.damaged(`the storage '${printable(key)}' is not in the archive`);
  }
  storage.bind(data.subarray(0, storage.byteLength), session);
  return storage;
}
