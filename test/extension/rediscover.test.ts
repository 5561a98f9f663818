import { beforeEach, describe, expect, it, vi } from 'vitest';
import { rediscover } from '../../src/extension/commands/rediscover';
import type { AllServices } from '../../src/extension/allServices';
import { FoundDirections } from '../../src/extension/rediscovery/foundDirections';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import type { DirectionFile, DiscoveredDirection } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { Rediscovered } from '../../src/shared/protocol/engineProtocol';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';
import { Uri, VsCodeStub } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const engine = { call: vi.fn() };
const warnings: string[] = [];
const cats = { reference: 'cats', name: 'cats', origin: 'embedded', detail: '', sha256: exampleDirection.generator.sha256 };
let generators: object[];
let stub: VsCodeStub;
let services: AllServices;

const log = { warn: (text: string) => { warnings.push(text); }, error: (text: string) => { warnings.push(text); }, show: () => undefined };

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
  engine.call.mockReset();
  warnings.length = 0;
  generators = [cats];
  services = {
    engine, log,
    settings: { directionsFolder: () => 'found' },
    work: { during: (_text: string, work: () => unknown) => work() },
    generators: { all: () => Promise.resolve(generators), workspaceHidden: false },
    directions: { items: () => Promise.resolve([]) },
    found: new FoundDirections(),
  } as unknown as AllServices;
  stub.files.set(path, formatDirection(exampleDirection));
});

const path = '/ws/eyes-1.resefa.json';
const uri = Uri.file(path);
const info = { ...exampleDirection.generator, dimensions: 4, layers: Array.from({ length: 8 }, (_, index) => ({ index })), regions: {} };

/** An engine that takes so many seconds and finds this. */
function finding(found: Partial<Rediscovered> = {}, seconds = 2): void {
  const answers: Record<string, unknown> = { open: info, estimate: { exactSeconds: seconds }, rediscover: { direction: exampleDirection, cosine: 1, ...found } };
  engine.call.mockImplementation((method: string) => Promise.resolve(answers[method]));
}

const other: DiscoveredDirection = { ...exampleDirection, discovery: { ...exampleDirection.discovery, eigenvalue: 11.5, rank: 3 }, vector: [0.5, 0.5, 0.5, 0.5] };
const asked = (method: string): unknown => (engine.call.mock.calls as unknown[][]).find(([name]) => name === method)?.[1];
const run = (argument: unknown = uri, selection?: unknown) => Promise.resolve(rediscover.run(services, argument, selection)).then(() => new Promise((resolve) => { setTimeout(resolve, 5); }));

