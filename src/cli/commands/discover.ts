import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { MissingRuleError } from '../../engine/autodiff/rule';
import { directionFiles, isNumbered } from '../../engine/batch/directionFiles';
import type { DiscoveryResult } from '../../engine/batch/directionFiles';
import { heldOutPsi } from '../../engine/editing/metrics';
import { accumulateRegions, candidatesFor, directionsOf, fallbackNote, measureDirections, planDiscovery } from '../../engine/factorization/discover';
import type { DiscoveryOptions, DiscoveryPlan, DiscoveryProgress, MeasuredDirection, RegionsState } from '../../engine/factorization/discover';
import type { Generator } from '../../engine/generators/generator';
import { localityRatio } from '../../shared/direction/directionFile';
import type { JacobianMethod, LatentSpace, Preset, Ranking } from '../../shared/direction/directionFile';
import { formatRanges, parseInteger, parseLayers, parseNumber, parseSeeds } from '../../shared/numberList';
import { fileNameOf } from '../../shared/plainFileName';
import { quote } from '../../shared/quote';
import { formatRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { openGenerator, parseLabel, parseMemory, parsePsi, parseRegion, requireFileName } from '../arguments';
import type { SampleArguments } from '../arguments';
import { cancellable } from '../cancellable';
import { checkOutputFolder, writeOutputFolder } from '../outputs';
import type { Progress } from '../progress';
import { discoverPlan } from './discoverPlan';
import { counted, formatTable } from '../../shared/table';

interface Options extends Omit<SampleArguments, 'ws'> {
  readonly plan?: string;
  readonly force?: boolean;
  readonly region?: string;
  readonly layers?: string;
  readonly space?: string;
  readonly preset?: string;
  readonly tau?: string;
  readonly count?: string;
  readonly rankBy?: string;
  readonly jacobian?: string;
  readonly name?: string;
  readonly strips?: boolean;
  readonly memory?: string;
  readonly out?: string;
}

/** The options that a plan leaves to the command line. */
const besidePlans = ['plan', 'out', 'force', 'memory', 'threads'];

export function addDiscover(program: Command): void {
  program
    .command('discover')
    .usage('[options] <generator>')
    .argument('[generator]', 'a generator')
    .description('directions that change a region and leave the rest alone')
    .option('--region <region>', 'a name, x,y,width,height, ellipse:.., polygon:.., or a .json file')
    .option('--preset <name>', 'draft, standard, exact or official (default: standard)')
    .option('--space <space>', 'w: one vector for all edited layers; w+: one for each (default: w)')
    .option('--layers <list>', 'the layers to edit, such as 4-7 (default: the generator\'s, see info)')
    .option('--seeds <list>', 'the samples to average over, such as 0-19 (default: as many as the preset takes)')
    .option('--psi <number>', 'truncation psi of the samples (default: 1)')
    .option('--class <number>', 'the class, where the generator is conditional')
    .option('--tau <number>', 'regularisation of the outside, in units of its trace (default: the preset\'s)')
    .option('--count <number>', 'how many directions to keep (default: 8)')
    .option('--rank-by <measure>', `eigenvalue, or locality as measured on held-out samples at psi ${heldOutPsi} (default: eigenvalue)`)
    .option('--jacobian <method>', 'forward (tangents) or central (differences) (default: forward)')
    .option('--name <name>', 'what to call the directions (default: the region\'s name)')
    .option('--strips', 'also write a picture of each direction')
    .option('--memory <MB>', 'memory for the tangents of one run (default: a quarter of the machine, at most 8192)')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .option('--out <dir>', 'the folder for <name>-1.resefa.json ..')
    .option('--plan <file>', 'discover what a plan file asks for, in place of <generator> and --region; what is done is not repeated')
    .option('--force', 'with --plan: replace files that were edited, too')
    .action(discover);
}

async function discover(generator: string | undefined, options: Options): Promise<void> {
  if (options.plan !== undefined) await discoverPlanned(options.plan, generator, options);
  else await discoverOne(generator, options);
}

async function discoverPlanned(plan: string, generator: string | undefined, options: Options): Promise<void> {
  const extra = Object.keys(options).find((name) => !besidePlans.includes(name));
  if (generator !== undefined) throw new UserError(`the plan ${plan} says which generators: leave ${quote(generator)} out, or --plan`);
  if (extra !== undefined) throw new UserError(`the plan ${plan} says what to discover: leave --${dashed(extra)} out, or --plan`);
  await discoverPlan(plan, required(options.out, '--out <dir>'), options.force ?? false, parseMemory(options.memory), options);
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Says what commander says: without a plan, options are needed that are not with one. */
function required(value: string | undefined, option: string): string {
  if (value === undefined) throw new UserError(`required option '${option}' not specified; see resefa discover --help`);
  return value;
}

async function discoverOne(reference: string | undefined, options: Options): Promise<void> {
  const [wanted, out] = [required(options.region, '--region <region>'), required(options.out, '--out <dir>')];
  if (reference === undefined) throw new UserError("missing required argument 'generator'; see resefa discover --help");
  if (options.force) throw new UserError('--force goes with --plan: leave it out');
  await checkOutputFolder(out);
  const generator = await openGenerator(reference, options);
  const { name: regionName, region } = await parseRegion(wanted, generator);
  const name = requireFileName(options.name ?? fileNameOf(regionName, 'region'), '--name');
  const count = parseInteger(options.count ?? '8', '--count', { min: 1, max: 1000 });
  const rankBy = oneOf<Ranking>(options.rankBy ?? 'eigenvalue', '--rank-by', ['eigenvalue', 'locality']);
  const [result] = await discoverRegions(generator, [region], discoveryOptions(generator, options), count, rankBy) as [DiscoveryResult];
  const files = await directionFiles(generator, name, result, rankBy, options.strips ?? false);
  await writeOutputFolder(out, files);
  console.log(`${generator.description.name}: ${name}, ${formatRegion(region)}, layers ${formatRanges(result.plan.layers)}, ${result.plan.space}, preset ${result.plan.preset}, seeds ${formatRanges(result.seeds)}`);
  console.log(summary(name, result.directions));
  console.log(`wrote ${counted(Object.keys(files).length, 'file')} to ${out}`);
  const stale = (await readdir(out)).filter((file) => isNumbered(file, name) && !(file in files));
  if (stale.length > 0) console.log(`note: ${counted(stale.length, 'file')} of an earlier discovery called ${name} stayed there: ${stale.slice(0, 3).join(', ')}${stale.length > 3 ? ', ..' : ''}`);
}

function discoveryOptions(generator: Generator, options: Options): Omit<DiscoveryOptions, 'region'> {
  return {
    ...(options.preset === undefined ? {} : { preset: oneOf<Preset>(options.preset, '--preset', ['draft', 'standard', 'exact', 'official']) }),
    ...(options.space === undefined ? {} : { space: oneOf<LatentSpace>(options.space, '--space', ['w', 'w+']) }),
    ...(options.seeds === undefined ? {} : { seeds: parseSeeds(options.seeds) }),
    psi: parsePsi(options.psi, 1),
    ...parseLabel(options.class),
    ...(options.layers === undefined ? {} : { layers: parseLayers(options.layers, generator.layerCount) }),
    ...(options.tau === undefined ? {} : { tau: parseNumber(options.tau, '--tau', { min: 0, max: 1e6 }) }),
    ...parseMemory(options.memory),
    jacobian: oneOf<JacobianMethod>(options.jacobian ?? 'forward', '--jacobian', ['forward', 'central']),
  };
}

function oneOf<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UserError(`${option}: ${quote(text)} is not known; expected ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)!}`);
  return found;
}

/**
 * Discovers directions for some regions, which share the Jacobians, with progress on the terminal. Ctrl+C
 * cancels it; an operator without a tangent rule turns it to central differences, and says so.
 */
export async function discoverRegions(generator: Generator, regions: readonly Region[], options: Omit<DiscoveryOptions, 'region'>, count: number, rankBy: Ranking): Promise<DiscoveryResult[]> {
  const plans = (changed: Partial<DiscoveryOptions> = {}) => regions.map((region) => planDiscovery(generator, { ...options, ...changed, region }));
  try {
    return await discoverOnce(generator, plans(), count, rankBy);
  } catch (error) {
    if (!(error instanceof MissingRuleError)) throw error;
    noteFallback(error);
    return discoverOnce(generator, plans({ jacobian: 'central' }), count, rankBy);
  }
}

/** Says that central differences stand in for tangents. */
export function noteFallback(error: MissingRuleError): void {
  process.stderr.write(`note: ${fallbackNote(error)}\n`);
}

async function discoverOnce(generator: Generator, plans: readonly DiscoveryPlan[], count: number, rankBy: Ranking): Promise<DiscoveryResult[]> {
  return cancellable(async (progress, signal) => {
    const { seeds, grams } = await accumulate(generator, plans, progress, signal);
    progress.end();
    const results: DiscoveryResult[] = [];
    for (const [i, plan] of plans.entries()) {
      const state = { seeds, grams: grams[i]! };
      const candidates = await directionsOf(state, plan, candidatesFor(count, rankBy));
      const measured = await measureDirections(generator, plan, state, candidates, rankBy, (done, total) => {
        progress.update('measuring', (i + done / total) / plans.length, `${done + i * total} of ${counted(total * plans.length, 'direction')}`);
      }, signal);
      results.push({ plan, seeds, directions: measured.slice(0, count) });
    }
    return results;
  });
}

async function accumulate(generator: Generator, plans: readonly DiscoveryPlan[], progress: Progress, signal: AbortSignal): Promise<RegionsState> {
  const plan = plans[0]!;
  const samples = plan.seeds.length;
  const onProgress = ({ sample, tangentsDone, tangents }: DiscoveryProgress) => {
    progress.update('discovering', (sample + tangentsDone / tangents) / samples, `sample ${sample + 1} of ${samples}, ${tangentsDone} of ${tangents} tangents`);
  };
  let state: RegionsState | undefined;
  for await (const next of accumulateRegions(generator, plan, plans.map(({ region }) => region), onProgress, signal)) state = next;
  return state!;
}

/** The directions as a table: eigenvalue and measured locality. */
export function summary(name: string, directions: readonly MeasuredDirection[]): string {
  const rows = directions.map(({ eigenvalue, locality }, i) => [
    `${name}-${i + 1}`,
    eigenvalue.toPrecision(4),
    locality.alpha.toPrecision(3),
    locality.insideMse.toFixed(4),
    locality.outsideMse.toFixed(5),
    localityRatio(locality).toFixed(1),
  ]);
  return formatTable(['direction', 'eigenvalue', 'alpha', 'inside MSE', 'outside MSE', 'inside/outside'], rows);
}
