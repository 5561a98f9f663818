// npm test: sets up what is missing, then type check, lint and tests. Arguments go to Vitest.
import { join } from 'node:path';
import { editorToolsObstacle, softwareGpuObstacle } from './editorTools.mjs';
import { ensureBuilt, ensureInstalled, node, root, sideBySide } from './setup.mjs';

const bin = (path) => join(root, 'node_modules', path);
ensureInstalled();
ensureBuilt();
const files = process.argv.slice(2);
if (files.length === 0) {
  console.log('type check and lint ..');
  const typeCheck = ['.', 'src/webview', 'test/e2e'].map((folder) => [bin('typescript/bin/tsc'), '--noEmit', '-p', folder]);
  await sideBySide(typeCheck, [[bin('eslint/bin/eslint.js'), '.']]);
}
const left = Object.entries({ e2e: editorToolsObstacle(), webgpu: softwareGpuObstacle() }).filter(([, obstacle]) => obstacle);
for (const [project, obstacle] of left) console.log(`the ${project} tests are left out: ${obstacle}`);
node([bin('vitest/vitest.mjs'), 'run', ...left.flatMap(([project]) => ['--project', `!${project}`]), ...(left.length > 0 ? ['--passWithNoTests'] : []), ...files]);
