import type { DirectionFile } from '../../shared/direction/directionFile';
import { requireFits } from '../../shared/direction/directionFile';
import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';
import { UserError } from '../../shared/userError';
import type { Services } from '../services';
import { fittingGenerator } from '../workspace/fittingGenerator';
import type { KnownGenerator } from '../workspace/generatorScan';

/** A generator that a direction was made for, opened by the engine. */
export interface OpenedGenerator {
  /** A path, or the name of an embedded generator. */
  readonly reference: string;
  readonly info: GeneratorInfo;
}

/** No generator that is here has the hash that a direction names. */
export class MissingGeneratorError extends UserError {}

/**
 * Finds the generator that a direction was made for among those of the workspace, the imported and the embedded ones, and
 * opens it.
 *
 * @param file the direction's file, for messages
 * @throws MissingGeneratorError where there is none, with both hashes where one of the same name is another one; UserError
 *   where the direction does not fit after all
 */
export async function generatorOfDirection(direction: DirectionFile, file: string, { generators, engine, work }: Services): Promise<OpenedGenerator> {
  const usable = (await generators.all()).filter(({ problem }) => problem === undefined);
  const found = fittingGenerator(direction, usable);
  if (!found) throw new MissingGeneratorError(missing(direction, file, usable, generators.workspaceHidden));
  const { reference, name } = found;
  const info = await work.during(`opening ${name}`, () => engine.call('open', { generator: reference }));
  // The hash of a bare .onnx file is known once it is open, and a file edited by hand may ask for layers that are not there.
  requireFits(direction, { ...info, layerCount: info.layers.length }, file);
  return { reference, info };
}

function missing({ generator: { name, architecture, resolution, sha256 } }: DirectionFile, file: string, known: readonly KnownGenerator[], hidden: boolean): string {
  const made = `${file} was made for the generator ${name} (${architecture}, ${resolution} px, sha256 ${sha256.slice(0, 12)})`;
  const namesake = known.find((each) => each.name === name && each.sha256 !== undefined);
  if (namesake) return `${made}; the ${name} that is here is another one (sha256 ${namesake.sha256!.slice(0, 12)}): import the checkpoint that it was made for`;
  return `${made}, which is not here: ${hidden ? 'import it, or trust the workspace to open its generators' : 'import it or put it into the workspace'}`;
}
