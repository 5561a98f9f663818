import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/engine/npy';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { useVsCode } from './support/useVsCode';
import { root } from './support/vsCodeServer';
import { until } from './support/waiting';

/** Two directions as the command line saves them, and one that somebody edited by hand. */
const vscode = useVsCode({
  theme: 'Default Dark Modern',
  before: ({ workspace }) => {
    execFileSync(process.execPath, [join(root, 'dist', 'cli.js'), 'discover', 'afhq-cat-64', '--region', 'eyes', '--preset', 'draft', '--count', '2', '--out', workspace], { stdio: 'ignore' });
    const direction = parseDirection(readFileSync(join(workspace, 'eyes-2.resefa.json'), 'utf8'), 'eyes-2');
    writeFileSync(join(workspace, 'tampered.resefa.json'), formatDirection({ ...direction, name: 'tampered', latent: { ...direction.latent, layers: [2] } }));
    writeFileSync(join(workspace, 'foreign.resefa.json'), formatDirection({ ...direction, name: 'foreign', generator: { ...direction.generator, sha256: 'f'.repeat(64) } }));
  },
});

const pathOf = (file: string) => join(vscode.server.workspace, file);
const textOf = (name: string) => readFileSync(pathOf(`${name}.resefa.json`), 'utf8');
const directionOf = (name: string): DirectionFile => parseDirection(textOf(name), name);

/** What a notification says, once it is there. */
async function told(text: string | RegExp): Promise<string> {
  return (await vscode.window.waitForNotification(text)).innerText();
}

const cosineIn = (text: string) => Number(/\|cos\| (\d\.\d{6})/.exec(text)?.[1]);

/** Chooses an item from the menu of several files at once. */
async function chooseForAll(files: readonly string[], item: string): Promise<void> {
  await vscode.window.runCommand('View: Show Explorer');
  const { page } = vscode.window;
  for (const [i, file] of files.entries()) {
    if (i === 1) await page.keyboard.down('Control');
    await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: file }).first().click();
  }
  await page.keyboard.up('Control');
  await vscode.window.chooseInExplorer(files.at(-1)!, item);
}

async function shot(name: string): Promise<void> {
  const place = process.env.RESEFA_SHOTS;
  if (place !== undefined) await vscode.window.page.screenshot({ path: join(place, `${name}.png`) });
}

describe('Rediscover', () => {
  it('finds a saved direction again from the menu of its file', async () => {
    await vscode.window.chooseInExplorer('eyes-1.resefa.json', 'Rediscover');
    const text = await told('eyes-1 was found again');
    expect(cosineIn(text)).toBeGreaterThan(0.9999);
    expect(text).toMatch(/eigenvalue ([\d.]+) → \1/);
    await shot('rediscovered');
  });

  it('shows what was found beside what is saved, without a file', async () => {
    await vscode.window.answerNotification('eyes-1 was found again', 'Compare');
    const page = vscode.window.panel().frame;
    await page.locator('h1.verdict').filter({ hasText: /identical/i }).waitFor();
    await shot('rediscovered-compare');
    expect(existsSync(pathOf('eyes-1 found now.resefa.json'))).toBe(false);
    // The offer is still there.
    await told('eyes-1 was found again');
    await vscode.window.dismissNotifications();
  });

  it('is honest about a direction that was edited by hand, and replaces it where that is wanted', async () => {
    const before = textOf('tampered');
    await vscode.window.chooseInExplorer('tampered.resefa.json', 'Rediscover');
    expect(cosineIn(await told('tampered was not found again'))).toBeLessThan(0.99);
    await vscode.window.answerNotification('tampered was not found again', 'Replace');
    await vscode.window.page.locator('.tabs-container .tab.dirty').filter({ hasText: 'tampered.resefa.json' }).waitFor();
    expect(textOf('tampered')).toBe(before);
    await vscode.window.runCommand('File: Save');
    await until('the new vector on the disk', () => textOf('tampered') !== before && textOf('tampered').endsWith('}\n'));
    expect(directionOf('tampered')).toMatchObject({ name: 'tampered', latent: { layers: [2] } });
    await vscode.window.runCommand('Undo');
    await vscode.window.runCommand('File: Save');
    await until('the old vector on the disk', () => textOf('tampered') === before);
  });

  it('refuses a generator with another hash, with the reason', async () => {
    await vscode.window.chooseInExplorer('foreign.resefa.json', 'Rediscover');
    expect(await told('foreign.resefa.json was made for')).toMatch(/sha256 ffffffffffff\); the afhq-cat-64 that is here is another one \(sha256 7d7e7e6355b7\)/);
    await vscode.window.dismissNotifications();
  });
});

