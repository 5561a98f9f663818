import { beforeEach, describe, expect, it, vi } from 'vitest';
import { compareDiff } from '../../src/extension/commands/compareDiff';
import { compareDirections } from '../../src/extension/commands/compareDirections';
import { compareWithHead } from '../../src/extension/commands/compareWithHead';
import { comparisonMarkdown } from '../../src/extension/comparison/comparisonMarkdown';
import { ComparisonPanels } from '../../src/extension/comparison/comparisonPanels';
import { textInHead } from '../../src/extension/comparison/gitApi';
import type { Side } from '../../src/extension/comparison/sides';
import type { AllServices } from '../../src/extension/allServices';
import type { Services } from '../../src/extension/services';
import { compareDirections as comparisonOf } from '../../src/shared/direction/compareDirections';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { parseAlphas } from '../../src/shared/numberList';
import type { ComparisonView, PictureUpdate } from '../../src/shared/protocol/comparisonProtocol';
import type { BatchRequest } from '../../src/shared/protocol/engineProtocol';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';
import { Event, Uri, VsCodeStub, Watcher } from './vscodeStub';
import type * as Vscode from 'vscode';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

let stub: VsCodeStub;
/** What git knows of files: path to text. Nothing at all before the first commit. */
let head: Map<string, string> | undefined;
let git: { enabled: boolean; repository: boolean } | undefined;
let documents: { uri: Uri; isDirty: boolean; getText: () => string }[];
let changes: Event<{ document: { uri: Uri } }>;
let commits: Event<void>;
let clipboard: string;
let watchers: Watcher[];
let panels: FakePanel[];
let tab: object | undefined;
let otherTab: object | undefined;

class TabInputTextDiff {
  constructor(readonly original: Uri, readonly modified: Uri) {}
}

/** A webview panel without a window. */
class FakePanel {
  readonly says = new Event<unknown>();
  readonly closes = new Event<void>();
  readonly heard: { kind: string; id?: number; name?: string; value?: unknown; failure?: { message: string } }[] = [];
  readonly webview = { cspSource: '', html: '', options: {}, asWebviewUri: String, onDidReceiveMessage: this.says.event, postMessage: (message: never) => { this.heard.push(message); } };
  readonly onDidDispose = this.closes.event;
  revealed = 0;
  disposed = false;
  private named = '';

  get title(): string {
    return this.named;
  }

  set title(title: string) {
    if (this.disposed) throw new Error('Webview is disposed');
    this.named = title;
  }

  reveal(): void {
    this.revealed++;
  }

  dispose(): void {
    this.disposed = true;
    this.closes.fire();
  }

  /** Calls what the page would call; the answer is a result or a failure. */
  async call(method: string, params: unknown = {}): Promise<unknown> {
    const id = this.heard.length + 1000;
    this.says.fire({ kind: 'call', id, method, params });
    const answer = await vi.waitUntil(() => this.heard.find((message) => message.id === id && message.kind !== 'progress'));
    if (answer.kind === 'failure') throw new Error(answer.failure!.message);
    return answer.value;
  }

  async changed(): Promise<ComparisonView> {
    const before = this.heard.length;
    const event = await vi.waitUntil(() => this.heard.slice(before).find(({ name }) => name === 'changed'));
    return event.value as ComparisonView;
  }
}

