import { beforeEach, describe, expect, it, vi } from 'vitest';
import { saveDirection } from '../../src/extension/panel/saveDirection';
import type { Services } from '../../src/extension/services';
import { CancelledError } from '../../src/shared/cancelledError';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { DiscoverUpdate } from '../../src/shared/protocol/engineProtocol';
import type { CallOptions } from '../../src/shared/protocol/rpc';
import { UserError } from '../../src/shared/userError';
import { exampleDirection } from '../support/directions';
import { Uri, VsCodeStub } from './vscodeStub';
import type { Progress } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

/** What the engine is asked, and how it answers. */
const engine = { call: vi.fn() };
const services = { engine, settings: { directionsFolder: () => 'found' }, work: { during: (_text: string, work: () => unknown) => work() } } as unknown as Services;
let stub: VsCodeStub;

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
  engine.call.mockReset();
});

const accept = ({ value }: { readonly value?: string }) => value;
const path = (name: string) => `/ws/found/cats/${name}.resefa.json`;

describe('saving a direction in a workspace', () => {
  it('writes the canonical text under the name, and does not wait for the message', async () => {
    stub.answers = [() => 'wide eyes'];
    expect(await saveDirection('cats', exampleDirection, services)).toEqual({ name: 'wide eyes', path: 'found/cats/wide eyes.resefa.json' });
    const text = stub.files.get(path('wide eyes'))!;
    expect(text).toBe(formatDirection({ ...exampleDirection, name: 'wide eyes' }));
    expect(parseDirection(text, 'the file').name).toBe('wide eyes');
    expect(stub.heard).toEqual(['name?', 'Saved wide eyes']);
  });

  it('proposes a name that is free', async () => {
    stub.files.set(path('eyes-1'), '');
    stub.answers = [accept];
    expect((await saveDirection('cats', exampleDirection, services))?.name).toBe('eyes-2');
    expect(stub.files.get(path('eyes-1'))).toBe('');
  });

  it('lets only plain file names through, and warns of one that is taken', async () => {
    stub.files.set(path('eyes-1'), '');
    let advice: unknown[] = [];
    stub.answers = [({ validateInput }) => { advice = ['../up', '', 'eyes-3', 'eyes-1'].map((name) => validateInput!(name)); }];
    await saveDirection('cats', exampleDirection, services);
    expect(advice).toEqual([expect.stringContaining('cannot contain'), expect.stringContaining('Enter a name'), undefined, expect.objectContaining({ severity: 2 })]);
  });

  it('asks before it replaces a file', async () => {
    stub.files.set(path('eyes-1'), 'old');
    stub.answers = [() => 'eyes-1', () => undefined];
    expect(await saveDirection('cats', exampleDirection, services)).toBeUndefined();
    expect(stub.files.get(path('eyes-1'))).toBe('old');
    expect(stub.heard.at(-1)).toBe('eyes-1.resefa.json exists already. Replace it?');
    stub.answers = [() => 'eyes-1', () => 'Replace'];
    expect((await saveDirection('cats', exampleDirection, services))?.name).toBe('eyes-1');
    expect(stub.files.get(path('eyes-1'))).toBe(formatDirection(exampleDirection));
  });

  it('writes nothing where the user gives up', async () => {
    expect(await saveDirection('cats', exampleDirection, services)).toBeUndefined();
    expect(stub.files.size).toBe(0);
  });

  it('makes a folder of the generator whatever it is called', async () => {
    stub.answers = [accept];
    await saveDirection('cats', { ...exampleDirection, generator: { ...exampleDirection.generator, name: '../../cats' } }, services);
    expect([...stub.files.keys()]).toEqual(['/ws/found/cats/eyes-1.resefa.json']);
  });
});

describe('saving a direction without a workspace', () => {
  beforeEach(() => { stub.folders = []; });

  it('goes where the user says, under the name of the file', async () => {
    stub.answers = [() => Uri.file('/home/me/wide.resefa.json')];
    expect((await saveDirection('cats', exampleDirection, services))?.name).toBe('wide');
    expect(parseDirection(stub.files.get('/home/me/wide.resefa.json')!, 'the file').name).toBe('wide');
  });

  it.each(['/home/me/wide', '/home/me/wide.json'])('completes the name %s', async (chosen) => {
    stub.answers = [() => Uri.file(chosen)];
    await saveDirection('cats', exampleDirection, services);
    expect([...stub.files.keys()]).toEqual(['/home/me/wide.resefa.json']);
  });
});

