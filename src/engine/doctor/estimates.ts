import type { JacobianMethod, LatentSpace, Preset } from '../../shared/direction/directionFile';
import { tangentsPerDirection } from '../factorization/discover';
import { gramBlockBytes } from '../factorization/gram';
import { JacobianRunner, chunkFor, defaultMemoryBudget, tangentBytes } from '../factorization/jacobian';
import { presetSettings, readoutOf } from '../factorization/presets';
import type { Generator } from '../generators/generator';
import { graphOf, tensorsOf } from '../onnx/graphs';
import { GramSession } from '../runtime/gramSession';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';

/** How fast a generator runs on this machine. */
export interface Pace {
  readonly method: JacobianMethod;
  /** Seconds until the network that makes the tangents is ready. */
  readonly start: number;
  /** Seconds for the image of one latent code. */
  readonly forward: number;
  /** Seconds for one tangent of the image, among several. */
  readonly tangent: number;
  /** Seconds for one of the products that a Gram matrix sums up. */
  readonly product: number;
}

/** What a discovery takes. */
export interface Estimate {
  readonly preset: Preset;
  readonly space: LatentSpace;
  readonly samples: number;
  /** Columns of the Jacobian of one sample. */
  readonly tangents: number;
  readonly seconds: number;
  /** Bytes of memory at the peak. */
  readonly memory: number;
}

/** A measurement lasts about this long, in seconds, where one forward pass does not take longer. */
const patience = 0.5;

/** How many directions a discovery measures where the user does not say. */
const directions = 8;

/**
 * Runs the network and a few of its tangents.
 *
 * @param method how the Jacobian will be taken: central differences where an operator has no tangent rule
 * @param budget bytes for the tangents of one run
 */
export async function measurePace(generator: Generator, method: JacobianMethod, budget = defaultMemoryBudget): Promise<Pace> {
  const ws = await someCode(generator);
  const forward = await secondsOf(() => generator.synthesize(ws));
  const { edit_layers, resolution } = generator.description;
  const count = Math.min(chunkFor(generator, { memoryBudget: budget }), Math.max(1, Math.ceil(patience / forward)));
  const began = performance.now();
  const runner = await JacobianRunner.create(generator, { space: 'w', layers: edit_layers, readout: readoutOf(presetSettings.standard, resolution), method, chunk: count });
  const start = (performance.now() - began) / 1000;
  try {
    const tangent = method === 'central' ? 2 * forward : (await secondsOf(() => runner.products(ws, unitTangents(generator, count)))) / count;
    return { method, start, forward, tangent, product: await secondsOfProduct(generator) };
  } finally {
    await runner.release();
  }
}

/** A block of a Jacobian, large enough to keep all cores busy. */
const sampleBlock = { tangents: 256, rows: 2048 };

async function secondsOfProduct({ session }: Generator): Promise<number> {
  const { tangents, rows } = sampleBlock;
  const block = Float32Array.from({ length: tangents * rows }, (_, i) => Math.sin(i));
  const grams = await GramSession.create(session);
  try {
    return (await secondsOf(() => grams.product(block, tangents))) / (rows * tangents ** 2);
  } finally {
    await grams.release();
  }
}

/** What the presets take at that pace, in both spaces where they differ. */
export function estimates(generator: Generator, pace: Pace, budget = defaultMemoryBudget): Estimate[] {
  const presets = Object.keys(presetSettings) as Preset[];
  return presets.flatMap((preset) => {
    const spaces: LatentSpace[] = generator.hasLayers && preset !== 'official' ? ['w', 'w+'] : ['w'];
    return spaces.map((space) => estimate(generator, pace, budget, preset, space));
  });
}

function estimate(generator: Generator, pace: Pace, budget: number, preset: Preset, space: LatentSpace): Estimate {
  const { description, dimensions } = generator;
  const { samples } = presetSettings[preset];
  const readout = readoutOf(presetSettings[preset], description.resolution);
  const tangents = space === 'w' ? dimensions : dimensions * description.edit_layers.length;
  const chunk = Math.min(tangents, pace.method === 'central' ? generator.batch : chunkFor(generator, { memoryBudget: budget }));
  const images = pace.method === 'central' ? 0 : 1;
  const rows = readout.resolution ** 2 * (readout.channels === 'sum' ? 1 : description.channels);
  const perSample = images * pace.forward + tangents * pace.tangent + rows * tangents ** 2 * regionShare * pace.product;
  return {
    preset,
    space,
    samples,
    tangents,
    seconds: pace.start + samples * perSample + tangents ** 3 * solveSeconds + directions * tangentsPerDirection * pace.forward,
    memory: memoryOf(generator, { budget, chunk, tangents, jacobianBytes: tangents * rows * 4 }),
  };
}

/** The Gram matrix of the whole image, and that of a region of some size. */
const regionShare = 1.2;

/** The eigenproblem of n unknowns takes n^3 times as many seconds: its Cholesky factors, which no library computes. */
const solveSeconds = 5e-10;

interface Sizes {
  readonly budget: number;
  /** Tangents of one run. */
  readonly chunk: number;
  /** Tangents of one sample. */
  readonly tangents: number;
  readonly jacobianBytes: number;
}

/** Bytes at the peak: of the process, its weights, a run, the Jacobian, the block of it that is multiplied, and the Gram matrices. */
function memoryOf(generator: Generator, { budget, chunk, tangents, jacobianBytes }: Sizes): number {
  // The image counts as one more tangent. The budget allows for what the thirstiest networks take.
  const run = (chunk + 1) * tangentBytes(generator) * usualShare;
  return processBytes + weightBytes(generator) * weightCopies + run + Math.min(budget, jacobianBytes) + Math.min(gramBlockBytes, jacobianBytes) * blockCopies + gramMatrices * tangents ** 2 * 8;
}

/** Node with ONNX Runtime. */
const processBytes = 100 * 2 ** 20;

/** The file's, and what ONNX Runtime prepares for the image and for its tangents. */
const weightCopies = 4.5;

/** Of the bytes that a tangent is allowed for. */
const usualShare = 0.75;

/** As it is read, in float64, and the region's part of it. */
const blockCopies = 4;

/** Sums, means, and what the eigenproblem makes of them. */
const gramMatrices = 12;

/** Bytes of the synthesis network's weights. */
export function weightBytes({ synthesis }: Generator): number {
  return tensorsOf(graphOf(synthesis)).reduce((total, tensor) => total + tensor.rawData.length + 4 * tensor.floatData.length, 0);
}

/** The median time of some runs; the first one warms up. A single long run is enough. */
async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let spent = 0; times.length < 2 || (spent < patience && times.length < 9); spent += times.at(-1)!) {
    const began = performance.now();
    await run();
    times.push((performance.now() - began) / 1000);
    if (times[0]! > 10 * patience) return times[0]!;
  }
  const warm = times.slice(1).sort((a, b) => a - b);
  return warm[Math.floor(warm.length / 2)]!;
}

async function someCode(generator: Generator): Promise<FloatTensor> {
  return generator.sample([0], generator.description.c_dim > 0 ? { label: 0 } : {});
}

/** Unit tangents [count, L, d] of the edited layers. */
function unitTangents({ description, dimensions, layerCount }: Generator, count: number): FloatTensor {
  const dims = [count, layerCount, dimensions];
  const data = new Float32Array(sizeOf(dims));
  for (let n = 0; n < count; n++) for (const layer of description.edit_layers) data[(n * layerCount + layer) * dimensions + (n % dimensions)] = 1;
  return { data, dims };
}