beforeEach(() => {
  stub = new VsCodeStub();
  [head, git, documents, clipboard, watchers, panels, tab, otherTab] = [new Map(), { enabled: true, repository: true }, [], '', [], [], undefined, undefined];
  [changes, commits] = [new Event(), new Event()];
  const module = stub.module() as { window: object; workspace: { fs: object } };
  const repository = {
    rootUri: Uri.file('/ws'),
    state: { onDidChange: commits.event },
    getCommit: () => (head ? Promise.resolve({}) : Promise.reject(new Error('bad revision'))),
    getObjectDetails: (_ref: string, path: string) => (head?.has(path) ? Promise.resolve({}) : Promise.reject(new Error('Path not known by git'))),
    show: (_ref: string, path: string) => Promise.resolve(head!.get(path)!),
  };
  const api = { getRepository: () => (git!.repository ? repository : null), openRepository: () => Promise.resolve(null), toGitUri: (uri: Uri) => Uri.from({ scheme: 'git', path: uri.path }) };
  Object.assign(vscode, module, {
    RelativePattern: class { constructor(readonly base: unknown, readonly pattern: string) {} },
    ViewColumn: { Active: -1 },
    TabInputText: class {}, TabInputCustom: class {}, TabInputTextDiff,
    env: { clipboard: { writeText: (text: string) => { clipboard = text; return Promise.resolve(); } } },
    extensions: { getExtension: () => (git ? { activate: () => Promise.resolve({ get enabled() { return git!.enabled; }, getAPI: () => api }) } : undefined) },
    commands: { executeCommand: (...args: unknown[]) => { stub.heard.push(args.map(String).join(' ')); return Promise.resolve(); } },
    window: {
      ...module.window,
      tabGroups: { activeTabGroup: { get activeTab() { return { input: tab }; } }, all: [{ get activeTab() { return { input: otherTab }; } }] },
      createWebviewPanel: () => { panels.push(new FakePanel()); return panels.at(-1); },
      showTextDocument: (uri: Uri) => { stub.heard.push(`shows ${String(uri)}`); return Promise.resolve(); },
      showQuickPick: (items: { label: string }[], { placeHolder }: { placeHolder: string }) => {
        stub.heard.push(`${placeHolder}: ${items.map(({ label }) => label).join()}`);
        const wanted = stub.answers.shift()?.({}) as string[] | undefined;
        return Promise.resolve(wanted && items.filter(({ label }) => wanted.includes(label)));
      },
    },
    workspace: {
      ...module.workspace,
      get textDocuments() { return documents; },
      onDidChangeTextDocument: changes.event,
      onDidSaveTextDocument: new Event().event,
      onDidCloseTextDocument: new Event().event,
      createFileSystemWatcher: () => { watchers.push(new Watcher()); return watchers.at(-1); },
      fs: { ...module.workspace.fs, isWritableFileSystem: (scheme: string) => ({ file: true, git: false })[scheme], readFile: (uri: Uri) => Promise.resolve(new TextEncoder().encode(stub.files.get(uri.path))) },
    },
  });
  save('a', a);
  save('b', { ...a, name: 'b', vector: [0.5, 0.5, 0.5, -0.5] });
});

const a: DirectionFile = exampleDirection;
const uriOf = (name: string) => Uri.file(`/ws/${name}.resefa.json`) as unknown as Vscode.Uri;
const sidesOf = (...names: readonly string[]): Side[] => names.map((name) => ({ uri: uriOf(name) }));

function save(name: string, direction: DirectionFile): void {
  stub.files.set(`/ws/${name}.resefa.json`, formatDirection(direction));
}

/** Services whose engine makes pictures that are their own index. */
function services(requests: BatchRequest[] = [], known: readonly object[] = [{ reference: 'cats', name: 'cats', sha256: a.generator.sha256 }]): Services {
  return {
    context: { extensionUri: Uri.file('/ext') },
    log: { error: (line: string) => { throw new Error(line); }, warn: (line: string) => stub.heard.push(line) },
    work: { during: (_text: string, work: () => unknown) => work() },
    engine: {
      warmUp: () => undefined,
      call: (method: string, params: BatchRequest, options: { onProgress?: (update: object) => void }) => {
        if (method === 'open') return Promise.resolve({ name: 'cats', architecture: 'stylegan2', sha256: a.generator.sha256, dimensions: 4, layers: Array.from({ length: 8 }), classes: 0 });
        requests.push(params);
        params.items.forEach((_, index) => { options.onProgress?.({ index, frame: { width: 1, height: 1, format: 'rgb', data: Uint8Array.of(index) } }); });
        return Promise.resolve();
      },
    },
    generators: { all: () => Promise.resolve(known), workspaceHidden: false },
  } as unknown as Services;
}

