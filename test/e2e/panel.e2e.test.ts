import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';
import { parseDiscovered } from '../support/directions';
import { difference } from './support/panel';
import type { Area, Panel } from './support/panel';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

/** The eyes of the embedded cats. */
const eyes: Area = { x: 0.24, y: 0.45, width: 0.52, height: 0.14 };

const vscode = useVsCode({ theme: 'Default Dark Modern' });

const panel = (): Panel => vscode.window.panel();

/** Draws a box around the eyes with the mouse. */
async function drawEyes(): Promise<void> {
  await panel().chooseShape('Box');
  await panel().draw(eyes, { x: eyes.x + eyes.width, y: eyes.y + eyes.height });
}

/** Runs a discovery to its end; a quick one unless the preset matters. */
async function discover(preset = 'draft'): Promise<void> {
  await choosePreset(preset);
  await panel().button('Discover').click();
  await panel().waitFor('discovering');
  await panel().waitFor('ready');
}

async function choosePreset(name: string): Promise<void> {
  const { frame } = panel();
  await frame.getByRole('combobox', { name: 'Preset' }).click();
  await frame.getByRole('option', { name: new RegExp(`^${name}`) }).first().click();
}

/** Starts a discovery that takes long enough to be interrupted, and waits until it shows its first directions. */
async function startLongDiscovery(): Promise<void> {
  const { frame } = panel();
  await choosePreset('standard');
  await frame.getByRole('textbox', { name: 'Samples' }).fill('400');
  await panel().button('Discover').click();
  await panel().waitFor('discovering');
  await panel().slider(1).waitFor();
}

async function standardSamples(): Promise<void> {
  await panel().frame.getByRole('textbox', { name: 'Samples' }).fill('');
}

/** The text of the notice above the picture. */
async function notice(): Promise<string> {
  return panel().frame.locator('[role="alert"], [role="status"]').allTextContents().then((texts) => texts.join('\n'));
}

function read(path: string): DiscoveredDirection {
  return parseDiscovered(readFileSync(path, 'utf8'), path);
}

