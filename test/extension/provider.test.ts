import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AllServices } from '../../src/extension/allServices';
import { chooseProvider } from '../../src/extension/commands/chooseProvider';
import { cudaObstacle, setUp } from '../../src/extension/commands/setUpCuda';
import { CudaLibraries, libraryNames } from '../../src/extension/cuda/cudaLibraries';
import { ProviderStatusItem } from '../../src/extension/providerStatus';
import type { ExecutionProvider, ProviderStatus } from '../../src/shared/protocol/engineProtocol';
import { NugetServer, cudaLibrary, sharedLibrary } from './cudaPackage';
import { Uri } from './vscodeStub';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

const packageJSON: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const item = { text: '', tooltip: '', command: '', shown: 0, show: () => { item.shown++; }, dispose: () => undefined };

/** What a user was shown: kind and text, and the buttons or items below it. */
let shown: string[];
/** What the user presses or picks next; nothing closes what is shown. */
let answers: string[];
let ran: string[];
let saved: unknown[];
let folderChosen: Uri[] | undefined;
/** Presses Cancel on every progress notification. */
let cancels: boolean;

function ask(kind: string, text: string, choices: readonly string[]): string | undefined {
  shown.push([`${kind}: ${text}`, ...choices].join(' | '));
  const answer = answers[0];
  return answer !== undefined && choices.includes(answer) ? answers.shift() : undefined;
}

interface Pick { readonly label: string; readonly description?: string; readonly detail?: string }
interface Modal { readonly modal?: boolean; readonly detail?: string }

function message(kind: string) {
  return (text: string, ...rest: (string | Modal)[]) => {
    const modal = rest.find((part) => typeof part === 'object');
    const buttons = rest.filter((part) => typeof part === 'string');
    return Promise.resolve(ask(modal?.modal ? `modal ${kind}` : kind, modal?.detail === undefined ? text : `${text} ${modal.detail}`, buttons));
  };
}

beforeEach(() => {
  [shown, answers, ran, saved, folderChosen, cancels] = [[], [], [], [], undefined, false];
  Object.assign(item, { text: '', tooltip: '', shown: 0 });
  Object.assign(vscode, {
    Uri,
    StatusBarAlignment: { Left: 1, Right: 2 },
    ProgressLocation: { Notification: 15 },
    ConfigurationTarget: { Global: 1, Workspace: 2 },
    commands: { executeCommand: (command: string) => Promise.resolve(ran.push(command)) },
    workspace: { getConfiguration: () => ({ inspect: () => ({}), update: (...change: unknown[]) => Promise.resolve(saved.push(change)) }) },
    window: {
      createStatusBarItem: () => item,
      showWarningMessage: message('warning'),
      showInformationMessage: message('information'),
      showOpenDialog: () => Promise.resolve(folderChosen),
      showQuickPick: (picks: Pick[]) => {
        const label = ask('pick', '', picks.map((pick) => pick.label));
        return Promise.resolve(picks.find((pick) => pick.label === label));
      },
      withProgress: (_options: unknown, work: (progress: { report: () => void }, token: { onCancellationRequested: (cancel: () => void) => void }) => Promise<unknown>) =>
        work({ report: () => undefined }, { onCancellationRequested: (cancel) => { if (cancels) setTimeout(cancel, 50); } }),
    },
  });
});

/** An engine that tells what a test says. */
function fakeEngine() {
  const events = new EventEmitter();
  const calls: string[] = [];
  const engine = {
    problem: undefined as string | undefined,
    status: { provider: 'cuda', reasons: [] } as ProviderStatus,
    onProvider: (listener: (status: ProviderStatus) => void) => {
      events.on('provider', listener);
      return () => events.off('provider', listener);
    },
    tell: (status: ProviderStatus) => events.emit('provider', status),
    restart: () => { calls.push('restart'); },
    call: (method: string) => {
      calls.push(method);
      return Promise.resolve(method === 'checkProvider' ? { problem: engine.problem } : engine.status);
    },
  };
  return { engine, calls };
}

