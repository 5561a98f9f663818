import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AllServices } from '../../src/extension/allServices';
import { composeDirections } from '../../src/extension/commands/composeDirections';
import { exportDirections } from '../../src/extension/commands/exportDirections';
import { importDirections } from '../../src/extension/commands/importDirections';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { EngineCalls } from '../../src/shared/protocol/engineProtocol';
import { writeNpy } from '../../src/engine/npy';
import { Engine, cat } from '../service/engineCalls';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';
import { Uri, VsCodeStub } from './vscodeStub';
import type { Question } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

/** Of 32 numbers each. */
const arrays = fileURLToPath(new URL('../fixtures/direction-arrays/', import.meta.url));
const embedded = JSON.parse(readFileSync('models/afhq-cat-64/generator.json', 'utf8')) as { sha256: { checkpoint: string } };
const cats = { reference: cat, name: cat, origin: 'embedded', detail: 'stylegan2, 64 px', sha256: embedded.sha256.checkpoint, dimensions: 128, layerCount: 10 };
const small = { ...cats, reference: 'small', name: 'small', dimensions: 32, layerCount: 8, sha256: 'c'.repeat(64) };

const calls: [string, unknown][] = [];
let engine: Engine;
let stub: VsCodeStub;
let services: AllServices;
/** What the engine answers in place of itself. */
let answers: Partial<Record<keyof EngineCalls, unknown>>;

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
  engine = new Engine();
  calls.length = 0;
  answers = {};
  services = {
    engine: {
      call: (name: keyof EngineCalls, params: never) => {
        calls.push([name, params]);
        return name in answers ? Promise.resolve(answers[name]) : engine.call(name, params);
      },
    },
    log: { warn: () => undefined },
    settings: { directionsFolder: () => 'found' },
    work: { during: (_text: string, work: () => unknown) => work() },
    generators: { all: () => Promise.resolve([cats, small]), workspaceHidden: false },
    directions: { items: () => Promise.resolve([...stub.files.keys()].map((path) => ({ uri: Uri.file(path), fileName: path, folder: '', summary: undefined }))) },
  } as unknown as AllServices;
});

const pick = (...labels: readonly string[]) => ({ items }: Question) => {
  const found = labels.map((label) => items!.find((item) => item.label === label) ?? label);
  return labels.length === 1 ? found[0] : found;
};
const accept = ({ value }: Question) => value;
const asked = (name: string) => calls.find(([call]) => call === name)?.[1];

function save(name: string, direction: Partial<DirectionFile> = {}): Uri {
  stub.files.set(`/ws/${name}.resefa.json`, formatDirection({ ...exampleDirection, name, ...direction }));
  return Uri.file(`/ws/${name}.resefa.json`);
}

const fileAt = (path: string) => parseDirection(stub.files.get(path)!, path);

