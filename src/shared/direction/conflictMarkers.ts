/** A part of a text that git could not merge. Lines count from 0. */
export interface Conflict {
  /** The line "<<<<<<<". */
  readonly start: number;
  /** The line "|||||||", after which the common ancestor stands; only where git is told to show it. */
  readonly base?: number;
  /** The line "=======". */
  readonly middle: number;
  /** The line ">>>>>>>". */
  readonly end: number;
}

const markers = { start: /^<{7}(?: |$)/, base: /^\|{7}(?: |$)/, middle: /^={7}$/, end: /^>{7}(?: |$)/ } as const;

/** The offset of the first line that looks like a marker, whether or not others belong to it. */
export function firstMarker(text: string): number | undefined {
  return /^(?:<{7}|={7}|>{7}|\|{7})(?=\s|$)/m.exec(text)?.index;
}

/** The conflicts that git's markers enclose, in order. Markers without the others that belong to them are none. */
export function findConflicts(lines: readonly string[]): Conflict[] {
  const conflicts: Conflict[] = [];
  let open: { start: number; base?: number; middle?: number } | undefined;
  lines.forEach((line, i) => {
    if (markers.start.test(line)) open = { start: i };
    else if (!open) return;
    else if (markers.base.test(line) && open.base === undefined && open.middle === undefined) open.base = i;
    else if (markers.middle.test(line) && open.middle === undefined) open.middle = i;
    else if (markers.end.test(line) && open.middle !== undefined) {
      conflicts.push({ ...open, middle: open.middle, end: i });
      open = undefined;
    }
  });
  return conflicts;
}

/** The lines of a text, without their ends. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}
