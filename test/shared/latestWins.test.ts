import { describe, expect, it } from 'vitest';
import { LatestWins } from '../../src/shared/protocol/latestWins';

/** Computations that the test ends one by one. */
function setUp() {
  const begun: string[] = [];
  const results: string[] = [];
  const errors: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const compute = (input: string) => {
    begun.push(input);
    if (input === 'at once') throw new Error('thrown at once');
    return new Promise<string>((resolve, reject) => ends.set(input, { resolve, reject }));
  };
  const latest = new LatestWins(compute, (output, input) => results.push(`${input}: ${output}`), (error, input) => errors.push(`${input}: ${(error as Error).message}`));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    begun, results, errors, latest, settle,
    finish: async (input: string) => { ends.get(input)!.resolve(input.toUpperCase()); await settle(); },
    fail: async (input: string) => { ends.get(input)!.reject(new Error('no')); await settle(); },
  };
}

describe('the latest input', () => {
  it('is computed at once where nothing runs', async () => {
    const { latest, begun, results, finish } = setUp();
    latest.request('a');
    expect(begun).toEqual(['a']);
    expect(latest.busy).toBe(true);
    await finish('a');
    expect(results).toEqual(['a: A']);
    expect(latest.busy).toBe(false);
  });

  it('is the only one that waits: those between are never computed', async () => {
    const { latest, begun, results, finish } = setUp();
    for (const input of ['a', 'b', 'c', 'd']) latest.request(input);
    expect(begun).toEqual(['a']);
    await finish('a');
    expect(begun).toEqual(['a', 'd']);
    expect(latest.busy).toBe(true);
    await finish('d');
    expect(begun).toEqual(['a', 'd']);
    expect(results).toEqual(['a: A', 'd: D']);
    expect(latest.busy).toBe(false);
  });

  it('gets its result after those of before', async () => {
    const { latest, results, finish } = setUp();
    latest.request('a');
    latest.request('b');
    await finish('a');
    latest.request('c');
    await finish('b');
    await finish('c');
    expect(results).toEqual(['a: A', 'b: B', 'c: C']);
  });

  it('is computed though the one before it fails', async () => {
    const { latest, errors, results, finish, fail } = setUp();
    latest.request('a');
    latest.request('b');
    await fail('a');
    await finish('b');
    expect(errors).toEqual(['a: no']);
    expect(results).toEqual(['b: B']);
  });

  it('may fail at once', async () => {
    const { latest, errors, settle, finish, results } = setUp();
    latest.request('at once');
    await settle();
    expect(errors).toEqual(['at once: thrown at once']);
    expect(latest.busy).toBe(false);
    latest.request('a');
    await finish('a');
    expect(results).toEqual(['a: A']);
  });
});

describe('reset', () => {
  it('forgets what waits and drops the result of what runs', async () => {
    const { latest, begun, results, errors, finish } = setUp();
    latest.request('a');
    latest.request('b');
    latest.reset();
    await finish('a');
    expect(begun).toEqual(['a']);
    expect(results).toEqual([]);
    expect(errors).toEqual([]);
    expect(latest.busy).toBe(false);
  });

  it('drops the failure of what runs', async () => {
    const { latest, errors, fail } = setUp();
    latest.request('a');
    latest.reset();
    await fail('a');
    expect(errors).toEqual([]);
  });

  it('lets what is asked for afterwards through', async () => {
    const { latest, results, finish } = setUp();
    latest.request('a');
    latest.reset();
    latest.request('b');
    await finish('a');
    await finish('b');
    expect(results).toEqual(['b: B']);
  });
});

describe('a callback that throws', () => {
  it('is told as an error where it takes results', async () => {
    const errors: unknown[] = [];
    const bad = new Error('cannot show it');
    const latest = new LatestWins((input: string) => Promise.resolve(input), () => { throw bad; }, (error) => errors.push(error));
    latest.request('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([bad]);
  });

  it('does not stop the computations where it takes errors', async () => {
    const results: string[] = [];
    const bad = new Error('cannot tell it');
    const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve));
    const latest = new LatestWins(
      (input: string) => (input === 'a' ? Promise.reject(new Error('no')) : Promise.resolve(input)),
      (output) => results.push(output),
      () => { throw bad; },
    );
    latest.request('a');
    latest.request('b');
    expect(await unhandled).toBe(bad);
    expect(results).toEqual(['b']);
    expect(latest.busy).toBe(false);
    latest.request('c');
    await new Promise((resolve) => setImmediate(resolve));
    expect(results).toEqual(['b', 'c']);
  });
});