/** Opens a comparison and calls what its page calls first. */
async function opened(sides: readonly Side[], shared = services()): Promise<{ readonly panel: FakePanel; readonly view: ComparisonView; readonly manager: ComparisonPanels }> {
  const manager = new ComparisonPanels(shared);
  manager.show(sides);
  const panel = panels.at(-1)!;
  return { panel, manager, view: (await panel.call('start')) as ComparisonView };
}

describe('a comparison', () => {
  it('is told with the places of its files', async () => {
    const { view, panel } = await opened(sidesOf('a', 'b'));
    expect(view.comparison).toEqual(comparisonOf([{ direction: a, file: 'a.resefa.json' }, { direction: { ...a, name: 'b', vector: [0.5, 0.5, 0.5, -0.5] }, file: 'b.resefa.json' }]));
    expect(view.sides).toEqual([{ file: 'a.resefa.json' }, { file: 'b.resefa.json' }]);
    expect(view.alphas).toBe('-6:6:5');
    expect(panel.title).toBe('eyes-1 ↔ b');
  });

  it('reads what is not saved yet', async () => {
    documents = [{ uri: uriOf('b'), isDirty: true, getText: () => formatDirection({ ...a, name: 'typed' }) }];
    const { view } = await opened(sidesOf('a', 'b'));
    expect(view.comparison!.verdict).toBe('identical but for its name');
    expect(view.sides[1]).toEqual({ file: 'b.resefa.json', version: 'unsaved' });
  });

  it('follows files, editors and commits, and says nothing where nothing has changed', async () => {
    head!.set('/ws/b.resefa.json', formatDirection(a));
    const { panel } = await opened([{ uri: uriOf('a') }, { uri: uriOf('b'), ref: 'HEAD' }]);
    save('a', { ...a, name: 'new' });
    watchers[0]!.changed.fire(Uri.file('/ws/a.resefa.json'));
    expect((await panel.changed()).comparison!.verdict).toBe('identical but for its name');
    documents = [{ uri: uriOf('a'), isDirty: true, getText: () => formatDirection({ ...a, name: 'newer' }) }];
    changes.fire({ document: { uri: Uri.file('/ws/a.resefa.json') } });
    expect((await panel.changed()).comparison!.labels).toEqual(['newer', 'eyes-1']);
    head!.set('/ws/b.resefa.json', formatDirection({ ...a, name: 'newer' }));
    commits.fire();
    expect((await panel.changed()).comparison!.verdict).toBe('identical');
    head!.set('/ws/b.resefa.json', formatDirection({ ...a, name: 'last' }));
    watchers.at(-1)!.changed.fire(Uri.file('/ws/.git/logs/HEAD'));
    expect((await panel.changed()).comparison!.labels).toEqual(['newer', 'last']);
    const told = panel.heard.length;
    commits.fire();
    changes.fire({ document: { uri: Uri.file('/ws/other.resefa.json') } });
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    expect(panel.heard).toHaveLength(told);
  });

  it('is closed while files are read, without a word', async () => {
    const errors: string[] = [];
    const shared = { ...services(), log: { error: (line: string) => { errors.push(line); } } } as unknown as Services;
    const { panel } = await opened(sidesOf('a', 'b'), shared);
    const told = panel.heard.length;
    panel.says.fire({ kind: 'call', id: 7, method: 'putFirst', params: { index: 1 } });
    panel.dispose();
    new ComparisonPanels(shared).show(sidesOf('a', 'b'));
    panels.at(-1)!.says.fire({ kind: 'call', id: 1, method: 'start', params: {} });
    panels.at(-1)!.dispose();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    expect(errors).toEqual([]);
    expect(panel.heard).toHaveLength(told);
  });

  it('is of the versions of one file, as their addresses tell them apart', async () => {
    const version = (scheme: string, ref?: string) => ({ uri: Uri.from({ scheme, path: '/ws/a.resefa.json', ...(ref === undefined ? {} : { query: JSON.stringify({ path: '/ws/a.resefa.json', ref }) }) }) as unknown as Vscode.Uri });
    const { view, panel } = await opened([version('git', 'HEAD'), version('git', '~'), version('git', ''), version('git', 'c0ffee'.padEnd(40, '0')), version('review'), version('vscode-local-history'), version('file')]);
    expect(view.sides).toEqual(['HEAD', 'index', 'index', 'c0ffee00', 'review', 'local history', 'working tree'].map((each) => ({ file: 'a.resefa.json', version: each })));
    panel.dispose();
    const { panel: pair } = await opened([version('git', '~'), version('file')]);
    expect(pair.title).toBe('a.resefa.json (index ↔ working tree)');
    save('a', { ...a, name: 'new' });
    commits.fire();
    expect((await pair.changed()).comparison!.fields.find(({ label }) => label === 'name')!.values).toEqual(['new', 'new']);
  });

  it('asks for no alphas that no page may ask for', async () => {
    save('b', { ...a, edit: { alpha: [-2e9, 3e9] } });
    save('a', { ...a, edit: { alpha: [-1e9, 1e9] } });
    expect(parseAlphas((await opened(sidesOf('a', 'b'))).view.alphas)).toEqual([-1e6, -5e5, 0, 5e5, 1e6]);
  });

  it('says which file cannot be read, until it can', async () => {
    const { panel } = await opened(sidesOf('a', 'b'));
    stub.files.set('/ws/b.resefa.json', '{ "format": 1 }');
    watchers[1]!.changed.fire(Uri.file('/ws/b.resefa.json'));
    const broken = await panel.changed();
    expect(broken.comparison).toBeUndefined();
    expect(broken.sides[1]!.problem).toMatch(/^b.resefa.json: "format" must be /);
    await expect(panel.call('copy')).rejects.toThrow('there is nothing to copy while a direction cannot be read');
    stub.files.delete('/ws/b.resefa.json');
    watchers[1]!.deleted.fire(Uri.file('/ws/b.resefa.json'));
    expect((await panel.changed()).sides[1]!.problem).toBe('b.resefa.json cannot be read: not found');
    save('b', a);
    watchers[1]!.created.fire(Uri.file('/ws/b.resefa.json'));
    expect((await panel.changed()).comparison!.verdict).toBe('identical');
  });

  it('puts another direction first', async () => {
    save('c', { ...a, name: 'c' });
    const { panel } = await opened(sidesOf('a', 'b', 'c'));
    expect(panel.title).toBe('3 directions');
    const changed = panel.changed();
    await panel.call('putFirst', { index: 2 });
    expect((await changed).comparison!.labels).toEqual(['c', 'eyes-1', 'b']);
    await expect(panel.call('putFirst', { index: 3 })).rejects.toThrow('there is no direction 4 in this comparison');
  });

  it('opens files as they are and as git has them', async () => {
    head!.set('/ws/a.resefa.json', formatDirection(a));
    const { panel } = await opened([{ uri: uriOf('a'), ref: 'HEAD' }, { uri: uriOf('a') }]);
    await panel.call('open', { index: 0 });
    await panel.call('open', { index: 1 });
    expect(stub.heard).toEqual(['shows git:///ws/a.resefa.json', 'vscode.open file:///ws/a.resefa.json']);
  });

  it('is copied as Markdown', async () => {
    const { panel } = await opened(sidesOf('a', 'b'));
    await panel.call('copy');
    expect(clipboard).toContain('- `eyes-1` and `b`: \\|cos\\| 0.500000, rotated 60 degrees');
    expect(clipboard).toContain('| name | eyes-1 | b |');
  });
});

