// npm test: sets up what is missing, then type check, lint and tests. Arguments go to Vitest.
import { join } from 'node:path';
import { editorToolsObstacle } from './editorTools.mjs';
import { ensureBuilt, ensureInstalled, node, root } from './setup.mjs';

const bin = (path) => join(root, 'node_modules', path);
ensureInstalled();
ensureBuilt();
const files = process.argv.slice(2);
if (files.length === 0) {
  console.log('type check ..');
  node([bin('typescript/bin/tsc'), '--noEmit']);
  for (const folder of ['src/webview', 'test/e2e']) node([bin('typescript/bin/tsc'), '--noEmit', '-p', folder]);
  console.log('lint ..');
  node([bin('eslint/bin/eslint.js'), '.']);
}
const obstacle = editorToolsObstacle();
if (obstacle) console.log(`the end-to-end tests are skipped: ${obstacle}`);
node([bin('vitest/vitest.mjs'), 'run', ...(obstacle ? ['--project', '!e2e', '--passWithNoTests'] : []), ...files]);
