import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Vscode from 'vscode';
import { contentsOf } from '../../src/extension/directionEditor/contents';
import { DirectionEditorProvider } from '../../src/extension/directionEditor/directionEditorProvider';
import type { Services } from '../../src/extension/services';
import { CancelledError } from '../../src/shared/cancelledError';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionContents } from '../../src/shared/protocol/directionEditorProtocol';
import { exampleDirection } from '../support/directions';
import { Event, Uri, VsCodeStub } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const text = formatDirection(exampleDirection);

/** A document in memory, whose undo steps are counted. */
class FakeDocument {
  version = 1;
  steps = 0;
  saved = '';

  constructor(readonly uri: Uri & { query?: string }, public text: string) {}

  getText(): string {
    return this.text;
  }

  positionAt(offset: number): number {
    return offset;
  }

  save(): Promise<boolean> {
    this.saved = this.text;
    return Promise.resolve(true);
  }

  change(to: string): void {
    this.text = to;
    this.version++;
    edited.fire({ document: this });
  }
}

/** Edits of offsets, which stand for positions here. */
class FakeEdit {
  readonly changes: { range: FakeRange; text: string }[] = [];

  replace(_uri: Uri, range: FakeRange, to: string): void {
    this.changes.push({ range, text: to });
  }
}

class FakeRange {
  constructor(readonly from: number, readonly to: number) {}
}

let edited = new Event<{ document: FakeDocument }>();
let documents: FakeDocument[] = [];
let allowed = true;
/** What somebody types while an edit is on its way, which is refused for it. */
let typed: string[] = [];
const executed: unknown[][] = [];

beforeEach(() => {
  const stub = new VsCodeStub().module() as { workspace: { fs: object } };
  edited = new Event();
  [documents, allowed, typed] = [[], true, []];
  executed.length = 0;
  Object.assign(vscode, stub, {
    WorkspaceEdit: FakeEdit,
    Range: FakeRange,
    FilePermission: { Readonly: 1 },
    commands: { executeCommand: (...parts: unknown[]) => { executed.push(parts); } },
    workspace: {
      ...stub.workspace,
      fs: { ...stub.workspace.fs, isWritableFileSystem: (scheme: string) => scheme === 'file' || undefined, stat: (uri: Uri) => Promise.resolve({ permissions: uri.path.includes('locked') ? 1 : 0 }) },
      onDidChangeTextDocument: (listener: (change: { document: FakeDocument }) => void) => edited.event(listener),
      applyEdit: (edit: FakeEdit) => {
        if (!allowed) return Promise.resolve(false);
        const document = documents.at(-1)!;
        const other = typed.shift();
        if (other !== undefined) {
          document.change(other);
          return Promise.resolve(false);
        }
        const inOrder = [...edit.changes].sort((a, b) => b.range.from - a.range.from);
        document.steps++;
        document.change(inOrder.reduce((before, { range, text: to }) => before.slice(0, range.from) + to + before.slice(range.to), document.text));
        return Promise.resolve(true);
      },
    },
  });
});

interface Message {
  readonly kind: string;
  readonly id?: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly failure?: { readonly message: string };
}

/** An editor without a window, and what its page says and hears. */
function setUp(content = text, uri: Uri & { query?: string } = Uri.file('/ws/eyes.resefa.json'), provider = providerOf()) {
  const [says, closes, viewed, generators] = [new Event<unknown>(), new Event<void>(), new Event<void>(), provider.generators];
  const heard: Message[] = [];
  const webview = { cspSource: '', html: '', options: {}, asWebviewUri: String, onDidReceiveMessage: says.event, postMessage: (message: Message) => heard.push(message) };
  const panel = { webview, visible: true, onDidDispose: closes.event, onDidChangeViewState: viewed.event };
  const document = new FakeDocument(uri, content);
  documents.push(document);
  provider.editors.resolveCustomTextEditor(document as unknown as Vscode.TextDocument, panel as unknown as Vscode.WebviewPanel);
  let id = 0;
  const call = async (method: string, params: unknown = {}): Promise<Message> => {
    const mine = ++id;
    says.fire({ kind: 'call', id: mine, method, params });
    return vi.waitUntil(() => heard.find((message) => message.id === mine));
  };
  return { document, panel, heard, call, viewed, generators, close: () => { closes.fire(); } };
}

