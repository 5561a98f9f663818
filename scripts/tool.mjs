// Runs one of the project's own tools (bench, quality) after setting up what is missing.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, node, root } from './setup.mjs';

const [tool, ...args] = process.argv.slice(2);
ensureInstalled();
ensureBuilt();
node(['--enable-source-maps', join(root, 'dist', `${tool}.js`), ...args]);
