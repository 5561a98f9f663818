import type { DirectionGenerator } from '../../shared/direction/directionFile';
import type { GeneratorFinding } from '../../shared/direction/directionProblems';
import { quote } from '../../shared/quote';
import { fittingGenerator } from '../workspace/fittingGenerator';
import type { KnownGenerator } from '../workspace/generatorScan';

/** What lists know of a generator. */
export type ListedGenerator = Pick<KnownGenerator, 'name' | 'sha256' | 'dimensions' | 'layerCount' | 'problem'>;

/**
 * What can be told of the generator that a direction names without opening any.
 *
 * @returns undefined where it may be a bare .onnx file, of which lists know the name only
 * @param hidden whether the workspace's generators are not listed
 */
export function findingOf(named: DirectionGenerator, listed: readonly ListedGenerator[], hidden: boolean): GeneratorFinding | undefined {
  const usable = listed.filter(({ problem }) => problem === undefined);
  const found = fittingGenerator({ generator: named }, usable);
  if (found) {
    const { name, dimensions, layerCount } = found;
    return dimensions === undefined || layerCount === undefined ? undefined : { name, dimensions, layerCount };
  }
  const namesake = usable.find(({ name }) => name === named.name);
  if (namesake?.sha256 !== undefined) {
    return { missing: `the generator ${quote(named.name)} that is here is another one (sha256 ${short(namesake.sha256)}): import the checkpoint that the direction was made for (sha256 ${short(named.sha256)})` };
  }
  return { missing: `the generator ${quote(named.name)} (sha256 ${short(named.sha256)}) is not here: ${hidden ? 'import it, or trust the workspace to see its generators' : 'import it or put it into the workspace'}` };
}

function short(sha256: string): string {
  return sha256.slice(0, 12);
}
