import { heldOutPsi, heldOutSeeds } from '../editing/metrics';
import { headline, sweepStrip } from '../editing/sweep';
import { directionFile } from '../factorization/discover';
import type { DiscoveryPlan, MeasuredDirection } from '../factorization/discover';
import type { Generator } from '../generators/generator';
import type { DiscoveredDirection, Ranking } from '../../shared/direction/directionFile';
import { formatDirection } from '../../shared/direction/formatDirection';
import { spread } from '../../shared/numberList';

/** Samples that a strip shows, of those that took no part in the discovery, and its columns. */
const stripSamples = 4;
const stripAlphas = 7;

/** A finished discovery. */
export interface DiscoveryResult {
  readonly plan: DiscoveryPlan;
  readonly seeds: readonly number[];
  readonly directions: readonly MeasuredDirection[];
}

/** The files of a discovery by their names: a direction each, and a strip each where asked for. */
export async function directionFiles(generator: Generator, name: string, result: DiscoveryResult, rankBy: Ranking, strips: boolean): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = {};
  for (const [i, measured] of result.directions.entries()) {
    const direction = directionFile(`${name}-${i + 1}`, generator, result.plan, result.seeds, measured, rankBy);
    files[`${direction.name}.resefa.json`] = formatDirection(direction);
    if (strips) files[`${direction.name}.png`] = await directionStrip(generator, direction, result.seeds);
  }
  return files;
}

/** Whether a file is called `<name>-<number>` as the files of a discovery are. */
export function isNumbered(file: string, name: string): boolean {
  return file.startsWith(`${name}-`) && /^\d+\.(resefa\.json|png)$/.test(file.slice(name.length + 1));
}

/** A strip of one direction on samples that took no part, over the alphas of its file. */
async function directionStrip(generator: Generator, direction: DiscoveredDirection, taken: readonly number[]): Promise<Uint8Array> {
  const seeds = heldOutSeeds(taken).slice(0, stripSamples);
  const ws = await generator.sample(seeds, { psi: heldOutPsi, label: direction.discovery.class });
  return sweepStrip(generator, { ...headline([direction], heldOutPsi), rows: [{ directions: [direction] }], alphas: spread(...direction.edit.alpha, stripAlphas), seeds, ws });
}
