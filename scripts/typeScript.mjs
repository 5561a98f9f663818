import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

/** Bundles a TypeScript module into dist/scripts/ and imports it. */
export async function importTypeScript(path) {
  const { build } = await import('esbuild');
  const outfile = join(root, 'dist', 'scripts', basename(path).replace(/\.ts$/, '.mjs'));
  mkdirSync(join(root, 'dist', 'scripts'), { recursive: true });
  await build({ absWorkingDir: root, entryPoints: [path], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', logLevel: 'warning' });
  return import(pathToFileURL(outfile).href);
}
