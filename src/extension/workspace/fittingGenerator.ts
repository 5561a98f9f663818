import type { DirectionFile } from '../../shared/direction/directionFile';

/** What must be known of a generator to tell whether a direction may be its own. */
export interface Candidate {
  readonly name: string;
  /** Not known of a bare .onnx file, which is told by its name. */
  readonly sha256?: string;
}

/** The generator that a direction was made for: the one with its hash, or else a bare .onnx file of its name. */
export function fittingGenerator<Known extends Candidate>({ generator }: Pick<DirectionFile, 'generator'>, known: readonly Known[]): Known | undefined {
  const hash = generator.sha256.toLowerCase();
  return known.find(({ sha256 }) => sha256?.toLowerCase() === hash) ?? known.find(({ name, sha256 }) => sha256 === undefined && name === generator.name);
}
