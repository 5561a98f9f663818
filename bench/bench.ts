/*
 * npm run bench: how long things take, as medians and as ratios of measurements that took turns in one run.
 * Arguments: names of the subjects to run (all where none is given), --json <file> for the figures as data.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../src/shared/table';
import { solveDirections } from '../src/engine/factorization/directions';
import { GramAccumulator } from '../src/engine/factorization/gram';
import { JacobianRunner } from '../src/engine/factorization/jacobian';
import { createJacobianStore } from '../src/engine/factorization/jacobianStore';
import type { JacobianStore } from '../src/engine/factorization/jacobianStore';
import { presetSettings, readoutOf } from '../src/engine/factorization/presets';
import { Generator } from '../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../src/engine/importers/importCheckpoint';
import { embeddedGenerators } from '../src/engine/paths';
import type { FloatTensor } from '../src/engine/tensor';
import { rasterize } from '../src/shared/region';
import { stylegan2Checkpoint } from '../test/support/stylegan2Checkpoint';

interface Subject {
  readonly name: string;
  /** Opens the generator; `folder` is a temporary folder. */
  open(folder: string, figures: Figures): Promise<Generator>;
  /** Measurements of each pair. */
  readonly rounds: number;
}

/** What was measured: milliseconds, or ratios. */
type Figures = Record<string, number>;

const subjects: readonly Subject[] = [
  { name: 'afhq-cat-64', rounds: 21, open: () => Generator.open('afhq-cat-64', embeddedGenerators()) },
  { name: 'stylegan2-256', rounds: 5, open: openLarge },
];

const region = { shape: 'box', x: 0.24, y: 0.45, width: 0.52, height: 0.14 } as const;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const jsonAt = args.indexOf('--json');
  const jsonFile = jsonAt < 0 ? undefined : args.splice(jsonAt, 2)[1];
  const chosen = subjects.filter(({ name }) => args.length === 0 || args.includes(name));
  const results: Record<string, Figures> = {};
  for (const subject of chosen) results[subject.name] = await measure(subject);
  const names = [...new Set(Object.values(results).flatMap((figures) => Object.keys(figures)))];
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}; medians\n`);
  console.log(formatTable(['', ...Object.keys(results)], names.map((name) => [name, ...Object.values(results).map((figures) => formatFigure(name, figures[name]))])));
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
}

/** StyleGAN2 as NVlabs' configuration for 256 px has it, with random weights. */
async function openLarge(folder: string, figures: Figures): Promise<Generator> {
  const checkpoint = join(folder, 'stylegan2-256.pkl');
  await writeFile(checkpoint, stylegan2Checkpoint({ resolution: 256 }));
  figures['import, ms'] = await timed(async () => {
    await writeGenerator(join(folder, 'stylegan2-256'), await importCheckpoint(checkpoint));
  });
  return Generator.open(join(folder, 'stylegan2-256'), folder);
}

async function measure(subject: Subject): Promise<Figures> {
  process.stderr.write(`${subject.name} ..\n`);
  const folder = await mkdtemp(join(tmpdir(), 'resefa-bench-'));
  const figures: Figures = {};
  try {
    const generator = await subject.open(folder, figures);
    await measureTangents(generator, subject.rounds, figures);
    await measureDiscovery(generator, figures);
    await generator.release();
    figures['peak memory, MiB'] = process.resourceUsage().maxRSS / 1024;
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One forward pass against one tangent of a chunk, at full resolution and with respect to all layers. */
async function measureTangents(generator: Generator, rounds: number, figures: Figures): Promise<void> {
  const { resolution, layers } = generator.description;
  const ws = await generator.sample([0]);
  const runner = await JacobianRunner.create(generator, {
    space: 'w',
    layers: layers.map(({ index }) => index),
    readout: { resolution, reduction: 'area', channels: 'rgb' },
  });
  const tangents = randomTangents(runner.chunk, generator);
  const pairs: { forward: number; tangent: number }[] = [];
  for (let round = -1; round < rounds; round++) {
    const forward = await timed(() => generator.synthesize(ws));
    const tangent = await timed(() => runner.products(ws, tangents)) / runner.chunk;
    if (round >= 0) pairs.push({ forward, tangent });
  }
  await runner.release();
  figures['forward pass, ms'] = median(pairs.map(({ forward }) => forward));
  figures[`tangent, ms`] = median(pairs.map(({ tangent }) => tangent));
  figures['tangents in a chunk'] = runner.chunk;
  figures['tangent / forward pass'] = median(pairs.map(({ forward, tangent }) => tangent / forward));
}

/** The steps of a discovery with the preset standard, for one sample. */
async function measureDiscovery(generator: Generator, figures: Figures): Promise<void> {
  const readout = readoutOf(presetSettings.standard, generator.description.resolution);
  const layers = generator.description.edit_layers;
  const ws = await generator.sample([0]);
  const runner = await JacobianRunner.create(generator, { space: 'w', layers, readout });
  const accumulator = await GramAccumulator.create(runner.tangents, [rasterize(region, readout.resolution, readout.resolution)]);
  figures['Jacobian of a sample, ms'] = await timedJacobian(runner, ws);
  const jacobian = await standInJacobian(runner);
  await accumulator.add(jacobian);
  figures['Gram matrices of a sample, ms'] = await timed(() => accumulator.add(jacobian));
  const grams = accumulator.grams();
  figures['solve, ms'] = await timed(() => Promise.resolve(solveDirections(grams, { space: 'w', layers, tau: 1e-3, count: 8 })));
  await jacobian.dispose();
  await runner.release();
  await accumulator.release();
}

/** The time of some chunks after a first one, for all of them: a whole Jacobian of a large generator takes minutes. */
async function timedJacobian(runner: JacobianRunner, ws: FloatTensor): Promise<number> {
  const measured = 4;
  const marks: number[] = [];
  const controller = new AbortController();
  const stop = () => { if (marks.push(performance.now()) > measured) controller.abort(); };
  const whole = await runner.jacobian(ws, stop, controller.signal).catch(() => undefined);
  await whole?.dispose();
  const chunks = marks.slice(1).map((mark, i) => mark - marks[i]!);
  return (median(chunks) * runner.tangents) / runner.chunk;
}

/** A full-sized Jacobian of made-up numbers: products of matrices take the same time whatever is in them. */
async function standInJacobian(runner: JacobianRunner): Promise<JacobianStore> {
  const store = await createJacobianStore(runner.tangents, runner.rows, Infinity);
  for (let t = 0; t < runner.tangents; t++) await store.write(t, Float32Array.from({ length: runner.rows }, (_, i) => Math.sin(i * 0.37 + t * t)));
  return store;
}

function randomTangents(count: number, { layerCount, dimensions }: Generator): FloatTensor {
  const data = new Float32Array(count * layerCount * dimensions);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * 12.9898) / 8;
  return { data, dims: [count, layerCount, dimensions] };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

function formatFigure(name: string, value: number | undefined): string {
  if (value === undefined) return '';
  if (name.includes('/')) return value.toFixed(2);
  return value < 10 && !Number.isInteger(value) ? value.toFixed(2) : value.toFixed(0);
}

void main();
