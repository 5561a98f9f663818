import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { seededRandom } from '../shared/seededRandom';
import { exampleDirection } from '../support/directions';
import type { FrameLocator, Locator } from './support/browser';
import { useVsCode } from './support/useVsCode';
import { root } from './support/vsCodeServer';
import type { VsCodeServer } from './support/vsCodeServer';
import { until } from './support/waiting';

const random = seededRandom(7);
const dimensions = 128;
const description = JSON.parse(readFileSync('models/afhq-cat-64/generator.json', 'utf8')) as { readonly name: string; readonly sha256: { readonly checkpoint?: string; readonly synthesis: string } };

/** A unit vector, and one at a right angle to it. */
const first = unit(Array.from({ length: dimensions }, () => random() - 0.5));
const second = unit(minus(Array.from({ length: dimensions }, () => random() - 0.5), first));

const eyes: DirectionFile = {
  ...exampleDirection,
  generator: { name: description.name, architecture: 'stylegan2', resolution: 64, sha256: description.sha256.checkpoint ?? description.sha256.synthesis },
  latent: { space: 'w', dimensions, layers: [2, 3, 4, 5, 6, 7, 8, 9] },
  edit: { alpha: [-9, 9] },
  metrics: { seeds: '100-107', alpha: 1.5, insideMse: 0.02, outsideMse: 0.002 },
  vector: first,
};
const turned: DirectionFile = { ...eyes, name: 'turned', vector: between(12), discovery: { ...exampleDirection.discovery, eigenvalue: 24.6912 } };
const foreign: DirectionFile = { ...eyes, name: 'foreign', generator: { ...eyes.generator, name: 'elsewhere', sha256: 'f'.repeat(64) }, vector: second };

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A vector without what it has of another one. */
function minus(vector: readonly number[], other: readonly number[]): number[] {
  const share = dot(vector, other);
  return vector.map((value, i) => value - share * other[i]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** The first vector turned towards the second. */
function between(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return first.map((value, i) => Math.cos(radians) * value + Math.sin(radians) * second[i]!);
}

/** |cos| of two files of a direction in w, as the page is to show it. */
function cosineOf(a: string, b: string): string {
  const [u, v] = [a, b].map((text) => (JSON.parse(text) as { readonly vector: readonly number[] }).vector) as [number[], number[]];
  return (Math.abs(dot(u, v)) / Math.sqrt(dot(u, u) * dot(v, v))).toFixed(6);
}

let folder = '';
const fileOf = (name: string) => join(folder, 'directions', `${name}.resefa.json`);
const textOf = (name: string) => readFileSync(fileOf(name), 'utf8');
const git = (...args: readonly string[]) => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, encoding: 'utf8' });

function save(name: string, direction: DirectionFile): void {
  writeFileSync(fileOf(name), formatDirection(direction));
}

/** A repository whose first commit has the directions, with git told to convert them for its own diffs. */
function prepare(server: VsCodeServer): void {
  folder = server.workspace;
  mkdirSync(join(folder, 'directions'), { recursive: true });
  for (const [name, direction] of Object.entries({ eyes, turned, foreign })) save(name, direction);
  writeFileSync(join(folder, '.gitattributes'), '*.resefa.json diff=resefa\n');
  git('init', '--quiet');
  git('config', 'diff.resefa.textconv', `"${process.execPath}" "${join(root, 'dist', 'cli.js')}" compare --git-textconv`);
  git('add', '.');
  git('commit', '--quiet', '-m', 'directions');
}

const vscode = useVsCode({ settings: { 'git.enabled': true, 'git.autofetch': false, 'git.openRepositoryInParentFolders': 'never', 'explorer.autoReveal': false }, before: prepare, theme: 'Default Dark Modern', size: { width: 1400, height: 1000 } });

const page = (): FrameLocator => vscode.window.panel().frame;

/** The cells of a row of the page's tables, by what stands at its head. */
async function row(head: string): Promise<readonly string[]> {
  const found = page().locator('tr').filter({ has: page().locator('th[scope="row"]').filter({ hasText: new RegExp(`^${head}$`) }) }).first();
  return found.locator('td').allTextContents();
}

async function verdict(text: string | RegExp): Promise<void> {
  await page().locator('h1.verdict').filter({ hasText: text }).waitFor();
}

/** The number of colours of every picture of a row of strips, once all are there. */
async function drawn(label: string): Promise<number[]> {
  await page().locator('.strip-section[data-state="ready"]').waitFor({ state: 'attached' });
  const pictures = await page().locator(`canvas[aria-label^="${label}, seed"]`).all();
  return Promise.all(pictures.map(async (picture) => picture.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = new Uint32Array((element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data.buffer);
    return new Set(pixels).size;
  })));
}

