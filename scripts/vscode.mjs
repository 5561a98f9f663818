// npm run vscode [-- --browser]: opens a VS Code with the extension as it is built here, and a folder to try it in.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache } from './editorTools.mjs';
import { ensureBuilt, ensureInstalled, node, root } from './setup.mjs';
import { importTypeScript } from './typeScript.mjs';

const { values } = parseArgs({ options: { browser: { type: 'boolean', default: false } } });
process.chdir(root);
ensureInstalled();
ensureBuilt();
const workspace = sampleWorkspace();
if (values.browser || !openDesktop()) await openInBrowser();

/** A folder that stays, with what was saved in it. */
function sampleWorkspace() {
  const folder = join(cache, 'sample');
  cpSync(join(root, 'scripts', 'sampleWorkspace'), folder, { recursive: true });
  const directions = join(folder, 'directions', 'afhq-cat-64');
  if (!existsSync(directions)) node([join(root, 'dist', 'cli.js'), 'discover', 'afhq-cat-64', '--region', 'eyes', '--seeds', '0-4', '--count', '1', '--out', directions]);
  return folder;
}

/** Opens a development window of the user's own VS Code; says whether there is one. */
function openDesktop() {
  // In a terminal of a remote window `code` speaks to that window, which cannot open another for development.
  if (process.env.VSCODE_IPC_HOOK_CLI) return false;
  const code = (...args) => spawnSync('code', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (code('--version').status !== 0) return false;
  const { status, stderr } = code('--new-window', `--extensionDevelopmentPath=${root}`, workspace);
  if (status !== 0) console.error(`code did not start: ${stderr.trim()}`);
  else console.log(`opened ${workspace} in VS Code`);
  return status === 0;
}

/** Runs a VS Code for browsers until it is interrupted. */
async function openInBrowser() {
  const { startVsCode } = await importTypeScript('test/e2e/support/vsCodeServer.ts');
  const server = await startVsCode({ extension: 'folder' });
  console.log(`VS Code with ReSeFa: ${server.url}/?folder=${encodeURIComponent(workspace)}\nThis machine only; Ctrl+C ends it.`);
}
