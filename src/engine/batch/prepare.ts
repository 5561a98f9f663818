import { access } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { parseLayers, parseSeeds } from '../../shared/numberList';
import { quote } from '../../shared/quote';
import { findRegion } from '../../shared/region';
import type { BatchPlan, PlannedGenerator } from '../../shared/plan';
import { UserError } from '../../shared/userError';
import { candidatesFor, planDiscovery, tangentsPerDirection, unknownCount } from '../factorization/discover';
import type { DiscoveryPlan } from '../factorization/discover';
import { sha256Of } from '../files';
import { regionsOf } from '../generators/description';
import type { Generator } from '../generators/generator';
import type { Job, Task } from './jobs';

/** Raised when the same plan gives other files: those of an earlier version are then made anew. */
const numerics = 1;

/** A task with every choice made. */
export interface PreparedTask extends Task {
  readonly plan: DiscoveryPlan;
  /** A hash of all that its files depend on. */
  readonly key: string;
}

/**
 * Where a plan's generator is: beside the plan, wherever an absolute path says, or embedded.
 *
 * @param base the plan's folder
 * @param embedded the folder of the embedded generators
 * @throws UserError when there is none
 */
export async function locate({ reference }: PlannedGenerator, base: string, embedded: string): Promise<string> {
  const places = [resolve(base, reference), ...(isAbsolute(reference) || basename(reference) !== reference ? [] : [join(embedded, reference)])];
  for (const place of places) if (await access(place).then(() => true, () => false)) return place;
  throw new UserError(`there is no generator ${quote(reference)}; expected a path relative to the plan's folder, or the name of an embedded generator (afhq-cat-64)`);
}

/** @throws UserError when the task does not fit the generator */
export function prepare(task: Task, { generator: settings, seeds, space }: Job, plan: BatchPlan, generator: Generator, memoryBudget: number | undefined): PreparedTask {
  const { region } = task.region;
  generator.requireLabel(settings.class);
  const discovery = planDiscovery(generator, {
    region: typeof region === 'string' ? findRegion(regionsOf(generator.description), region, plan.where) : region,
    preset: plan.preset,
    space,
    jacobian: plan.jacobian,
    ...(seeds === undefined ? {} : { seeds: parseSeeds(seeds, plan.where) }),
    ...(settings.psi === undefined ? {} : { psi: settings.psi }),
    ...(settings.class === undefined ? {} : { label: settings.class }),
    ...(settings.layers === undefined ? {} : { layers: parseLayers(settings.layers, generator.layerCount, `${plan.where}: "layers"`) }),
    ...(plan.tau === undefined ? {} : { tau: plan.tau }),
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
  });
  // The memory that there is changes how the work is cut into pieces, and nothing else.
  const determining = { ...discovery, memoryBudget: undefined };
  return { ...task, plan: discovery, key: hashOf({ ...generatorParts(generator), determining, name: task.name, count: plan.count, rankBy: plan.rankBy, strips: plan.strips }) };
}

/** A hash of all that the sums of Gram matrices depend on, but for the regions. */
export function samplingKey(generator: Generator, { layers, space, preset, readout, psi, label, jacobian, seeds }: DiscoveryPlan): string {
  return hashOf({ ...generatorParts(generator), layers, space, preset, readout, psi, label, jacobian, seeds });
}

/** What tasks of a job cost together, in tangents of the Jacobian. */
export function tangentsOf(generator: Generator, tasks: readonly PreparedTask[], { count, rankBy }: BatchPlan): { readonly sampling: number; readonly measuring: number } {
  const { plan } = tasks[0]!;
  return { sampling: plan.seeds.length * unknownCount(generator, plan), measuring: tasks.length * candidatesFor(count, rankBy) * tangentsPerDirection };
}

/** A hash of a value; the order of keys makes no difference. */
export function hashOf(value: unknown): string {
  return sha256Of(Buffer.from(JSON.stringify(value, (_, inner: unknown) => (isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner))));
}

function generatorParts({ fingerprint, identity, description }: Generator): object {
  return { numerics, fingerprint, identity, resolution: description.resolution, channels: description.channels, range: description.value_range };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
