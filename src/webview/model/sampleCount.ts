import type { Preset } from '../../shared/direction/directionFile';

/** How many samples each preset averages over. */
export const presetSamples: Readonly<Record<Preset, number>> = { draft: 2, standard: 20, exact: 20, official: 1 };
