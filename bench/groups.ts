import type { Group } from './group';
import { discovery } from './groups/discovery';
import { forward } from './groups/forward';
import { grams } from './groups/grams';
import { importing } from './groups/importing';
import { jacobian } from './groups/jacobian';
import { opening } from './groups/opening';
import { pictures } from './groups/pictures';
import { memory } from './groups/memory';
import { solve } from './groups/solve';

/** Every group, in the order in which the table has them. */
export const groups: readonly Group[] = [forward, jacobian, grams, solve, discovery, pictures, opening, importing, memory];
