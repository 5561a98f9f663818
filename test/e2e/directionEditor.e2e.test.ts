import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectionPreview } from './support/directionPreview';
import { difference } from './support/panel';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const fixture = join('test', 'fixtures', 'directions', 'eyes.resefa.json');
const original = readFileSync(fixture, 'utf8');

const vscode = useVsCode({
  settings: { 'git.enabled': true, 'git.autofetch': false, 'diffEditor.useInlineViewWhenSpaceIsLimited': false },
  before: ({ workspace }) => {
    copyFileSync(fixture, join(workspace, 'eyes.resefa.json'));
    writeFileSync(join(workspace, 'conflict.resefa.json'), original.replace(/^ *"name".*\n/m, '<<<<<<< HEAD\n$&=======\n  "name": "theirs",\n>>>>>>> branch\n'));
    for (const args of [['init', '--quiet'], ['add', '.'], ['-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'Directions']]) execFileSync('git', ['-C', workspace, ...args]);
  },
});

const preview = () => new DirectionPreview(vscode.window.page);
const page = () => vscode.window.page;
const onDisk = () => readFileSync(join(vscode.server.workspace, 'eyes.resefa.json'), 'utf8');
const press = (key: string) => page().keyboard.press(key);
const value = (name: string) => preview().field(name).inputValue();

async function open(file: string): Promise<void> {
  await vscode.window.runCommand('View: Show Explorer');
  await page().locator('.explorer-folders-view .monaco-list-row').filter({ hasText: file }).first().dblclick();
}

/** Saves with the keyboard and waits until nothing is left to be saved. */
async function save(): Promise<void> {
  await press('Control+s');
  await until('the file to be saved', async () => (await page().locator('.tabs-container .tab.dirty').count()) === 0);
}

describe('a direction file', () => {
  it('opens as a preview, with its picture, its provenance and its bars', async () => {
    // Its views are there once VS Code knows the extension, and its editors with them.
    await vscode.window.runCommand('ReSeFa: Focus on Directions View');
    await open('eyes.resefa.json');
    await preview().shows('ready');
    await expect.poll(() => value('Name')).toBe('eyes-1');
    const facts = await preview().frame.getByRole('region', { name: 'Provenance' }).innerText();
    for (const fact of ['afhq-cat-64', 'draft', '0-1 (2)', '66.3749', '100-107 (8)', 'box 0.24,0.45 0.52x0.14']) expect(facts).toContain(fact);
    await expect.poll(() => preview().frame.getByText(/^Largest of 128: 80: \+0\.237568, 33: -0\.229286/).count()).toBe(1);
  });

  it('is tried with the slider: the picture changes, the region more than the rest, and the original comes back', async () => {
    const edited = await preview().pixels();
    await preview().alpha.dblclick();
    const plain = await preview().changedPixels(edited);
    await preview().alpha.focus();
    await press('End');
    const far = await preview().changedPixels(plain);
    const box = { x: 0.24, y: 0.45, width: 0.52, height: 0.14 };
    expect(difference(plain, far, box)).toBeGreaterThan(difference(plain, far, box, 'outside'));
    await preview().frame.locator('.change-number').filter({ hasText: /^0\.0/ }).first().waitFor();
    await preview().button('Compare with original').focus();
    await page().keyboard.down('Space');
    await until('the original', async () => difference(plain, await preview().pixels()) === 0);
    await page().keyboard.up('Space');
    await until('the edit to come back', async () => difference(far, await preview().pixels()) === 0);
  });

  it('is edited in steps that VS Code undoes, redoes and saves, in the lines that they are about', async () => {
    await preview().enter('Name', 'eyes wide open');
    await preview().enter('Largest alpha', '7.5');
    await until('the range of the slider', async () => (await preview().alpha.getAttribute('max')) === '7.5');
    await preview().field('Name').focus();
    await press('Control+z');
    await press('Control+z');
    await until('both steps to be undone', async () => (await value('Name')) === 'eyes-1' && (await value('Largest alpha')) === '12');
    await press('Control+Shift+z');
    await until('the name to be redone', async () => (await value('Name')) === 'eyes wide open');
    await save();
    expect(onDisk()).toBe(original.replace('"name": "eyes-1"', '"name": "eyes wide open"'));
    await expect.poll(() => value('Largest alpha')).toBe('12');
  });

  it('refuses what is no direction beside the field, and leaves the file alone', async () => {
    await preview().field('Smallest alpha').fill('20');
    await preview().frame.getByText('The smallest alpha must be less than 12').waitFor();
    await press('Escape');
    await expect.poll(() => value('Smallest alpha')).toBe('-12');
    await preview().field('Name').fill('');
    await preview().frame.getByText('A direction needs a name').waitFor();
    await press('Escape');
    await expect.poll(() => page().locator('.tabs-container .tab.dirty').count()).toBe(0);
  });

  it('comes back to its very bytes when all is undone', async () => {
    await preview().button('Layers 2-9').click();
    await preview().frame.getByRole('checkbox', { name: /^9/ }).click();
    await preview().button('Layers 2-8').waitFor();
    await press('Escape');
    await press('Control+z');
    await press('Control+z');
    await preview().button('Layers 2-9').waitFor();
    await save();
    expect(onDisk()).toBe(original);
  });

  it('is shown as text and back, and what is typed there is seen here at once', async () => {
    await preview().enter('Name', 'eyes-2');
    await preview().button('Open as Text').click();
    const line = page().locator('.monaco-editor .view-line').filter({ hasText: '"eyes-2"' }).first();
    await line.waitFor();
    await expect.poll(() => vscode.window.tab('eyes.resefa.json').count()).toBe(1);
    await vscode.window.runCommand('ReSeFa: Open Preview');
    await preview().shows('ready');
    await expect.poll(() => value('Name')).toBe('eyes-2');
    await save();
  });

  it('is the same in two editors and in a text beside them', async () => {
    await press('Control+\\');
    const both = [0, 1].map((index) => new DirectionPreview(page(), index));
    for (const each of both) await each.shows('ready');
    await both[0]!.enter('Name', 'eyes-3');
    await until('the other editor to follow', async () => (await both[1]!.field('Name').inputValue()) === 'eyes-3');
    await both[1]!.button('Open as Text').click();
    await page().locator('.monaco-editor .view-line').filter({ hasText: '"eyes-3"' }).first().click();
    await press('Control+End');
    await page().keyboard.type('x');
    await preview().shows('broken');
    await press('Control+z');
    await preview().shows('ready');
    await press('Control+z');
    await until('the name to be undone', async () => (await value('Name')) === 'eyes-2');
    await press('Control+w');
  });

  it('is compared with git’s version as text, side by side', async () => {
    await page().getByRole('tab', { name: /^Source Control/ }).click();
    await page().locator('.scm-view .monaco-list-row').filter({ hasText: 'eyes.resefa.json' }).first().click();
    const diff = page().locator('.monaco-diff-editor.side-by-side');
    await diff.locator('.editor.original .view-line').filter({ hasText: '"eyes-1"' }).first().waitFor();
    await diff.locator('.editor.modified .view-line').filter({ hasText: '"eyes-2"' }).first().waitFor();
    await expect.poll(() => diff.locator('.editor.modified .line-insert').count()).toBe(1);
  });

  it('is read-only in git’s version, and says so', async () => {
    await open('eyes.resefa.json');
    await preview().shows('ready');
    await vscode.window.runCommand('ReSeFa: Open as Text');
    await page().locator('.monaco-editor .view-line').filter({ hasText: '"eyes-2"' }).first().waitFor();
    await vscode.window.runCommand('Git: Open File (HEAD)');
    await page().locator('.editor-instance .view-line').filter({ hasText: '"eyes-1"' }).first().waitFor();
    await vscode.window.runCommand('ReSeFa: Open Preview');
    await preview().shows('ready');
    await preview().frame.getByText('This is git’s version of the file').waitFor();
    await expect.poll(() => value('Name')).toBe('eyes-1');
    for (const field of ['Name', 'Smallest alpha', 'Largest alpha']) await expect.poll(() => preview().field(field).isDisabled()).toBe(true);
    const before = await preview().pixels();
    await preview().alpha.dblclick();
    await preview().changedPixels(before);
  });
});

describe('a preview', () => {
  it('says that the engine has died, and draws again when asked to', async () => {
    await open('eyes.resefa.json');
    await vscode.window.runCommand('ReSeFa: Open Preview');
    await preview().shows('ready');
    await preview().enter('Seed', '5');
    await vscode.server.killEngine();
    await preview().shows('error');
    await preview().frame.getByText(/the engine process ended unexpectedly/i).waitFor();
    await preview().frame.getByRole('link', { name: 'Try again' }).click();
    await preview().shows('ready');
  });

  it('comes back after a reload of the window with its sample and its alpha', async () => {
    await preview().alpha.focus();
    await press('Home');
    const most = await preview().alpha.inputValue();
    await preview().shows('ready');
    await page().waitForTimeout(1000);
    await vscode.window.reload();
    await preview().shows('ready');
    await expect.poll(() => value('Seed')).toBe('5');
    await expect.poll(() => preview().alpha.inputValue()).toBe(most);
  });
});

describe('a file that git could not merge', () => {
  it('shows its text, and the preview as soon as it is mended', async () => {
    await open('conflict.resefa.json');
    await preview().shows('broken');
    await preview().frame.getByText(/merge conflict/).waitFor();
    await expect.poll(() => preview().frame.locator('.is-marker').count()).toBe(3);
    await expect.poll(() => preview().frame.locator('.is-theirs').innerText()).toContain('theirs');
    writeFileSync(join(vscode.server.workspace, 'conflict.resefa.json'), original);
    await preview().shows('ready');
  });

  it('has caused no error in the console', () => {
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
