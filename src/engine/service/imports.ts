import { requireWritableFolder } from '../atomicFile';
import { breathe } from '../cancellation';
import { earlierImport, importCheckpoint, writeGenerator } from '../importers/importCheckpoint';
import { UserError } from '../../shared/userError';

/**
 * Turns a checkpoint into a generator folder. Importing again keeps the licence, regions and edited layers that were
 * written there. Returns what the file turned out to be, for the user.
 *
 * @throws UserError when the checkpoint cannot be imported, or the folder not be written; CancelledError where `signal`
 *   says so
 */
export async function importIntoFolder(checkpoint: string, folder: string, name: string, signal: AbortSignal): Promise<string> {
  if (folder.trim() === '') throw new UserError('no folder is given to import into; choose one');
  if (name.trim() === '') throw new UserError('the generator has no name; give one such as cats');
  await requireWritableFolder(folder);
  const generator = await importCheckpoint(checkpoint, { name, ...(await earlierImport(folder)) });
  await breathe(signal);
  await writeGenerator(folder, generator);
  return generator.found;
}
