import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkIndicator } from '../../src/extension/workIndicator';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

let shown: string | undefined;

beforeEach(() => {
  shown = undefined;
  const item = { text: '', show: () => { shown = item.text; }, hide: () => { shown = undefined; } };
  Object.assign(vscode, { StatusBarAlignment: { Left: 1 }, window: { createStatusBarItem: () => item } });
});

const short = () => new Promise<void>((resolve) => { setTimeout(resolve, 20); });
const long = () => new Promise<void>((resolve) => { setTimeout(resolve, 400); });

describe('the status bar item', () => {
  it('is there while the engine works, with what it is at, and goes when it is done', async () => {
    const work = new WorkIndicator('reveal');
    const done = work.during('discovering eyes', async (tell) => {
      await long();
      expect(shown).toContain('discovering eyes');
      tell('measuring eyes');
      expect(shown).toContain('measuring eyes');
    });
    await done;
    expect(shown).toBeUndefined();
  });

  it('is not there for work of a moment', async () => {
    const work = new WorkIndicator('reveal');
    await work.during('rendering', short);
    await long();
    expect(shown).toBeUndefined();
  });

  it('goes when the work fails, and shows what is left of several', async () => {
    const work = new WorkIndicator('reveal');
    const first = work.during('discovering eyes', async () => { await long(); await long(); });
    const second = work.during('importing cats', async () => {
      await long();
      expect(shown).toContain('importing cats');
      throw new Error('no checkpoint');
    });
    await expect(second).rejects.toThrow('no checkpoint');
    expect(shown).toContain('discovering eyes');
    await first;
    expect(shown).toBeUndefined();
  });
});
