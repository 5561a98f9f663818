import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureChromium, ensureEditorTools } from '../../scripts/editorTools.mjs';

/** Before the first end-to-end test: the tools, and the extension packaged as it is now; in CI exactly as it is released. */
export async function setup(): Promise<void> {
  await ensureEditorTools();
  ensureChromium();
  execFileSync(process.execPath, [join('scripts', 'package.mjs'), ...(process.env.CI ? [] : ['--quick'])], { stdio: 'inherit' });
}