describe('saving a direction that is from tiles', () => {
  const fromTiles: DirectionFile = { ...exampleDirection, discovery: { ...exampleDirection.discovery, grams: 'tiles', class: 3 } };
  const exact: DirectionFile = { ...exampleDirection, discovery: { ...exampleDirection.discovery, eigenvalue: 13 }, vector: [0.1, 0.7, -0.5, 0.5] };
  const told: Progress[] = [];

  /** An engine on which an exact solution takes so many seconds. */
  function answering(seconds: number, solve: (options: CallOptions<DiscoverUpdate>) => unknown = () => exact): void {
    engine.call.mockImplementation((method: string, _params: unknown, options: CallOptions<DiscoverUpdate>) => Promise.resolve(method === 'estimate' ? { samples: 20, samplesKnown: 20, firstSeconds: 0, seconds: 1, exactSeconds: seconds, instant: true } : solve(options)));
  }

  const asked = (method: string): unknown => (engine.call.mock.calls as unknown[][]).find(([name]) => name === method)?.[1];
  const save = () => saveDirection('/models/cats', fromTiles, services);

  beforeEach(() => {
    told.length = 0;
    stub.progress = told;
  });

  it('solves it exactly first, and tells how far that is', async () => {
    answering(5, ({ onProgress }) => {
      const step = { kind: 'progress', phase: 'sampling', samples: 20, tangentsDone: 0, tangents: 128, secondsElapsed: 1, secondsLeft: 1 } as const;
      onProgress!({ ...step, samplesDone: 6, fraction: 0.3 });
      onProgress!({ ...step, samplesDone: 20, fraction: 0.9, phase: 'measuring' });
      return exact;
    });
    stub.answers = [() => 'wide eyes'];
    expect((await save())?.name).toBe('wide eyes');
    expect(stub.heard).toEqual(['name?', 'ReSeFa: solving eyes-1 exactly', 'Saved wide eyes']);
    expect(stub.files.get(path('wide eyes'))).toBe(formatDirection({ ...exact, name: 'wide eyes' }));
    expect(asked('solveExactly')).toEqual({ generator: '/models/cats', direction: fromTiles });
    expect(told).toEqual([{ message: 'sample 7 of 20', increment: 30 }, { message: 'measuring', increment: expect.closeTo(60, 9) as number }]);
  });

  it('estimates the samples that the direction is from', async () => {
    answering(5);
    stub.answers = [accept];
    await save();
    expect(asked('estimate')).toEqual({ generator: '/models/cats', preset: 'standard', space: 'w', layers: [2, 3, 4, 5], label: 3, seeds: '0-19', count: 1 });
  });

  it('asks before it takes long', async () => {
    answering(2400);
    stub.answers = [() => 'Solve exactly (about 40 min)', accept];
    expect((await save())?.name).toBe('eyes-1');
    expect(stub.heard[0]).toBe('Solve eyes-1 exactly before it is saved?');
    expect(parseDirection(stub.files.get(path('eyes-1'))!, 'the file').discovery).toMatchObject({ eigenvalue: 13 });
  });

  it('saves it as it is where the user would rather not wait, and the file says so', async () => {
    answering(2400);
    stub.answers = [() => 'Save as it is (from tiles)', accept];
    expect((await save())?.name).toBe('eyes-1');
    expect(asked('solveExactly')).toBeUndefined();
    expect(parseDirection(stub.files.get(path('eyes-1'))!, 'the file').discovery!.grams).toBe('tiles');
  });

  it('gives up with the question, with the name and with the notification', async () => {
    answering(2400, ({ signal }) => new Promise((_resolve, reject) => { signal!.addEventListener('abort', () => { reject(new CancelledError()); }); }));
    for (const answers of [[], [() => 'Solve exactly (about 40 min)'], [() => 'Solve exactly (about 40 min)', accept]]) {
      stub.answers = answers;
      const saving = save();
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      stub.cancel.fire();
      expect(await saving).toBeUndefined();
    }
    expect(stub.files.size).toBe(0);
    expect(stub.heard.filter((text) => text.startsWith('Saved'))).toEqual([]);
  });

  it('passes on what goes wrong, and writes nothing', async () => {
    answering(5, () => { throw new UserError('eyes-1: made for another generator'); });
    stub.answers = [accept];
    await expect(save()).rejects.toThrow('made for another generator');
    expect(stub.files.size).toBe(0);
  });
});
