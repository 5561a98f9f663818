import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDiscovered } from '../support/directions';
import { difference, place } from './support/panel';
import type { Area, Panel } from './support/panel';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const eyes: Area = { x: 0.24, y: 0.45, width: 0.52, height: 0.14 };

const vscode = useVsCode();

const panel = (): Panel => vscode.window.panel();

/** What the direction cards say: eigenvalues and measurements. */
async function cards(): Promise<string> {
  return (await panel().frame.locator('.card').allTextContents()).join('\n');
}

async function changedCards(before: string): Promise<string> {
  return until('the cards to change', async () => {
    const now = await cards();
    return now !== before && now !== '' ? now : undefined;
  });
}

/** Whether every card tells what was measured of its direction. */
async function measured(): Promise<void> {
  await until('the directions to be measured', async () => (await panel().slider(1).count()) > 0 && (await panel().frame.locator('.card-locality.is-unknown').count()) === 0);
}

/** The sliders that are not at 0. */
async function alphas(): Promise<number[]> {
  const sliders = await panel().frame.getByRole('slider', { name: /^Alpha of direction \d+$/ }).all();
  const values = await Promise.all(sliders.map(async (slider) => Number(await slider.inputValue())));
  return values.filter((value) => value !== 0);
}

const middle = { x: eyes.x + eyes.width / 2, y: eyes.y + eyes.height / 2 };

async function mouseTo(point: { readonly x: number; readonly y: number }): Promise<void> {
  const { x, y } = await place(panel().image, point);
  await vscode.window.page.mouse.move(x, y, { steps: 4 });
}

beforeAll(async () => {
  await vscode.window.runCommand('ReSeFa: Discover Directions');
  await panel().waitFor('ready');
});

describe('directions that follow the region', () => {
  it('come by themselves when the first box is drawn, and are refined and measured', async () => {
    await panel().chooseShape('Box');
    await panel().draw(eyes, { x: eyes.x + eyes.width, y: eyes.y + eyes.height });
    await panel().slider(1).waitFor();
    await measured();
    await expect.poll(() => panel().frame.getByRole('slider', { name: /^Alpha of direction \d+$/ }).count()).toBe(8);
    await expect.poll(() => panel().status()).toBe('ready');
  });

  it('change while the mouse is still held, with the edited picture, and are measured where it lets go', async () => {
    const unedited = await panel().pixels();
    await panel().setSlider(1, Number(await panel().slider(1).getAttribute('max')) / 2);
    const edited = await panel().changedPixels(unedited);
    const [alpha] = await alphas();
    const before = await cards();
    const { mouse } = vscode.window.page;
    await mouseTo(middle);
    await mouse.down();
    await mouseTo({ x: middle.x, y: middle.y + 0.1 });
    const halfway = await changedCards(before);
    await mouseTo({ x: middle.x, y: middle.y + 0.2 });
    await changedCards(halfway);
    // The direction that is edited may have another rank by now; it is one and it stays where its slider was put.
    await expect.poll(() => alphas()).toEqual([alpha]);
    await until('the picture to follow', async () => difference(edited, await panel().pixels()) > 0);
    await mouse.up();
    await measured();
  });

  it('are solved exactly before they are saved', async () => {
    await panel().button('Save direction 1').click();
    await vscode.window.quickInput.waitFor();
    await vscode.window.answer('below-the-eyes');
    const path = join(vscode.server.workspace, 'directions', 'afhq-cat-64', 'below-the-eyes.resefa.json');
    await until(`${path} to be written`, () => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'));
    const { discovery, metrics, region } = parseDiscovered(readFileSync(path, 'utf8'), path);
    expect([discovery.grams, discovery.seeds, metrics === undefined]).toEqual([undefined, '0-19', false]);
    expect((region as Area).y).toBeCloseTo(eyes.y + 0.2, 1);
    await vscode.window.waitForNotification('below-the-eyes');
    await vscode.window.dismissNotifications();
  });

  it('stay as they are where that is switched off', async () => {
    const follow = panel().frame.getByRole('checkbox', { name: 'Follow the region' });
    await follow.click();
    const before = await cards();
    await panel().draw({ x: middle.x, y: middle.y + 0.2 }, { x: middle.x, y: middle.y });
    await vscode.window.page.waitForTimeout(1000);
    expect(await cards()).toBe(before);
    await follow.click();
    await changedCards(before);
  });

  it('are known to the next window from the disk: they change before the mouse lets go', async () => {
    // The state is stored a moment after the last change.
    await vscode.window.page.waitForTimeout(1000);
    await vscode.window.reload();
    await panel().waitFor('ready');
    const before = await cards();
    await mouseTo(middle);
    await vscode.window.page.mouse.down();
    await mouseTo({ x: middle.x, y: middle.y + 0.15 });
    await changedCards(before);
    await vscode.window.page.mouse.up();
    await measured();
  });

  it('has had no error in its console', () => {
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
