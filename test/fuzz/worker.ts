import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MissingRuleError } from '../../src/engine/autodiff/rule';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { Generator } from '../../src/engine/generators/generator';
import { readNpy } from '../../src/engine/npy';
import { importIntoFolder } from '../../src/engine/service/imports';
import type { FloatTensor } from '../../src/engine/tensor';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { UserError } from '../../src/shared/userError';
import { Dice } from './dice';
import { mutated, subjects } from './subjects';
import type { Subject } from './subjects';

/** What a worker is asked for: the mutant of `seed`, or with `seed` -1 the subject as it is. */
export interface FuzzTask {
  readonly subject: number;
  readonly seed: number;
}

/** What became of an input. */
export interface FuzzReport extends FuzzTask {
  /** `valid`, the name of an ordinary error, or `defect`. */
  readonly outcome: string;
  /** The error's message, or the defect's stack. */
  readonly message: string;
  readonly cpuSeconds: number;
  /** The largest memory of the process so far. */
  readonly peakMegabytes: number;
}

const single = { threads: 1, spinning: false };
const scratch = mkdtempSync(join(tmpdir(), 'resefa-fuzz-'));
process.on('exit', () => { rmSync(scratch, { recursive: true, force: true }); });

/** How the work on an input ended. */
type Ending = readonly [outcome: string, message: string];

async function tried(step: () => Promise<void>): Promise<Ending> {
  try {
    await step();
    return ['valid', ''];
  } catch (error) {
    const oneLine = error instanceof Error && error.message.length > 0 && !/[\r\n]/.test(error.message);
    if (error instanceof UserError && oneLine) return ['UserError', error.message];
    if (error instanceof MissingRuleError) return ['MissingRuleError', error.message];
    return ['defect', error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

/** Goes the whole way that a user goes with an input. */
async function use({ kind }: Subject, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const [name, bytes] = Object.entries(files)[0]!;
  const folder = join(scratch, 'in');
  rmSync(folder, { recursive: true, force: true });
  switch (kind) {
    case 'array': readNpy(bytes, name); return;
    case 'direction': formatDirection(parseDirection(Buffer.from(bytes).toString('utf8'), name)); return;
    default:
  }
  mkdirSync(folder);
  for (const [file, contents] of Object.entries(files)) writeFileSync(join(folder, file), contents);
  if (kind === 'checkpoint') await importAndUse(join(folder, name));
  else await useGenerator(kind === 'folder' ? folder : join(folder, name));
}

/** A folder is written whole or not at all. */
async function importAndUse(checkpoint: string): Promise<void> {
  const parent = join(scratch, 'out');
  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent);
  const folder = join(parent, 'generator');
  try {
    await importIntoFolder(checkpoint, folder, 'mutant', new AbortController().signal);
  } catch (error) {
    const left = readdirSync(parent);
    throw left.length > 0 ? new Error(`the failed import left ${left.join(', ')}`, { cause: error }) : error;
  }
  const written = readdirSync(folder).sort().join();
  if (written !== 'generator.json,mapping.onnx,synthesis.onnx') throw new Error(`the import wrote ${written}`);
  await useGenerator(folder);
}

async function useGenerator(reference: string): Promise<void> {
  const generator = await Generator.open(reference, scratch, single);
  try {
    const ws = await generator.sample([0], generator.description.c_dim > 0 ? { label: 0 } : {});
    const image = await generator.synthesize(ws);
    requireImage(generator, image);
    await takeTangents(generator, ws);
  } finally {
    await generator.release();
  }
}

function requireImage({ description }: Generator, { dims, data }: FloatTensor): void {
  const { channels, resolution } = description;
  if (dims.join() !== [1, channels, resolution, resolution].join() || data.length !== channels * resolution ** 2) throw new Error(`the image has the shape [${dims.join(', ')}]`);
}

/** Two products with the Jacobian, forwards or, where a rule is missing, by differences. */
async function takeTangents(generator: Generator, ws: FloatTensor): Promise<void> {
  try {
    await products(generator, ws, 'forward');
  } catch (error) {
    // What can be drawn can be differentiated, or a rule says why not.
    if (error instanceof UserError) throw new Error(`the picture can be drawn, but not differentiated: ${error.message}`, { cause: error });
    if (!(error instanceof MissingRuleError)) throw error;
    await products(generator, ws, 'central');
    throw error;
  }
}

async function products(generator: Generator, ws: FloatTensor, method: 'forward' | 'central'): Promise<void> {
  const { resolution, edit_layers: layers } = generator.description;
  const runner = await JacobianRunner.create(generator, { space: 'w', layers, readout: { resolution, reduction: 'area', channels: 'rgb' }, chunk: 2, memoryBudget: 2 ** 28, method });
  try {
    const tangents = Float32Array.from({ length: 2 * ws.data.length }, (_, i) => (i % 3) - 1);
    await runner.products(ws, { data: tangents, dims: [2, ...ws.dims.slice(1)] });
  } finally {
    await runner.release();
  }
}

async function work({ subject, seed }: FuzzTask, all: readonly Subject[]): Promise<FuzzReport> {
  const original = all[subject]!;
  const dice = new Dice(seed + subject * 7919);
  const files = seed < 0 ? original.files : mutated(original, dice, Object.values(dice.pick(all).files)[0]!);
  const before = process.cpuUsage();
  const [outcome, message] = await tried(() => use(original, files));
  const { user, system } = process.cpuUsage(before);
  return { subject, seed, outcome, message, cpuSeconds: (user + system) / 1e6, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

const all = await subjects(process.argv[2]!);
process.on('disconnect', () => process.exit());
process.on('message', (task: FuzzTask) => {
  void work(task, all).then((report) => process.send!(report));
});
process.send!(all.map(({ name }) => name));
