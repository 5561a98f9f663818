import { parseDirection } from '../../shared/direction/checkDirection';
import { originOf } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { formatRegion } from '../../shared/region';

/** What lists show of a direction file. */
export interface DirectionSummary {
  readonly name: string;
  /** The name of the generator that it was made for. */
  readonly generator: string;
  /** "w, inside/outside 12.4" */
  readonly detail: string;
  /** More of it, line by line. */
  readonly lines: readonly string[];
}

/** @throws UserError with the reason and the place for a file that is no direction. */
export function summarizeDirection(text: string, where: string): DirectionSummary {
  const direction = parseDirection(text, where);
  const { name, generator, latent, region, discovery } = direction;
  return {
    name,
    generator: generator.name,
    detail: `${latent.space}, ${quality(direction)}`,
    lines: [
      `generator ${generator.name} (${generator.architecture}, ${generator.resolution} px)`,
      ...(region ? [`region ${formatRegion(region)}`] : []),
      `space ${latent.space}, layers ${formatRanges(latent.layers)}`,
      discovery ? `rank ${discovery.rank}, eigenvalue ${short(discovery.eigenvalue)}, preset ${discovery.preset}, samples ${discovery.seeds}` : originOf(direction),
    ],
  };
}

/** The locality as it was measured, or else the eigenvalue that promises it. */
function quality({ metrics, discovery }: DirectionFile): string {
  if (metrics && metrics.outsideMse > 0) return `inside/outside ${short(metrics.insideMse / metrics.outsideMse)}`;
  return discovery ? `eigenvalue ${short(discovery.eigenvalue)}` : 'not measured';
}

function short(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