describe('pictures of a comparison', () => {
  const request = { seeds: [0, 7], psi: 0.5, alphas: [-2, 0, 3], alignSigns: true };
  const updates = (panel: FakePanel) => panel.heard.filter(({ kind }) => kind === 'progress').map(({ value }) => value as PictureUpdate);

  it('are the same samples at the same alphas for each, negated where the sign is flipped', async () => {
    stub.files.set('/ws/b.resefa.json', JSON.stringify({ ...a, vector: [-0.5, 0.5, -0.5, 0.5] }));
    const requests: BatchRequest[] = [];
    const { panel } = await opened(sidesOf('a', 'b'), services(requests));
    await panel.call('pictures', request);
    const alphasOf = ({ items }: BatchRequest) => items.map(({ sample, edits }) => [sample.seed, edits[0]?.alpha ?? 0]);
    expect(requests.map(alphasOf)).toEqual([
      [[0, -2], [0, 0], [0, 3], [7, -2], [7, 0], [7, 3]],
      [[0, 2], [0, 0], [0, -3], [7, 2], [7, 0], [7, -3]],
    ]);
    expect(requests[0]!.items[0]).toMatchObject({ sample: { psi: 0.5 }, edits: [{ layers: [2, 3, 4, 5], rows: Array.from({ length: 4 }, () => Float32Array.of(0.5, -0.5, 0.5, -0.5)) }] });
    expect(requests[0]!.items[1]!.edits).toEqual([]);
    expect(updates(panel).map((update) => ('frame' in update ? [update.direction, update.seed, update.alpha] : update))).toEqual([0, 1].flatMap((d) => [0, 1].flatMap((s) => [0, 1, 2].map((i) => [d, s, i]))));
    await panel.call('pictures', { ...request, alignSigns: false });
    expect(alphasOf(requests[3]!)).toEqual(alphasOf(requests[0]!));
  });

  it('are not there for a direction whose generator is missing, with the reason', async () => {
    save('b', { ...a, name: 'b', generator: { ...a.generator, name: 'dogs', sha256: 'b'.repeat(64) } });
    const { panel } = await opened(sidesOf('a', 'b'));
    await panel.call('pictures', request);
    expect(updates(panel).filter((update) => 'frame' in update)).toHaveLength(6);
    expect(updates(panel).at(-1)).toEqual({ direction: 1, problem: expect.stringMatching(/^b.resefa.json was made for the generator dogs .* which is not here/) as string });
  });

  it('are refused for what no page of ours asks for', async () => {
    const { panel } = await opened(sidesOf('a', 'b'));
    await expect(panel.call('pictures', { ...request, seeds: [-1] })).rejects.toThrow('pictures: "seeds[0]" must be a whole number from 0 to 4294967295, not -1');
    await expect(panel.call('pictures', { ...request, alphas: Array.from({ length: 16 }, (_, i) => i) })).rejects.toThrow('pictures: "alphas" has 16 items, must have 1 to 15');
    await expect(panel.call('pictures', { ...request, alignSigns: 'yes' })).rejects.toThrow('pictures: "alignSigns" must be true or false, not "yes"');
    await expect(panel.call('open', { index: 1.5 })).rejects.toThrow('open: "index" must be a whole number from 0 to 19, not 1.5');
  });
});

