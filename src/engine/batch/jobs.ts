import type { LatentSpace } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';
import type { BatchPlan, PlannedGenerator, PlannedRegion } from '../../shared/plan';
import { sha256Of } from '../files';

/** One region of a job: what becomes direction files `<name>-1` .. in the folder of its generator. */
export interface Task {
  /** `<generator>/<name>`, "/" on every system: what records and messages call it. */
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly region: PlannedRegion;
}

/** A generator, samples and a space: its regions share the Jacobians. */
export interface Job {
  /** A plain file name, one for each job of a generator. */
  readonly id: string;
  readonly generator: PlannedGenerator;
  /** The preset's own where undefined. */
  readonly seeds: string | undefined;
  readonly space: LatentSpace;
  readonly tasks: readonly Task[];
}

/** Longer lists of seeds stand in names by their number and a hash. */
const longestSeeds = 30;

/** File systems allow 255 bytes, of which numbers and endings take some. */
const mostBytes = 200;

/**
 * The jobs of a plan in its order. Names say what differs within the plan and no more: `eyes`, or `eyes-w+`, or
 * `eyes-w-seeds0-19`; the suffixes are at the end and of a fixed form, so that no two tasks share a name.
 *
 * @throws UserError where a name is too long for a file
 */
export function jobsOf(plan: BatchPlan): Job[] {
  return plan.generators.flatMap((generator) => plan.seeds.flatMap((seeds) => plan.spaces.map((space): Job => {
    const suffix = `${plan.spaces.length > 1 ? `-${space}` : ''}${plan.seeds.length > 1 ? `-seeds${seedsName(seeds!)}` : ''}`;
    const tasks = generator.regions.map((region): Task => {
      const name = `${region.name}${suffix}`;
      if (Buffer.byteLength(name) > mostBytes) throw new UserError(`${plan.where}: the region ${region.name} has too long a name for a file`);
      return { id: `${generator.name}/${name}`, folder: generator.name, name, region };
    });
    return { id: `${space}-seeds${seedsName(seeds ?? '')}`, generator, seeds, space, tasks };
  })));
}

function seedsName(seeds: string): string {
  return seeds.length <= longestSeeds ? seeds.replaceAll(',', '_') : `-${sha256Of(Buffer.from(seeds)).slice(0, 10)}`;
}