describe('importing an array', () => {
  /** The fixture arrays are for a generator that is not at hand: what it would answer. */
  const smallInfo = { name: 'small', hasLayers: true, layers: Array.from({ length: 8 }, (_, index) => ({ index })), classes: 0, regions: { top: { shape: 'box', x: 0, y: 0, width: 1, height: 0.5 } } };
  const made = (row: number): DirectionFile => {
    const { format, generator, latent, edit, vector } = exampleDirection;
    return { format, version: 2, name: `rows-${row + 1}`, generator, latent, source: { kind: 'npy', file: 'rows.npy', sha256: 'a'.repeat(64), row }, edit, vector };
  };

  it('asks for generator, rows and region, and writes files under free names', async () => {
    answers = { open: smallInfo, importDirections: { directions: [made(0), made(2)] } };
    stub.files.set('/ws/found/small/rows-1.resefa.json', '');
    stub.answers = [
      ({ items }) => { expect(items!.map(({ label }) => label)).toEqual(['small']); return items![0]; },
      ({ items }) => {
        expect(items!.map(({ label, description, picked }) => [label, description, picked])).toEqual([['Row 0', 'norm 1', true], ['Row 1', 'norm 1', true], ['Row 2', 'norm 1', true]]);
        return [items![0], items![2]];
      },
      pick('top'),
    ];
    await importDirections.run(services, Uri.file(`${arrays}rows.npy`));
    expect(asked('importDirections')).toEqual({ path: `${arrays}rows.npy`, generator: 'small', rows: [0, 2], region: smallInfo.regions.top });
    expect(stub.files.get('/ws/found/small/rows-1.resefa.json')).toBe('');
    expect(fileAt('/ws/found/small/rows-2.resefa.json')).toMatchObject({ name: 'rows-2', source: { row: 0 } });
    expect(fileAt('/ws/found/small/rows-3.resefa.json')).toMatchObject({ name: 'rows-3', source: { row: 2 } });
    expect(stub.heard.at(-1)).toBe('Imported 2 directions of rows.npy into found/small: rows-2, rows-3');
  });

  it('does not ask for the only row, nor for a region where there is none', async () => {
    answers = { open: { ...smallInfo, regions: {} }, importDirections: { directions: [made(0)] } };
    stub.answers = [pick('small')];
    await importDirections.run(services, Uri.file(`${arrays}single.npy`));
    expect(asked('importDirections')).toEqual({ path: `${arrays}single.npy`, generator: 'small', rows: [0] });
  });

  it('asks for the class where the generator is conditional', async () => {
    answers = { open: { ...smallInfo, classes: 3 }, importDirections: { directions: [made(0)] } };
    let advice: unknown[] = [];
    stub.answers = [pick('small'), pick('top'), ({ validateInput }) => { advice = ['2', '3', 'x', ''].map((text) => validateInput!(text)); return '2'; }];
    await importDirections.run(services, Uri.file(`${arrays}single.npy`));
    expect(asked('importDirections')).toMatchObject({ label: 2 });
    expect(advice).toEqual([undefined, ...Array.from({ length: 3 }, () => 'Enter a class from 0 to 2')]);
  });

  it('asks whether as many rows as there are layers are one direction', async () => {
    answers = { arrayShape: { dims: [8, 32], rows: Array.from({ length: 8 }, (_, row) => ({ row, norm: 1 })) }, open: { ...smallInfo, regions: {} }, importDirections: { directions: [made(0)] } };
    stub.answers = [pick('small'), pick('One direction in w+')];
    await importDirections.run(services, Uri.file('/ws/layers.npy'));
    expect(asked('importDirections')).toEqual({ path: '/ws/layers.npy', generator: 'small', rows: [0], space: 'w+' });
  });

  it('leaves rows out that are no directions, and writes nothing where the user gives up', async () => {
    answers = { arrayShape: { dims: [3, 32], rows: [{ row: 0, norm: 1 }, { row: 1, norm: 0, problem: 'is all zeros' }, { row: 2, norm: 2.5 }] }, open: smallInfo };
    stub.answers = [pick('small'), ({ items }) => { expect(items!.map(({ label }) => label)).toEqual(['Row 0', 'Row 2']); return undefined; }];
    await importDirections.run(services, Uri.file('/ws/a.npy'));
    expect(stub.heard.at(-1)).toBe('The rows to import; 1 of 3 are no directions (all zeros, or not finite)');
    for (const answered of [[], [pick('small'), pick('Row 0', 'Row 2')]]) {
      stub.answers = answered;
      await importDirections.run(services, Uri.file('/ws/a.npy'));
    }
    expect(asked('importDirections')).toBeUndefined();
    expect(stub.files.size).toBe(0);
  });

  it('refuses files that are no arrays, and shapes that no generator takes', async () => {
    expect(await userErrorOf(() => importDirections.run(services, Uri.file(`${arrays}nowhere.npy`)) as Promise<void>)).toContain('there is no such file');
    answers = { arrayShape: { dims: [3, 77], rows: [{ row: 0, norm: 1 }] } };
    expect(await userErrorOf(() => importDirections.run(services, Uri.file('/ws/a.npy')) as Promise<void>)).toBe('a.npy has the shape [3, 77], and no generator that is here takes directions of it: import the generator that they are for first');
    answers = { arrayShape: { dims: [1, 32], rows: [{ row: 0, norm: 0, problem: 'is all zeros' }] }, open: smallInfo };
    stub.answers = [pick('small')];
    expect(await userErrorOf(() => importDirections.run(services, Uri.file('/ws/a.npy')) as Promise<void>)).toBe('a.npy: it is all zeros, which is no direction');
  });
});

