import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureEditorTools } from '../../../scripts/editorTools.mjs';
import { onCleanUp } from './cleanUp';
import { descendants, kill, killTree } from './processes';
import { until } from './waiting';

/** The project's folder: everything here runs from it. */
export const root = resolve('.');

export type Settings = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** The packaged extension, as people install it; this folder's build; or none. */
  readonly extension: 'vsix' | 'folder' | 'none';
  /** User settings in addition to those that keep VS Code quiet. */
  readonly settings?: Settings;
  /** 0 or left out: any that is free. */
  readonly port?: number;
  /** A folder for user data that is kept afterwards; a temporary one where left out. */
  readonly home?: string;
  /** Lets a page's address name extensions under development, and tests. */
  readonly testDriver?: boolean;
}

/** A VS Code that runs here and shows itself in a browser. */
export interface VsCodeServer {
  readonly url: string;
  readonly port: number;
  /** The folder of everything that this VS Code writes. */
  readonly home: string;
  /** An empty folder to open. */
  readonly workspace: string;
  /** Where VS Code writes its logs. */
  readonly logs: string;
  /** Adds to the user's settings; running windows follow. */
  configure(settings: Settings): void;
  /** The engine processes that the extension runs. */
  engines(): readonly number[];
  /** Kills the engine process, as the system does when memory runs out. Waits for it where it is about to start. */
  killEngine(): Promise<void>;
  /** Ends everything and removes what it left. */
  stop(): void;
}

/** Keeps VS Code from showing, asking and fetching what has nothing to do with us. */
const quietSettings: Settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'window.commandCenter': false,
};

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly name: string; readonly publisher: string; readonly version: string };

/** Where scripts/package.mjs puts the packaged extension for this machine. */
export const vsix = join(root, `${manifest.name}-linux-${process.arch}-${manifest.version}.vsix`);

/** Starts a VS Code with its own home, settings and extensions. It ends with this process. */
export async function startVsCode(options: ServerOptions): Promise<VsCodeServer> {
  const { node, server } = await ensureEditorTools();
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'resefa-vscode-'));
  const removeHome = onCleanUp(() => { if (!options.home) rmSync(home, { recursive: true, force: true, maxRetries: 5 }); });
  const folders = { data: join(home, 'data'), extensions: join(home, 'extensions'), workspace: join(home, 'workspace'), logs: join(home, 'data', 'logs') };
  for (const folder of [join(folders.data, 'User'), folders.extensions, folders.workspace]) mkdirSync(folder, { recursive: true });
  const configure = settingsFile(join(folders.data, 'User', 'settings.json'));
  configure({ ...quietSettings, ...options.settings });
  writeFileSync(join(home, 'config.yaml'), '');
  const places = ['--config', join(home, 'config.yaml'), '--user-data-dir', folders.data, '--extensions-dir', folders.extensions];
  const env = environment(home);
  if (options.extension === 'vsix') installPackaged(folders.extensions, (args) => execFileSync(node, [server, ...places, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  if (options.extension === 'folder') linkFolder(folders.extensions);

  const port = options.port || (await freePort());
  const log = openSync(join(home, 'server.log'), 'w');
  const flags = ['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : [])];
  const child = spawn(node, [server, ...places, ...flags], { env, stdio: ['ignore', log, log] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${server} could not be started`);
  const end = onCleanUp(() => { killTree(pid); });
  const url = `http://127.0.0.1:${port}`;
  await until(`VS Code to answer at ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`VS Code ended at its start: ${readFileSync(join(home, 'server.log'), 'utf8')}`);
    return (await fetch(`${url}/healthz`).catch(() => undefined))?.ok;
  });

  const engines = () => descendants(pid).filter(({ command }) => command.includes(join('dist', 'engine.js'))).map((engine) => engine.pid);
  return {
    url,
    port,
    home,
    workspace: folders.workspace,
    logs: folders.logs,
    configure,
    engines,
    async killEngine() {
      kill(await until('an engine process', () => engines()[0]));
    },
    stop() {
      end();
      removeHome();
    },
  };
}

function installPackaged(folder: string, run: (args: readonly string[]) => void): void {
  if (!existsSync(vsix)) throw new Error(`${vsix} is missing: npm run package makes it`);
  run(['--install-extension', vsix, '--force']);
  if (!readdirSync(folder).some((name) => name.startsWith(`${manifest.publisher}.${manifest.name}-`))) throw new Error(`VS Code did not install ${vsix}`);
}

function linkFolder(folder: string): void {
  const place = join(folder, `${manifest.publisher}.${manifest.name}-${manifest.version}`);
  if (!existsSync(place)) symlinkSync(root, place, 'dir');
}

function settingsFile(path: string): (settings: Settings) => void {
  return (settings) => {
    const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Settings) : {};
    writeFileSync(path, `${JSON.stringify({ ...known, ...settings }, null, 2)}\n`);
  };
}

/** Nothing of this process's own settings reaches the extension: not those of a test runner either. */
function environment(home: string): NodeJS.ProcessEnv {
  const { PATH, LANG = 'C.UTF-8', TZ, TMPDIR, RESEFA_TOOLS } = process.env;
  return { PATH, LANG, TZ, TMPDIR, RESEFA_TOOLS, HOME: home, SHELL: '/bin/sh' };
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => { found(typeof address === 'object' && address ? address.port : 0); });
    });
  });
}