/** What a picture shows, as a text to compare with others. */
async function picture(label: string): Promise<string> {
  return page().locator(`canvas[aria-label="${label}"]`).evaluate((element) => (element as HTMLCanvasElement).toDataURL());
}

const inExplorer = (name: string): Locator => vscode.window.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name }).first();

/** Selects files in the explorer, the one after the other. */
async function selectInExplorer(...names: readonly string[]): Promise<void> {
  const { keyboard } = vscode.window.page;
  await vscode.window.runCommand('View: Show Explorer');
  for (const [i, name] of names.entries()) {
    if (i > 0) await keyboard.down('Control');
    await inExplorer(`${name}.resefa.json`).click();
    if (i > 0) await keyboard.up('Control');
  }
  await until('the files to be selected', async () => (await vscode.window.page.locator('.explorer-folders-view .monaco-list-row.selected').count()) === names.length);
}

describe('Compare Directions', () => {
  it('compares two files that are selected in the explorer', async () => {
    await vscode.window.runCommand('View: Show Explorer');
    await inExplorer('directions').click();
    await selectInExplorer('eyes', 'turned');
    await vscode.window.chooseInExplorer('turned.resefa.json', 'Compare Directions');
    await verdict('Rotated 12 degrees');
    const cosine = cosineOf(textOf('eyes'), textOf('turned'));
    expect(Number(cosine)).toBeCloseTo(Math.cos(Math.PI / 15), 5);
    await expect.poll(() => row('in full')).toEqual([cosine]);
    await expect.poll(() => row('layers 2-9')).toEqual([cosine]);
    await expect.poll(() => row('eigenvalue')).toEqual(['12.3456', '24.6912× 2']);
    await expect.poll(() => row('name')).toEqual(['eyes-1', 'turned']);
    await expect.poll(() => page().locator('.same-fields summary').innerText()).toMatch(/^3 fields are different, \d+ are the same$/);
    await vscode.window.tab('eyes-1 ↔ turned').waitFor();
  });

  it('shows the same samples of both, and how they differ', async () => {
    for (const label of ['eyes-1', 'turned']) {
      const colours = await drawn(label);
      expect(colours).toHaveLength(15);
      expect(Math.min(...colours)).toBeGreaterThan(50);
    }
    expect(await picture('turned, seed 1, alpha 0')).toBe(await picture('eyes-1, seed 1, alpha 0'));
    expect(await picture('turned, seed 1, alpha 9')).not.toBe(await picture('eyes-1, seed 1, alpha 9'));
    expect(await picture('eyes-1, seed 2, alpha 9')).not.toBe(await picture('eyes-1, seed 1, alpha 9'));
  });

  it('makes other pictures when seeds and alphas are chosen', async () => {
    await page().getByRole('textbox', { name: 'Seeds' }).fill('5');
    await page().getByRole('textbox', { name: 'Alphas' }).fill('-3,0,3');
    await page().locator('canvas[aria-label="turned, seed 5, alpha -3"]').waitFor();
    await expect.poll(() => drawn('turned')).toHaveLength(3);
  });

  it('copies itself as Markdown', async () => {
    await page().getByRole('button', { name: 'Copy as Markdown' }).click();
    await page().getByRole('button', { name: 'Copied' }).waitFor();
  });

  it('swaps the order', async () => {
    await page().getByRole('button', { name: 'Swap' }).click();
    await until('the other order', async () => (await row('name'))[0] === 'turned');
    await expect.poll(() => row('eigenvalue')).toEqual(['24.6912', '12.3456× 0.5']);
  });

  it('follows a file that changes on the disk', async () => {
    save('turned', { ...turned, vector: between(40) });
    await verdict('Rotated 40 degrees');
    await expect.poll(() => row('in full')).toEqual([cosineOf(textOf('eyes'), textOf('turned'))]);
    writeFileSync(fileOf('turned'), '{\n  "format": 1\n}\n');
    await page().locator('.side-problem').filter({ hasText: 'turned.resefa.json' }).waitFor();
    await verdict('Not comparable now');
    save('turned', turned);
    await verdict('Rotated 12 degrees');
  });

  it('asks for the others where one file is given, and compares more than two with a matrix', async () => {
    await selectInExplorer('foreign');
    await vscode.window.chooseInExplorer('eyes.resefa.json', 'Compare Directions');
    await vscode.window.quickPick('turned').waitFor();
    await expect.poll(() => vscode.window.quickPick('eyes-1').count()).toBe(0);
    await vscode.window.pick('turned');
    await vscode.window.pick('foreign');
    await vscode.window.page.keyboard.press('Enter');
    await verdict('eyes-1 and turned are the most alike: rotated 12 degrees');
    const files = ['eyes', 'foreign', 'turned'].map(textOf);
    const labels = ['eyes-1', 'foreign', 'turned'];
    const shown = await page().locator('.matrix tbody tr').allInnerTexts();
    const order = shown.map((text) => labels.findIndex((label) => text.startsWith(label)));
    expect(shown.map((text) => text.replaceAll('flipped', '').trim().split(/\s+/).slice(1))).toEqual(order.map((i) => order.map((j) => cosineOf(files[i]!, files[j]!))));
    await page().locator('.strip-problem').filter({ hasText: 'which is not here' }).first().waitFor();
    expect(Math.min(...(await drawn('turned')))).toBeGreaterThan(50);
  });
});

