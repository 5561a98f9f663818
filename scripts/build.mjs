// Builds the bundles in dist/: one esbuild call for each.
import { execFileSync } from 'node:child_process';
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

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['onnxruntime-node', 'sharp'],
  loader: { '.woff': 'binary' },
  sourcemap: true,
  logLevel: 'warning',
};

for (const [outfile, entry] of Object.entries(bundles)) await build({ ...common, entryPoints: [entry], outfile });
markBuilt();
