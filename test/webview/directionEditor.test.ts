import { describe, expect, it, vi } from 'vitest';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import type { RenderRequest } from '../../src/shared/protocol/engineProtocol';
import { restoredPreview, startPreview } from '../../src/shared/protocol/directionEditorProtocol';
import type { DirectionContents, DirectionEditorCalls, DirectionEditorEvents, PreviewState } from '../../src/shared/protocol/directionEditorProtocol';
import { Client, Server } from '../../src/shared/protocol/rpc';
import type { Handlers } from '../../src/shared/protocol/rpc';
import { UserError } from '../../src/shared/userError';
import { EditorApp } from '../../src/webview/directionEditor/editorApp';
import { provenance } from '../../src/webview/directionEditor/model/provenance';
import { sourceLines } from '../../src/webview/directionEditor/model/sourceLines';
import { barPaths, componentText, vectorBars } from '../../src/webview/directionEditor/model/vectorBars';
import { direction, frameOf, info, line, nameOf, textOf } from './fakePanel';

const eyes = direction('eyes-1');
const sound = (changed: Partial<DirectionFile> = {}): DirectionContents => ({ kind: 'direction', direction: { ...eyes, ...changed } });
const broken: DirectionContents = { kind: 'broken', text: '{', problem: 'expected a key', line: 1, column: 2 };

/** A page whose extension answers as told. */
function setUp({ contents = sound(), visible = true, preview = startPreview, ...overrides }: { contents?: DirectionContents; visible?: boolean; preview?: PreviewState } & Partial<Handlers<DirectionEditorCalls>> = {}) {
  const [here, there] = line();
  const rendered: RenderRequest[] = [];
  const opened: number[] = [];
  const kept: PreviewState[] = [];
  const handlers: Handlers<DirectionEditorCalls> = {
    start: () => { throw new Error('not here'); },
    keep: () => undefined,
    open: () => {
      opened.push(1);
      return { kind: 'opened', generator: '/models/cats', info };
    },
    render: (request) => {
      rendered.push(request);
      return { frame: frameOf(nameOf(request)), ...(request.region ? { change: { inside: 0.02, outside: 0.001 } } : {}) };
    },
    rename: () => undefined,
    setAlphas: () => undefined,
    setLayers: () => undefined,
    save: () => undefined,
    run: () => undefined,
    ...overrides,
  };
  const server = new Server<DirectionEditorCalls, DirectionEditorEvents>(there, handlers);
  const app = new EditorApp(new Client<DirectionEditorCalls, DirectionEditorEvents>(here), { file: 'eyes.resefa.json', onDisk: true, contents, readOnly: undefined, visible, left: undefined }, preview, (state) => { kept.push(state); });
  app.begin();
  const shows = (picture: string) => vi.waitFor(() => { expect(textOf(app.state.picture)).toBe(picture); });
  /** The picture and its original have come: nothing more is asked for by itself. */
  const showsAll = async (picture: string) => {
    await shows(picture);
    await vi.waitFor(() => { expect(textOf(app.state.original)).not.toBe('none'); });
  };
  return { app, server, rendered, opened, kept, shows, showsAll };
}

const rest = () => new Promise((resolve) => { setTimeout(resolve, 60); });

