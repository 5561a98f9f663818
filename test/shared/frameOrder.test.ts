import { describe, expect, it } from 'vitest';
import { showingOrder } from '../../src/shared/frameOrder';

describe('showingOrder', () => {
  it.each([
    [4, false, [0, 1, 2, 3]],
    [4, true, [0, 1, 2, 3, 2, 1]],
    [2, true, [0, 1]],
    [1, true, [0]],
    [1, false, [0]],
  ])('of %i frames, ping-pong %s', (count, pingPong, expected) => {
    expect(showingOrder(count, pingPong)).toEqual(expected);
  });
});
