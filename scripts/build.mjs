// Builds the bundles in dist/: one explicit esbuild call for each.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, markBuilt, root } from './setup.mjs';

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

await build({ ...common, entryPoints: ['src/cli/cli.ts'], outfile: 'dist/cli.js' });
await build({ ...common, entryPoints: ['bench/bench.ts'], outfile: 'dist/bench.js' });
await build({ ...common, entryPoints: ['bench/quality.ts'], outfile: 'dist/quality.js' });
markBuilt();
