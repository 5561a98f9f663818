import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { modelBytes } from '../../src/engine/onnx/modelFile';
import { difference } from './support/panel';
import { useVsCode } from './support/useVsCode';

const checkpoint = fileURLToPath(new URL('../fixtures/stylegan2-nvlabs/generator.pkl', import.meta.url));

const vscode = useVsCode({
  theme: 'Default Light Modern',
  before: ({ workspace }) => {
    copyFileSync(checkpoint, join(workspace, 'stranger.pkl'));
    writeFileSync(join(workspace, 'broken.pkl'), readFileSync(checkpoint).subarray(0, 1000));
    writeFileSync(join(workspace, 'labelled.onnx'), labelledModel());
  },
});

/** sigmoid(z A + label B), 16 px, with an operator that has no tangent rule: the determinant of one number, which is that number. */
function labelledModel(): Uint8Array {
  const g = new GraphBuilder();
  const weight = (name: string, rows: number) => g.weight(name, Float32Array.from({ length: rows * 768 }, (_, i) => Math.sin(i * i + rows)), [rows, 768]);
  const sum = g.add(g.matmul(g.input('z', ['N', 8]), weight('a', 8)), g.matmul(g.input('label', ['N', 3]), weight('b', 3)));
  const same = g.node('Det', [g.node('Reshape', [sum, g.ints([-1, 768, 1, 1])])]);
  g.output('image', g.node('Reshape', [g.sigmoid(same), g.ints([-1, 3, 16, 16])]), ['N', 3, 16, 16]);
  return modelBytes(g.build('labelled'));
}

describe('an .onnx file that takes a label beside its latent code', () => {
  it('opens with the settings that are written for it, and says that it needs central differences', async () => {
    await vscode.window.chooseInExplorer('labelled.onnx', 'Write Settings of an ONNX File');
    await vscode.window.page.locator('.monaco-editor .view-lines').filter({ hasText: 'one_hot' }).waitFor();
    await vscode.window.chooseInExplorer('labelled.onnx', 'Discover Directions');
    const panel = vscode.window.panel();
    await panel.waitFor('ready');
    await panel.draw({ x: 0.2, y: 0.2 }, { x: 0.6, y: 0.5 });
    await panel.frame.getByText('By central differences: no tangent rule for Det').waitFor();
    await panel.frame.getByRole('textbox', { name: 'Samples' }).fill('1');
    await panel.button('Discover').click();
    await panel.waitFor('discovering');
    await panel.waitFor('ready');
    await panel.frame.getByText(/no tangent rule for Det .*; using central differences instead/i).waitFor();
  });
});

describe('a checkpoint in the explorer', () => {
  it('that is broken gives a notification and leaves everything as it was', async () => {
    await vscode.window.chooseInExplorer('broken.pkl', 'Import Generator');
    const notification = await vscode.window.waitForNotification('broken.pkl');
    await expect.poll(() => notification.textContent()).toMatch(/broken\.pkl/);
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
