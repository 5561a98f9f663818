// What packaging and the end-to-end tests need beside the lockfile's packages: a current Node, vsce, a VS Code that
// runs in a browser, and Chromium. They are large and of no use to the product, so they live in a cache of their own.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where the tools are. */
export const cache = join(process.env.RESEFA_TOOLS ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'resefa-vscode-tools');
const nodePackage = `node-linux-${process.arch}`;

/** The tools and their pinned versions. Each is installed in a folder of its own. */
const versions = { [nodePackage]: '24.21.0', '@vscode/vsce': '4.1.0', 'playwright-core': '1.65.1', 'code-server': '4.139.1', '7zip-bin': '5.2.0' };

/** VS Code in a browser brings two folders whose packages it leaves to its user to install. */
const unfinishedFolders = { 'code-server': ['lib/vscode', 'lib/vscode/extensions'] };

/** Why the end-to-end tests cannot run on this machine; nothing where they can. */
export function editorToolsObstacle() {
  const known = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  return known ? undefined : `they need Linux on x64 or arm64, and this is ${process.platform} on ${process.arch}`;
}

/**
 * Installs what runs a VS Code in a browser where it is missing.
 *
 * @returns paths: a current Node, the server's entry script, and Playwright's module
 */
export async function ensureEditorTools() {
  const obstacle = editorToolsObstacle();
  if (obstacle) throw new Error(`no VS Code for tests: ${obstacle}`);
  const missing = ['code-server', 'playwright-core', nodePackage].filter((name) => !isInstalled(name));
  if (missing.length > 0) console.log(`installing VS Code for tests in ${cache} (about 1 GB, once) ..`);
  const node = await ensureNode();
  const server = await ensurePackage('code-server');
  const playwright = await ensurePackage('playwright-core');
  return { node, server: join(server, 'out/node/entry.js'), playwright: join(playwright, 'index.mjs') };
}

/**
 * Installs vsce, and a Node that it runs on, where they are missing.
 *
 * @returns paths: a Node and vsce's entry script
 */
export async function ensureVsce() {
  const current = Number(process.versions.node.split('.')[0]) >= 22;
  if (!current && editorToolsObstacle()) throw new Error(`packaging needs Node 22 or newer, and this is Node ${process.versions.node}`);
  if (!isInstalled('@vscode/vsce')) console.log(`installing vsce in ${cache} (about ${current || isInstalled(nodePackage) ? 90 : 280} MB, once) ..`);
  const node = current ? process.execPath : await ensureNode();
  return { node, vsce: join(await ensurePackage('@vscode/vsce'), 'vsce') };
}

/** The path of 7-Zip, whose zip files are smaller than vsce's. */
export async function ensureSevenZip() {
  const { path7za } = createRequire(import.meta.url)(await ensurePackage('7zip-bin'));
  chmodSync(path7za, 0o755);
  return path7za;
}

/** The path of a Chromium or Chrome; on Debian and Ubuntu it is installed where it is missing and we may. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const installed = aptInstall('chromium') ? findChromium() : undefined;
  if (installed) return installed;
  throw new Error('no Chromium found: install chromium or Google Chrome, or set RESEFA_CHROMIUM to its path');
}

/** Why a GPU cannot be played by software on this machine; nothing where it can. */
export function softwareGpuObstacle() {
  const known = process.platform === 'linux' && process.arch === 'x64';
  return known ? undefined : `ONNX Runtime's WebGPU with a software driver needs Linux on x64, and this is ${process.platform} on ${process.arch}`;
}

/** Where Chromium keeps SwiftShader, its software driver for Vulkan, beside its program. */
const softwareDrivers = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser', '/opt/google/chrome', '/snap/chromium/current/usr/lib/chromium-browser'];

