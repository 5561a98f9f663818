import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { EngineCalls, FigureRequest, GeneratorInfo } from '../../src/shared/protocol/engineProtocol';
import { checkExportSource, exportChecks } from '../../src/shared/protocol/exportProtocol';
import type { ExportCalls, PageFigure } from '../../src/shared/protocol/exportProtocol';
import type { Context, Handlers } from '../../src/shared/protocol/rpc';
import type * as exportJob from '../../src/extension/export/exportJob';
import type { Services } from '../../src/extension/services';
import { exampleDirection } from '../support/directions';
import type * as Vscode from 'vscode';
import { Uri, VsCodeStub } from './vscodeStub';

const info: GeneratorInfo = {
  name: 'cats', architecture: 'stylegan2', resolution: 64, dimensions: 4, hasLayers: true, classes: 0, truncates: true, sha256: exampleDirection.generator.sha256, editLayers: [2], regions: {},
  layers: [0, 1, 2, 3, 4, 5].map((index) => ({ index, name: `layer${index}`, resolution: 8 })),
};
const mouth: DirectionFile = { ...exampleDirection, name: 'mouth-1', edit: { alpha: [-1, 3] }, metrics: { seeds: '100-107', alpha: 1.234567, insideMse: 0.02, outsideMse: 0.002 } };
const strip: PageFigure = { kind: 'strip', format: 'png', directions: [{ index: 1, from: -1, to: 3 }], samples: [{ seed: 0, psi: 0.7 }], steps: 7, together: false };

const fileOf = (name: string, direction: DirectionFile) => ({ uri: Uri.file(`/ws/${name}.resefa.json`) as unknown as Vscode.Uri, direction });

let vscode: VsCodeStub;
/** What the engine was asked for. */
let asked: { readonly method: string; readonly params: unknown }[];
let jobs: Pick<typeof exportJob, 'jobOfFiles' | 'jobOfPanel' | 'openJob'>;
let handlers: Handlers<ExportCalls>;
let job: exportJob.ExportJob;

beforeEach(async () => {
  vi.resetModules();
  vscode = new VsCodeStub();
  asked = [];
  vi.doMock('vscode', () => vscode.module());
  jobs = await import('../../src/extension/export/exportJob');
  const { exportHandlers } = await import('../../src/extension/export/exportHandlers');
  job = jobs.jobOfFiles({ reference: '/models/cats', info }, [fileOf('eyes-1', exampleDirection), fileOf('mouth-1', mouth)]);
  const engine = {
    call: (method: keyof EngineCalls, params: unknown) => {
      asked.push({ method, params });
      return Promise.resolve(new TextEncoder().encode(method));
    },
  };
  handlers = exportHandlers(Promise.resolve(job), { engine, work: { during: (_: string, work: () => unknown) => work() } } as unknown as Services);
});

afterEach(() => {
  vi.doUnmock('vscode');
});

/** Calls as the page does, through the checks. */
async function call<Name extends keyof ExportCalls>(name: Name, params: ExportCalls[Name]['params']): Promise<ExportCalls[Name]['result']> {
  const context: Context<never> = { signal: new AbortController().signal, progress: () => undefined };
  return (handlers[name] as (params: unknown, context: Context<never>) => Promise<ExportCalls[Name]['result']>)(exportChecks[name](params), context);
}

/** The message of a user's mistake; modules are loaded anew for each test, and so is its class. */
async function mistakeOf(make: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve().then(make).then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof Error) || error.name !== 'UserError') throw new Error('no mistake', { cause: error });
  return error.message;
}

describe('a job', () => {
  it('of files has the range of each, and the alpha that it was measured at', () => {
    expect(job.start).toEqual({
      source: { files: ['file:///ws/eyes-1.resefa.json', 'file:///ws/mouth-1.resefa.json'] },
      generator: { name: 'cats', resolution: 64, classes: 0, truncates: true }, together: false,
      directions: [{ name: 'eyes-1', from: -6, to: 6, alpha: 3 }, { name: 'mouth-1', from: -1, to: 3, alpha: 1.23 }],
      samples: [0, 1, 2, 3].map((seed) => ({ seed, psi: 0.7 })),
    });
  });

  it('of files has the class of the first where there are classes', () => {
    const classed = { ...exampleDirection, discovery: { ...exampleDirection.discovery, class: 5 } };
    expect(jobs.jobOfFiles({ reference: 'g', info: { ...info, classes: 10 } }, [fileOf('a', classed)]).start.samples[0]).toEqual({ seed: 0, psi: 0.7, label: 5 });
    expect(jobs.jobOfFiles({ reference: 'g', info: { ...info, classes: 3 } }, [fileOf('a', classed)]).start.samples[0]!.label).toBe(2);
  });

  it('of files for different generators is refused, with the file', async () => {
    const other = { ...mouth, generator: { ...mouth.generator, sha256: 'f'.repeat(64) } };
    expect(await mistakeOf(() => jobs.jobOfFiles({ reference: 'g', info }, [fileOf('a', exampleDirection), fileOf('b', other)]))).toMatch(/^b.resefa.json: made for generator "cats"/);
  });

  it('of a panel sweeps its edits together, each to where it is', () => {
    const samples = [{ seed: 8, psi: 0.5 }];
    const two = jobs.jobOfPanel(info, { generator: 'g', directions: [{ direction: exampleDirection, alpha: -2 }, { direction: mouth, alpha: 1.5 }], samples });
    expect(two.start).toMatchObject({ together: true, samples, directions: [{ from: 2, to: -2, alpha: -2 }, { from: -1.5, to: 1.5, alpha: 1.5 }] });
    expect(jobs.jobOfPanel(info, { generator: 'g', directions: [{ direction: exampleDirection, alpha: -2 }], samples }).start).toMatchObject({ together: false, directions: [{ from: -2, to: 2, alpha: -2 }] });
  });
});

