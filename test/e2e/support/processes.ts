import { readFileSync, readdirSync } from 'node:fs';

/** A running process, as /proc shows it. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes that a process started, and those that these started. */
export function descendants(pid: number): readonly RunningProcess[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => read(Number(name)));
  const below = (parent: number): readonly RunningProcess[] => all.filter((process) => process.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** Ends a process and all that came from it, at once. */
export function killTree(pid: number): void {
  for (const { pid: child } of descendants(pid)) kill(child);
  kill(pid);
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function read(pid: number): readonly RunningProcess[] {
  try {
    // The name of the program is in parentheses and may itself contain some; the parent's id is the second field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)\s/s, '').split(' ');
    if (fields[0] === 'Z') return [];
    return [{ pid, parent: Number(fields[1]), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
  } catch {
    return [];
  }
}