describe('exporting directions', () => {
  const generator = { ...exampleDirection.generator, sha256: cats.sha256 };
  const stacked = { generator, latent: { space: 'w+', dimensions: 128, layers: [2, 9] } as const, vector: [Array.from({ length: 128 }, (_, k) => (k === 0 ? 0.6 : 0)), Array.from({ length: 128 }, (_, k) => (k === 1 ? 0.8 : 0))] };
  let written: Uint8Array | undefined;

  beforeEach(() => {
    const { fs } = (vscode as { workspace: { fs: { writeFile: unknown } } }).workspace;
    fs.writeFile = (_uri: Uri, bytes: Uint8Array) => { written = bytes; return Promise.resolve(); };
  });

  it('writes those selected as [n, d], and says what an array does not hold', async () => {
    const uris = [save('eyes-1'), save('eyes-2', { vector: [0, 0, 1, 0], latent: { ...exampleDirection.latent, layers: [6] } })];
    let proposed: Uri | undefined;
    stub.answers = [({ defaultUri }) => { proposed = defaultUri; return Uri.file('/ws/eyes.npy'); }];
    await exportDirections.run(services, uris[0], uris);
    expect(proposed!.path).toBe('/ws/eyes.npy');
    expect(Buffer.from(written!).equals(writeNpy([2, 4], Float32Array.of(0.5, -0.5, 0.5, -0.5, 0, 0, 1, 0)))).toBe(true);
    expect(stub.heard.at(-1)).toBe('Exported 2 directions to eyes.npy, [2, 4]; the array does not tell the layers (2-5; 6)');
  });

  it('asks the generator how many layers it has for w+', async () => {
    stub.answers = [() => Uri.file('/ws/brow.npy')];
    await exportDirections.run(services, save('brow', stacked));
    expect(stub.heard.at(-1)).toBe('Exported 1 direction to brow.npy, [1, 10, 128]');
    expect(written!.length).toBe(128 + 4 * 10 * 128);
  });

  it('writes nothing where the generator is missing, they are of several, or the user gives up', async () => {
    written = undefined;
    await exportDirections.run(services, save('brow', { ...stacked, generator: exampleDirection.generator }));
    expect(stub.heard.at(-1)).toContain('which is not here');
    expect(await userErrorOf(() => exportDirections.run(services, undefined, [save('a'), save('b', { generator: { ...exampleDirection.generator, sha256: 'd'.repeat(64) } })]) as Promise<void>)).toContain('an array is for one generator');
    await exportDirections.run(services, save('a'));
    expect(written).toBeUndefined();
  });
});

describe('composing directions', () => {
  it('asks for weights, how to add and a name, and writes beside the first', async () => {
    const uris = [save('eyes-1', { vector: [1, 0, 0, 0] }), save('mouth-1', { vector: [0.6, 0.8, 0, 0] })];
    let advice: unknown[] = [];
    stub.answers = [
      ({ value, validateInput }) => { advice = [value, ...['1, 0.5', '1', '1, x', '0,0'].map((text) => validateInput!(text))]; return '3, 4'; },
      pick('Make orthogonal first (Gram-Schmidt)'),
      accept,
    ];
    await composeDirections.run(services, uris[0], uris);
    expect(advice).toEqual(['1, 1', undefined, '1 number for 2 directions; expected one for each, such as 1,0.5', '"x" must be a number from -1000000 to 1000000', 'all are 0; give at least one direction a weight']);
    expect(fileAt('/ws/composition.resefa.json')).toMatchObject({ name: 'composition', vector: [0.6, 0.8, 0, 0], source: { kind: 'composition', orthogonal: true, terms: [{ name: 'eyes-1', weight: 3 }, { name: 'mouth-1', weight: 4 }] } });
    expect(stub.heard.at(-1)).toBe('Composed composition');
  });

  it('lets the user pick what to add to the one that is given', async () => {
    const first = save('eyes-1', { vector: [1, 0, 0, 0] });
    const second = save('mouth-1', { vector: [0, 1, 0, 0] });
    stub.answers = [({ items }) => { expect(items!.map(({ label }) => label)).toEqual([second.path]); return items; }, accept, pick('Add up as they are'), () => 'both'];
    await composeDirections.run(services, first);
    expect(fileAt('/ws/both.resefa.json').vector).toEqual([0.707107, 0.707107, 0, 0]);
  });

  it('does not write over another file, and nothing where the user gives up', async () => {
    const uris = [save('eyes-1', { vector: [1, 0, 0, 0] }), save('mouth-1', { vector: [0, 1, 0, 0] })];
    let advice: unknown;
    stub.answers = [accept, pick('Add up as they are'), ({ validateInput }) => { advice = validateInput!('mouth-1'); return undefined; }];
    await composeDirections.run(services, uris[0], uris);
    expect(advice).toBe('mouth-1 exists already, choose another name');
    stub.answers = [accept];
    await composeDirections.run(services, uris[0], uris);
    expect(stub.files.size).toBe(2);
  });

  it('refuses what cannot be composed', async () => {
    const uris = [save('eyes-1'), save('again')];
    stub.answers = [() => '1, -1', pick('Add up as they are')];
    expect(await userErrorOf(() => composeDirections.run(services, uris[0], uris) as Promise<void>)).toContain('cancel each other out');
  });
});
