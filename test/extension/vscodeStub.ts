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

interface Question {
  readonly value?: string;
  readonly defaultUri?: Uri;
  readonly validateInput?: (value: string) => unknown;
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

  private answer(text: string, question: Question = {}): Promise<unknown> {
    this.heard.push(text);
    return Promise.resolve(this.answers.shift()?.(question));
  }

  /** The module as extensions import it. */
  module(): object {
    const { files, heard } = this;
    const trusted = () => this.trusted;
    const folders = () => this.folders;
    const containing = (uri: Uri) => folders().find((folder) => folder.uri.scheme === uri.scheme && `${uri.path}/`.startsWith(`${folder.uri.path}/`));
    return {
      Uri,
      InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
      workspace: {
        get isTrusted() { return trusted(); },
        get workspaceFolders() { return folders(); },
        getWorkspaceFolder: containing,
        asRelativePath: (uri: Uri) => uri.path.slice((containing(uri)?.uri.path.length ?? -1) + 1),
        fs: {
          stat: (uri: Uri) => (files.has(uri.path) ? Promise.resolve({ size: files.get(uri.path)!.length }) : Promise.reject(new Error('not found'))),
          readDirectory: (uri: Uri) => Promise.resolve([...files.keys()].filter((path) => posix.dirname(path) === uri.path).map((path) => [posix.basename(path), 1])),
          writeFile: (uri: Uri, bytes: Uint8Array) => Promise.resolve(files.set(uri.path, new TextDecoder().decode(bytes))),
        },
      },
      window: {
        showInputBox: (question: Question) => this.answer('name?', question),
        showSaveDialog: (question: Question) => this.answer('place?', question),
        showWarningMessage: (message: string) => this.answer(message),
        // Messages stay until somebody clicks them away.
        showInformationMessage: (message: string) => {
          heard.push(message);
          return new Promise(() => undefined);
        },
      },
    };
  }
}
