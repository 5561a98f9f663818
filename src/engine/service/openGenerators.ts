import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Generator } from '../generators/generator';
import { Field } from '../../shared/field';
import type { EngineSettings } from '../../shared/protocol/engineProtocol';
import { LivePictures } from './livePictures';
import type { Providers } from './providers';
import { Samples } from './samples';

/** A generator and what is remembered of its samples. */
export interface OpenGenerator {
  readonly generator: Generator;
  readonly samples: Samples;
  readonly live: LivePictures;
}

interface Entry {
  /** The state of the files that were opened. */
  readonly stamp: string;
  readonly opened: Promise<OpenGenerator>;
  /** Calls that use it now. */
  users: number;
}

/** Generators that stay open while nobody uses them. */
const kept = 3;

const mostThreads = 256;

/** Files of one generator that are watched for changes. */
const mostFiles = 100;

/** The generators that were used last, by their reference: a path, or the name of an embedded one. */
export class OpenGenerators {
  /** The least recently used one first. */
  private readonly entries = new Map<string, Entry>();
  private settings: EngineSettings = { threads: 0, memoryBudget: 0, executionProvider: 'cpu', cacheFolder: '', cacheSize: 0 };

  /**
   * @param embedded the folder of the embedded generators
   * @param providers says what generators run on; the CPU where left out
   */
  constructor(private readonly embedded: string, private readonly providers?: Providers) {}

  /**
   * Takes over the user's settings. Another number of threads, and another provider, takes effect at the next use of a generator.
   *
   * @throws UserError when they are out of range
   */
  configure(settings: EngineSettings): void {
    new Field(settings.threads, 'the number of threads').integer({ min: 0, max: mostThreads });
    new Field(settings.memoryBudget, 'the memory budget').number({ min: 0 });
    const moved = this.providers?.want(settings) ?? false;
    const changed = moved || settings.threads !== this.settings.threads;
    this.settings = settings;
    if (changed) for (const reference of [...this.entries.keys()]) this.forget(reference);
  }

  /** Bytes for the tangents of one run; undefined leaves it to the engine. */
  get memoryBudget(): number | undefined {
    return this.settings.memoryBudget > 0 ? this.settings.memoryBudget : undefined;
  }

  /**
   * Works with a generator, which stays open meanwhile. It is opened again where its files have changed.
   *
   * @throws UserError when there is none, or its files are broken
   */
  async use<Result>(reference: string, work: (opened: OpenGenerator) => Promise<Result> | Result): Promise<Result> {
    const entry = this.entry(reference);
    entry.users++;
    try {
      return await work(await entry.opened);
    } finally {
      entry.users--;
      if (entry.users === 0 && this.entries.get(reference) !== entry) release(entry);
      this.tidy();
    }
  }

  private entry(reference: string): Entry {
    const stamp = stampOf(reference, this.embedded);
    if (this.entries.get(reference)?.stamp !== stamp) this.forget(reference);
    const entry = this.entries.get(reference) ?? this.open(reference, stamp);
    this.entries.delete(reference);
    this.entries.set(reference, entry);
    return entry;
  }

  private open(reference: string, stamp: string): Entry {
    const opened = this.openNow(reference).then(withMemory);
    const entry: Entry = { stamp, opened, users: 0 };
    opened.catch(() => {
      if (this.entries.get(reference) === entry) this.entries.delete(reference);
    });
    return entry;
  }

  private async openNow(reference: string): Promise<Generator> {
    const { threads } = this.settings;
    const device = await this.providers?.device();
    return Generator.open(reference, this.embedded, { threads, spinning: false, ...(device ? { device } : {}) });
  }

  /** Opens a generator anew at its next use; whoever works with it now keeps it until the end. */
  private forget(reference: string): void {
    const entry = this.entries.get(reference);
    this.entries.delete(reference);
    if (entry?.users === 0) release(entry);
  }

  private tidy(): void {
    for (const [reference, { users }] of this.entries) {
      if (this.entries.size > kept && users === 0) this.forget(reference);
    }
  }
}

/** Frees the networks. Where that fails there is nothing that anybody could do. */
function release({ opened }: Entry): void {
  opened.then(({ generator, live }) => {
    live.close();
    return generator.release();
  }).catch(() => undefined);
}

function withMemory(generator: Generator): OpenGenerator {
  const live = new LivePictures(generator);
  return { generator, live, samples: new Samples(generator, (codes) => live.images(codes)) };
}

/** What tells whether the files of a generator have changed: their times and sizes. */
function stampOf(reference: string, embedded: string): string {
  const root = existsSync(reference) ? reference : join(embedded, basename(reference));
  const stamp = stampOfFile(root);
  const files = stamp === '-' ? ownFiles(root, /generator\.json$|\.onnx$|data$|\.npy$/) : ownFiles(dirname(root), /generator\.json$|data$|\.npy$/);
  return [stamp, ...files.map(stampOfFile)].join(' ');
}

/** Files of a folder that a generator may be made of: its networks, their weights, its settings and what they refer to. */
function ownFiles(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder).filter((name) => pattern.test(name)).sort().slice(0, mostFiles).map((name) => join(folder, name));
  } catch {
    // What cannot be looked at is reported when it is opened.
    return [];
  }
}

function stampOfFile(path: string): string {
  try {
    const found = statSync(path);
    return found.isFile() ? `${found.mtimeMs}:${found.size}` : '-';
  } catch {
    // What cannot be looked at is reported when it is opened.
    return '-';
  }
}
