import { posix } from 'node:path';

/** The little of a Uri that files need. */
export class Uri {
  private constructor(
    readonly scheme: string,
    readonly path: string,
    readonly query = '',
  ) {}

  static file(path: string): Uri {
    return new Uri('file', path);
  }

  static from({ scheme, path, query }: { readonly scheme: string; readonly path: string; readonly query?: string }): Uri {
    return new Uri(scheme, path, query);
  }

  static parse(text: string): Uri {
    const [, scheme, path, query = ''] = /^([\w-]+):\/\/([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
    if (scheme === undefined || path === undefined) throw new Error(`no Uri: ${text}`);
    return new Uri(scheme, path, query);
  }

  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    return new Uri(base.scheme, posix.join(base.path, ...parts));
  }

  get fsPath(): string {
    return this.path;
  }

  with({ path }: { readonly path: string }): Uri {
    return new Uri(this.scheme, path, this.query);
  }

  toString(): string {
    return `${this.scheme}://${this.path}${this.query === '' ? '' : `?${this.query}`}`;
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

export interface Question {
  readonly value?: string;
  readonly defaultUri?: Uri;
  readonly validateInput?: (value: string) => unknown;
  /** Of a list to pick from. */
  readonly items?: readonly Pick[];
  /** Of a message. */
  readonly buttons?: readonly string[];
}

/** An entry of a list to pick from. */
export interface Pick {
  readonly label: string;
  readonly description?: string;
  readonly picked?: boolean;
}

/** Replaces a part of a file. */
class WorkspaceEdit {
  readonly changes: { readonly uri: Uri; readonly text: string }[] = [];

  replace(uri: Uri, _range: unknown, text: string): void {
    this.changes.push({ uri, text });
  }
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
  /** The button of a message that does not wait; nobody clicks it away where that is left out. */
  press: ((message: string, buttons: readonly string[]) => string | undefined) | undefined;
  /** Commands that were run, with their arguments. */
  readonly commands: (readonly unknown[])[] = [];
  /** What notifications tell of work, and how the user breaks it off. */
  progress: Progress[] = [];
  readonly cancel = new Event<void>();
  /** What brings pages back, by their view types. */
  readonly serializers = new Map<string, object>();
  /** By their patterns. */
  readonly watchers = new Map<string, Watcher>();

  private answer(text: string, question: Question = {}): Promise<unknown> {
    this.heard.push(text);
    return Promise.resolve(this.answers.shift()?.(question));
  }

  /** The module as extensions import it. */
  module(): object {
    const { files, heard, watchers, commands, serializers } = this;
    const providers = new Map<string, { readFile(uri: Uri): Uint8Array; stat(uri: Uri): object }>();
    const read = (uri: Uri) => providers.get(uri.scheme)?.readFile(uri) ?? new TextEncoder().encode(files.get(uri.path));
    const message = (text: string, buttons: readonly string[]) => {
      heard.push(text);
      return this.press ? Promise.resolve(this.press(text, buttons)) : new Promise(() => undefined);
    };
    const isFolder = (uri: Uri) => [...files.keys()].some((path) => path.startsWith(`${uri.path}/`));
    const trusted = () => this.trusted;
    const folders = () => this.folders;
    const containing = (uri: Uri) => folders().find((folder) => folder.uri.scheme === uri.scheme && `${uri.path}/`.startsWith(`${folder.uri.path}/`));
    return {
      Uri,
      WorkspaceEdit,
      Range: class {},
      ThemeIcon: class {},
      TabInputText: class {},
      TabInputCustom: class {},
      TabInputTextDiff: class {},
      FileSystemError: { FileNotFound: (uri: Uri) => new Error(`${String(uri)} not found`) },
      commands: {
        executeCommand: (...command: readonly unknown[]) => {
          commands.push(command);
          return Promise.resolve();
        },
      },
      EventEmitter: Event,
      ProgressLocation: { Notification: 15 },
      FileType: { Unknown: 0, File: 1, Directory: 2 },
      InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
      workspace: {
        get isTrusted() { return trusted(); },
        get workspaceFolders() { return folders(); },
        getWorkspaceFolder: containing,
        asRelativePath: (uri: Uri) => uri.path.slice((containing(uri)?.uri.path.length ?? -1) + 1),
        textDocuments: [],
        findFiles: (pattern: string) => Promise.resolve([...files.keys()].filter((path) => path.endsWith(pattern.replace(/^\*\*\/\*/, ''))).map((path) => Uri.file(path))),
        openTextDocument: (uri: Uri) => Promise.resolve({ uri, getText: () => new TextDecoder().decode(read(uri)), positionAt: (offset: number) => offset }),
        applyEdit: ({ changes }: WorkspaceEdit) => {
          for (const { uri, text } of changes) files.set(uri.path, text);
          return Promise.resolve(true);
        },
        registerFileSystemProvider: (scheme: string, provider: { readFile(uri: Uri): Uint8Array; stat(uri: Uri): object }) => {
          providers.set(scheme, provider);
          return { dispose: () => providers.delete(scheme) };
        },
        createFileSystemWatcher: (pattern: string) => {
          const watcher = new Watcher();
          watchers.set(pattern, watcher);
          return watcher;
        },
        fs: {
          isWritableFileSystem: (scheme: string) => scheme === 'file',
          readFile: (uri: Uri) => Promise.resolve(read(uri)),
          stat: (uri: Uri) => {
            if (providers.has(uri.scheme)) return Promise.resolve(providers.get(uri.scheme)!.stat(uri));
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
        showInformationMessage: (text: string, ...more: readonly ({ readonly modal?: boolean } | string)[]) => {
          const buttons = more.filter((each) => typeof each === 'string');
          return typeof more[0] === 'object' && more[0].modal ? this.answer(text, { buttons }) : message(text, buttons);
        },
        showErrorMessage: (text: string, ...buttons: readonly string[]) => message(text, buttons),
        showQuickPick: (items: readonly Pick[], { placeHolder = 'pick?' }: { readonly placeHolder?: string }) => this.answer(placeHolder, { items }),
        showOpenDialog: (question: Question) => this.answer('file?', question),
        showTextDocument: (uri: Uri) => Promise.resolve(heard.push(`shows ${uri.path}`)),
        tabGroups: { activeTabGroup: {} },
        registerWebviewPanelSerializer: (viewType: string, serializer: object) => {
          serializers.set(viewType, serializer);
          return { dispose: () => serializers.delete(viewType) };
        },
        withProgress: ({ title }: { readonly title: string }, work: (progress: object, token: object) => unknown) => {
          heard.push(title);
          return work({ report: (step: Progress) => this.progress.push(step) }, { onCancellationRequested: this.cancel.event });
        },
      },
    };
  }
}
