// npm test: sets up what is missing, then type check, lint and tests. Arguments go to Vitest.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, node, root } from './setup.mjs';

const bin = (path) => join(root, 'node_modules', path);
ensureInstalled();
ensureBuilt();
const files = process.argv.slice(2);
if (files.length === 0) {
  console.log('type check ..');
  node([bin('typescript/bin/tsc'), '--noEmit']);
  console.log('lint ..');
  node([bin('eslint/bin/eslint.js'), '.']);
}
node([bin('vitest/vitest.mjs'), 'run', ...files]);
