import { beginningOf, fileNameOf } from '../../shared/plainFileName';
import type { PanelState, RegionState } from '../../shared/protocol/pageProtocol';
import type { Region } from '../../shared/region';

/** Directions' names have a number, and their files an ending, beside it. */
const longestStem = 60;

/** Regions and which of them is active: what undo and redo go through. */
export type Regions = Pick<PanelState, 'regions' | 'active'>;

/** A region without directions. */
export function freshRegion(name: string, region?: Region): RegionState {
  return { name, ...(region ? { region } : {}), directions: [], alphas: [] };
}

export function activeRegion({ regions, active }: Regions): RegionState {
  return regions[active] ?? freshRegion('region 1');
}

/** Changes the region at an index. */
export function withRegion({ regions, active }: Regions, index: number, change: (region: RegionState) => RegionState): Regions {
  return { regions: regions.map((region, i) => (i === index ? change(region) : region)), active };
}

/** Sets or clears a region's shape; its directions stay. */
export function reshaped({ name, directions, alphas }: RegionState, region: Region | undefined): RegionState {
  return { name, ...(region ? { region } : {}), directions, alphas };
}

export function appended({ regions }: Regions, region: RegionState): Regions {
  return { regions: [...regions, region], active: regions.length };
}

/** Takes a region away. At least one stays, if an empty one. */
export function without({ regions, active }: Regions, index: number): Regions {
  const rest = regions.filter((_, i) => i !== index);
  if (rest.length === 0) return { regions: [freshRegion('region 1')], active: 0 };
  return { regions: rest, active: Math.min(active > index ? active - 1 : active, rest.length - 1) };
}

/** The wished name, or one with a number behind it where another region has it. */
export function freeName({ regions }: Regions, wished: string, except?: number): string {
  const taken = new Set(regions.filter((_, i) => i !== except).map(({ name }) => name));
  if (!taken.has(wished)) return wished;
  for (let n = 2; ; n++) if (!taken.has(`${wished} ${n}`)) return `${wished} ${n}`;
}

/** "region 1", "region 2" ..: the first that is free. */
export function nextName({ regions }: Regions): string {
  for (let n = 1; ; n++) if (!regions.some(({ name }) => name === `region ${n}`)) return `region ${n}`;
}

/**
 * An earlier arrangement of regions with the directions of today: undoing a stroke of the brush, or another name, does
 * not undo a discovery. A region that had been removed comes back with what it had.
 */
export function restored(earlier: Regions, now: Regions): Regions {
  const regions = earlier.regions.map((region, index) => {
    const today = now.regions.find(({ name }) => name === region.name) ?? renamed(earlier, now, index);
    return today ? { ...reshaped(today, region.region), name: region.name } : region;
  });
  return { regions, active: earlier.active };
}

/** The region of today that had another name earlier: the same shape in the same place. */
function renamed(earlier: Regions, now: Regions, index: number): RegionState | undefined {
  const [then, today] = [earlier.regions[index], now.regions[index]];
  const other = !today?.region || today.region !== then?.region || earlier.regions.some(({ name }) => name === today.name);
  return other ? undefined : today;
}

/** Regions without what belongs to another generator. */
export function withoutDirections({ regions, active }: Regions): Regions {
  return { regions: regions.map(({ name, region }) => freshRegion(name, region)), active };
}

/** A region's name as the beginning of its directions' names, which are those of files: "Left eye" is "left-eye". */
export function stemOf(name: string): string {
  return beginningOf(fileNameOf(name.toLowerCase(), 'region'), longestStem);
}
