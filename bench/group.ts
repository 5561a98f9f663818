import type { Figures } from './figures';
import type { Subject } from './subjects';

/** What a group measures on. */
export interface Bench {
  readonly subject: Subject;
  /** The generator's folder, or the name of an embedded one. */
  readonly reference: string;
  /** For temporary files; it goes away afterwards. */
  readonly folder: string;
}

/** Figures that are taken together, in a process of their own. */
export interface Group {
  readonly name: string;
  /** Whether it says anything about a subject; about all where left out. */
  readonly fits?: (subject: Subject) => boolean;
  /** What its process does, where the largest amount of memory that it takes says something. */
  readonly peakOf?: string;
  readonly measure: (bench: Bench) => Promise<Figures>;
}
