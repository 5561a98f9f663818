import type { JacobianMethod, LatentSpace, Preset } from '../../shared/directionFile';
import { tangentsPerDirection } from '../factorization/discover';
import { JacobianRunner, chunkFor, defaultMemoryBudget, tangentBytes } from '../factorization/jacobian';
import { presetSettings, readoutOf } from '../factorization/presets';
import type { Generator } from '../generators/generator';
import { graphOf, tensorsOf } from '../onnx/graphs';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';

/** How fast a generator runs on this machine. */
export interface Pace {
  readonly method: JacobianMethod;
  /** Seconds for the image of one latent code. */
  readonly forward: number;
  /** Seconds for one tangent of the image, among several. */
  readonly tangent: number;
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
  if (method === 'central') return { method, forward, tangent: 2 * forward };
  const { edit_layers, resolution } = generator.description;
  const count = Math.min(chunkFor(generator, { memoryBudget: budget }), Math.max(1, Math.ceil(patience / forward)));
  const runner = await JacobianRunner.create(generator, { space: 'w', layers: edit_layers, readout: readoutOf(presetSettings.standard, resolution), chunk: count });
  try {
    const run = await secondsOf(() => runner.products(ws, unitTangents(generator, count)));
    // The image itself is computed once in each run.
    return { method, forward, tangent: Math.max(run - forward, run / 4) / count };
  } finally {
    await runner.release();
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
  const chunk = pace.method === 'central' ? generator.batch : chunkFor(generator, { memoryBudget: budget });
  const runs = pace.method === 'central' ? 0 : Math.ceil(tangents / chunk);
  const rows = readout.resolution ** 2 * (readout.channels === 'sum' ? 1 : description.channels);
  const perSample = runs * pace.forward + tangents * pace.tangent;
  return {
    preset,
    space,
    samples,
    tangents,
    seconds: samples * perSample + directions * tangentsPerDirection * pace.forward,
    memory: weightBytes(generator) * weightCopies + chunk * tangentBytes(generator) + Math.min(budget, tangents * rows * 4) + gramMatrices * tangents ** 2 * 8,
  };
}

/** The file's, and the one that ONNX Runtime prepares. */
const weightCopies = 2;

/** Inside and outside, of one sample and summed up. */
const gramMatrices = 4;

/** Bytes of the synthesis network's weights. */
export function weightBytes({ synthesis }: Generator): number {
  return tensorsOf(graphOf(synthesis)).reduce((total, tensor) => total + tensor.rawData.length + 4 * tensor.floatData.length, 0);
}

/** The time of the second run, or of the quickest of some where there is patience for them; the first one warms up. */
async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  let spent = 0;
  for (let i = 0; i < 2 || (spent < patience && i < 8); i++) {
    const began = performance.now();
    await run();
    const seconds = (performance.now() - began) / 1000;
    spent += seconds;
    if (i > 0 || seconds > 10 * patience) best = Math.min(best, seconds);
    if (seconds > 10 * patience) break;
  }
  return best;
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
