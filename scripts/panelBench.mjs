// npm run bench:panel: what a user waits for, measured in the packaged extension in a real VS Code.
import { join } from 'node:path';
import { ensureChromium, ensureEditorTools } from './editorTools.mjs';
import { node, root } from './setup.mjs';
import { importTypeScript } from './typeScript.mjs';

process.chdir(root);
node([join(root, 'scripts', 'package.mjs'), '--quick']);
await ensureEditorTools();
ensureChromium();
const { measurePanel } = await importTypeScript('test/e2e/support/panelBench.ts');
await measurePanel();