describe('NumPy arrays', () => {
  it('hold directions that are exported together', async () => {
    await chooseForAll(['eyes-1.resefa.json', 'eyes-2.resefa.json'], 'Export Directions as NumPy Array');
    await until('a proposal for the file', async () => (await vscode.window.quickInput.inputValue().catch(() => '')).endsWith('/eyes.npy'));
    await vscode.window.page.keyboard.press('Enter');
    expect(await told('Exported 2 directions')).toContain('[2, 128]; the array does not tell the layers (2-9)');
    const { dims, data } = readNpy(readFileSync(pathOf('eyes.npy')), 'eyes.npy');
    expect(dims).toEqual([2, 128]);
    expect(Array.from(data.subarray(128))).toEqual(Array.from(Float32Array.from(vectorRows(directionOf('eyes-2'))[0]!)));
    await vscode.window.dismissNotifications();
  });

  it('give the same directions when they are imported, to the last digit', async () => {
    await vscode.window.chooseInExplorer('eyes.npy', 'Import Directions from NumPy Array');
    await vscode.window.pick('afhq-cat-64');
    await vscode.window.quickPick('Row 1').waitFor();
    await shot('import-rows');
    await vscode.window.page.keyboard.press('Enter');
    await vscode.window.pick('eyes');
    expect(await told('Imported 2 directions')).toContain('eyes-1, eyes-2');
    for (const name of ['eyes-1', 'eyes-2']) {
      const [saved, imported] = [directionOf(name), directionOf(`directions/afhq-cat-64/${name}`)];
      expect(imported).toMatchObject({ version: 2, vector: saved.vector, latent: saved.latent, region: saved.region, source: { kind: 'npy', file: 'eyes.npy' } });
      expect(imported.metrics!.insideMse / imported.metrics!.outsideMse).toBeCloseTo(saved.metrics!.insideMse / saved.metrics!.outsideMse, 1);
    }
    await vscode.window.dismissNotifications();
  });
});

describe('Compose Directions', () => {
  it('writes the weighted sum beside the first', async () => {
    await chooseForAll(['eyes-1.resefa.json', 'eyes-2.resefa.json'], 'Compose Directions');
    await until('weights to be proposed', async () => (await vscode.window.quickInput.inputValue().catch(() => '')) === '1, 1');
    await vscode.window.quickInput.fill('1, x');
    await vscode.window.page.getByText('"x" must be a number').first().waitFor();
    await shot('compose-weights');
    await vscode.window.answer('3, -4');
    await vscode.window.pick('Make orthogonal first (Gram-Schmidt)');
    await until('a name to be proposed', async () => (await vscode.window.quickInput.inputValue().catch(() => '')) === 'composition');
    await vscode.window.answer('both');
    await told('Composed both');
    const [both, first] = [directionOf('both'), directionOf('eyes-1')].map((direction) => vectorRows(direction)[0]!) as [number[], number[]];
    expect(Math.abs(both.reduce((sum, value, i) => sum + value * first[i]!, 0))).toBeCloseTo(0.6, 5);
    expect(directionOf('both')).toMatchObject({ version: 2, source: { kind: 'composition', orthogonal: true, terms: [{ name: 'eyes-1', weight: 3 }, { name: 'eyes-2', weight: -4 }] } });
    await vscode.window.answerNotification('Composed both', 'Open');
    await vscode.window.tab('both.resefa.json').waitFor();
    await shot('composed');
  });
});

describe('the window', () => {
  it('has had no error in its console', () => {
    expect(vscode.window.consoleErrors(/foreign\.resefa\.json was made for/)).toEqual([]);
  });
});
