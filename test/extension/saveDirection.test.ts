import { beforeEach, describe, expect, it, vi } from 'vitest';
import { saveDirection } from '../../src/extension/panel/saveDirection';
import type { Services } from '../../src/extension/services';
import { formatDirection, parseDirection } from '../../src/shared/directionFile';
import { exampleDirection } from '../support/directions';
import { Uri, VsCodeStub } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const services = { settings: { directionsFolder: () => 'found' } } as unknown as Services;
let stub: VsCodeStub;

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
});

const accept = ({ value }: { readonly value?: string }) => value;
const path = (name: string) => `/ws/found/cats/${name}.resefa.json`;

describe('saving a direction in a workspace', () => {
  it('writes the canonical text under the name, and does not wait for the message', async () => {
    stub.answers = [() => 'wide eyes'];
    expect(await saveDirection(exampleDirection, services)).toEqual({ name: 'wide eyes', path: 'found/cats/wide eyes.resefa.json' });
    const text = stub.files.get(path('wide eyes'))!;
    expect(text).toBe(formatDirection({ ...exampleDirection, name: 'wide eyes' }));
    expect(parseDirection(text, 'the file').name).toBe('wide eyes');
    expect(stub.heard).toEqual(['name?', 'Saved wide eyes']);
  });

  it('proposes a name that is free', async () => {
    stub.files.set(path('eyes-1'), '');
    stub.answers = [accept];
    expect((await saveDirection(exampleDirection, services))?.name).toBe('eyes-2');
    expect(stub.files.get(path('eyes-1'))).toBe('');
  });

  it('lets only plain file names through, and warns of one that is taken', async () => {
    stub.files.set(path('eyes-1'), '');
    let advice: unknown[] = [];
    stub.answers = [({ validateInput }) => { advice = ['../up', '', 'eyes-3', 'eyes-1'].map((name) => validateInput!(name)); }];
    await saveDirection(exampleDirection, services);
    expect(advice).toEqual([expect.stringContaining('cannot contain'), expect.stringContaining('Enter a name'), undefined, expect.objectContaining({ severity: 2 })]);
  });

  it('asks before it replaces a file', async () => {
    stub.files.set(path('eyes-1'), 'old');
    stub.answers = [() => 'eyes-1', () => undefined];
    expect(await saveDirection(exampleDirection, services)).toBeUndefined();
    expect(stub.files.get(path('eyes-1'))).toBe('old');
    expect(stub.heard.at(-1)).toBe('eyes-1.resefa.json exists already. Replace it?');
    stub.answers = [() => 'eyes-1', () => 'Replace'];
    expect((await saveDirection(exampleDirection, services))?.name).toBe('eyes-1');
    expect(stub.files.get(path('eyes-1'))).toBe(formatDirection(exampleDirection));
  });

  it('writes nothing where the user gives up', async () => {
    expect(await saveDirection(exampleDirection, services)).toBeUndefined();
    expect(stub.files.size).toBe(0);
  });

  it('makes a folder of the generator whatever it is called', async () => {
    stub.answers = [accept];
    await saveDirection({ ...exampleDirection, generator: { ...exampleDirection.generator, name: '../../cats' } }, services);
    expect([...stub.files.keys()]).toEqual(['/ws/found/cats/eyes-1.resefa.json']);
  });
});

describe('saving a direction without a workspace', () => {
  beforeEach(() => { stub.folders = []; });

  it('goes where the user says, under the name of the file', async () => {
    stub.answers = [() => Uri.file('/home/me/wide.resefa.json')];
    expect((await saveDirection(exampleDirection, services))?.name).toBe('wide');
    expect(parseDirection(stub.files.get('/home/me/wide.resefa.json')!, 'the file').name).toBe('wide');
  });

  it.each(['/home/me/wide', '/home/me/wide.json'])('completes the name %s', async (chosen) => {
    stub.answers = [() => Uri.file(chosen)];
    await saveDirection(exampleDirection, services);
    expect([...stub.files.keys()]).toEqual(['/home/me/wide.resefa.json']);
  });
});