describe('what a reloaded window brings back', () => {
  const samples = [{ seed: 8, psi: 0.5 }];
  const edits = { generator: '/models/cats', directions: [{ direction: exampleDirection, alpha: -2 }], samples };
  const services = () => ({
    engine: { call: () => Promise.resolve(info) }, work: { during: (_: string, work: () => unknown) => work() },
    generators: { all: () => Promise.resolve([{ reference: '/models/cats', name: 'cats', sha256: info.sha256 }]), workspaceHidden: false },
    log: { warn: (line: string) => { vscode.heard.push(line); } },
  }) as unknown as Services;

  it('is what the page was for: its files as they are now, or the edits of a panel', async () => {
    vscode.files.set('/ws/eyes-1.resefa.json', formatDirection(exampleDirection));
    vscode.files.set('/ws/mouth-1.resefa.json', formatDirection(mouth));
    for (const start of [job.start, jobs.jobOfPanel(info, edits).start]) {
      const left: unknown = JSON.parse(JSON.stringify({ source: start.source, settings: {} }));
      expect((await jobs.openJob(checkExportSource(left), services())).start).toEqual(start);
    }
  });

  it('opens no network of a workspace that nobody trusts', async () => {
    vscode.trusted = false;
    expect(await mistakeOf(() => jobs.openJob({ edits: { ...edits, generator: '/ws/cats' } }, services()))).toMatch(/trust the workspace/);
  });

  it.each([
    [undefined, /state of the page/],
    [{ source: { files: [] } }, /"source.files" has 0 items/],
    [{ source: { edits: { generator: 'cats', directions: [], samples: [] } } }, /"source.edits.directions"/],
  ])('closes a page that left nothing to go by: %j', async (left, reason) => {
    const { restoreExportPages } = await import('../../src/extension/export/exportPages');
    restoreExportPages(services());
    let disposed = false;
    const panel = { dispose: () => { disposed = true; } };
    await (vscode.serializers.get('resefa.export') as Vscode.WebviewPanelSerializer).deserializeWebviewPanel(panel as Vscode.WebviewPanel, left);
    expect(disposed).toBe(true);
    expect(vscode.heard.at(-1)).toMatch(/^a page of pictures to be exported does not come back: /);
    expect(vscode.heard.at(-1)).toMatch(reason);
  });
});

describe('the page', () => {
  it('is told why it cannot be set up where its files are gone', async () => {
    const { exportHandlers } = await import('../../src/extension/export/exportHandlers');
    handlers = exportHandlers(jobs.openJob({ files: ['file:///ws/gone.resefa.json'] }, {} as Services), {} as Services);
    expect(await mistakeOf(() => call('start', {}))).toBe('gone.resefa.json cannot be read: not found');
  });

  it('gets what it starts with', async () => {
    expect(await call('start', {})).toEqual(job.start);
  });

  it('names directions by number alone', async () => {
    await call('size', { figure: strip });
    expect(asked).toEqual([{ method: 'figureSize', params: { ...strip, generator: '/models/cats', directions: [{ direction: mouth, from: -1, to: 3 }] } satisfies FigureRequest }]);
    expect(await mistakeOf(() => call('preview', { figure: { ...strip, directions: [{ index: 2, from: 0, to: 1 }] } }))).toBe('there is no direction 2 among 2');
  });

  it.each([
    ['strip.png', '/ws/strip.png'],
    ['strip.PNG', '/ws/strip.PNG'],
    ['strip', '/ws/strip.png'],
    ['strip.v2', '/ws/strip.v2.png'],
    ['strip.gif', '/ws/strip.gif.png'],
  ])('saves a figure where the user says: %s', async (name, path) => {
    vscode.answers = [() => Uri.file(`/ws/${name}`)];
    expect(await call('save', { figure: strip, fileName: 'mouth-1-strip.png' })).toEqual({ path: path.slice(4) });
    expect([...vscode.files]).toEqual([[path, 'figure']]);
    expect(vscode.heard).toEqual(['place?', `Exported ${path.slice(4)}`]);
  });

  it('asks before it replaces a file that the dialog has not asked for', async () => {
    vscode.files.set('/ws/strip.png', 'mine');
    vscode.answers = [() => Uri.file('/ws/strip'), () => undefined];
    expect(await call('save', { figure: strip, fileName: 'a.png' })).toBeUndefined();
    expect([asked, vscode.files.get('/ws/strip.png')]).toEqual([[], 'mine']);
  });

  it('computes nothing where the user gives up', async () => {
    vscode.answers = [() => undefined];
    expect(await call('save', { figure: strip, fileName: 'a.png' })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('writes a video to a place that was asked for, and to no other', async () => {
    const data = new TextEncoder().encode('video');
    expect(await mistakeOf(() => call('saveVideo', { place: 0, data }))).toMatch(/nobody has chosen the place 0/);
    vscode.answers = [() => Uri.file('/ws/sweep')];
    const chosen = await call('place', { format: 'webm', fileName: 'eyes-1.webm' });
    expect(chosen).toEqual({ place: 0, path: 'sweep.webm' });
    expect(await call('saveVideo', { place: chosen!.place, data })).toEqual({ path: 'sweep.webm' });
    expect([...vscode.files]).toEqual([['/ws/sweep.webm', 'video']]);
  });
});