describe('the panels', () => {
  it('show a comparison that is open already again', async () => {
    const { manager, panel } = await opened(sidesOf('a', 'b'));
    manager.show(sidesOf('a', 'b'));
    expect([panels.length, panel.revealed]).toEqual([1, 1]);
    panel.dispose();
    manager.show(sidesOf('a', 'b'));
    manager.show(sidesOf('b', 'a'));
    expect(panels).toHaveLength(3);
  });

  it('come back with a window: files and commits', async () => {
    head!.set('/ws/a.resefa.json', formatDirection({ ...a, name: 'before' }));
    const panel = new FakePanel();
    await new ComparisonPanels(services()).deserializeWebviewPanel(panel as unknown as Vscode.WebviewPanel, { addresses: [{ uri: 'file:///ws/a.resefa.json', ref: 'HEAD' }, { uri: 'file:///ws/a.resefa.json' }] });
    const view = (await panel.call('start')) as ComparisonView;
    expect(view.comparison!.labels).toEqual(['before', 'eyes-1']);
    expect(view.sides.map(({ version }) => version)).toEqual(['HEAD', 'working tree']);
  });

  it.each([[undefined], [{}], [{ addresses: [{ uri: 'file:///ws/a.resefa.json' }] }], [{ addresses: [{ uri: 1 }, { uri: 2 }] }], [{ addresses: [{ uri: 'file:///a', ref: '--output=x' }, { uri: 'file:///a' }] }]])('close what left nothing to go by: %j', async (left) => {
    const panel = new FakePanel();
    await new ComparisonPanels(services()).deserializeWebviewPanel(panel as unknown as Vscode.WebviewPanel, left);
    expect(panel.disposed).toBe(true);
    expect(stub.heard[0]).toMatch(/^a comparison does not come back: state of the comparison/);
  });
});