function providerOf(known: readonly object[] = []) {
  const generators = new Event<void>();
  const opened: string[] = [];
  const stops: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const info = { name: 'cats', sha256: exampleDirection.generator.sha256, dimensions: 4, layers: [0, 1, 2, 3, 4, 5].map((index) => ({ index })) };
  const services = {
    context: { extensionUri: Uri.file('/ext') },
    log: { error: (line: string) => { throw new Error(line); } },
    work: { during: (_text: string, work: () => unknown) => work() },
    generators: { onDidChange: generators.event, all: () => Promise.resolve(known), workspaceHidden: false },
    engine: {
      onDidStop: (listener: (message: string, hadStarted: boolean) => void) => {
        stops.push(() => { listener('gone', true); });
        return () => undefined;
      },
      call: (method: string, _params: unknown, options: { signal?: AbortSignal } = {}) => {
        opened.push(method);
        if (method !== 'render') return Promise.resolve(info);
        signals.push(options.signal!);
        return new Promise((_done, fail) => { options.signal!.addEventListener('abort', () => { fail(new CancelledError()); }); });
      },
    },
  };
  return { editors: new DirectionEditorProvider(services as unknown as Services), generators, opened, signals, stop: () => { for (const stop of stops) stop(); } };
}

const cats = { reference: '/models/cats', name: 'cats', sha256: exampleDirection.generator.sha256 };

describe('an editor of a direction', () => {
  it('starts with the direction and asks for no engine', async () => {
    const provider = providerOf([cats]);
    const { call } = setUp(text, undefined, provider);
    const { value } = await call('start');
    expect(value).toMatchObject({ file: 'eyes.resefa.json', onDisk: true, readOnly: undefined, visible: true, contents: { kind: 'direction', direction: { name: 'eyes-1' } } });
    expect(provider.opened).toEqual([]);
    expect((await call('open')).value).toMatchObject({ kind: 'opened', generator: '/models/cats' });
    expect(provider.opened).toEqual(['open']);
  });

  it('edits in one step each, in the lines that they are about, and one after the other', async () => {
    const { call, document } = setUp();
    await Promise.all([call('rename', { name: 'open "eyes"' }), call('setAlphas', { alpha: [-3, 4.5] }), call('setLayers', { layers: [2, 3] })]);
    expect(document.steps).toBe(3);
    expect(document.text).toBe(text.replace('"name": "eyes-1"', '"name": "open \\"eyes\\""').replace('"alpha": [-6, 6]', '"alpha": [-3, 4.5]').replace('"layers": [2, 3, 4, 5]', '"layers": [2, 3]'));
    await call('rename', { name: 'open "eyes"' });
    expect(document.steps).toBe(3);
    await call('save');
    expect(document.saved).toBe(document.text);
  });

  it('refuses what would be no direction, and leaves the document alone', async () => {
    const { call, document } = setUp();
    for (const [method, params] of [['rename', { name: ' ' }], ['rename', {}], ['setAlphas', { alpha: [3, 3] }], ['setAlphas', { alpha: [1] }], ['setLayers', { layers: [] }], ['setLayers', { layers: [-1] }]] as const) {
      expect((await call(method, params)).failure?.message).toMatch(/\w/);
    }
    expect(document).toMatchObject({ steps: 0, text });
  });

  it('makes an edit anew where somebody types meanwhile', async () => {
    const { document, call } = setUp();
    typed = [text.replace('"alpha": [-6, 6]', '"alpha": [-7, 6]')];
    expect(typed[0]).not.toBe(text);
    expect((await call('rename', { name: 'other' })).failure).toBeUndefined();
    expect(document.text).toBe(text.replace('"alpha": [-6, 6]', '"alpha": [-7, 6]').replace('"name": "eyes-1"', '"name": "other"'));
    typed = [`${text} `, text, `${text} `, text];
    expect((await call('rename', { name: 'again' })).failure?.message).toContain('VS Code refuses to change it');
  });

  it('says so where VS Code does not let the document be changed', async () => {
    const { call } = setUp();
    allowed = false;
    expect((await call('rename', { name: 'other' })).failure?.message).toBe('eyes.resefa.json cannot be edited: VS Code refuses to change it');
  });

  it('tells the page of every change of the text, once, and of nothing after it is closed', async () => {
    const { call, document, heard, panel, viewed, generators, close } = setUp();
    await call('start');
    const told = () => heard.filter(({ kind }) => kind === 'event').map(({ name, value }) => (name === 'contents' ? (value as DirectionContents).kind : name));
    document.change(text.replace('eyes-1', 'eyes-2'));
    edited.fire({ document });
    edited.fire({ document: new FakeDocument(document.uri, 'another one') });
    document.change(text.slice(0, -20));
    panel.visible = false;
    viewed.fire();
    generators.fire();
    expect(told()).toEqual(['direction', 'broken', 'visible', 'generators']);
    close();
    document.change(text);
    viewed.fire();
    expect(told()).toHaveLength(4);
  });

  it('is closed while a picture is on its way without a word, and tells of an engine that ends', async () => {
    const provider = providerOf([cats]);
    const { heard, call, close } = setUp(text, undefined, provider);
    await call('start');
    void call('render', { generator: '/models/cats', sample: { seed: 0, psi: 0.7 }, edits: [], heat: false }).catch(() => undefined);
    await vi.waitUntil(() => provider.signals.length === 1);
    provider.stop();
    expect(heard.at(-1)).toMatchObject({ kind: 'event', name: 'engineStopped', value: { message: 'gone', hadStarted: true } });
    const before = heard.length;
    close();
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(provider.signals[0]!.aborted).toBe(true);
    expect(heard).toHaveLength(before);
  });

  it('tells why there is no generator, also where one of its name is another one', async () => {
    const { call } = setUp(text, undefined, providerOf([{ ...cats, sha256: 'f'.repeat(64) }]));
    const { value } = await call('open');
    expect(value).toMatchObject({ kind: 'missing' });
    expect((value as { reason: string }).reason).toMatch(/the cats that is here is another one/);
  });

  it('goes on as it was left where the file is opened again', async () => {
    const provider = providerOf();
    const first = setUp(text, undefined, provider);
    const state = { version: 1, seed: 7, psi: 0.5, alpha: 2, heat: true };
    await first.call('keep', { state });
    expect((await first.call('keep', { state: { ...state, seed: -1 } })).failure?.message).toMatch(/seed/);
    const again = setUp(text, undefined, provider);
    expect((await again.call('start')).value).toMatchObject({ left: state });
    const other = setUp(text, Uri.file('/ws/other.resefa.json'), provider);
    expect((await other.call('start')).value).toMatchObject({ left: undefined });
  });

  it('runs commands of the page on the document, and none but those', async () => {
    const { call, document } = setUp();
    await call('run', { command: 'rediscover' });
    await call('run', { command: 'importGenerator' });
    expect(executed).toEqual([['resefa.rediscover', document.uri], ['resefa.importGenerator']]);
    expect((await call('run', { command: 'clearCache' })).failure?.message).toMatch(/command/);
  });
});