describe('rediscovering a file', () => {
  it('asks the engine with the generator that it was made for, and tells what was found', async () => {
    finding();
    await run();
    expect(asked('rediscover')).toEqual({ generator: 'cats', direction: parseDirection(formatDirection(exampleDirection), 'x') });
    expect(asked('estimate')).toEqual({ generator: 'cats', preset: 'standard', space: 'w', layers: [2, 3, 4, 5], seeds: '0-19', count: 1 });
    expect(stub.heard).toEqual(['ReSeFa: rediscovering eyes-1', 'eyes-1 was found again: |cos| 1.000000, eigenvalue 12.35 → 12.35']);
  });

  it('offers to replace only what differs', async () => {
    const offered: string[][] = [];
    stub.press = (_, buttons) => { offered.push([...buttons]); return undefined; };
    finding();
    await run();
    finding({ direction: other, cosine: 0.5 });
    await run();
    expect(offered).toEqual([['Compare', 'Save as New File'], ['Compare', 'Save as New File', 'Replace']]);
    expect(stub.heard.at(-1)).toBe('eyes-1 was not found again; the nearest direction is another one: |cos| 0.500000, eigenvalue 12.35 → 11.5, rank 1 → 3');
  });

  it('does not care about the ends of lines', async () => {
    stub.files.set(path, formatDirection(exampleDirection).replaceAll('\n', '\r\n'));
    let offered: readonly string[] = [];
    stub.press = (_, buttons) => { offered = buttons; return undefined; };
    finding();
    await run();
    expect(offered).not.toContain('Replace');
  });

  it('asks before it takes long', async () => {
    finding({}, 2400);
    await run();
    expect(stub.heard).toEqual(['Rediscover eyes-1?']);
    expect(asked('rediscover')).toBeUndefined();
    stub.answers = [({ buttons }) => buttons![0]];
    await run();
    expect(asked('rediscover')).toBeDefined();
  });

  it('replaces in the editor, where it can be undone', async () => {
    finding({ direction: other, cosine: 0.5 });
    stub.press = () => 'Replace';
    await run();
    expect(stub.commands).toEqual([['vscode.open', uri]]);
    expect(stub.files.get(path)).toBe(formatDirection(other));
  });

  it('does not replace what has changed meanwhile', async () => {
    finding({ direction: other, cosine: 0.5 });
    stub.press = (message) => {
      if (!message.startsWith('eyes-1 was')) return undefined;
      stub.files.set(path, formatDirection({ ...exampleDirection, name: 'mine' }));
      return 'Replace';
    };
    await run();
    expect(parseDirection(stub.files.get(path)!, 'x').name).toBe('mine');
    expect(stub.heard.at(-1)).toBe('eyes-1.resefa.json has changed since it was rediscovered: rediscover it again');
  });

  it('saves as a new file under a name that is free', async () => {
    stub.files.set('/ws/found/cats/eyes-1.resefa.json', '');
    finding({ direction: other, cosine: 0.5 });
    stub.press = (message) => (message.startsWith('eyes-1 was') ? 'Save as New File' : undefined);
    stub.answers = [({ value }) => value];
    await run();
    expect(stub.files.get('/ws/found/cats/eyes-2.resefa.json')).toBe(formatDirection({ ...other, name: 'eyes-2' }));
    expect(stub.files.get(path)).toBe(formatDirection(exampleDirection));
  });

  it('compares with what was found, writes nothing for it, and goes on offering', async () => {
    finding({ direction: other, cosine: 0.5 });
    const presses = ['Compare', undefined];
    stub.press = () => presses.shift();
    await run();
    const [[command, first, both]] = stub.commands as unknown as [[string, Uri, Uri[]]];
    expect([command, String(first), both.map(String)]).toEqual(['resefa.compareDirections', String(uri), [String(uri), 'resefa-found:///1/eyes-1 found now.resefa.json']]);
    const { readFile } = (vscode as { workspace: { fs: { readFile: (place: Uri) => Promise<Uint8Array> } } }).workspace.fs;
    expect(new TextDecoder().decode(await readFile(both[1]!))).toBe(formatDirection(other));
    expect(stub.files.size).toBe(1);
    expect(stub.heard.filter((text) => text.startsWith('eyes-1 was'))).toHaveLength(2);
  });

  it('takes all files of a selection, one after the other', async () => {
    stub.files.set('/ws/b.resefa.json', formatDirection({ ...exampleDirection, name: 'b' }));
    finding();
    await run(uri, [uri, Uri.file('/ws/b.resefa.json')]);
    expect(stub.heard.filter((text) => text.startsWith('ReSeFa:'))).toEqual(['ReSeFa: rediscovering eyes-1', 'ReSeFa: rediscovering b']);
  });

  it('goes on where one of them cannot be found again', async () => {
    stub.files.set('/ws/b.resefa.json', '{');
    finding();
    await run(uri, [Uri.file('/ws/b.resefa.json'), uri]);
    expect(stub.heard[0]).toContain('b.resefa.json:1:2');
    expect(stub.heard[1]).toBe('ReSeFa: rediscovering eyes-1');
  });
});

describe('rediscovering refuses', () => {
  it('what no discovery found, and what is no direction file', async () => {
    const { discovery, ...rest } = exampleDirection;
    expect(discovery).toBeDefined();
    const foreign: DirectionFile = { ...rest, version: 2, source: { kind: 'npy', file: 'eyes.npy', sha256: 'a'.repeat(64), row: 0 } };
    stub.files.set(path, formatDirection(foreign));
    expect(await userErrorOf(() => run())).toContain('eyes-1 was not found by a discovery');
    expect(await userErrorOf(() => run(Uri.file('/ws/notes.txt')))).toBe('notes.txt is not a direction file (*.resefa.json)');
    stub.files.set(path, '{');
    expect(await userErrorOf(() => run())).toContain('eyes-1.resefa.json:1:2');
    expect(engine.call).not.toHaveBeenCalled();
  });

  it('a generator with another hash, with the reason and a way out', async () => {
    generators = [{ ...cats, sha256: 'f'.repeat(64) }];
    finding();
    await run();
    expect(stub.heard).toEqual(['eyes-1.resefa.json was made for the generator cats (stylegan2, 64 px, sha256 0123456789ab); the cats that is here is another one (sha256 ffffffffffff): import the checkpoint that it was made for']);
    expect(asked('rediscover')).toBeUndefined();
  });
});

describe('what was found', () => {
  it('is kept for the latest, in memory', () => {
    const found = new FoundDirections();
    const uris = Array.from({ length: 25 }, (_, i) => found.keep(`a/${i}`, `text ${i}`));
    expect(String(uris[24])).toBe('resefa-found:///25/a-24.resefa.json');
    expect(new TextDecoder().decode(found.readFile(uris[24]!))).toBe('text 24');
    expect(found.stat(uris[24]!)).toMatchObject({ type: 1, size: 7 });
    expect(() => found.readFile(uris[0]!)).toThrow('not found');
  });
});
