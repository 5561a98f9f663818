import type { Node } from 'jsonc-parser';
import { pathText } from '../field';
import type { JsonPath, Rule } from '../field';

/**
 * What kind of problem it is: no JSON (`syntax`, `conflict`), nothing at all or nested too deeply
 * (`unreadable`, of which other readers of JSON do not complain), a value that is not of the right kind (`shape`, which a JSON schema says too), a rule between values, a
 * direction that does not fit its generator, or a spelling that ReSeFa would not write (`keyOrder`, `digits`, `sign`).
 */
export type ProblemCode =
  | 'syntax' | 'conflict' | 'unreadable' | 'shape' | Rule
  | 'generatorMissing' | 'generatorDimensions' | 'generatorLayers'
  | 'duplicateKey' | 'keyOrder' | 'digits' | 'sign';

/** From what keeps the file from being read to what is a matter of taste. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** A problem without its place. */
export interface Complaint {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** One line, without the name of the file. */
  readonly message: string;
  /** Leads to the value, which may be missing. */
  readonly path: JsonPath;
  /** The node that it is about, where the path does not lead there. */
  readonly node?: Node;
}

/** A message about the value under a path. */
export function about(path: JsonPath, problem: string): string {
  return path.length === 0 ? problem : `"${pathText(path)}" ${problem}`;
}
