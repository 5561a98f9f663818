// npm run screenshots: takes the pictures in media/ from the packaged extension in a real VS Code.
import { join } from 'node:path';
import { ensureChromium, ensureEditorTools } from './editorTools.mjs';
import { node, root } from './setup.mjs';
import { importTypeScript } from './typeScript.mjs';

process.chdir(root);
node([join(root, 'scripts', 'package.mjs'), '--quick']);
await ensureEditorTools();
ensureChromium();
const { takeScreenshots } = await importTypeScript('test/e2e/support/screenshots.ts');
await takeScreenshots();