/** Saves a direction under a name of its own and waits for the file. */
async function saveAs(name: string, direction = 1): Promise<string> {
  await panel().button(`Save direction ${direction}`).click();
  await vscode.window.quickInput.waitFor();
  await vscode.window.answer(name);
  const path = join(vscode.server.workspace, 'directions', 'afhq-cat-64', `${name}.resefa.json`);
  await until(`${path} to be written`, () => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'));
  return path;
}

beforeAll(async () => {
  await vscode.window.runCommand('ReSeFa: Discover Directions');
  await panel().waitFor('ready');
});

describe('the panel in a real VS Code', () => {
  it('finds directions for a box drawn with the mouse: a slider changes the inside more than the outside', async () => {
    await drawEyes();
    await discover('standard');
    await expect.poll(() => panel().frame.getByRole('slider', { name: /^Alpha of direction \d+$/ }).count()).toBe(8);
    const before = await panel().pixels();
    const reach = Number(await panel().slider(1).getAttribute('max'));
    await panel().setSlider(1, reach / 3);
    const after = await panel().changedPixels(before);
    const inside = difference(before, after, eyes);
    const outside = difference(before, after, eyes, 'outside');
    expect(inside).toBeGreaterThan(2);
    expect(inside).toBeGreaterThan(1.25 * outside);
  });

  it('adds the edits of two directions up, and resets each by its own button', async () => {
    const one = await panel().pixels();
    await panel().setSlider(2, Number(await panel().slider(2).getAttribute('max')) / 2);
    const both = await panel().changedPixels(one);
    expect(difference(one, both)).toBeGreaterThan(0.1);
    await panel().button('Reset direction 2').click();
    await until('the edit of direction 2 to go', async () => difference(one, await panel().pixels()) === 0);
  });

  it('shows the original while the button is held, and the difference as a heat map', async () => {
    const edited = await panel().pixels();
    const compare = panel().button('Compare with original');
    await compare.focus();
    await vscode.window.page.keyboard.down('Space');
    await panel().changedPixels(edited);
    await vscode.window.page.keyboard.up('Space');
    await until('the edit to come back', async () => difference(edited, await panel().pixels()) === 0);
    const heat = panel().frame.getByRole('checkbox', { name: 'Difference heat map' });
    await heat.click();
    const heated = await panel().changedPixels(edited);
    // The picture behind is grey, so colour tells where it has changed.
    const grey = { ...heated, data: heated.data.map((_, i) => heated.data[i - (i % 3) + 1]!) };
    expect(difference(grey, heated, eyes)).toBeGreaterThan(difference(grey, heated, eyes, 'outside'));
    await heat.click();
    await until('the heat map to go', async () => difference(edited, await panel().pixels()) === 0);
  });

  it('saves a direction as a file that reads back and is written canonically', async () => {
    const path = await saveAs('eyes-by-hand');
    const text = readFileSync(path, 'utf8');
    const direction = parseDiscovered(text, path);
    expect(formatDirection(direction)).toBe(text);
    expect(direction).toMatchObject({ name: 'eyes-by-hand', generator: { name: 'afhq-cat-64' }, latent: { space: 'w', dimensions: 128 }, discovery: { preset: 'standard', seeds: '0-19', rank: 1 } });
    expect(direction.metrics!.insideMse).toBeGreaterThan(3 * direction.metrics!.outsideMse);
    const box = direction.region as Area;
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(Math.abs(box[key] - eyes[key]), key).toBeLessThan(0.01);
    await vscode.window.waitForNotification('eyes-by-hand');
    await vscode.window.dismissNotifications();
  });

  it('shows another sample for another seed, with the edit applied', async () => {
    const before = await panel().pixels();
    await panel().button('Next seed').click();
    const next = await panel().changedPixels(before);
    await expect.poll(() => panel().frame.getByRole('textbox', { name: 'Seed', exact: true }).inputValue()).toBe('1');
    expect(difference(before, next)).toBeGreaterThan(10);
    await panel().frame.getByRole('textbox', { name: 'Seed', exact: true }).fill('0');
    await until('seed 0 to come back', async () => difference(before, await panel().pixels()) === 0);
  });
});

describe('regions', () => {
  it('are drawn as an ellipse', async () => {
    await panel().chooseShape('Ellipse');
    await panel().draw({ x: 0.3, y: 0.6 }, { x: 0.7, y: 0.9 });
    await discover();
    expect(read(await saveAs('ellipse')).region).toMatchObject({ shape: 'ellipse' });
  });

  it('are drawn as a polygon, corner by corner', async () => {
    await panel().button('Clear region').click();
    await panel().chooseShape('Polygon');
    for (const corner of [{ x: 0.3, y: 0.3 }, { x: 0.7, y: 0.3 }, { x: 0.6, y: 0.6 }, { x: 0.4, y: 0.6 }]) await panel().clickImage(corner);
    await vscode.window.page.keyboard.press('Enter');
    await discover();
    const { region } = read(await saveAs('polygon'));
    expect(region.shape === 'polygon' ? region.points.length : region.shape).toBe(4);
  });

  it('are painted with a brush', async () => {
    await panel().button('Clear region').click();
    await panel().chooseShape('Brush');
    await panel().draw({ x: 0.3, y: 0.5 }, { x: 0.5, y: 0.55 }, { x: 0.7, y: 0.5 });
    await discover();
    expect(read(await saveAs('stroke')).region).toMatchObject({ shape: 'mask', width: 64, height: 64 });
  });

  it('are cleared, undone and redone', async () => {
    const [clear, undo, redo, start] = ['Clear region', 'Undo', 'Redo', 'Discover'].map((name) => panel().button(name));
    await clear!.click();
    await until('Discover to wait for a region', async () => start!.isDisabled());
    await undo!.click();
    await until('the region to come back', async () => start!.isEnabled());
    await redo!.click();
    await until('the region to go again', async () => start!.isDisabled());
    await undo!.click();
  });
});

describe('a discovery that does not end by itself', () => {
  it('is cancelled: the directions of before come back, and the next one runs', async () => {
    await drawEyes();
    await discover();
    const before = await saveAs('before-cancel');
    await startLongDiscovery();
    await panel().button('Cancel').click();
    await panel().waitFor('ready');
    const after = await saveAs('after-cancel');
    expect(read(after).vector).toEqual(read(before).vector);
    await standardSamples();
    await discover();
  });

  it('is stopped: what there is stays, and the file says which samples took part', async () => {
    await startLongDiscovery();
    await panel().button('Stop').click();
    await panel().waitFor('ready');
    const { discovery, metrics } = read(await saveAs('stopped'));
    const last = Number(discovery.seeds.split('-').at(-1));
    expect(last).toBeLessThan(399);
    expect(metrics).toBeDefined();
    await standardSamples();
  });

  it('survives the death of the engine process: the panel says so and goes on', async () => {
    await startLongDiscovery();
    const [first] = vscode.server.engines();
    await vscode.server.killEngine();
    await panel().waitFor('error');
    await expect.poll(() => notice()).toContain('SIGKILL');
    await standardSamples();
    await choosePreset('draft');
    await panel().frame.getByRole('link', { name: 'Discover again' }).click();
    await panel().waitFor('discovering');
    await panel().waitFor('ready');
    expect(vscode.server.engines()).toHaveLength(1);
    expect(vscode.server.engines()).not.toContain(first);
  });
});

describe('the window', () => {
  it('comes back after a reload with seed, region, directions and sliders', async () => {
    await panel().frame.getByRole('textbox', { name: 'Seed', exact: true }).fill('5');
    await panel().setSlider(2, Number(await panel().slider(2).getAttribute('max')) / 3);
    await panel().waitFor('ready');
    const value = await panel().slider(2).inputValue();
    const picture = await panel().pixels();
    // The state is stored a moment after the last change.
    await vscode.window.page.waitForTimeout(1000);
    await vscode.window.reload();
    await panel().waitFor('ready');
    await expect.poll(() => panel().frame.getByRole('textbox', { name: 'Seed', exact: true }).inputValue()).toBe('5');
    await expect.poll(() => panel().slider(2).inputValue()).toBe(value);
    await until('the edited picture to come back', async () => difference(picture, await panel().pixels()) < 1);
    await panel().waitFor('ready');
  });

  it('holds several panels, each with a state of its own', async () => {
    await vscode.window.runCommand('ReSeFa: Discover Directions');
    await until('a second panel with a seed of its own', async () => (await panel().frame.getByRole('textbox', { name: 'Seed', exact: true }).inputValue().catch(() => '')) === '0');
    await panel().waitFor('ready');
    await expect.poll(() => vscode.window.tab(/ReSeFa|afhq-cat-64/).count()).toBe(2);
  });

  it('has had no error in its console', () => {
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
