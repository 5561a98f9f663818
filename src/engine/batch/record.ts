import { readFile } from 'node:fs/promises';
import { Field } from '../../shared/field';
import { parseJson } from '../../shared/jsonText';
import { writeFileAtomic } from '../atomicFile';

/** What a batch wrote for a task. */
export interface Written {
  /** A hash of all that the files depend on. */
  readonly key: string;
  /** SHA-256 of each file by its name, as the batch made it. */
  readonly files: Readonly<Record<string, string>>;
}

interface RecordFile {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly tasks: Readonly<Record<string, Written>>;
}

const format = 'resefa-batch';
const version = 1;

/**
 * What batches wrote into a folder, to tell work that is done from work that is not, and files as they were made from
 * those that somebody has edited. Tasks of other plans for the same folder stay in it.
 */
export class BatchRecord {
  private constructor(
    private readonly path: string,
    private readonly tasks: Map<string, Written>,
    /** Why the file could not be used, in one line. */
    readonly problem?: string,
  ) {}

  /** A file that is not there is an empty record; so is a broken one, which is only told of. */
  static async open(path: string): Promise<BatchRecord> {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return new BatchRecord(path, new Map());
    try {
      return new BatchRecord(path, new Map(Object.entries(readTasks(text, path))));
    } catch (error) {
      return new BatchRecord(path, new Map(), error instanceof Error ? error.message : String(error));
    }
  }

  of(task: string): Written | undefined {
    return this.tasks.get(task);
  }

  /** Notes what was written. @throws UserError when the file cannot be written */
  async note(task: string, written: Written): Promise<void> {
    this.tasks.set(task, written);
    const tasks = Object.fromEntries([...this.tasks].sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeFileAtomic(this.path, `${JSON.stringify({ format, version, tasks } satisfies RecordFile, null, 2)}\n`);
  }
}

function readTasks(text: string, path: string): Record<string, Written> {
  const file = new Field(parseJson(text, path), path);
  file.at('format').oneOf([format]);
  file.at('version').oneOf([version]);
  const tasks = file.at('tasks');
  return Object.fromEntries(Object.keys(tasks.object()).map((id) => {
    const task = tasks.at(id);
    const files = task.at('files');
    const hashes = Object.keys(files.object()).map((name) => [name, files.at(name).text()] as const);
    return [id, { key: task.at('key').text(), files: Object.fromEntries(hashes) }];
  }));
}
