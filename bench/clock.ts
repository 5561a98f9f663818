/** Milliseconds that some work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs measurements in turns, so that whatever else the machine does meets all of them: one turn to warm up, then `rounds`.
 *
 * @param measurements each gives what it measured; told the turn, -1 for the one that does not count
 */
export async function takeTurns<Name extends string>(rounds: number, measurements: Readonly<Record<Name, (turn: number) => Promise<number>>>): Promise<Record<Name, number[]>> {
  const names = Object.keys(measurements) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let turn = -1; turn < rounds; turn++) {
    for (const name of names) {
      const measured = await measurements[name](turn);
      if (turn >= 0) taken[name].push(measured);
    }
  }
  return taken;
}
