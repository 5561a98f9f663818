// npm run package [-- target] [-- --quick]: makes resefa-<target>-<version>.vsix, the extension for one platform.
// What goes in is gathered in a folder of its own: the bundles, and of the packages with native parts what the target needs.
// --quick leaves it at vsce's faster compression and does not look at the size.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureSevenZip, ensureVsce, npmInstall } from './editorTools.mjs';
import { thirdPartyNotices } from './notices.mjs';
import { bundles, ensureBuilt, ensureInstalled, root } from './setup.mjs';

/** VS Code's names of platforms, and Node's. */
const targets = {
  'linux-x64': ['linux', 'x64'],
  'linux-arm64': ['linux', 'arm64'],
  'darwin-arm64': ['darwin', 'arm64'],
  'win32-x64': ['win32', 'x64'],
  'win32-arm64': ['win32', 'arm64'],
};

/** Megabytes that a .vsix for Linux may have. The other platforms' ONNX Runtime is larger. */
const limit = 30;

const programs = ['extension.js', 'engine.js', 'cli.js'];
const page = [...Object.keys(bundles.page).map((path) => basename(path)), 'codicon.ttf'];
const folders = ['media', 'models', 'schemas'];
const texts = ['README.md', 'CHANGELOG.md', 'LICENSE'];

/** Parts of packages that only their own build or a reader of their types needs. */
const needless = /\.(map|d\.ts|d\.cts|d\.mts|md|cc|h|gyp|ts)$|\/(install|script|src|docs|esm|include|\.github)(\/|$)/;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } });
  await makePackage(positionals[0] ?? `${process.platform}-${process.arch}`, values.quick);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function makePackage(target, quick) {
  const [platform, cpu] = targets[target] ?? [];
  if (!platform) throw new Error(`there is no target ${target}: choose one of ${Object.keys(targets).join(', ')}`);
  ensureInstalled();
  ensureBuilt();
  const { node, vsce } = await ensureVsce();
  const stage = mkdtempSync(join(tmpdir(), 'resefa-package-'));
  const file = join(root, `${manifest.name}-${target}-${manifest.version}.vsix`);
  try {
    gather(stage, platform, cpu);
    const options = ['--no-rewrite-relative-links', '--allow-missing-repository', '--ignoreFile', join(root, '.vscodeignore')];
    run(node, [vsce, 'package', '--target', target, '--out', file, ...options], stage);
    if (!quick) await squeeze(file, join(stage, 'again'));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const megabytes = statSync(file).size / 1e6;
  console.log(`${file}: ${megabytes.toFixed(1)} MB`);
  if (!quick && platform === 'linux' && megabytes > limit) throw new Error(`it should be below ${limit} MB`);
}

function gather(stage, platform, cpu) {
  mkdirSync(join(stage, 'dist'));
  for (const name of [...programs, ...page]) copyBundle(name, stage);
  for (const name of [...folders, ...texts]) cpSync(join(root, name), join(stage, name), { recursive: true });
  for (const name of ['onnxruntime-common', 'sharp', '@img/colour', 'detect-libc', 'semver']) copyModule(name, stage);
  copyOnnxRuntime(stage, platform, cpu);
  copyImageLibrary(stage, platform, cpu);
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(shippedManifest(), null, 2)}\n`);
  writeFileSync(join(stage, 'dist', 'THIRD_PARTY_NOTICES.txt'), thirdPartyNotices([...programs, ...page], join(stage, 'node_modules')));
}

/** Copies a file of dist/; nothing points to the source maps that stay behind. */
function copyBundle(name, stage) {
  const from = join(root, 'dist', name);
  if (!existsSync(from)) throw new Error(`dist/${name} is missing: npm run build makes it`);
  if (!/\.(js|css)$/.test(name)) cpSync(from, join(stage, 'dist', name));
  else writeFileSync(join(stage, 'dist', name), readFileSync(from, 'utf8').replace(/\n(\/\/|\/\*)# sourceMappingURL=.*\s*$/, '\n'));
}

/** @param keeps says of a path in the package whether it is needed */
function copyModule(name, stage, keeps = () => true) {
  const from = join(root, 'node_modules', name);
  const filter = (path) => path === from || (!needless.test(path.slice(from.length)) && keeps(path.slice(from.length + 1)));
  cpSync(from, join(stage, 'node_modules', name), { recursive: true, filter });
}

/** Only the target's binaries, and no dependency that is for the install script. */
function copyOnnxRuntime(stage, platform, cpu) {
  const place = `bin/napi-v6/${platform}/${cpu}`;
  const inPlace = (path) => path.startsWith(place) || place.startsWith(path);
  // The same library lies there under its full and its short name; the binding asks for the short one.
  const isTwin = (path) => /libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(path);
  copyModule('onnxruntime-node', stage, (path) => (!path.startsWith('bin/') || inPlace(path)) && !isTwin(path));
  if (!existsSync(join(stage, 'node_modules/onnxruntime-node', place, 'onnxruntime_binding.node'))) throw new Error(`onnxruntime-node has no ${place}`);
  const path = join(stage, 'node_modules/onnxruntime-node/package.json');
  const shipped = without(JSON.parse(readFileSync(path, 'utf8')), 'scripts', 'devDependencies');
  shipped.dependencies = pick(shipped.dependencies, 'onnxruntime-common');
  writeFileSync(path, `${JSON.stringify(shipped, null, 2)}\n`);
}

/** sharp's native parts: ours where the target is this machine's kind, else from the registry. */
function copyImageLibrary(stage, platform, cpu) {
  const { version, optionalDependencies } = JSON.parse(readFileSync(join(root, 'node_modules/sharp/package.json'), 'utf8'));
  const names = [`@img/sharp-${platform}-${cpu}`, `@img/sharp-libvips-${platform}-${cpu}`].filter((name) => name in optionalDependencies);
  const copy = (source) => { for (const name of names) cpSync(join(source, 'node_modules', name), join(stage, 'node_modules', name), { recursive: true }); };
  if (names.every((name) => existsSync(join(root, 'node_modules', name)))) {
    copy(root);
    return;
  }
  const elsewhere = mkdtempSync(join(tmpdir(), 'resefa-natives-'));
  try {
    writeFileSync(join(elsewhere, 'package.json'), '{ "private": true }\n');
    const kind = [`--os=${platform}`, `--cpu=${cpu}`, ...(platform === 'linux' ? ['--libc=glibc'] : [])];
    npmInstall(elsewhere, [...kind, `sharp@${version}`]);
    copy(elsewhere);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

function shippedManifest() {
  return { ...without(manifest, 'scripts', 'devDependencies', 'bin'), dependencies: pick(manifest.dependencies, 'onnxruntime-node', 'sharp') };
}

function pick(object, ...keys) {
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}

function without(object, ...keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Packs a zip file again, with the smaller result of a slower search. */
async function squeeze(file, folder) {
  const sevenZip = await ensureSevenZip();
  run(sevenZip, ['x', file, `-o${folder}`], root);
  rmSync(file);
  run(sevenZip, ['a', '-tzip', '-mx=7', file, '.'], folder);
}

function run(program, args, cwd) {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${basename(program)} failed: ${error.stderr?.toString().trim() || error.stdout?.toString().trim() || error.message}`, { cause: error });
  }
}