/** The path of a software driver for Vulkan, as VK_ICD_FILENAMES takes it; it and Vulkan's loader are installed where they are missing and we may. */
export function ensureSoftwareGpu() {
  const obstacle = softwareGpuObstacle();
  if (obstacle) throw new Error(`no software GPU: ${obstacle}`);
  const folders = [dirname(realpathSync(ensureChromium())), ...softwareDrivers];
  const driver = folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((path) => existsSync(path));
  if (!driver) throw new Error(`no software driver for Vulkan found beside Chromium (vk_swiftshader_icd.json in ${folders.join(', ')}): install Debian's chromium or Google Chrome`);
  const hasLoader = () => ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'].some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
  if (!hasLoader() && !(aptInstall('libvulkan1') && hasLoader())) throw new Error("no libvulkan.so.1 found: install Vulkan's loader (libvulkan1)");
  return driver;
}

/** Installs a package of Debian or Ubuntu; says whether that could be tried. */
function aptInstall(name) {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return false;
  console.log(`installing ${name} (once) ..`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  apt('update');
  apt('install', '-y', name);
  return true;
}

function findChromium() {
  const chosen = process.env.RESEFA_CHROMIUM;
  if (chosen && !existsSync(chosen)) throw new Error(`there is no ${chosen}: set RESEFA_CHROMIUM to the path of a Chromium or Chrome`);
  if (chosen) return chosen;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const apps = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...apps].find((path) => existsSync(path));
}

async function ensureNode() {
  return join(await ensurePackage(nodePackage), 'bin', 'node');
}

const folderOf = (name) => join(cache, `${name.replace(/^@.*\//, '')}-${versions[name]}`);
const isInstalled = (name) => existsSync(folderOf(name));

/** Returns the folder of a package; installs it in a sibling folder first, so that what is in its place is whole. */
async function ensurePackage(name) {
  const folder = folderOf(name);
  if (!isInstalled(name)) await withLock(`${folder}.lock`, () => { if (!isInstalled(name)) install(name, folder); });
  return join(folder, 'node_modules', name);
}

function install(name, folder) {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
  npmInstall(partial, [`${name}@${versions[name]}`]);
  for (const inner of unfinishedFolders[name] ?? []) npmInstall(join(partial, 'node_modules', name, inner), ['--omit=dev']);
  renameSync(partial, folder);
}

/** @param folder where a package.json is */
export function npmInstall(folder, args) {
  const bin = join(folderOf(nodePackage), 'node_modules', nodePackage, 'bin');
  // What npm says of the calling project must not reach an npm that installs elsewhere.
  const inherited = Object.entries(process.env).filter(([key]) => !/^npm_(config_local_prefix|config_prefix|package|lifecycle)/.test(key));
  const env = { ...Object.fromEntries(inherited), PATH: `${bin}${delimiter}${process.env.PATH}` };
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  try {
    execFileSync('npm', ['install', '--prefix', folder, ...quiet, ...args], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' });
  } catch (error) {
    throw new Error(`npm install ${args.join(' ')} failed in ${folder}: ${withoutStack(error.stderr?.toString() ?? '') || error.message}`, { cause: error });
  }
}

/** What npm says before it goes on about its own code. */
function withoutStack(text) {
  return text.split(/\n.*\s{4}at /, 1)[0].trim();
}

/** Runs one at a time across processes. A lock whose process has ended is void. */
async function withLock(lock, run) {
  mkdirSync(cache, { recursive: true });
  for (let told = false; !taken(lock); told = true) {
    if (!told) console.log(`waiting for another process that installs here (${lock}) ..`);
    await sleep(500);
  }
  try {
    run();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock) {
  try {
    writeFileSync(lock, identity(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isVoid(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isVoid(lock) {
  try {
    const owner = readFileSync(lock, 'utf8');
    // A lock that was just made has nothing in it yet.
    if (owner === '') return Date.now() - statSync(lock).mtimeMs > 10_000;
    const pid = Number(owner.split(' ')[0]);
    return !isAlive(pid) || identity(pid) !== owner;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** A process by its number and, where /proc tells, when it began: numbers come again, in containers all the time. */
function identity(pid) {
  try {
    // The name of the program is in parentheses and may itself contain some; the time is the 20th field after it.
    const began = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)\s/s, '').split(' ')[19];
    return `${pid} ${began}`;
  } catch {
    return `${pid}`;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
