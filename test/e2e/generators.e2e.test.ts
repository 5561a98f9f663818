import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { difference } from './support/panel';
import { useVsCode } from './support/useVsCode';

const checkpoint = fileURLToPath(new URL('../fixtures/stylegan2-nvlabs/generator.pkl', import.meta.url));

const vscode = useVsCode({
  theme: 'Default Light Modern',
  before: ({ workspace }) => {
    copyFileSync(checkpoint, join(workspace, 'stranger.pkl'));
    writeFileSync(join(workspace, 'broken.pkl'), readFileSync(checkpoint).subarray(0, 1000));
  },
});

describe('a checkpoint in the explorer', () => {
  it('that is broken gives a notification and leaves everything as it was', async () => {
    await vscode.window.chooseInExplorer('broken.pkl', 'Import Generator');
    const notification = await vscode.window.waitForNotification('broken.pkl');
    expect(await notification.textContent()).toMatch(/broken\.pkl/);
    await vscode.window.dismissNotifications();
    await vscode.window.runCommand('ReSeFa: Discover Directions');
    await vscode.window.panel().waitFor('ready');
  });

  it('is imported from its menu, opened from the notification, and used', async () => {
    await vscode.window.chooseInExplorer('stranger.pkl', 'Import Generator');
    await vscode.window.answerNotification('stranger', 'Discover Directions');
    const panel = vscode.window.panel();
    await panel.frame.getByRole('combobox', { name: 'Generator' }).filter({ hasText: 'stranger' }).waitFor();
    await panel.waitFor('ready');
    await panel.draw({ x: 0.2, y: 0.2 }, { x: 0.6, y: 0.5 });
    await panel.frame.getByRole('textbox', { name: 'Samples' }).fill('1');
    await panel.button('Discover').click();
    await panel.waitFor('discovering');
    await panel.waitFor('ready');
    const before = await panel.pixels();
    await panel.setSlider(1, Number(await panel.slider(1).getAttribute('max')));
    expect(difference(before, await panel.changedPixels(before))).toBeGreaterThan(0);
  });

  it('stands among the generators of the panel and of the activity bar from then on', async () => {
    await vscode.window.runCommand('ReSeFa: Focus on Generators View');
    await vscode.window.page.getByRole('treeitem', { name: /stranger/ }).first().waitFor();
    await vscode.window.page.getByRole('treeitem', { name: /afhq-cat-64/ }).first().waitFor();
  });

  it('has caused no error in the console', () => {
    // VS Code writes the text of every error notification to the console.
    expect(vscode.window.consoleErrors(/broken\.pkl/)).toEqual([]);
  });
});