describe('the commands', () => {
  const shown: Side[][] = [];
  const all = (): AllServices => ({
    ...services(),
    comparisons: { show: (sides: Side[]) => shown.push(sides) },
    directions: { items: () => Promise.resolve(['a', 'b', 'c'].map((name) => ({ uri: uriOf(name), fileName: name, folder: 'ws', summary: undefined }))) },
  }) as unknown as AllServices;
  const compared = () => shown.at(-1)?.map(({ uri, ref }) => `${uri.path.slice(4).replace('.resefa.json', '')}${ref === undefined ? '' : ` ${ref}`}`);
  beforeEach(() => { shown.length = 0; });

  it('compare what is selected, each file once', async () => {
    await compareDirections.run(all(), uriOf('b'), [uriOf('a'), uriOf('b'), uriOf('a'), Uri.file('/ws/notes.txt')]);
    expect(compared()).toEqual(['a', 'b']);
  });

  it('ask for what to compare one file with', async () => {
    stub.answers = [() => ['c']];
    await compareDirections.run(all(), uriOf('a'));
    expect(stub.heard).toEqual(['The directions to compare with a.resefa.json: b,c']);
    expect(compared()).toEqual(['a', 'c']);
  });

  it('ask for all where none is given, and for more than one', async () => {
    stub.answers = [() => ['a', 'c']];
    await compareDirections.run(all(), undefined);
    expect(stub.heard).toEqual(['Two or more directions to compare: a,b,c']);
    expect(compared()).toEqual(['a', 'c']);
    stub.answers = [() => ['a']];
    expect(await userErrorOf(() => compareDirections.run(all(), undefined))).toBe('a comparison takes two or more directions: pick another one as well');
    shown.length = 0;
    await compareDirections.run(all(), undefined);
    expect(shown).toEqual([]);
  });

  it('refuse a file that is no direction', async () => {
    expect(await userErrorOf(() => compareDirections.run(all(), Uri.file('/ws/notes.txt')))).toBe('notes.txt is not a direction file (*.resefa.json)');
    expect(await userErrorOf(() => compareWithHead.run(all(), Uri.file('/ws/notes.txt')))).toBe('notes.txt is not a direction file (*.resefa.json)');
  });

  it('compare a changed file with its HEAD version, also from a view of git\'s', async () => {
    head!.set('/ws/a.resefa.json', formatDirection({ ...a, name: 'before' }));
    await compareWithHead.run(all(), uriOf('a'));
    expect(compared()).toEqual(['a HEAD', 'a']);
    await compareWithHead.run(all(), Uri.from({ scheme: 'git', path: '/ws/a.resefa.json' }));
    expect(String(shown.at(-1)![0]!.uri)).toBe('file:///ws/a.resefa.json');
  });

  it('compare the two sides of a diff, wherever they are from', async () => {
    tab = new TabInputTextDiff(Uri.from({ scheme: 'git', path: '/ws/a.resefa.json', query: '{"ref":"~"}' }), Uri.file('/ws/a.resefa.json'));
    await compareDiff.run(all(), Uri.file('/ws/a.resefa.json'));
    expect(shown.at(-1)!.map(({ uri }) => String(uri))).toEqual(['git:///ws/a.resefa.json?{"ref":"~"}', 'file:///ws/a.resefa.json']);
    for (const other of [undefined, new TabInputTextDiff(Uri.file('/ws/a.resefa.json'), Uri.file('/ws/notes.txt'))]) {
      tab = other;
      expect(await userErrorOf(() => Promise.resolve().then(() => compareDiff.run(all(), undefined)))).toBe('the editor shows no two versions of a direction file: open a change from the Source Control view first');
    }
  });

  it('compare the diff that the button was pressed above, also where another group has the keyboard', async () => {
    const diff = (name: string) => new TabInputTextDiff(Uri.from({ scheme: 'git', path: `/ws/${name}.resefa.json`, query: '{"ref":"~"}' }), Uri.file(`/ws/${name}.resefa.json`));
    [tab, otherTab] = [diff('a'), diff('b')];
    await compareDiff.run(all(), uriOf('b'));
    expect(compared()).toEqual(['b', 'b']);
    await compareDiff.run(all(), undefined);
    expect(compared()).toEqual(['a', 'a']);
    tab = undefined;
    expect(await userErrorOf(() => Promise.resolve().then(() => compareDiff.run(all(), undefined)))).toMatch(/^the editor shows no two versions/);
  });

  it('say that a file is unchanged, whatever its line ends, unless the editor has more', async () => {
    head!.set('/ws/a.resefa.json', formatDirection(a).replaceAll('\n', '\r\n'));
    await compareWithHead.run(all(), uriOf('a'));
    expect(stub.heard).toEqual(['a.resefa.json is unchanged since the last commit.']);
    documents = [{ uri: uriOf('a'), isDirty: true, getText: () => formatDirection({ ...a, name: 'typed' }) }];
    await compareWithHead.run(all(), uriOf('a'));
    expect(compared()).toEqual(['a HEAD', 'a']);
  });

  it('say what is wrong with either version', async () => {
    head!.set('/ws/a.resefa.json', '{\n<<<<<<<');
    expect(await userErrorOf(() => compareWithHead.run(all(), uriOf('a')))).toMatch(/^HEAD's a.resefa.json is no direction to compare with: a.resefa.json \(HEAD\):2:1: /);
    head!.set('/ws/a.resefa.json', formatDirection({ ...a, name: 'before' }));
    stub.files.set('/ws/a.resefa.json', '{');
    expect(await userErrorOf(() => compareWithHead.run(all(), uriOf('a')))).toMatch(/^a.resefa.json:1:2: /);
    expect(shown).toEqual([]);
  });
});

describe('the version of the last commit', () => {
  const message = () => userErrorOf(() => textInHead(uriOf('a')));

  it('is the text that git has', async () => {
    head!.set('/ws/a.resefa.json', 'text');
    expect(await textInHead(uriOf('a'))).toBe('text');
  });

  it('is not there without git, a repository, a commit or the file in it', async () => {
    expect(await message()).toBe('a.resefa.json is not in the last commit (HEAD): there is nothing to compare it with');
    head = undefined;
    expect(await message()).toBe('the git repository of a.resefa.json has no commit yet: commit something to compare with');
    git!.repository = false;
    expect(await message()).toBe('a.resefa.json is not in a git repository that VS Code has opened');
    git!.enabled = false;
    expect(await message()).toBe('git is switched off in VS Code (the setting git.enabled), or it was not found');
    git = undefined;
    expect(await message()).toBe('comparing with HEAD takes VS Code\'s own Git extension, which is disabled: enable it, or trust the workspace');
  });
});

it('escapes what Markdown would take for its own', () => {
  const text = comparisonMarkdown(comparisonOf([{ direction: { ...a, name: 'a|b' }, file: 'a' }, { direction: { ...a, name: '<i>`*' }, file: 'b' }]));
  expect(text).toContain('| name | a\\|b | \\<i\\>\\`\\* |');
  expect(text).toContain('- `a|b` and `<i>\'*`: ');
});
