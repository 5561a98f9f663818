// What every entry needs before it can run: the packages of the lockfile, the generated ONNX types, the bundles.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.sources');

/** The oldest Node that the tools of the lockfile run on. */
const oldestNode = [20, 19];

/** Installs the packages of the lockfile where one is missing or of another version. */
export function ensureInstalled() {
  requireNode();
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.log(`installing packages (${missing.length} missing) ..`);
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(`this is Node ${process.versions.node}; Node ${oldestNode.join('.')} or newer is needed`);
  process.exit(1);
}

function missingPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.link && (!entry.optional || isForThisPlatform(entry)))
    .filter(([path, { version }]) => installedVersion(path) !== version)
    .map(([path]) => path);
}

/** Whether an optional package is the native part of another one for this machine. */
function isForThisPlatform({ os, cpu, libc }) {
  if (!os || !cpu || !os.includes(process.platform) || !cpu.includes(process.arch)) return false;
  const glibc = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
  return !libc || libc.includes(glibc ? 'glibc' : 'musl');
}

function installedVersion(path) {
  try {
    return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** The bundles and what each is built from: programs of Node, the extension, and the panel's page. */
export const bundles = {
  node: { 'dist/cli.js': 'src/cli/cli.ts', 'dist/engine.js': 'src/engine/service/main.ts', 'dist/bench.js': 'bench/bench.ts', 'dist/fullSize.js': 'bench/fullSize.ts', 'dist/quality.js': 'bench/quality.ts' },
  extension: { 'dist/extension.js': 'src/extension/extension.ts' },
  page: {
    'dist/webview.js': 'src/webview/main.ts', 'dist/webview.css': 'src/webview/style.css',
    'dist/directionEditor.js': 'src/webview/directionEditor/main.ts', 'dist/directionEditor.css': 'src/webview/directionEditor/style.css',
    'dist/comparison.js': 'src/webview/comparison/main.ts', 'dist/comparison.css': 'src/webview/comparison/style.css',
    'dist/export.js': 'src/webview/export/main.ts', 'dist/export.css': 'src/webview/export/style.css',
  },
};

/** What a build leaves. */
const built = [...Object.values(bundles).flatMap((group) => Object.keys(group)), 'src/engine/onnx/gen/onnx_pb.ts'];

/** Builds where a source differs from what was built, or where something that was built is gone. */
export function ensureBuilt() {
  const complete = built.every((path) => existsSync(join(root, path)));
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()) return;
  node([join(root, 'scripts', 'build.mjs')]);
}

/** Notes what the finished build was made from. */
export function markBuilt() {
  writeFileSync(stamp, fingerprint());
}

/** A hash of every file that a build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'bench', 'scripts', 'test/support']) {
    for (const file of filesBelow(join(root, folder))) hash.update(file).update(readFileSync(file));
  }
  for (const file of ['buf.gen.yaml', 'package.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? (path.endsWith('gen') ? [] : filesBelow(path)) : [path]));
}

/** Runs a program of node_modules or a script of ours; its failure ends this process with the same code. */
export function node(args, env = {}) {
  try {
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  } catch (error) {
    process.exit(error.status ?? 1);
  }
}

/** Runs queues of such programs side by side, each printed when it ends; ends this process where one of them fails. */
export async function sideBySide(...queues) {
  const failed = await Promise.all(queues.map(async (queue) => {
    for (const args of queue) {
      if (!(await succeeds(args))) return true;
    }
    return false;
  }));
  if (failed.includes(true)) process.exit(1);
}

function succeeds(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: Infinity }, (error, stdout, stderr) => {
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      // Ended from outside, such as for memory.
      if (error?.signal) console.error(error.message);
      resolve(!error);
    });
  });
}

function npm(args) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: 'inherit', env };
  if (script?.endsWith('.js') || script?.endsWith('.cjs')) execFileSync(process.execPath, [script, ...args], options);
  else execFileSync('npm', args, { ...options, shell: process.platform === 'win32' });
}