describe('the preview of a direction', () => {
  it('shows the edit at half of its range, measured in its region, and the sample without it', async () => {
    const { app, rendered, shows } = setUp();
    await shows('seed 0 3');
    expect(rendered[0]).toMatchObject({ generator: '/models/cats', sample: { seed: 0, psi: 0.7 }, region: eyes.region, heat: false });
    expect(app.state.change).toEqual({ inside: 0.02, outside: 0.001 });
    await vi.waitFor(() => { expect(textOf(app.state.original)).toBe('seed 0'); });
  });

  it('follows its controls and keeps what they say', async () => {
    const { app, kept, shows } = setUp();
    app.changePreview({ seed: 4 });
    app.changePreview({ alpha: -1.5 });
    await shows('seed 4 -1.5');
    app.changePreview({ alpha: 0 });
    await shows('seed 4');
    expect(app.state.change).toBeUndefined();
    expect(kept.at(-1)).toEqual({ version: 1, seed: 4, psi: 0.7, alpha: 0, heat: false });
  });

  it('starts no engine while nobody sees it', async () => {
    const { app, server, opened, rendered, showsAll } = setUp({ visible: false });
    app.changePreview({ seed: 4 });
    await rest();
    expect([opened.length, rendered.length]).toEqual([0, 0]);
    server.emit('visible', true);
    await showsAll('seed 4 3');
    const count = rendered.length;
    server.emit('visible', false);
    server.emit('visible', true);
    await rest();
    expect(rendered).toHaveLength(count);
    expect(opened).toHaveLength(1);
  });

  it('follows the document where that changes the edit, and only there', async () => {
    const { app, server, rendered, opened, shows, showsAll } = setUp();
    await showsAll('seed 0 3');
    const count = rendered.length;
    server.emit('contents', sound({ name: 'renamed' }));
    await vi.waitFor(() => { expect(app.state.direction?.name).toBe('renamed'); });
    await rest();
    expect(rendered).toHaveLength(count);
    server.emit('contents', sound({ edit: { alpha: [-1, 1] } }));
    await shows('seed 0 0.5');
    server.emit('contents', sound({ vector: [0, 1, 0, 0], edit: { alpha: [-1, 1] } }));
    await vi.waitFor(() => { expect([...rendered.at(-1)!.edits[0]!.rows[0]!]).toEqual([0, 1, 0, 0]); });
    expect(opened).toHaveLength(1);
    server.emit('contents', sound({ latent: { ...eyes.latent, layers: [0] } }));
    await vi.waitFor(() => { expect(rendered.at(-1)!.edits[0]!.layers).toEqual([0]); });
    expect(opened).toHaveLength(2);
  });

  it('gives way to a broken text, and is there again when it is mended', async () => {
    const { app, server, opened, shows } = setUp({ contents: broken });
    await rest();
    expect(app.state).toMatchObject({ broken, direction: undefined });
    expect(opened).toHaveLength(0);
    server.emit('contents', sound());
    await shows('seed 0 3');
    server.emit('contents', broken);
    await vi.waitFor(() => { expect(app.state.broken).toEqual(broken); });
    server.emit('contents', sound());
    await vi.waitFor(() => { expect(app.state.broken).toBeUndefined(); });
    expect(textOf(app.state.picture)).toBe('seed 0 3');
  });

  it('says that its generator is not here, and looks again when there are others', async () => {
    let here = false;
    const { app, server, shows } = setUp({ open: () => (here ? { kind: 'opened', generator: '/models/cats', info } : { kind: 'missing', reason: 'eyes.resefa.json was made for another one' }) });
    await vi.waitFor(() => { expect(app.state.generator).toEqual({ kind: 'missing', reason: 'eyes.resefa.json was made for another one.' }); });
    here = true;
    server.emit('generators', {});
    await shows('seed 0 3');
  });

  it('says that its direction does not fit, and shows the picture once it does', async () => {
    let fits = false;
    const { app, server, shows } = setUp({
      open: () => {
        if (!fits) throw new UserError('layer 9 is not there');
        return { kind: 'opened', generator: '/models/cats', info };
      },
    });
    await vi.waitFor(() => { expect(app.state.generator).toEqual({ kind: 'failed', reason: 'Layer 9 is not there.' }); });
    fits = true;
    server.emit('contents', sound({ latent: { ...eyes.latent, layers: [0, 1] } }));
    await shows('seed 0 3');
  });

  it('says that the engine has died, keeps the picture, and draws again when asked to', async () => {
    let alive = true;
    const { app, server, shows } = setUp({
      render: (request) => {
        if (!alive) throw new EngineStoppedError('the engine process ended unexpectedly (signal SIGKILL)');
        return { frame: frameOf(nameOf(request)) };
      },
    });
    await shows('seed 0 3');
    alive = false;
    server.emit('engineStopped', { message: 'the engine process ended unexpectedly (signal SIGKILL)', hadStarted: true });
    await vi.waitFor(() => { expect(app.state.problem).toBe('The engine process ended unexpectedly (signal SIGKILL).'); });
    app.changePreview({ seed: 1 });
    await rest();
    expect(app.state.problem).toMatch(/SIGKILL/);
    expect(textOf(app.state.picture)).toBe('seed 0 3');
    alive = true;
    app.tryAgain();
    await shows('seed 1 3');
    expect(app.state.problem).toBeUndefined();
  });

  it('takes the class of the discovery where the generator has classes', async () => {
    const conditional = { ...info, classes: 5 };
    const { app, rendered, shows } = setUp({ contents: sound({ discovery: { ...eyes.discovery, class: 3 } }), open: () => ({ kind: 'opened', generator: '/models/cats', info: conditional }) });
    await shows('seed 0 3');
    expect(rendered[0]!.sample).toEqual({ seed: 0, psi: 0.7, label: 3 });
    app.changePreview({ label: 9 });
    await vi.waitFor(() => { expect(rendered.at(-1)!.sample.label).toBe(4); });
  });

  it('hands edits on, and the reasons against them back', async () => {
    const { app } = setUp({ rename: ({ name }) => { throw new UserError(`${name} will not do`); } });
    await expect(app.rename('x')).rejects.toThrow('x will not do');
    await expect(app.setAlphaEnd(1, 1)).resolves.toBeUndefined();
    await expect(app.setLayer(eyes.latent.layers[0]!, eyes.latent.layers.length > 1)).resolves.toBeUndefined();
  });

  it('makes quick edits of what the one before has left, and saves after them', async () => {
    const told: unknown[] = [];
    let now: Partial<DirectionFile> = { edit: { alpha: [-6, 6] }, latent: { ...eyes.latent, layers: [2, 3, 4] } };
    const put = (changed: Partial<DirectionFile>) => {
      now = { ...now, ...changed };
      server.emit('contents', sound(now));
    };
    const { app, server } = setUp({
      contents: sound(now),
      setAlphas: ({ alpha }) => { put({ edit: { alpha } }); },
      setLayers: ({ layers }) => { put({ latent: { ...eyes.latent, layers } }); },
      save: () => { told.push(now.edit!.alpha, now.latent!.layers); },
    });
    const edits = [app.setAlphaEnd(0, -3), app.setAlphaEnd(1, 9), app.setLayer(2, false), app.setLayer(3, false)];
    const refused = app.setLayer(4, false);
    app.save();
    await Promise.all(edits);
    await expect(refused).rejects.toThrow('A direction needs a layer');
    await vi.waitFor(() => { expect(told).toEqual([[-3, 9], [4]]); });
  });

  it('looks for the generator again once a text is mended that it was not found for', async () => {
    let wrong = true;
    const { app, server, shows } = setUp({ open: () => {
      if (wrong) throw new UserError('eyes.resefa.json: expected a key');
      return { kind: 'opened', generator: '/models/cats', info };
    } });
    await vi.waitFor(() => { expect(app.state.generator.kind).toBe('failed'); });
    server.emit('contents', broken);
    await vi.waitFor(() => { expect(app.state.broken).toBeDefined(); });
    wrong = false;
    server.emit('contents', sound());
    await shows('seed 0 3');
  });
});

