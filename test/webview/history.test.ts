import { describe, expect, it } from 'vitest';
import { History } from '../../src/webview/model/history';

/** What a history goes through when undone to its beginning, the latest first. */
function backwards<T>(history: History<T>): T[] {
  const values = [history.present];
  for (let at = history; at.canUndo; ) {
    at = at.undo();
    values.push(at.present);
  }
  return values;
}

describe('History', () => {
  it('begins with nothing to undo or redo', () => {
    const history = new History('a');
    expect([history.present, history.canUndo, history.canRedo]).toEqual(['a', false, false]);
    expect(history.undo()).toBe(history);
    expect(history.redo()).toBe(history);
  });

  it('goes back and forth over the same values', () => {
    const history = new History(1).push(2).push(3);
    expect(backwards(history)).toEqual([3, 2, 1]);
    const back = history.undo().undo();
    expect([back.present, back.redo().present, back.redo().redo().present]).toEqual([1, 2, 3]);
    expect(back.redo().redo().canRedo).toBe(false);
  });

  it('forgets what was undone when something new is done', () => {
    const history = new History(1).push(2).push(3).undo().push(4);
    expect(backwards(history)).toEqual([4, 2, 1]);
    expect(history.canRedo).toBe(false);
  });

  it('takes undefined as a value like any other', () => {
    const history = new History<string | undefined>(undefined).push('a').push(undefined);
    expect(backwards(history)).toEqual([undefined, 'a', undefined]);
    expect(history.undo().redo().present).toBeUndefined();
  });

  it('leaves earlier histories as they were', () => {
    const first = new History(1).push(2);
    first.push(3);
    first.undo();
    expect([first.present, first.past, first.future]).toEqual([2, [1], []]);
  });

  it('replaces the present without a step', () => {
    const history = new History(1).push(2).undo().replacePresent(9);
    expect([history.present, history.canUndo, history.redo().present]).toEqual([9, false, 2]);
    expect(history.redo().undo().present).toBe(9);
  });

  it('keeps the last 200 steps', () => {
    let history = new History(0);
    for (let k = 1; k <= 250; k++) history = history.push(k);
    const values = backwards(history);
    expect([values.length, values[0], values.at(-1)]).toEqual([201, 250, 50]);
  });
});
