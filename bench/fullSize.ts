/*
 * npm run bench:full: the published architectures in their full size, with random weights: how long an import, an image and a
 * tangent take, and how much memory. Each step runs in a process of its own, whose peak is its own.
 * Arguments: names of the architectures to run (all where none is given), --write to put the table into docs/full-size.md.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { JacobianRunner } from '../src/engine/factorization/jacobian';
import { presetSettings, readoutOf } from '../src/engine/factorization/presets';
import { Generator } from '../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../src/engine/importers/importCheckpoint';
import { sizeOf } from '../src/engine/tensor';
import { stylegan2Checkpoint } from '../test/support/stylegan2Checkpoint';
import { stylegan3Checkpoint } from '../test/support/stylegan3Checkpoint';
import { timed } from './clock';
import { answerStep, askedStep, runStep } from './ownProcess';
import type { StepResult } from './ownProcess';

/** The configurations as the authors published them, and what writes such a checkpoint. */
const architectures: Readonly<Record<string, () => Uint8Array>> = {
  'StyleGAN2 FFHQ 1024 (config f)': () => stylegan2Checkpoint({ resolution: 1024 }),
  'StyleGAN3-T AFHQv2 512': () => stylegan3Checkpoint('afhqv2-t-512'),
  'StyleGAN3-R AFHQv2 512': () => stylegan3Checkpoint('afhqv2-r-512'),
  'StyleGAN3-T FFHQ 1024': () => stylegan3Checkpoint('ffhq-t-1024'),
  'StyleGAN3-R FFHQ 1024': () => stylegan3Checkpoint('ffhq-r-1024'),
};

/** What a step measures, in milliseconds. */
type Figures = Readonly<Record<string, number>>;

/** Relative to the project's folder, where tools run. */
const table = join('docs', 'full-size.md');
const [begin, end] = ['<!-- table:begin -->', '<!-- table:end -->'];

const steps: Readonly<Record<string, (folder: string, name: string) => Promise<Figures>>> = {
  build: async (folder, name) => {
    writeFileSync(join(folder, 'checkpoint.pkl'), architectures[name]!());
    return Promise.resolve({});
  },
  import: async (folder) => {
    return { time: await timed(async () => writeGenerator(join(folder, 'generator'), await importCheckpoint(join(folder, 'checkpoint.pkl')))) };
  },
  image: async (folder) => {
    const generator = await Generator.open(join(folder, 'generator'), folder);
    const ws = await generator.sample([0]);
    const first = await timed(() => generator.synthesize(ws));
    return { first, time: await timed(() => generator.synthesize(ws)) };
  },
  tangent: async (folder) => {
    const generator = await Generator.open(join(folder, 'generator'), folder);
    const ws = await generator.sample([0]);
    const { resolution, edit_layers } = generator.description;
    const runner = await JacobianRunner.create(generator, { space: 'w', layers: edit_layers, readout: readoutOf(presetSettings.standard, resolution), chunk: 1 });
    const dims = [1, generator.layerCount, generator.dimensions];
    const unit = { data: new Float32Array(sizeOf(dims)), dims };
    for (const layer of edit_layers) unit.data[layer * generator.dimensions] = 1;
    const products = await runner.products(ws, unit);
    if (!products.every(Number.isFinite)) throw new Error('the tangent is not finite');
    return { time: await timed(() => runner.products(ws, unit)) };
  },
};

function main(): void {
  const args = process.argv.slice(2);
  const write = args.includes('--write');
  const chosen = Object.keys(architectures).filter((name) => args.length === (write ? 1 : 0) || args.includes(name));
  const rows = chosen.map(measure);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB of memory, no GPU`;
  const text = [
    `Measured on ${machine}.`, '',
    '| architecture | checkpoint | generator | import | its peak memory | first image | image | peak | image and tangent | peak |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  console.log(text);
  if (write) writeTable(text);
}

function measure(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'resefa-full-size-'));
  try {
    process.stderr.write(`${name} ..\n`);
    const run = (step: string): StepResult<Figures> => runStep(step, folder, name);
    run('build');
    const [imported, image, tangent] = [run('import'), run('image'), run('tangent')];
    const cells = [
      name, megabytes(statSync(join(folder, 'checkpoint.pkl')).size), megabytes(statSync(join(folder, 'generator', 'synthesis.onnx')).size + statSync(join(folder, 'generator', 'mapping.onnx')).size),
      seconds(imported.value.time!), megabytes(imported.peak), seconds(image.value.first!), seconds(image.value.time!), megabytes(image.peak), seconds(tangent.value.time!), megabytes(tangent.peak),
    ];
    return `| ${cells.join(' | ')} |`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeTable(text: string): void {
  const page = readFileSync(table, 'utf8');
  const [before, after] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end))];
  writeFileSync(table, `${before}${begin}\n${text}\n${after}`);
}

function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} s`;
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

async function measureStep([step, folder, name]: readonly string[]): Promise<void> {
  answerStep(await steps[step!]!(folder!, name!));
}

const asked = askedStep();
if (asked) void measureStep(asked);
else main();