function servicesWith(engine: ReturnType<typeof fakeEngine>['engine'], executionProvider: ExecutionProvider = 'auto') {
  const provider = new ProviderStatusItem(engine, log);
  return { engine, provider, log, settings: { engine: { executionProvider } }, context: { extension: { packageJSON } } } as unknown as AllServices;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the status bar item of the provider', () => {
  it('is there once the engine has told, with the reasons as lines', () => {
    const { engine } = fakeEngine();
    new ProviderStatusItem(engine, log);
    expect(item.shown).toBe(0);
    engine.tell({ provider: 'cpu', reasons: ['cuda: there is no NVIDIA GPU here', 'webgpu is 900 times slower than the CPU here'] });
    expect(item.shown).toBe(1);
    expect(item.text).toBe('ReSeFa: CPU');
    expect(item.tooltip.split('\n')).toEqual(['Generators run on the CPU.', 'cuda: there is no NVIDIA GPU here', 'webgpu is 900 times slower than the CPU here', 'Click to choose.']);
    expect(item.command).toBe('resefa.chooseProvider');
    expect(shown).toEqual([]);
  });

  it('notifies of what goes wrong, once for each reason', async () => {
    const { engine } = fakeEngine();
    new ProviderStatusItem(engine, log);
    const notice = 'webgpu cannot run the tangents: out of memory; it goes on with the CPU';
    answers = ['Choose Provider'];
    for (let i = 0; i < 3; i++) engine.tell({ provider: 'webgpu', reasons: [], notice });
    await settled();
    expect(shown).toEqual([`warning: ReSeFa: ${notice} | Choose Provider`]);
    expect(ran).toEqual(['resefa.chooseProvider']);
  });

  it('leads to the command that helps', async () => {
    const { engine } = fakeEngine();
    new ProviderStatusItem(engine, log);
    answers = ['Set Up CUDA'];
    engine.tell({ provider: 'cpu', reasons: [], notice: 'cuda: its libraries are not installed; run ReSeFa: Set Up CUDA' });
    await settled();
    expect(ran).toEqual(['resefa.setUpCuda']);
  });
});

describe('choosing a provider', () => {
  it('offers each, with what is known of it, and saves the choice', async () => {
    const { engine } = fakeEngine();
    const services = servicesWith(engine);
    engine.tell({ provider: 'webgpu', reasons: ['cuda: its libraries are not installed'] });
    let picks: Pick[] = [];
    Object.assign((vscode as { window: object }).window, { showQuickPick: (given: Pick[]) => { picks = given; return Promise.resolve(given[3]); } });
    await chooseProvider.run(services, undefined);
    expect(picks.map(({ label }) => label)).toEqual(['Auto', 'CPU', 'WebGPU', 'CUDA', 'DirectML', 'CoreML']);
    expect(picks.map(({ description }) => description)).toEqual(['chosen', undefined, 'in use', undefined, undefined, undefined]);
    expect(picks[3]!.detail).toBe('cuda: its libraries are not installed');
    expect(picks[1]!.detail).toBe('The CPU.');
    expect(saved).toEqual([['executionProvider', 'cuda', 1]]);
  });

  it('changes nothing where the choice is the same, or none', async () => {
    const services = servicesWith(fakeEngine().engine);
    answers = ['Auto'];
    await chooseProvider.run(services, undefined);
    await chooseProvider.run(services, undefined);
    expect(saved).toEqual([]);
  });
});