describe('the state of a preview', () => {
  it('comes back as it was, and anew where it cannot be read', () => {
    const state = { version: 1, seed: 3, psi: 1, label: 2, alpha: -4, heat: true } as const;
    expect(restoredPreview(structuredClone(state))).toEqual(state);
    for (const odd of [undefined, null, {}, { ...state, seed: 0.5 }, { ...state, psi: 9 }, { ...state, heat: 1 }, { ...state, version: 2 }]) expect(restoredPreview(odd)).toEqual(startPreview);
  });
});

describe('the bars of a vector', () => {
  const stacked = { vector: [[0.6, 0, 0], [0, -0.8, 0.1]], latent: { space: 'w+', dimensions: 3, layers: [4, 7] } } as const;

  it('are one row in w and one for each layer in w+, with their norms and the largest components', () => {
    const { rows, largest, leaders } = vectorBars(stacked);
    expect(rows.map(({ layer, norm }) => [layer, Number(norm.toFixed(6))])).toEqual([[4, 0.6], [7, Number(Math.sqrt(0.65).toFixed(6))]]);
    expect(largest).toBe(0.8);
    expect(leaders.slice(0, 3).map(componentText)).toEqual(['layer 7, 1: -0.8', 'layer 4, 0: +0.6', 'layer 7, 2: +0.1']);
    expect(vectorBars(eyes).rows).toEqual([{ layer: undefined, values: [1, 0, 0, 0], norm: 1 }]);
  });

  it('are drawn upwards and downwards on one scale', () => {
    expect(barPaths([0.5, 0, -1], 1)).toEqual({ columns: 3, positive: 'M0 1h1v-0.5000h-1z', negative: 'M2 1h1v1.0000h-1z' });
    expect(barPaths([0, 0], 0)).toEqual({ columns: 2, positive: '', negative: '' });
  });

  it('stand for several components where there are too many, and show the largest of them', () => {
    const values = Array.from({ length: 65_536 }, (_, i) => (i === 40_000 ? -1 : 0.001));
    const { columns, negative } = barPaths(values, 1);
    expect(columns).toBe(2048);
    expect(negative).toBe(`M${Math.floor(40_000 / 32)} 1h1v1.0000h-1z`);
  });
});

