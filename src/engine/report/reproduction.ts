import { isDiscovered, stemOf } from '../../shared/direction/directionFile';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { isFileName } from '../../shared/plainFileName';
import type { Region } from '../../shared/region';

/** A command line, and the directions that it finds. */
export interface Reproduction {
  readonly command: string;
  readonly names: readonly string[];
  /** What is not quite as it was, in a sentence. */
  readonly note?: string;
}

/**
 * The command lines that find some directions of a generator again; those of the same discovery share one. Directions that
 * come from elsewhere have none.
 */
export function reproductionsOf(generator: string, directions: readonly DirectionFile[]): Reproduction[] {
  const groups = new Map<string, DiscoveredDirection[]>();
  for (const direction of directions.filter(isDiscovered)) {
    const key = JSON.stringify(argumentsOf(generator, direction));
    groups.set(key, [...(groups.get(key) ?? []), direction]);
  }
  return [...groups.values()].map((members) => reproductionOf(generator, members));
}

function reproductionOf(generator: string, members: readonly DiscoveredDirection[]): Reproduction {
  const [first] = members as [DiscoveredDirection];
  const stem = stemOf(first.name);
  const parts = [...argumentsOf(generator, first), '--count', `${Math.max(members.length, ...members.map(placeOf))}`, ...(isFileName(stem) ? ['--name', stem] : []), '--out', 'directions'];
  const tiles = members.some(({ discovery }) => discovery.grams === 'tiles');
  return {
    command: ['resefa', 'discover', ...parts].map(shellQuoted).join(' '),
    names: members.map(({ name }) => name),
    ...(tiles ? { note: 'The regions were put together from tiles of the picture; this takes them pixel by pixel, which finds nearly the same.' } : {}),
  };
}

/** All that decides which directions are found, but for their number. */
function argumentsOf(generator: string, { name, latent, region, discovery }: DiscoveredDirection): string[] {
  return [
    generator,
    '--region', regionArgument(region, name),
    '--preset', discovery.preset,
    '--space', latent.space,
    '--layers', formatRanges(latent.layers),
    '--seeds', discovery.seeds,
    '--psi', `${discovery.truncation}`,
    ...(discovery.class === undefined ? [] : ['--class', `${discovery.class}`]),
    '--tau', `${discovery.tau}`,
    '--rank-by', discovery.rankedBy ?? 'eigenvalue',
    ...(discovery.jacobian === 'central' ? ['--jacobian', 'central'] : []),
  ];
}

/** A region as `--region` takes it; one that is painted is read from the direction's own file. */
function regionArgument(region: Region, name: string): string {
  switch (region.shape) {
    case 'polygon':
      return `polygon:${region.points.flat().join(',')}`;
    case 'mask':
      return `${name}.resefa.json`;
    default:
      return `${region.shape === 'box' ? '' : `${region.shape}:`}${[region.x, region.y, region.width, region.height].join(',')}`;
  }
}

/** How many directions must be kept for this one to be among them. */
function placeOf({ name, discovery }: DiscoveredDirection): number {
  return discovery.rankedBy === 'locality' ? Math.min(1000, Number(/-(\d{1,4})$/.exec(name)?.[1] ?? 1)) : discovery.rank;
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
