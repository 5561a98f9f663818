// Builds the bundles in dist/: one esbuild call for each.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundles, ensureInstalled, markBuilt, root } from './setup.mjs';

ensureInstalled();
const { build } = await import('esbuild');

// The message types of ONNX files, from our own .proto.
execFileSync(process.execPath, [join(root, 'node_modules/@bufbuild/buf/bin/buf'), 'generate'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` },
});

// What jsonc-parser gives to Node asks for its parts in a way that no bundler sees.
const alias = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };
const common = { absWorkingDir: root, bundle: true, metafile: true, sourcemap: true, logLevel: 'warning', alias };
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs', external: ['onnxruntime-node', 'sharp'], loader: { '.woff': 'binary' } };
const settings = {
  node,
  extension: { ...node, external: ['vscode'], minify: true },
  page: { ...common, platform: 'browser', target: 'chrome128', format: 'esm', minify: true, loader: { '.ttf': 'file' }, assetNames: '[name]' },
};

/** The packages of others that ended up in each bundle, for their notices. */
const packages = {};
for (const [kind, group] of Object.entries(bundles)) {
  for (const [outfile, entry] of Object.entries(group)) {
    const { metafile } = await build({ ...settings[kind], entryPoints: [entry], outfile });
    const names = Object.keys(metafile.inputs).map((path) => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    packages[outfile] = [...new Set(names)].filter(Boolean);
  }
}
writeFileSync(join(root, 'dist', 'packages.json'), JSON.stringify(packages, null, 2));
markBuilt();
