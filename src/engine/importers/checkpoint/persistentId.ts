import type { ElementType } from '../../tensor';
import type { ReadingSession } from './readingSession';
import { elementSizes } from './tensorViews';
import { storageTypes } from './torchStorage';
import type { CheckpointValue, GlobalName } from './values';
import { isKind, isList } from './values';

/** A storage of a `torch.save` blob. */
export interface StorageId {
  readonly key: string;
  readonly elementType: ElementType;
  readonly byteLength: number;
  /** Where only a part of the storage is meant, which the legacy container allows. */
  readonly part?: { readonly key: string; readonly byteOffset: number; readonly byteLength: number };
}

/**
 * A persistent id of a `torch.save` blob: `('storage', type, key, location, size[, (part, offset, size)])` with sizes in
 * elements, or `('module', class, ..)`, which stands for the class (the source code behind it is left out).
 */
export function parsePersistentId(id: CheckpointValue, session: ReadingSession): StorageId | GlobalName {
  if (!isList(id)) {
    throw session.damaged('a persistent id is no tuple');
  }
  const [sort, type, key, , size, part = null] = id;
  if (sort === 'module' && isKind(type, 'global')) {
    return type;
  }
  const elementType = isKind(type, 'global') ? storageTypes.get(`${type.moduleName}.${type.name}`) : undefined;
  if (sort !== 'storage' || elementType === undefined || typeof key !== 'string') {
    throw session.damaged('a persistent id names no storage');
  }
  session.checkKeyText(key);
  const storage = { key, elementType, byteLength: bytesOf(size, elementType, session) };
  return part === null ? storage : { ...storage, part: parsePart(part, storage, session) };
}

function parsePart(part: CheckpointValue, storage: StorageId, session: ReadingSession): NonNullable<StorageId['part']> {
  const [key, offset, size] = isList(part) ? part : [];
  const byteOffset = bytesOf(offset, storage.elementType, session);
  const byteLength = bytesOf(size, storage.elementType, session);
  if (typeof key !== 'string' || byteOffset + byteLength > storage.byteLength) {
    throw session.damaged('a part of a storage reaches beyond it');
  }
  session.checkKeyText(key);
  return { key, byteOffset, byteLength };
}

/** The size in bytes of a number of elements. */
export function bytesOf(elements: CheckpointValue | undefined, elementType: ElementType, session: ReadingSession): number {
  const bytes = typeof elements === 'number' ? elements * elementSizes[elementType] : NaN;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw session.damaged('the size of a storage is no whole number from 0 to 2^53');
  }
  return bytes;
}