describe('Compare Direction with Git HEAD', () => {
  it('says when nothing has changed', async () => {
    await vscode.window.chooseInExplorer('eyes.resefa.json', 'Compare Direction with Git HEAD');
    await vscode.window.waitForNotification('eyes.resefa.json is unchanged since the last commit');
  });

  it('compares a changed file with that of the last commit, also where git converts its text', async () => {
    const head = textOf('eyes');
    // As people write it by hand: the other sign, and the range mirrored with it.
    const flipped: DirectionFile = { ...eyes, edit: { alpha: [-9, 4] }, vector: first.map((value) => -value), discovery: { ...exampleDirection.discovery, eigenvalue: 6.1728 } };
    writeFileSync(fileOf('eyes'), JSON.stringify(flipped));
    await vscode.window.chooseInExplorer('eyes.resefa.json', 'Compare Direction with Git HEAD');
    await verdict('Same direction, sign flipped');
    await expect.poll(() => row('in full')).toEqual([`${cosineOf(head, textOf('eyes'))}flipped`]);
    await expect.poll(() => row('eigenvalue')).toEqual(['12.3456', '6.1728× 0.5']);
    await expect.poll(() => row('alpha range')).toEqual(['-9 to 9', '-9 to 4']);
    await expect.poll(() => page().locator('.remarks').innerText()).toMatch(/^The sign is flipped, and the edits do not go equally far: /);
    await expect.poll(() => page().locator('.strip-label').first().innerText()).toBe('eyes.resefa.json (HEAD)');
    // With the signs aligned both strips are the same.
    await drawn('eyes.resefa.json');
    expect(await picture('eyes.resefa.json (working tree), seed 0, alpha -9')).toBe(await picture('eyes.resefa.json (HEAD), seed 0, alpha 9'));
  });

  it('compares the two sides of a diff', async () => {
    await vscode.window.page.getByRole('tab', { name: /^Source Control/ }).click();
    await vscode.window.page.locator('.scm-view .monaco-list-row').filter({ hasText: 'eyes.resefa.json' }).first().click();
    await vscode.window.page.locator('.monaco-diff-editor .editor.modified').waitFor();
    await vscode.window.page.locator('.editor-actions').getByRole('button', { name: 'Compare Directions of the Diff' }).click();
    await vscode.window.tab('eyes.resefa.json (index ↔ working tree)').waitFor();
    await verdict('Same direction, sign flipped');
    await expect.poll(async () => (await page().locator('.strip-label').allInnerTexts()).slice(0, 2)).toEqual(['eyes.resefa.json (index)', 'eyes.resefa.json (working tree)']);
    await vscode.window.tab('eyes.resefa.json (HEAD ↔ working tree)').click();
  });

  it('follows commits', async () => {
    git('commit', '--quiet', '-am', 'flipped');
    await verdict('Identical');
  });

  it('says in one line what there is nothing to compare with', async () => {
    save('new', { ...eyes, name: 'new' });
    await vscode.window.chooseInExplorer('new.resefa.json', 'Compare Direction with Git HEAD');
    await vscode.window.waitForNotification('new.resefa.json is not in the last commit (HEAD)');
  });
});

it('comes back with the window, in a light theme too', async () => {
  vscode.server.configure({ 'workbench.colorTheme': 'Default Light Modern' });
  await vscode.window.reload();
  await verdict('Identical');
  expect(Math.min(...(await drawn('eyes.resefa.json')))).toBeGreaterThan(50);
  expect(vscode.window.consoleErrors(/is not in the last commit/)).toEqual([]);
});
