/*
 * npm run quality: how local directions are. Inside over outside MSE of the leading direction at an inside MSE
 * of 0.02, on held-out samples, for each named region of the embedded generator; higher is more local.
 */
import { formatTable } from '../src/shared/table';
import { LocalityMeter } from '../src/engine/editing/metrics';
import { ganspaceDirections, sefaDirections } from '../src/engine/factorization/closedForm';
import { solveDirections } from '../src/engine/factorization/directions';
import type { Direction } from '../src/engine/factorization/directions';
import { accumulateRegions, candidatesFor, planDiscovery } from '../src/engine/factorization/discover';
import type { RegionsState } from '../src/engine/factorization/discover';
import type { RegionGrams } from '../src/engine/factorization/gram';
import { presetSettings } from '../src/engine/factorization/presets';
import { Generator } from '../src/engine/generators/generator';
import { embeddedGenerators } from '../src/engine/paths';
import { localityRatio } from '../src/shared/direction/directionFile';
import type { LatentSpace, Preset } from '../src/shared/direction/directionFile';
import type { Region } from '../src/shared/region';

/** Directions among which ranking by locality and the closed forms choose. */
const candidates = candidatesFor(1, 'locality');
const closedFormCandidates = 10;
/** Behind the held-out samples. */
const ganspaceSeeds = Array.from({ length: 10_000 }, (_, i) => 1000 + i);

type Edit = Pick<Direction, 'layers' | 'rows'>;

async function main(): Promise<void> {
  const generator = await Generator.open(process.argv[2] ?? 'afhq-cat-64', embeddedGenerators());
  const regions = Object.entries(generator.description.regions ?? {});
  const layers = generator.description.edit_layers;
  process.stderr.write('closed forms ..\n');
  const wide = (vectors: Float64Array[]): Edit[] => vectors.map((vector) => ({ layers, rows: layers.map(() => vector) }));
  const sefa = wide(sefaDirections(generator, layers, closedFormCandidates));
  const ganspace = wide(await ganspaceDirections(generator, ganspaceSeeds, closedFormCandidates));
  const all = regions.map(([, region]) => region);
  const official = await gramsOf(generator, all, 'official', 'w', 1);
  const [w1, w20] = await gramsAt(generator, all, 'w', [1, 20]);
  const [wPlus5, wPlus20] = await gramsAt(generator, all, 'w+', [5, 20]);
  const rows: string[][] = [];
  for (const [i, [name, region]] of regions.entries()) {
    process.stderr.write(`measuring ${name} ..\n`);
    const meter = await LocalityMeter.create(generator, region);
    const ratios = async (edits: readonly Edit[]) => {
      const measured: number[] = [];
      for (const edit of edits) measured.push(localityRatio(await meter.measure(edit, 2)));
      return measured;
    };
    const solved = async (grams: RegionGrams, space: LatentSpace, preset: Preset, count: number) => ratios(await solveDirections(grams, { space, layers, tau: presetSettings[preset].tau, count }));
    const standard = await solved(w20![i]!, 'w', 'standard', candidates);
    const plus = await solved(wPlus20![i]!, 'w+', 'standard', candidates);
    const [leadingOfficial] = await solved(official[i]!, 'w', 'official', 1);
    const [one] = await solved(w1![i]!, 'w', 'standard', 1);
    const [five] = await solved(wPlus5![i]!, 'w+', 'standard', 1);
    const cells = [Math.max(...await ratios(sefa)), Math.max(...await ratios(ganspace)), leadingOfficial!, one!, standard[0]!, Math.max(...standard), five!, plus[0]!, Math.max(...plus)];
    rows.push([name, ...cells.map((value) => value.toFixed(1))]);
  }
  rows.push(['geometric mean', ...rows[0]!.slice(1).map((_, column) => geometricMean(rows.map((row) => Number(row[column + 1]))).toFixed(1))]);
  console.log(`${generator.description.name}: inside / outside MSE at inside MSE 0.02, seeds 100-107, psi 0.7, layers ${layers[0]}-${layers.at(-1)}\n`);
  console.log(formatTable(['region', 'SeFa*', 'GANSpace*', 'official', 'w, 1 sample', 'w', 'w by locality', 'w+, 5 samples', 'w+', 'w+ by locality'], rows));
  console.log(`\n* the best of ${closedFormCandidates}. "by locality": the best of the ${candidates} leading directions as measured. w and w+ are the preset standard, 20 samples where not said otherwise.`);
}

/** The averaged Gram matrices of every region after some numbers of samples, from one run. */
async function gramsAt(generator: Generator, regions: readonly Region[], space: LatentSpace, samples: readonly number[]): Promise<RegionGrams[][]> {
  const results: RegionGrams[][] = [];
  await eachSample(generator, regions, 'standard', space, Math.max(...samples), ({ seeds, grams }) => {
    if (samples.includes(seeds.length)) results.push([...grams]);
  });
  return results;
}

async function gramsOf(generator: Generator, regions: readonly Region[], preset: Preset, space: LatentSpace, samples: number): Promise<readonly RegionGrams[]> {
  let last: readonly RegionGrams[] = [];
  await eachSample(generator, regions, preset, space, samples, ({ grams }) => { last = grams; });
  return last;
}

async function eachSample(generator: Generator, regions: readonly Region[], preset: Preset, space: LatentSpace, samples: number, visit: (state: RegionsState) => void): Promise<void> {
  const seeds = Array.from({ length: samples }, (_, i) => i);
  const plan = planDiscovery(generator, { region: regions[0]!, preset, space, seeds });
  for await (const state of accumulateRegions(generator, plan, regions, ({ sample }) => process.stderr.write(`${preset} ${space}: sample ${sample + 1} of ${samples}\r`))) visit(state);
  process.stderr.write('\n');
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
