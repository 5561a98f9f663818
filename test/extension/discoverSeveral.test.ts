import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AllServices } from '../../src/extension/allServices';
import { discoverSeveral } from '../../src/extension/commands/discoverSeveral';
import { CancelledError } from '../../src/shared/cancelledError';
import { parsePlan } from '../../src/shared/plan';
import type { BatchUpdate, DiscoverPlanRequest } from '../../src/shared/protocol/engineProtocol';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import type { CallOptions } from '../../src/shared/protocol/rpc';
import { userErrorOf } from '../support/userErrors';
import { Uri, VsCodeStub } from './vscodeStub';
import type { Question } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const box = { shape: 'box', x: 0.1, y: 0.2, width: 0.3, height: 0.4 } as const;
const nose = { ...box, x: 0.4 };
const eyes = { ...box, y: 0.5 };

const cats = { reference: 'afhq-cat-64', name: 'afhq-cat-64', origin: 'embedded', detail: 'stylegan2, 64 px', uri: Uri.file('/ext/models/afhq-cat-64') };
const dogs = { reference: '/ws/gen/dogs', name: 'hounds', origin: 'workspace', detail: 'stylegan2, 64 px', uri: Uri.file('/ws/gen/dogs') };
const infos: Readonly<Record<string, object>> = {
  'afhq-cat-64': { regions: { eyes, nose }, classes: 0, hasLayers: true, editLayers: [2] },
  '/ws/gen/dogs': { regions: { eyes }, classes: 5, hasLayers: true, editLayers: [3] },
};

/** What the engine is asked, and how it discovers. */
let asked: [string, Record<string, unknown>][];
let discover: (request: DiscoverPlanRequest, options: CallOptions<BatchUpdate>) => unknown;
let panels: object[];
let stub: VsCodeStub;

const log = { warn: vi.fn(), error: vi.fn() };
const services = {
  engine: {
    call: (name: string, params: Record<string, unknown>, options: CallOptions<BatchUpdate>) => {
      asked.push([name, params]);
      if (name === 'open') return Promise.resolve(infos[params.generator as string]);
      if (name === 'estimate') return Promise.resolve({ exactSeconds: 100 });
      return new Promise((resolve) => { resolve(discover(params as unknown as DiscoverPlanRequest, options)); });
    },
  },
  settings: { directionsFolder: () => 'found', defaultPreset: 'standard' },
  work: { during: (_text: string, work: () => unknown) => work() },
  generators: { all: () => Promise.resolve([cats, dogs]) },
  log,
  panels: { get open() { return panels; } },
} as unknown as AllServices;

const result = { discovered: 2, before: 1, failed: [], edited: [], summary: '/ws/found/summary.md' };

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
  asked = [];
  panels = [];
  discover = () => result;
});

