// npm run screenshots, npm run bench:panel: runs a function of test/e2e/support on the packaged extension in a real VS Code.
import { join } from 'node:path';
import { ensureChromium, ensureEditorTools } from './editorTools.mjs';
import { node, root } from './setup.mjs';
import { importTypeScript } from './typeScript.mjs';

const [module, name] = process.argv.slice(2);
process.chdir(root);
node([join(root, 'scripts', 'package.mjs'), '--quick']);
await ensureEditorTools();
ensureChromium();
await (await importTypeScript(`test/e2e/support/${module}.ts`))[name]();
