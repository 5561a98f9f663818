import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { InHostResult } from '../inHost/registry';
import { resultsFile } from '../inHost/resultsFile';
import { openWindow } from './vsCodeWindow';
import { startVsCode } from './vsCodeServer';
import { until } from './waiting';

/**
 * Runs the tests of test/e2e/inHost inside an extension host, beside the packaged extension.
 *
 * VS Code runs tests for an extension under development only; here that is an empty one, so that the one that is tested
 * is installed as people have it.
 */
export async function runInHost(): Promise<readonly InHostResult[]> {
  const server = await startVsCode({ extension: 'vsix', testDriver: true });
  try {
    const folder = join(server.home, 'inHost');
    await writeRunner(folder);
    let exit: number | undefined;
    const remote = `vscode-remote://127.0.0.1:${server.port}${folder}`;
    const window = await openWindow(server, {
      payload: [['extensionDevelopmentPath', remote], ['extensionTestsPath', `${remote}/runner.js`]],
      prepare: async (page) => {
        await page.exposeFunction('codeAutomationExit', (code: number) => { exit = code; });
        await page.exposeFunction('codeAutomationLog', () => undefined);
      },
    });
    try {
      await until('the tests in the extension host to end', () => exit !== undefined, 300_000);
      if (!existsSync(join(folder, resultsFile))) throw new Error(`the tests in the extension host ended with code ${exit} and no result: see ${await window.saveEvidence('in-host')}`);
      const results = JSON.parse(readFileSync(join(folder, resultsFile), 'utf8')) as readonly InHostResult[];
      if (results.some(({ failure }) => failure !== undefined)) console.log(`see ${await window.saveEvidence('in-host')}`);
      return results;
    } finally {
      await window.close();
    }
  } finally {
    server.stop();
  }
}

async function writeRunner(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'in-host-tests', publisher: 'resefa', version: '0.0.0', engines: { vscode: '*' }, main: './empty.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'empty.js'), 'exports.activate = () => {};\n');
  await build({ entryPoints: ['test/e2e/inHost/runner.ts'], outfile: join(folder, 'runner.js'), bundle: true, platform: 'node', format: 'cjs', external: ['vscode'], sourcemap: 'inline', logLevel: 'warning' });
}