const run = (argument?: unknown) => discoverSeveral.run(services, argument) as Promise<void>;
const plans = () => asked.flatMap(([name, params]) => (name === 'discoverPlan' ? [params as unknown as DiscoverPlanRequest] : []));
const picks = (...labels: readonly string[]) => ({ items }: Question) => items!.filter(({ label }) => labels.includes(label));
const pick = (label: string) => ({ items }: Question) => items!.find((item) => item.label === label);
/** Lets the messages that nobody waits for be answered. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('discovering for several regions step by step', () => {
  it('asks for all that a plan says, and discovers into the folder of directions', async () => {
    panels = [{ title: 'ReSeFa: afhq-cat-64', generator: 'afhq-cat-64', regions: [{ name: 'region 1', region: box }, { name: 'region 2' }, { name: 'mine', region: nose }] }];
    let offered: readonly string[] = [];
    stub.answers = [
      picks('afhq-cat-64', 'hounds'),
      () => '3',
      (question) => {
        offered = question.items!.map(({ label, description }) => `${label}: ${description ?? ''}`);
        return picks('eyes', 'nose', 'region 1')(question);
      },
      () => '0-3; 7',
      picks('w', 'w+'),
      pick('draft'),
      pick('Discover'),
    ];
    await run();
    // A region that a panel only took over from the generator is not offered twice.
    expect(offered).toEqual(['eyes: box 0.1,0.5 0.3x0.4', 'nose: box 0.4,0.2 0.3x0.4 of afhq-cat-64', 'region 1: box 0.1,0.2 0.3x0.4, drawn in ReSeFa: afhq-cat-64']);
    const [request] = plans();
    expect(request).toMatchObject({ name: 'eyes, nose, region-1', base: '/ws', out: '/ws/found', force: false });
    expect(JSON.parse(request!.plan)).toEqual({
      format: 'resefa-plan',
      version: 1,
      generators: ['afhq-cat-64', { generator: './gen/dogs', name: 'hounds', class: 3 }],
      regions: ['eyes', { name: 'nose', ...nose }, { name: 'region-1', ...box }],
      seeds: ['0-3', '7'],
      spaces: ['w', 'w+'],
      preset: 'draft',
      count: 8,
    });
    expect(() => parsePlan(request!.plan, 'p')).not.toThrow();
    // Two generators, two spaces, two lists.
    const estimates = asked.filter(([name]) => name === 'estimate').map(([, params]) => params);
    expect(estimates).toHaveLength(8);
    expect(estimates[0]).toEqual({ generator: 'afhq-cat-64', preset: 'draft', space: 'w', layers: [2], count: 24, seeds: '0-3' });
    expect(estimates.at(-1)).toEqual({ generator: '/ws/gen/dogs', preset: 'draft', space: 'w+', layers: [3], count: 24, seeds: '7', label: 3 });
    expect(stub.heard).toContain('It will take about 13 min on this machine');
  });

  it('begins with the generator whose menu it was called from, and saves a plan for later', async () => {
    stub.answers = [picks('eyes'), () => '', picks('w'), pick('standard'), pick('Save Plan'), () => 'mine'];
    await run({ kind: 'generator', generator: cats });
    expect(plans()).toEqual([]);
    expect(stub.heard.at(-1)).toBe('shows /ws/mine.resefa-plan.json');
    const plan = parsePlan(stub.files.get('/ws/mine.resefa-plan.json')!, 'mine');
    expect(plan).toMatchObject({ seeds: [undefined], spaces: ['w'], preset: 'standard' });
    stub.answers = [picks('eyes'), () => '1', picks('w'), pick('standard'), pick('Save Plan'), () => 'mine', () => undefined];
    const before = stub.files.get('/ws/mine.resefa-plan.json');
    await run({ kind: 'generator', generator: cats });
    expect(stub.heard.at(-1)).toBe('mine.resefa-plan.json exists already. Replace it?');
    expect(stub.files.get('/ws/mine.resefa-plan.json')).toBe(before);
  });

  it('lets only samples through', async () => {
    let advice: unknown[] = [];
    stub.answers = [picks('eyes'), ({ validateInput }) => { advice = ['', '0-3', '0-3;5', '3-1', 'a', '1;;2'].map((text) => validateInput!(text)); }];
    await run({ kind: 'generator', generator: cats });
    expect(advice).toEqual([undefined, undefined, undefined, expect.stringContaining('runs backwards'), expect.stringContaining('is not a seed'), expect.stringContaining('is not a seed')]);
  });

  it('does nothing where the user gives up at any step, and says why without a folder', async () => {
    const answers = [picks('afhq-cat-64'), picks('eyes'), () => '', picks('w'), pick('draft')];
    for (let step = 0; step <= answers.length; step++) {
      stub.answers = answers.slice(0, step);
      await run();
    }
    expect(plans()).toEqual([]);
    expect(stub.files.size).toBe(0);
    stub.folders = [];
    expect(await userErrorOf(run)).toBe('open a folder first: the directions are saved in it');
  });
});

describe('discovering what a plan file asks for', () => {
  const plan = { format: 'resefa-plan', version: 1, generators: ['./dogs'], regions: ['eyes'] };
  const uri = Uri.file('/ws/plans/a.resefa-plan.json');

  beforeEach(() => {
    stub.files.set(uri.path, JSON.stringify(plan));
  });

  it('tells how far it is, and opens the summary', async () => {
    stub.press = (_, buttons) => buttons[0];
    discover = (_, { onProgress }) => {
      onProgress!({ kind: 'started', total: 3, done: 1 });
      onProgress!({ kind: 'progress', job: 'dogs', step: 'sample 1 of 2', fraction: 0.25, secondsLeft: 100 });
      onProgress!({ kind: 'discovered', task: 'dogs/eyes', files: 8, done: 2, total: 3 });
      onProgress!({ kind: 'progress', job: 'dogs', step: 'sample 2 of 2', fraction: 0.75 });
      onProgress!({ kind: 'note', text: 'a note' });
      return result;
    };
    await run(uri);
    await settle();
    expect(plans()).toEqual([{ plan: JSON.stringify(plan), name: 'a.resefa-plan.json', base: '/ws/plans', out: '/ws/found', force: false }]);
    expect(stub.progress).toEqual([
      { message: '1 of 3 discoveries done, about 2 min left (dogs: sample 1 of 2)', increment: 25 },
      { message: '2 of 3 discoveries done (dogs: sample 2 of 2)', increment: 50 },
    ]);
    expect(log.warn).toHaveBeenCalledWith('a.resefa-plan.json: a note');
    expect(stub.heard.at(-1)).toBe('2 discoveries made, 1 done before.');
    expect(stub.commands).toEqual([['markdown.showPreview', Uri.file('/ws/found/summary.md')]]);
  });

  it('takes a plan as it stands in the editor, and leaves it unsaved', async () => {
    const text = JSON.stringify({ ...plan, count: 2 });
    (vscode as { workspace: { textDocuments: object[] } }).workspace.textDocuments.push({ uri, isDirty: true, getText: () => text });
    await run(uri);
    expect(plans()).toEqual([{ plan: text, name: 'a.resefa-plan.json', base: '/ws/plans', out: '/ws/found', force: false }]);
  });

  it('offers the plans of the workspace in the palette', async () => {
    stub.answers = [pick('a.resefa-plan.json')];
    await run();
    expect(plans()).toHaveLength(1);
    await run();
    expect(plans()).toHaveLength(1);
  });

  it.each([
    ['cancelled', () => new CancelledError(), 'Stopped discovering a.resefa-plan.json. 1 of 4 discoveries done; it can go on from there.'],
    ['interrupted', () => new EngineStoppedError('the engine process ended unexpectedly'), 'Discovering a.resefa-plan.json was interrupted: the engine process ended unexpectedly. 1 of 4 discoveries done; it can go on from there.'],
  ])('goes on where it was %s', async (_, error, message) => {
    discover = (_request, { onProgress }) => {
      if (plans().length > 1) return result;
      onProgress!({ kind: 'started', total: 4, done: 1 });
      throw error();
    };
    stub.press = (_text, buttons) => buttons.find((button) => button === 'Continue');
    await run(uri);
    await settle();
    expect(stub.heard).toContain(message);
    expect(plans()).toHaveLength(2);
    expect(plans()[1]).toEqual(plans()[0]);
    expect(stub.heard.at(-1)).toBe('2 discoveries made, 1 done before.');
  });

  it('replaces edited files only where the user says so twice', async () => {
    discover = ({ force }) => (force ? result : { ...result, edited: ['dogs/eyes-1.resefa.json'] });
    stub.press = (_text, buttons) => buttons.find((button) => button === 'Replace Files');
    for (const [answer, runs] of [[undefined, 1], ['Replace', 3]] as const) {
      stub.answers = [() => answer];
      await run(uri);
      await settle();
      expect(stub.heard).toContain('2 discoveries made, 1 done before. 1 file left that the plan did not make or somebody has edited.');
      expect(stub.heard).toContain('Make 1 file anew? What was edited is lost.');
      expect(plans()).toHaveLength(runs);
    }
    expect(plans().map(({ force }) => force)).toEqual([false, false, true]);
  });

  it('warns of what failed', async () => {
    discover = () => ({ ...result, failed: [{ task: 'dogs/eyes', reason: 'there is no generator "./dogs"' }] });
    await run(uri);
    expect(stub.heard.at(-1)).toBe('1 discovery failed (dogs/eyes: there is no generator "./dogs"). 2 discoveries made, 1 done before.');
  });

  it('refuses a broken plan with the place, and one of a workspace that nobody trusts', async () => {
    stub.files.set(uri.path, '{\n  "format": 7\n}');
    expect(await userErrorOf(() => run(uri))).toBe('a.resefa-plan.json: "format" must be "resefa-plan", not 7');
    stub.files.set(uri.path, JSON.stringify(plan));
    stub.trusted = false;
    expect(await userErrorOf(() => run(uri))).toMatch(/not trusted/);
    expect(await userErrorOf(() => run(Uri.from({ scheme: 'vscode-vfs', path: '/x/a.resefa-plan.json' })))).toMatch(/not on this computer's disk/);
    expect(plans()).toEqual([]);
  });
});
