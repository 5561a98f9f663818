import { UserError } from '../../../shared/userError';
import { ByteReader } from './byteReader';
import { recognise } from './containers';
import { ReadingSession } from './readingSession';
import { LEGACY_MAGIC, readTorchLegacy, unpicklePlain } from './torchLegacy';
import { readTorchZip } from './torchZip';
import type { CheckpointValue } from './values';
import { isZip } from './zip';

/**
 * Reads a checkpoint: a pickle of protocol 2 to 5, as NVlabs' StyleGAN repositories write it, or what `torch.save`
 * wrote, in the zip or the legacy container. Nothing of the file is executed or imported; names that no generator
 * checkpoint needs are refused.
 *
 * @param bytes - The whole file. Tensors are views of it: leave it as it is for as long as they are used.
 * @param name - The file's name, for messages.
 * @returns The file's content as plain data.
 * @throws UserError where the file is something else, is damaged, asks for a name that is not allowed, or for more
 * memory or time than a checkpoint needs.
 */
export function readCheckpoint(bytes: Uint8Array, name: string): CheckpointValue {
  // A Buffer would do, but for its slice() and its parts, which are Buffers again.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const container = recognise(file);
  if (container.kind === 'other') {
    throw new UserError(`${name} ${container.is}: ${container.remedy}`);
  }
  const session = new ReadingSession(name, file, readTorchBlob);
  return container.kind === 'zip' ? readTorchZip(file, session) : readPickle(file, session);
}

/** A pickle, or the legacy container, which begins with one. */
function readPickle(file: Uint8Array, session: ReadingSession): CheckpointValue {
  const reader = new ByteReader(file, session);
  const value = unpicklePlain(reader, session);
  return value === LEGACY_MAGIC ? readTorchLegacy(reader, session) : value;
}

function readTorchBlob(blob: Uint8Array, session: ReadingSession): CheckpointValue {
  if (isZip(blob)) {
    return readTorchZip(blob, session);
  }
  const reader = new ByteReader(blob, session);
  if (unpicklePlain(reader, session) !== LEGACY_MAGIC) {
    throw session.damaged('a nested blob is not what torch.save writes');
  }
  return readTorchLegacy(reader, session);
}
