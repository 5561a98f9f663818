import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importCheckpoint, writeGenerator } from '../src/engine/importers/importCheckpoint';
import type { Subject } from './subjects';

/** Where a subject's checkpoint is in its temporary folder. */
export function checkpointFile(folder: string): string {
  return join(folder, 'checkpoint.pkl');
}

/** How the engine is told of a subject. */
export function referenceOf({ name, checkpoint }: Subject, folder: string): string {
  return checkpoint ? join(folder, name) : name;
}

/** Writes a subject's checkpoint and imports it, where it is not embedded. */
export async function prepare(subject: Subject, folder: string): Promise<void> {
  if (!subject.checkpoint) return;
  writeFileSync(checkpointFile(folder), subject.checkpoint());
  await writeGenerator(referenceOf(subject, folder), await importCheckpoint(checkpointFile(folder)));
}