describe('provenance', () => {
  const facts = (changed: Partial<DirectionFile>) => provenance({ ...eyes, ...changed }).flatMap(({ title, facts: rows }) => rows.map(({ label, value }) => `${title}: ${label} ${value}`));

  it('names generator, space, layers, region, discovery and measures', () => {
    const shown = facts({ metrics: { seeds: '100-107', alpha: 1.35, insideMse: 0.02, outsideMse: 0.002 } });
    expect(shown).toEqual(expect.arrayContaining([
      `Generator: SHA-256 ${info.sha256}`, 'Direction: Layers 1-2 (2 layers)', 'Discovery: Seeds 0-19 (20)', 'Discovery: Eigenvalue 5', 'Discovery: Tau 0.001', 'Discovery: Rank 1',
      'Measured on held-out samples: Locality 10.0 times as much change inside as outside', 'Measured on held-out samples: At alpha ±1.35', 'Measured on held-out samples: Held-out seeds 100-107 (8)',
    ]));
    expect(provenance(eyes).map(({ title }) => title)).toEqual(['Direction', 'Discovery', 'Generator']);
  });

  it('names the source of what no discovery found', () => {
    const { region, discovery, ...rest } = eyes;
    expect([region, discovery]).not.toContain(undefined);
    const imported = provenance({ ...rest, version: 2, source: { kind: 'npy', file: 'eyes.npy', sha256: 'b'.repeat(64), row: 3 } }).flatMap((group) => group.facts);
    expect(imported).toEqual(expect.arrayContaining([{ label: 'NumPy file', value: 'eyes.npy' }, { label: 'Row', value: '3' }, { label: 'Region', value: 'none' }]));
    const composed = provenance({ ...rest, version: 2, source: { kind: 'composition', orthogonal: true, terms: [{ name: 'eyes-1', weight: 1 }, { name: 'mouth-2', weight: -0.5 }] } });
    expect(composed.find(({ title }) => title === 'Source')!.facts.map(({ label, value }) => `${label} ${value}`)).toEqual(['1 × eyes-1', '-0.5 × mouth-2', 'Orthogonal yes, each to those before it']);
  });
});

describe('the lines of a broken file', () => {
  it('tell the sides of a conflict apart', () => {
    const { lines } = sourceLines('{\n<<<<<<< HEAD\na\n||||||| base\nb\n=======\nc\n>>>>>>> other\n}', 2);
    expect(lines.map(({ kind }) => kind)).toEqual(['plain', 'marker', 'ours', 'marker', 'base', 'marker', 'theirs', 'marker', 'plain']);
  });

  it('mark the line of the problem', () => {
    expect(sourceLines('a\r\nb\r\nc', 2)).toEqual({ above: 0, below: 0, lines: [{ number: 1, text: 'a', kind: 'plain' }, { number: 2, text: 'b', kind: 'wrong' }, { number: 3, text: 'c', kind: 'plain' }] });
  });

  it('are those around the problem where there are very many, and cut where one is very long', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `${i + 1}`).join('\n');
    const { lines, above, below } = sourceLines(text, 15_000);
    expect(lines.find(({ kind }) => kind === 'wrong')).toEqual({ number: 15_000, text: '15000', kind: 'wrong' });
    expect(above + lines.length + below).toBe(20_000);
    expect(lines.length).toBeLessThan(5000);
    expect(sourceLines(text, 20_000).lines.at(-1)!.number).toBe(20_000);
    expect(sourceLines('x'.repeat(1e6), undefined).lines[0]!.text.length).toBeLessThan(1100);
  });
});