describe('Set Up CUDA', () => {
  const nuget = new NugetServer();
  let folder: string;
  let cuda: CudaLibraries;

  beforeAll(async () => nuget.start());
  afterAll(() => { nuget.stop(); });

  beforeEach(async () => {
    nuget.answers = {};
    nuget.asked.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'resefa-cuda-'));
    await mkdir(join(folder, 'onnxruntime-node/bin/napi-v6/linux/x64'), { recursive: true });
    await writeFile(join(folder, 'onnxruntime-node/package.json'), '{ "version": "1.30.0" }');
    cuda = new CudaLibraries(join(folder, 'onnxruntime-node'), join(folder, 'storage'));
  });

  afterEach(async () => rm(folder, { recursive: true }));

  it('asks nobody and changes nothing before the user has chosen a way, or where the user gives up', async () => {
    const { engine, calls } = fakeEngine();
    await setUp(servicesWith(engine), cuda, nuget.index);
    expect(shown).toEqual(['pick:  | Download | Choose a Folder']);
    expect(nuget.asked).toEqual([]);
    answers = ['Download'];
    await setUp(servicesWith(engine), cuda, nuget.index);
    expect(nuget.asked.some((path) => path.endsWith('.nupkg'))).toBe(false);
    expect(cuda.arePlaced).toBe(false);
    expect(calls).toEqual([]);
  });

  it('tells the size and the address, loads, starts the engine anew and says what it runs on', async () => {
    const { engine, calls } = fakeEngine();
    answers = ['Download', 'Download'];
    await setUp(servicesWith(engine), cuda, nuget.index);
    const { host } = new URL(nuget.index);
    expect(shown[1]).toMatch(new RegExp(`^modal warning: Download 1 MB for CUDA from ${host}\\? http://${host}/flat/\\S+nupkg\\n`));
    expect(shown[1]).toContain('CUDA 12 and cuDNN 9 themselves are not in the download');
    expect(shown.at(-1)).toBe('information: CUDA works. Generators run on it from now on.');
    expect(cuda.arePlaced).toBe(true);
    expect(calls).toEqual(['checkProvider', 'restart', 'provider']);
  });

  it('says why generators run on something else all the same', async () => {
    await cuda.take(await unpacked());
    const { engine } = fakeEngine();
    engine.status = { provider: 'cpu', reasons: ['cuda is hardly faster than the CPU here (1.1 times as fast)'] };
    await setUp(servicesWith(engine), cuda, nuget.index);
    expect(shown).toEqual(['information: CUDA works, but generators run on the CPU: cuda is hardly faster than the CPU here (1.1 times as fast)']);
  });

  it('takes a folder that the user picks, and offers to use CUDA where the settings say otherwise', async () => {
    const { engine, calls } = fakeEngine();
    folderChosen = [Uri.file(await unpacked())];
    answers = ['Choose a Folder', 'Use CUDA'];
    await setUp(servicesWith(engine, 'cpu'), cuda, nuget.index);
    expect(nuget.asked).toEqual([]);
    expect(cuda.arePlaced).toBe(true);
    expect(calls).toEqual(['checkProvider']);
    expect(shown.at(-1)).toBe('information: CUDA works. Generators run on the CPU, as the settings say. | Use CUDA');
    expect(saved).toEqual([['executionProvider', 'cuda', 1]]);
  });

  it('names every library that is missing, and what brings it', async () => {
    const { engine, calls } = fakeEngine();
    engine.problem = 'cuda: libcublasLt.so.12 is missing; install CUDA 12';
    vi.spyOn(cuda, 'missing').mockResolvedValue(['libcublasLt.so.12', 'libcudart.so.12', 'libcudnn.so.9']);
    folderChosen = [Uri.file(await unpacked())];
    answers = ['Choose a Folder'];
    await setUp(servicesWith(engine), cuda, nuget.index);
    expect(shown.at(-1)).toBe('warning: CUDA cannot be used: these libraries are missing: libcublasLt.so.12, libcudart.so.12, libcudnn.so.9. Install CUDA 12 and cuDNN 9, or add their folder to LD_LIBRARY_PATH, and start VS Code again.');
    expect(calls).toEqual(['checkProvider']);
  });

  it('looks at what is there first, and offers to install it again where it does not work', async () => {
    const { engine } = fakeEngine();
    await cuda.take(await unpacked());
    engine.problem = 'cuda: there is no NVIDIA GPU here';
    answers = ['Install Again'];
    await setUp(servicesWith(engine), cuda, nuget.index);
    expect(shown).toEqual(['warning: CUDA cannot be used: cuda: there is no NVIDIA GPU here | Install Again', 'pick:  | Download | Choose a Folder']);
    expect(nuget.asked).toEqual([]);
  });

  it('can be cancelled', async () => {
    nuget.answers = { stall: true };
    cancels = true;
    answers = ['Download', 'Download'];
    await expect(setUp(servicesWith(fakeEngine().engine), cuda, nuget.index)).rejects.toThrow('cancelled');
    expect(cuda.arePlaced).toBe(false);
  });

  it('says what to choose instead on other platforms', () => {
    expect(cudaObstacle('linux', 'x64')).toBeUndefined();
    expect(cudaObstacle('win32', 'x64')).toBe('ONNX Runtime has CUDA for Linux on x64 only, and this is win32 on x64. Choose DirectML or WebGPU here; "auto" does so by itself.');
    expect(cudaObstacle('darwin', 'arm64')).toContain('WebGPU or CoreML');
    expect(cudaObstacle('linux', 'arm64')).toContain('Choose the CPU here');
  });

  async function unpacked(): Promise<string> {
    const other = join(folder, 'unpacked');
    await mkdir(other, { recursive: true });
    await writeFile(join(other, libraryNames[0]), sharedLibrary);
    await writeFile(join(other, libraryNames[1]), cudaLibrary);
    return other;
  }
});
