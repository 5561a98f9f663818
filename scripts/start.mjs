// npm start: sets up what is missing, then runs the main job on the embedded generator.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, node, root } from './setup.mjs';

ensureInstalled();
ensureBuilt();
node([join(root, 'dist', 'cli.js'), 'demo', '--out', 'demo', ...process.argv.slice(2)]);
