import { describe, expect, it } from 'vitest';
import { takeTurns } from '../../bench/clock';
import { standInJacobian } from '../../bench/standIn';

describe('takeTurns', () => {
  it('takes turns, of which the first does not count', async () => {
    const log: string[] = [];
    const measurement = (name: string) => (turn: number) => {
      log.push(`${name}${turn}`);
      return Promise.resolve(turn * 10);
    };
    expect(await takeTurns(2, { a: measurement('a'), b: measurement('b') })).toEqual({ a: [0, 10], b: [0, 10] });
    expect(log).toEqual(['a-1', 'b-1', 'a0', 'b0', 'a1', 'b1']);
  });
});

describe('standInJacobian', () => {
  it('has smooth columns of the right size, the same for the same sample', async () => {
    const shape = { tangents: 5, resolution: 16, channels: 3 };
    const [first, again, other] = [await standInJacobian(shape, 0), await standInJacobian(shape, 0), await standInJacobian(shape, 1)];
    expect([first.tangents, first.rows]).toEqual([5, 3 * 16 * 16]);
    const values = await first.read(0, first.rows);
    expect(await again.read(0, again.rows)).toEqual(values);
    expect(await other.read(0, other.rows)).not.toEqual(values);
    const squares = (differ: (i: number) => number) => values.reduce((sum, _, i) => sum + differ(i) ** 2, 0);
    // Neighbours differ by less than what is far apart.
    expect(squares((i) => values[i]! - (values[i + 1] ?? 0))).toBeLessThan(squares((i) => values[i]! - (values[(i + 120) % values.length] ?? 0)));
  });
});
