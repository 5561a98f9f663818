import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Box, Locator } from './browser';
import { DirectionPreview } from './directionPreview';
import type { Panel } from './panel';
import { startVsCode, root } from './vsCodeServer';
import type { VsCodeServer } from './vsCodeServer';
import { openWindow } from './vsCodeWindow';
import type { Theme, VsCodeWindow } from './vsCodeWindow';

const size = { width: 1280, height: 860 };

/** The largest picture that may go into the package. */
const limit = 300_000;

/** Takes the pictures of the panel that the README and the walkthrough show. */
export async function takeScreenshots(): Promise<void> {
  const server = await startVsCode({ extension: 'vsix', settings: { 'editor.minimap.enabled': false, 'breadcrumbs.enabled': false, 'window.title': '${activeEditorShort}${separator}${rootName}' } });
  try {
    writeFileSync(join(server.workspace, 'my-stylegan2.pkl'), '');
    await inWindow(server, 'Default Light Modern', async (window) => {
      await discoverEyes(window);
      await save(window, 'panel-light');
    });
    await inWindow(server, 'Default Dark Modern', async (window) => {
      // From what the other window has accumulated, directions would be from tiles and solved again when one is saved.
      await window.runCommand('ReSeFa: Clear Cache');
      await window.page.getByRole('button', { name: 'Clear', exact: true }).click();
      await discoverEyes(window);
      await save(window, 'panel-dark');
      await walkthrough(window);
      await directionFile(window);
    });
  } finally {
    server.stop();
  }
}

async function inWindow(server: VsCodeServer, theme: Theme, take: (window: VsCodeWindow) => Promise<void>): Promise<void> {
  const window = await openWindow(server, { theme, size, scale: 1.25 });
  try {
    await take(window);
  } catch (error) {
    console.error(`see ${await window.saveEvidence('screenshots')}`);
    throw error;
  } finally {
    await window.close();
  }
}

/** What a user does in the first minute: open the panel, choose a region, discover, drag a slider. */
async function discoverEyes(window: VsCodeWindow): Promise<void> {
  await window.runCommand('ReSeFa: Discover Directions');
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
  const panel = window.panel();
  await panel.waitFor('ready');
  await panel.frame.getByRole('textbox', { name: 'Seed', exact: true }).fill('10');
  await choose(panel, 'Space', 'w+');
  await panel.button('Region eyes').click();
  await panel.button('Discover').click();
  await panel.waitFor('discovering');
  await panel.waitFor('ready');
  await choose(panel, 'Sort by', 'Locality');
  await panel.setSlider(2, 4);
  await panel.setSlider(1, -3);
  await rest(window, panel);
}

async function choose(panel: Panel, list: string, option: string): Promise<void> {
  await panel.frame.getByRole('combobox', { name: list, exact: true }).click();
  await panel.frame.getByRole('option').filter({ hasText: option }).first().click();
}

async function walkthrough(window: VsCodeWindow): Promise<void> {
  const panel = window.panel();
  const region = (name: string) => panel.frame.getByRole('region', { name, exact: true });
  await save(window, 'walkthrough/panel', panel.frame.locator('body'));
  await save(window, 'walkthrough/slider', region('Found directions'), region('Change'));
  await panel.button('Reset all').click();
  await rest(window, panel);
  await save(window, 'walkthrough/region', region('Picture and region'));

  await panel.button('Save direction 1').click();
  await window.quickInput.waitFor();
  await window.answer('open-eyes');
  await window.answerNotification('open-eyes', 'Open');
  await window.runCommand('ReSeFa: Open as Text');
  const line = (text: string) => window.page.locator('.monaco-editor .view-line').filter({ hasText: text }).first();
  await line('"vector"').waitFor();
  await save(window, 'walkthrough/save', window.page.locator('.part.editor .title').first(), line('"vector"'));

  await window.runCommand('View: Close All Editors');
  await window.runCommand('View: Show Explorer');
  const file = window.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'my-stylegan2.pkl' });
  await file.click({ button: 'right' });
  await window.page.getByRole('menuitem', { name: 'Import Generator' }).first().hover();
  await save(window, 'walkthrough/import', window.page.locator('.part.sidebar .title').first(), window.page.locator('.monaco-menu').last());
  await window.page.keyboard.press('Escape');
}

/** A saved direction in its editor. */
async function directionFile(window: VsCodeWindow): Promise<void> {
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
  await window.runCommand('ReSeFa: Open Direction');
  await window.quickInput.waitFor();
  await window.page.keyboard.press('Enter');
  await window.runCommand('ReSeFa: Open Preview');
  const preview = new DirectionPreview(window.page);
  await preview.shows('ready');
  await preview.alpha.fill('-4');
  await window.page.waitForTimeout(1500);
  await save(window, 'direction-editor');
}

/** Takes the focus and the mouse away from what was used, and lets the pictures of the edit arrive. */
async function rest(window: VsCodeWindow, panel: Panel): Promise<void> {
  await panel.frame.locator('body').evaluate((body) => { (body.ownerDocument.activeElement as HTMLElement | null)?.blur(); });
  await window.page.mouse.move(size.width / 2, 2);
  await window.page.waitForTimeout(1500);
}

/** Saves a picture of the window, or of the part with some elements, as media/<name>.png. */
async function save(window: VsCodeWindow, name: string, ...elements: readonly Locator[]): Promise<void> {
  const path = join(root, 'media', `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  const boxes = await Promise.all(elements.map((element) => element.boundingBox()));
  const picture = await window.page.screenshot({ animations: 'disabled', clip: around(boxes.filter((box) => box !== null)) });
  const shown = elements.length === 0 ? sharp(picture) : sharp(picture).resize({ width: 1000, withoutEnlargement: true });
  // Little dithering: noise costs more than it helps.
  const { size: bytes } = await shown.png({ palette: true, dither: 0.5, effort: 10, compressionLevel: 9 }).toFile(path);
  console.log(`${path}: ${Math.round(bytes / 1000)} kB`);
  if (bytes > limit) throw new Error(`${path} should be below ${limit / 1000} kB`);
}

/** The smallest box with all boxes; the window where there are none. */
function around(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, ...size };
  const x = Math.max(0, Math.min(...boxes.map((box) => box.x)));
  const y = Math.max(0, Math.min(...boxes.map((box) => box.y)));
  const right = Math.min(size.width, Math.max(...boxes.map((box) => box.x + box.width)));
  const bottom = Math.min(size.height, Math.max(...boxes.map((box) => box.y + box.height)));
  return { x, y, width: right - x, height: bottom - y };
}
