import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { difference } from './support/panel';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const vscode = useVsCode({ theme: 'Default High Contrast', settings: { 'resefa.defaultPreset': 'draft', 'resefa.directionsFolder': 'kept/directions' } });

const panel = () => vscode.window.panel();
const press = (key: string) => vscode.window.page.keyboard.press(key);

/** The accessible name of what has the focus in the page, through the shadow roots of the controls. */
async function focused(): Promise<string> {
  return panel().frame.locator('body').evaluate((body) => {
    let element = body.ownerDocument.activeElement;
    let name = '';
    for (; element; element = element.shadowRoot?.activeElement ?? null) name = (element.getAttribute('aria-label') ?? element.textContent.trim()) || name;
    return name;
  });
}

/** Presses a key until a control has the focus. */
async function tabTo(name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if ((await focused()) === name) return;
    await press(key);
  }
  throw new Error(`Tab does not reach ${name}; it ended at ${await focused()}`);
}

beforeAll(async () => {
  await vscode.window.runCommand('ReSeFa: Discover Directions');
  await panel().waitFor('ready');
});

describe('the keyboard alone', () => {
  it('draws a region, discovers with the preset of the settings, and edits', async () => {
    await panel().image.focus();
    await press('Enter');
    for (let i = 0; i < 3; i++) await press('Shift+ArrowUp');
    await tabTo('Discover');
    await press('Enter');
    await panel().waitFor('discovering');
    await panel().waitFor('ready');
    const before = await panel().pixels();
    await tabTo('Alpha of direction 1');
    for (let i = 0; i < 20; i++) await press('ArrowRight');
    expect(Number(await panel().slider(1).inputValue())).toBeGreaterThan(0);
    expect(difference(before, await panel().changedPixels(before))).toBeGreaterThan(0);
  });

  it('saves a direction into the folder of the settings', async () => {
    await tabTo('Save direction 1', 'Shift+Tab');
    await press('Enter');
    await vscode.window.quickInput.waitFor();
    await vscode.window.answer('by-keyboard');
    const path = join(vscode.server.workspace, 'kept', 'directions', 'afhq-cat-64', 'by-keyboard.resefa.json');
    await until(`${path} to be written`, () => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'));
    const { region, discovery } = parseDirection(readFileSync(path, 'utf8'), path);
    expect(discovery).toMatchObject({ preset: 'draft', seeds: '0-1' });
    // The middle of the picture, three times eight pixels further up.
    expect(region).toMatchObject({ shape: 'box', y: expect.closeTo(0, 2) as number, height: expect.closeTo(0.4, 2) as number });
    await vscode.window.dismissNotifications();
  });
});

describe('exports', () => {
  const exported = async (button: string, name: string) => {
    const path = join(vscode.server.workspace, name);
    await panel().button(button).click();
    // The dialog fills in its own proposal first.
    await until('a proposal for the name', async () => (await vscode.window.quickInput.inputValue().catch(() => '')).endsWith('.png'));
    await vscode.window.answer(path);
    await until(`${path} to be written`, () => existsSync(path));
    await vscode.window.waitForNotification(name);
    await vscode.window.dismissNotifications();
    return sharp(path).metadata();
  };

  it('write the edited picture in its own size', async () => {
    expect(await exported('Export picture', 'picture.png')).toMatchObject({ format: 'png', width: 64, height: 64 });
  });

  it('write the strip of the edit: seven alphas on four samples', async () => {
    const { format, width, height } = await exported('Export strip', 'strip.png');
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(7 * 128);
    expect(height).toBeGreaterThan(4 * 128);
  });

  it('have caused no error in the console', () => {
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
