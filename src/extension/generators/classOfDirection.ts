import type { DirectionFile } from '../../shared/direction/directionFile';
import type { GeneratorInfo, Sample } from '../../shared/protocol/engineProtocol';

/** The class that samples show a direction on: of a conditional generator the one that it was found for, or else the first. */
export function classOfDirection(direction: DirectionFile | undefined, { classes }: Pick<GeneratorInfo, 'classes'>): Pick<Sample, 'label'> {
  return classes === 0 ? {} : { label: Math.min(direction?.discovery?.class ?? 0, classes - 1) };
}
