import { posix } from 'node:path';

/** The little of a Uri that files need. */
export class Uri {
  private constructor(
    readonly scheme: string,
    readonly path: string,
  ) {}

  static file(path: string): Uri {
    return new Uri('file', path);
  }

  static from({ scheme, path }: { readonly scheme: string; readonly path: string }): Uri {
    return new Uri(scheme, path);
  }

  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    return new Uri(base.scheme, posix.join(base.path, ...parts));
  }

  get fsPath(): string {
    return this.path;
  }

  with({ path }: { readonly path: string }): Uri {
    return new Uri(this.scheme, path);
  }

  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

/** Listeners, and a way to tell them. */
export class Event<Value> {
  private readonly listeners = new Set<(value: Value) => void>();

  readonly event = (listener: (value: Value) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: Value): void {
    for (const listener of this.listeners) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

/** A watcher of files that a test speaks for. */
export class Watcher {
  readonly created = new Event<Uri>();
  readonly changed = new Event<Uri>();
  readonly deleted = new Event<Uri>();
  readonly onDidCreate = this.created.event;
  readonly onDidChange = this.changed.event;
  readonly onDidDelete = this.deleted.event;

  dispose(): void {
    for (const event of [this.created, this.changed, this.deleted]) event.dispose();
  }
}

interface Question {
  readonly value?: string;
  readonly defaultUri?: Uri;
  readonly validateInput?: (value: string) => unknown;
}

/** What a notification tells of work that goes on. */
export interface Progress {
  readonly message?: string;
  readonly increment?: number;
}

/** A workspace in memory, and a user who answers from a list. */
export class VsCodeStub {
  readonly files = new Map<string, string>();
  /** What was asked and said, in order. */
  readonly heard: string[] = [];
  /** What the user answers: a value, or what they make of a question. */
  answers: ((question: Question) => unknown)[] = [];
  folders: { readonly uri: Uri; readonly name: string }[] = [{ uri: Uri.file('/ws'), name: 'ws' }];
  trusted = true;
  /** What notifications tell of work, and how the user breaks it off. */
  progress: Progress[] = [];
  readonly cancel = new Event<void>();
  /** By their patterns. */
  readonly watchers = new Map<string, Watcher>();

  private answer(text: string, question: Question = {}): Promise<unknown> {
    this.heard.push(text);
    return Promise.resolve(this.answers.shift()?.(question));
  }

  /** The module as extensions import it. */
  module(): object {
    const { files, heard, watchers } = this;
    const isFolder = (uri: Uri) => [...files.keys()].some((path) => path.startsWith(`${uri.path}/`));
    const trusted = () => this.trusted;
    const folders = () => this.folders;
    const containing = (uri: Uri) => folders().find((folder) => folder.uri.scheme === uri.scheme && `${uri.path}/`.startsWith(`${folder.uri.path}/`));
    return {
      Uri,
      EventEmitter: Event,
      ProgressLocation: { Notification: 15 },
      FileType: { Unknown: 0, File: 1, Directory: 2 },
      InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
      workspace: {
        get isTrusted() { return trusted(); },
        get workspaceFolders() { return folders(); },
        getWorkspaceFolder: containing,
        asRelativePath: (uri: Uri) => uri.path.slice((containing(uri)?.uri.path.length ?? -1) + 1),
        createFileSystemWatcher: (pattern: string) => {
          const watcher = new Watcher();
          watchers.set(pattern, watcher);
          return watcher;
        },
        fs: {
          stat: (uri: Uri) => {
            if (files.has(uri.path)) return Promise.resolve({ type: 1, size: files.get(uri.path)!.length });
            return isFolder(uri) ? Promise.resolve({ type: 2, size: 0 }) : Promise.reject(new Error('not found'));
          },
          readDirectory: (uri: Uri) => Promise.resolve([...files.keys()].filter((path) => posix.dirname(path) === uri.path).map((path) => [posix.basename(path), 1])),
          writeFile: (uri: Uri, bytes: Uint8Array) => Promise.resolve(files.set(uri.path, new TextDecoder().decode(bytes))),
        },
      },
      window: {
        showInputBox: (question: Question) => this.answer('name?', question),
        showSaveDialog: (question: Question) => this.answer('place?', question),
        showWarningMessage: (message: string) => this.answer(message),
        // Messages stay until somebody clicks them away, unless nothing else can be done before.
        showInformationMessage: (message: string, options?: { readonly modal?: boolean }) => {
          if (options?.modal) return this.answer(message);
          heard.push(message);
          return new Promise(() => undefined);
        },
        withProgress: ({ title }: { readonly title: string }, work: (progress: object, token: object) => unknown) => {
          heard.push(title);
          return work({ report: (step: Progress) => this.progress.push(step) }, { onCancellationRequested: this.cancel.event });
        },
      },
    };
  }
}
