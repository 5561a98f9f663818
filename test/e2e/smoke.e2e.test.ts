import { describe, expect, it } from 'vitest';
import { useVsCode } from './support/useVsCode';

describe('a clean VS Code with the packaged extension', () => {
  const vscode = useVsCode();

  it('opens the panel from the palette and shows a picture', async () => {
    await vscode.window.runCommand('ReSeFa: Discover Directions');
    const panel = vscode.window.panel();
    await panel.waitFor('ready');
    const { data } = await panel.pixels(16);
    expect(new Set(data).size).toBeGreaterThan(10);
    expect(vscode.window.consoleErrors()).toEqual([]);
  });
});
