import type { Figure, Machine } from './figures';

/** Less than this share is never called a change: two runs of the same code differ by as much. */
const smallestChange = 0.05;

/** What was measured only once, as a peak of memory, has no spread that would tell its noise. */
const smallestChangeOfOne = 0.1;

export type Verdict = 'faster' | 'slower' | 'less' | 'more' | 'same';

export interface Change {
  /** New median over old median. */
  readonly ratio: number;
  readonly verdict: Verdict;
}

/**
 * A figure against that of an earlier run. It counts as changed where the middle halves of the measurements lie apart,
 * by more than two runs of the same code differ.
 *
 * @param sameMachine times and memory on another machine say nothing of the code; ratios that were taken in one run do
 */
export function changeOf(now: Figure, before: Figure, sameMachine: boolean): Change | undefined {
  if (before.median === 0) return undefined;
  const ratio = now.median / before.median;
  const least = Math.min(now.rounds, before.rounds) > 1 ? smallestChange : smallestChangeOfOne;
  const apart = now.low > before.high || now.high < before.low;
  const compared = now.kind === 'ratio' || (now.kind !== 'fact' && sameMachine);
  if (!compared || !apart || Math.abs(ratio - 1) <= least) return { ratio, verdict: 'same' };
  if (now.kind === 'memory') return { ratio, verdict: ratio < 1 ? 'less' : 'more' };
  return { ratio, verdict: ratio < 1 ? 'faster' : 'slower' };
}

/** What differs between two machines, in words; undefined where times can be compared. */
export function differenceOf(now: Machine, before: Machine): string | undefined {
  const facts = ({ processor, cores, memoryGiB, platform }: Machine) => `${cores} x ${processor}, ${memoryGiB} GiB, ${platform}`;
  return facts(now) === facts(before) ? undefined : `${facts(before)} then, ${facts(now)} now`;
}