describe('what cannot be edited', () => {
  const git = (ref: string) => Uri.from({ scheme: 'git', path: '/ws/eyes.resefa.json', query: JSON.stringify({ path: '/ws/eyes.resefa.json', ref }) });

  it.each([
    [git('HEAD'), 'This is git’s version of the file (HEAD): it is read-only, edit the file itself.'],
    [git('~'), 'This is git’s version of the file (index): it is read-only, edit the file itself.'],
    [git('0123456789abcdef0123456789abcdef01234567'), 'This is git’s version of the file (01234567): it is read-only, edit the file itself.'],
    [git(''), 'This is git’s version of the file (index): it is read-only, edit the file itself.'],
    [Uri.from({ scheme: 'vscode-local-history', path: '/a.resefa.json' }), 'This version of the file is read-only.'],
    [Uri.file('/ws/locked.resefa.json'), 'The file is read-only.'],
  ])('%s says so and is not edited', async (uri, reason) => {
    const { call, document } = setUp(text, uri);
    expect((await call('start')).value).toMatchObject({ readOnly: reason, onDisk: uri.scheme === 'file' });
    expect((await call('rename', { name: 'other' })).failure?.message).toBe(reason);
    expect(document.steps).toBe(0);
  });

  it('a file that is not saved anywhere yet can be', async () => {
    const { call } = setUp(text, Uri.from({ scheme: 'untitled', path: '/eyes.resefa.json' }));
    expect((await call('start')).value).toMatchObject({ readOnly: undefined });
  });
});

describe('the contents of a document', () => {
  const placeOf = (content: string) => {
    const contents = contentsOf(content);
    return contents.kind === 'broken' ? { line: contents.line, column: contents.column } : contents.kind;
  };

  it('are a direction, or its text with the problem and its place', () => {
    expect(contentsOf(text)).toMatchObject({ kind: 'direction' });
    expect(placeOf(text.replace('"eyes-1"', '"eyes-1'))).toEqual({ line: 4, column: 19 });
    expect(placeOf(text.replace('"w"', '"v"'))).toMatchObject({ line: 6 });
    expect(placeOf(text.replace(/ {2}"name".*\n/, ''))).toMatchObject({ line: 1 });
    expect(placeOf(text.replace(/^ {2}"name".*\n/m, '<<<<<<< HEAD\n$&=======\n$&>>>>>>> other\n'))).toEqual({ line: 4, column: 1 });
    expect(contentsOf(text.replace('"w"', '"v"'))).toMatchObject({ kind: 'broken', problem: '"latent.space" must be "w" or "w+", not "v"' });
  });

  it.each(['', ' ', 'null', '[]', '{', '\u0000', '[['.repeat(2000), '<<<<<<< HEAD\n', '{"vector": [1e999]}'])('are never an error: %j', (content) => {
    expect(contentsOf(content)).toMatchObject({ kind: 'broken', text: content, problem: expect.stringMatching(/\w/) as string });
  });

  it('of the fixture are a direction', () => {
    expect(contentsOf(readFileSync('test/fixtures/directions/eyes.resefa.json', 'utf8')).kind).toBe('direction');
  });
});
