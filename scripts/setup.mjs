// What every entry needs before it can run: the packages of the lockfile, the generated ONNX types, the bundles.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.sources');

/** Installs the packages of the lockfile where one is missing or of another version. */
export function ensureInstalled() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.log(`installing packages (${missing.length} missing) ..`);
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

function missingPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.link)
    .filter(([path, { version }]) => installedVersion(path) !== version)
    .map(([path]) => path);
}

function installedVersion(path) {
  try {
    return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Builds where a source is newer than what was built from it. */
export function ensureBuilt() {
  const now = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  node([join(root, 'scripts', 'build.mjs')]);
  writeFileSync(stamp, now);
}

/** A hash of every file that a build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'bench', 'scripts', 'test/support']) {
    for (const file of filesBelow(join(root, folder))) hash.update(file).update(readFileSync(file));
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
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

function npm(args) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: 'inherit', env };
  if (script?.endsWith('.js') || script?.endsWith('.cjs')) execFileSync(process.execPath, [script, ...args], options);
  else execFileSync('npm', args, { ...options, shell: process.platform === 'win32' });
}
