import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { malformedDirections, soundDirection } from '../support/malformedDirections';
import type { Locator } from './support/browser';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const broken = soundDirection.replace('"truncation": 1', '"truncation": "much"');
const unscaled = soundDirection.replace('0.494731', '0.94').replace('[2, 3, 4, 5]', '[2, 5, 3, 4]').replaceAll('\n', '\r\n');

/** One of each kind of mistake, and what nobody would call a direction. */
const malformed = [
  'an empty file', 'prose', 'null', 'brackets too deep', 'half a file', 'a comment', 'a merge conflict', 'a newer version', 'no generator', 'layers out of order', 'a component that is null', 'a vector that overflows', 'rows out of order',
].map((what) => malformedDirections.find((each) => each.what === what)!);
const fileOf = (what: string) => `${what.replaceAll(' ', '-')}.resefa.json`;

const vscode = useVsCode({
  settings: { 'workbench.editorAssociations': { '*.resefa.json': 'default' }, 'workbench.editor.enablePreview': false, 'editor.wordWrap': 'on' },
  before: ({ workspace }) => {
    writeFileSync(join(workspace, 'broken.resefa.json'), broken);
    writeFileSync(join(workspace, 'unscaled.resefa.json'), unscaled);
    mkdirSync(join(workspace, 'malformed'));
    for (const { what, text } of malformed) writeFileSync(join(workspace, 'malformed', fileOf(what)), text);
  },
});

const page = () => vscode.window.page;
const editor = () => page().locator('.editor-instance .monaco-editor[data-uri$=".resefa.json"]').filter({ visible: true });
const onDisk = (...path: readonly string[]) => readFileSync(join(vscode.server.workspace, ...path), 'utf8');

/** Opens a file by its name, in a tab of its own. */
async function open(file: string): Promise<void> {
  await until(`${file} to open`, async () => {
    await page().keyboard.press('Control+p');
    await vscode.window.quickInput.fill(file, { timeout: 3000 });
    const row = page().locator('.quick-input-list .monaco-list-row').filter({ hasText: file }).first();
    if (!(await row.waitFor({ timeout: 1500 }).then(() => true, () => false))) {
      await page().keyboard.press('Escape');
      return undefined;
    }
    await row.click();
    return true;
  });
  await page().locator('.tab.active').filter({ hasText: file }).waitFor();
  await editor().waitFor();
}

/** What the Problems panel lists. */
function problem(text: string | RegExp): Locator {
  return page().locator('.markers-panel .monaco-list-row').filter({ hasText: text });
}

describe('a direction file in the text editor', () => {
  it('is underlined where the schema is broken, and says what a key is for', async () => {
    await open('broken.resefa.json');
    await editor().locator('.squiggly-warning').first().waitFor();
    await editor().locator('.view-line span').getByText('"truncation"', { exact: true }).hover();
    await page().locator('.monaco-hover:visible').filter({ hasText: 'The truncation psi of the samples' }).waitFor();
    await page().keyboard.press('Escape');
    await vscode.window.runCommand('Problems: Focus on Problems View');
    await problem(/Incorrect type\. Expected "number"/).waitFor();
    // What VS Code says by the schema we do not say again.
    await expect.poll(() => problem('discovery.truncation').count()).toBe(0);
  });

  it('is listed among the problems where no schema could tell, and mended by a quick fix', async () => {
    await open('unscaled.resefa.json');
    const norm = problem('"vector" has norm 1.28017, must have norm 1');
    await norm.waitFor();
    await problem('The generator "cats" (sha256 0123456789ab) is not here').first().waitFor();
    await norm.dblclick();
    const fix = page().locator('.action-widget .monaco-list-row').filter({ hasText: 'Renormalise the vector' });
    await until('the quick fix', async () => {
      await page().keyboard.press('Control+.');
      return fix.waitFor({ timeout: 2000 }).then(() => true, () => undefined);
    });
    await fix.click();
    await norm.waitFor({ state: 'hidden' });
    await page().keyboard.press('Control+s');
    const saved = await until('the file to be saved', () => (onDisk('unscaled.resefa.json') === unscaled ? undefined : onDisk('unscaled.resefa.json')));
    const before = JSON.parse(unscaled) as { readonly vector: readonly number[] };
    const after = JSON.parse(saved) as typeof before;
    expect(Math.hypot(...after.vector)).toBeCloseTo(1, 5);
    expect({ ...after, vector: before.vector }).toEqual(before);
    expect(saved.replace(/"vector"[^]*/, '')).toBe(unscaled.replace(/"vector"[^]*/, ''));
    expect(saved.split('\r\n')).toHaveLength(unscaled.split('\r\n').length);
  });

  it('is mended in whole by Fix All', async () => {
    await problem('"latent.layers[2]" is 3, must be at least 6').waitFor();
    await editor().click();
    // VS Code drops a question for actions when another one comes, as for its light bulb.
    await until('the problem to be mended', async () => {
      await vscode.window.runCommand('Fix All');
      return problem('"latent.layers[2]"').waitFor({ state: 'hidden', timeout: 3000 }).then(() => true, () => undefined);
    });
    await page().keyboard.press('Control+s');
    await until('the layers to be sorted', () => (JSON.parse(onDisk('unscaled.resefa.json')) as { latent: { layers: number[] } }).latent.layers.join() === '2,3,4,5');
  });

  it('may be malformed in any way: each is listed, nothing fails, and no file is touched', async () => {
    for (const { what } of malformed) await open(fileOf(what));
    await vscode.window.runCommand('Problems: Focus on Problems View');
    for (const { what } of malformed) {
      await page().locator('.markers-panel-filter-container input, .markers-panel .monaco-inputbox input, .viewpane-filter-container input').first().fill(fileOf(what));
      await problem(fileOf(what)).first().waitFor();
    }
    for (const { what, text } of malformed) expect(onDisk('malformed', fileOf(what))).toBe(text);
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
