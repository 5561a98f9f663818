import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { CancelledError } from '../../shared/cancelledError';
import type { AllServices } from '../allServices';
import type { CudaLibraries } from '../cuda/cudaLibraries';
import { nugetIndex } from '../cuda/nuget';
import { spoken } from '../providerStatus';
import { enginePath } from '../workspace/files';
import { saveProvider } from './chooseProvider';
import type { Command } from './command';

/** What there is to do with CUDA on a machine; nothing on Linux x64, where it can be set up. */
export function cudaObstacle(platform: NodeJS.Platform, arch: string): string | undefined {
  if (platform === 'linux' && arch === 'x64') return undefined;
  const instead = platform === 'win32' ? 'DirectML or WebGPU' : platform === 'darwin' ? 'WebGPU or CoreML' : 'the CPU';
  return `ONNX Runtime has CUDA for Linux on x64 only, and this is ${platform} on ${arch}. Choose ${instead} here; "auto" does so by itself.`;
}

/** Locates or, when the user agrees, loads ONNX Runtime's libraries for CUDA, and says whether they work. */
export const setUpCuda: Command = {
  id: 'resefa.setUpCuda',
  run: async (services) => {
    const obstacle = cudaObstacle(process.platform, process.arch);
    if (obstacle !== undefined) void vscode.window.showInformationMessage(obstacle);
    else await setUp(services, services.cuda, nugetIndex);
  },
};

/** @param index NuGet's address */
export async function setUp(services: AllServices, cuda: CudaLibraries, index: string): Promise<void> {
  const located = await cuda.placeKept();
  if (!located && !(await obtain(cuda, index))) return;
  let problem = await problemOf(services, cuda);
  if (problem !== undefined && located) {
    if (!(await wantsAgain(problem)) || !(await obtain(cuda, index))) return;
    problem = await problemOf(services, cuda);
  }
  if (problem === undefined) await putToUse(services);
  else void vscode.window.showWarningMessage(problem);
}

async function wantsAgain(problem: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(problem, 'Install Again')) !== undefined;
}

/** Gets the libraries from where the user says; says whether they are there now. */
async function obtain(cuda: CudaLibraries, index: string): Promise<boolean> {
  const { host } = new URL(index);
  const load = { label: 'Download', detail: `from Microsoft on NuGet (${host}); the size is shown before anything is loaded` };
  const take = { label: 'Choose a Folder', detail: `that has the libraries of ONNX Runtime ${await cuda.version()} for CUDA 12` };
  const way = await vscode.window.showQuickPick([load, take], { title: "ONNX Runtime's libraries for CUDA are not installed", placeHolder: 'Where they shall come from' });
  if (way === load) return downloadFrom(index, cuda);
  return way === take ? takeFromFolder(cuda) : false;
}

async function takeFromFolder(cuda: CudaLibraries): Promise<boolean> {
  const [folder] = (await vscode.window.showOpenDialog({ title: "The folder of ONNX Runtime's libraries for CUDA", openLabel: 'Use', canSelectFolders: true, canSelectFiles: false })) ?? [];
  if (!folder) return false;
  await cuda.take(enginePath(folder));
  return true;
}

async function downloadFrom(index: string, cuda: CudaLibraries): Promise<boolean> {
  const published = await withProgress('asking NuGet', (_tell, signal) => cuda.published(index, signal));
  const megabytes = Math.ceil(published.size / 1e6);
  const detail = [
    published.url,
    `They are unpacked into the extension's storage and used by ONNX Runtime. CUDA 12 and cuDNN 9 themselves are not in the download.`,
    ...(hasNvidiaDriver() ? [] : ["NVIDIA's driver was not found on this computer."]),
  ].join('\n\n');
  const agreed = await vscode.window.showWarningMessage(`Download ${megabytes} MB for CUDA from ${new URL(published.url).host}?`, { modal: true, detail }, 'Download');
  if (agreed === undefined) return false;
  await withProgress(`loading ${megabytes} MB`, (tell, signal) => cuda.install(published, tell, signal));
  return true;
}

const hasNvidiaDriver = () => ['/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));

/** Work with a progress notification that can be cancelled. */
async function withProgress<Result>(title: string, work: (tell: (share: number) => void, signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `ReSeFa: ${title}`, cancellable: true }, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => { controller.abort(new CancelledError()); });
    let told = 0;
    return work((share) => {
      if (share - told < 0.01) return;
      progress.report({ increment: 100 * (share - told), message: `${Math.floor(100 * share)} %` });
      told = share;
    }, controller.signal);
  });
}

/** Why CUDA does not work, in words; nothing where it does. */
async function problemOf({ engine, log }: AllServices, cuda: CudaLibraries): Promise<string | undefined> {
  const { problem } = await withProgress('trying CUDA', () => engine.call('checkProvider', { provider: 'cuda' }));
  if (problem === undefined) return undefined;
  log.warn(problem);
  const missing = await cuda.missing();
  if (missing.length === 0) return `CUDA cannot be used: ${problem}`;
  return `CUDA cannot be used: these libraries are missing: ${missing.join(', ')}. Install ${remedyFor(missing)}, or add their folder to LD_LIBRARY_PATH, and start VS Code again.`;
}

/** Starts the engine anew, where the settings let it use CUDA, and says what it runs on. */
async function putToUse({ engine, settings }: AllServices): Promise<void> {
  const wanted = settings.engine.executionProvider;
  if (wanted !== 'cuda' && wanted !== 'auto') {
    const button = await vscode.window.showInformationMessage(`CUDA works. Generators run on ${spoken(wanted)}, as the settings say.`, 'Use CUDA');
    if (button !== undefined) await saveProvider('cuda');
    return;
  }
  engine.restart('the engine process was restarted for CUDA');
  const { provider, reasons } = await withProgress('starting the engine on CUDA', () => engine.call('provider', {}));
  const reason = reasons.find((line) => line.startsWith('cuda'));
  const instead = `CUDA works, but generators run on ${spoken(provider)}${reason === undefined ? '' : `: ${reason}`}`;
  void vscode.window.showInformationMessage(provider === 'cuda' ? 'CUDA works. Generators run on it from now on.' : instead);
}

function remedyFor(missing: readonly string[]): string {
  const needs = [
    missing.some((name) => name.startsWith('libcuda.so')) ? "NVIDIA's driver" : '',
    missing.some((name) => /^lib(cudart|cublas|cufft|curand|cusparse|cusolver|nv)/.test(name)) ? 'CUDA 12' : '',
    missing.some((name) => name.startsWith('libcudnn')) ? 'cuDNN 9' : '',
  ].filter((need) => need !== '');
  return needs.length > 0 ? needs.join(' and ') : 'them';
}
