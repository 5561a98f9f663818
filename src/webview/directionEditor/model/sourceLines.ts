import { findConflicts, linesOf } from '../../../shared/direction/conflictMarkers';

/** What a line of a broken file is: plain text, a marker of git's, one of the sides between markers, or where the problem is. */
export type LineKind = 'plain' | 'marker' | 'ours' | 'base' | 'theirs' | 'wrong';

export interface SourceLine {
  /** From 1. */
  readonly number: number;
  /** Without its end; the beginning of a very long one. */
  readonly text: string;
  readonly kind: LineKind;
}

/** The part of a text that is shown. */
export interface SourceLines {
  readonly lines: readonly SourceLine[];
  /** How many lines there are before it and after it. */
  readonly above: number;
  readonly below: number;
}

/** A page of more lines than this is slow, and a line of more characters is no line that somebody reads. */
const mostLines = 3000;
const longestLine = 1000;

/**
 * The lines of a text that is no direction, with the sides of its conflicts, or the line of its problem, told apart.
 *
 * @param wrong the line of the problem, from 1; of a long text the lines around it are taken
 */
export function sourceLines(text: string, wrong: number | undefined): SourceLines {
  const all = linesOf(text);
  const kinds = conflictKinds(all);
  if (wrong !== undefined && kinds[wrong - 1] === 'plain') kinds[wrong - 1] = 'wrong';
  const above = Math.min(Math.max(0, (wrong ?? 1) - 1 - mostLines / 2), Math.max(0, all.length - mostLines));
  const lines = all.slice(above, above + mostLines).map((line, i): SourceLine => ({ number: above + i + 1, text: shortened(line), kind: kinds[above + i]! }));
  return { lines, above, below: all.length - above - lines.length };
}

function conflictKinds(lines: readonly string[]): LineKind[] {
  const kinds = lines.map((): LineKind => 'plain');
  for (const { start, base, middle, end } of findConflicts(lines)) {
    kinds.fill('ours', start, middle);
    if (base !== undefined) kinds.fill('base', base, middle);
    kinds.fill('theirs', middle, end);
    for (const marker of [start, base, middle, end]) if (marker !== undefined) kinds[marker] = 'marker';
  }
  return kinds;
}

function shortened(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)} … (${line.length} characters)` : line;
}
