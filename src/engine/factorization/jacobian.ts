import { totalmem } from 'node:os';
import type { JacobianMethod, LatentSpace } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';
import { breathe } from '../cancellation';
import type { Generator } from '../generators/generator';
import { Session } from '../runtime/session';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';
import { createJacobianStore } from './jacobianStore';
import type { JacobianStore } from './jacobianStore';
import type { Readout } from './presets';
import { imageRows, tangentRows } from './tangentModel';
import type { RowModel } from './tangentModel';
import { TangentNetwork } from './tangentNetwork';

/** What the Jacobian is taken with respect to, and how. */
export interface JacobianOptions {
  /** One w repeated to all `layers` (d tangents), or one for each of them (layers x d tangents). */
  readonly space: LatentSpace;
  readonly layers: readonly number[];
  readonly readout: Readout;
  /** Forward-mode tangents (default), or central differences. */
  readonly method?: JacobianMethod;
  /** Bytes that one run may take, and the stored Jacobian likewise. Default: a quarter of the machine's memory, 8 GiB at most. */
  readonly memoryBudget?: number | undefined;
  /** Tangents of one run; chosen from the memory budget where left out. */
  readonly chunk?: number;
}

/** What a run tells about itself while it goes on. */
export interface JacobianProgress {
  readonly tangentsDone: number;
  readonly tangents: number;
}

/** Bytes for the tangents of one run, and for a stored Jacobian, where the user does not say. */
export const defaultMemoryBudget = Math.min(2 ** 33, Math.floor(totalmem() / 4));

/** Step of the central differences in units of w. Its error is of second order; float32 forbids much less. */
const differenceStep = 0.002;

/** Larger chunks gain nothing. */
const largestChunk = 32;

/** Numbers that the largest activation of a chunk may have: those of more leave the processor's caches. Networks of 256 px and more take one tangent at a time. */
const chunkFloats = 1.25 * 2 ** 20;

/** Largest activations that ONNX Runtime's arena holds for each tangent of a run, at the most: it grows by leaps, and 6 to 11 are measured. */
const activationsPerTangent = 11;

/** The share of the memory budget that values kept between runs may take: they are there twice when ONNX Runtime hands them over, and the image beside them. */
const heldShare = 0.4;

/** The network of the image, for central differences. */
interface ImageNetwork {
  readonly rows: RowModel;
  readonly session: Session;
}

/** Takes Jacobians of one generator. The network is compiled once, whatever the number of samples. */
export class JacobianRunner {
  private constructor(
    private readonly generator: Generator,
    private readonly options: JacobianOptions,
    private readonly network: TangentNetwork | ImageNetwork,
    /** Tangents of one run, at the most: fewer after one that failed. */
    private chunkNow: number,
  ) {}

  /** @throws MissingRuleError when forward mode is asked for and an operator has no tangent rule. */
  static async create(generator: Generator, options: JacobianOptions): Promise<JacobianRunner> {
    const { memoryBudget = defaultMemoryBudget, chunk, layers, readout } = options;
    if (options.method === 'central') {
      const rows = imageRows(generator, readout);
      const session = await Session.create(rows.model, `the images of ${generator.description.name}`, generator.session);
      return new JacobianRunner(generator, options, { rows, session }, chunk ?? chunkFor(generator, options));
    }
    const network = await TangentNetwork.create(generator, tangentRows(generator, layers, readout), memoryBudget * heldShare);
    return new JacobianRunner(generator, options, network, chunk ?? chunkFor(generator, { memoryBudget: memoryBudget - network.heldBytes }, network.sharesImage));
  }

  /** Tangents of one run. */
  get chunk(): number {
    return this.chunkNow;
  }

  /** The number of unknowns: d, or d for each edited layer. */
  get tangents(): number {
    return this.generator.dimensions * (this.options.space === 'w' ? 1 : this.options.layers.length);
  }

  /** The number of rows of the Jacobian: pixels times channels. */
  get rows(): number {
    const { resolution, channels } = this.options.readout;
    return resolution * resolution * (channels === 'sum' ? 1 : this.generator.description.channels);
  }

  /**
   * The transposed Jacobian at one latent code `ws` [1, L, d], in chunks of tangents.
   *
   * @throws CancelledError between two chunks, when `signal` says so.
   */
  async jacobian(ws: FloatTensor, onProgress?: (progress: JacobianProgress) => void, signal?: AbortSignal): Promise<JacobianStore> {
    const budget = this.options.memoryBudget ?? defaultMemoryBudget;
    const store = await createJacobianStore(this.tangents, this.rows, budget);
    try {
      for (let first = 0; first < this.tangents; ) {
        await breathe(signal);
        const count = Math.min(this.chunk, this.tangents - first);
        await store.write(first, await this.products(ws, this.basis(first, count)));
        first += count;
        onProgress?.({ tangentsDone: first, tangents: this.tangents });
      }
      await breathe(signal);
      if (this.network instanceof TangentNetwork) await this.network.rest();
      return store;
    } catch (error) {
      await store.dispose();
      throw error;
    }
  }

  /** Jacobian-vector products: tangents [K, L, d] at `ws` [1, L, d] give [K, rows]. */
  async products(ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    const { network } = this;
    if (!(network instanceof TangentNetwork)) return this.differences(network, ws, tangents);
    const count = tangents.dims[0]!;
    if (count <= this.chunk) return this.forward(network, ws, tangents);
    const products = new Float32Array(count * this.rows);
    const size = sizeOf(ws.dims);
    for (let first = 0; first < count; ) {
      const taken = Math.min(this.chunk, count - first);
      const some = { data: tangents.data.subarray(first * size, (first + taken) * size), dims: [taken, ...tangents.dims.slice(1)] };
      products.set(await this.forward(network, ws, some), first * this.rows);
      first += taken;
    }
    return products;
  }

  async release(): Promise<void> {
    await (this.network instanceof TangentNetwork ? this.network : this.network.session).release();
  }

  /** One run; where it fails, which too little memory may be the reason for, several smaller ones, and smaller ones from then on. */
  private async forward(network: TangentNetwork, ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    const count = tangents.dims[0]!;
    try {
      return await network.products(ws, tangents, { mayShrink: count > 1 });
    } catch (error) {
      if (count === 1 || !(error instanceof UserError)) throw error;
      this.chunkNow = Math.ceil(count / 2);
      return this.products(ws, tangents);
    }
  }

  /** (G(w + h t) - G(w - h t)) / 2h, with h in units of the tangent's length. */
  private async differences(network: ImageNetwork, ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    const count = tangents.dims[0]!;
    const size = sizeOf(ws.dims);
    const products = new Float32Array(count * this.rows);
    for (let first = 0; first < count; first += this.generator.batch) {
      const group = Array.from({ length: Math.min(this.generator.batch, count - first) }, (_, n) => tangents.data.subarray((first + n) * size, (first + n + 1) * size));
      const steps = group.map((tangent) => differenceStep / Math.max(euclideanNorm(tangent) / Math.sqrt(this.movedLayers), 1e-12));
      const plus = await this.shifted(network, ws, group, steps);
      const minus = await this.shifted(network, ws, group, steps.map((step) => -step));
      for (let i = 0; i < plus.length; i++) products[first * this.rows + i] = (plus[i]! - minus[i]!) / (2 * steps[Math.floor(i / this.rows)]!);
    }
    return products;
  }

  /** Rows of the image at `ws` plus each tangent times its step. */
  private async shifted({ rows: { input, output }, session }: ImageNetwork, ws: FloatTensor, tangents: readonly Float32Array[], steps: readonly number[]): Promise<Float32Array> {
    const codes = new Float32Array(tangents.length * ws.data.length);
    tangents.forEach((tangent, n) => {
      for (let i = 0; i < tangent.length; i++) codes[n * tangent.length + i] = ws.data[i]! + steps[n]! * tangent[i]!;
    });
    const feed = this.generator.latentFeed({ data: codes, dims: [tangents.length, ...ws.dims.slice(1)] }, 0, tangents.length);
    return (await session.run({ [input]: feed }))[output]!.data;
  }

  /** The number of layers that one tangent moves together. */
  private get movedLayers(): number {
    return this.options.space === 'w' ? this.options.layers.length : 1;
  }

  /** Unit tangents `first` to `first + count`, [count, L, d]. */
  private basis(first: number, count: number): FloatTensor {
    const { dimensions, layerCount } = this.generator;
    const { layers, space } = this.options;
    const data = new Float32Array(count * layerCount * dimensions);
    for (let n = 0; n < count; n++) {
      const unknown = first + n;
      const moved = space === 'w' ? layers : [layers[Math.floor(unknown / dimensions)]!];
      for (const layer of moved) data[(n * layerCount + layer) * dimensions + (unknown % dimensions)] = 1;
    }
    return { data, dims: [count, layerCount, dimensions] };
  }
}

/**
 * As many tangents as are fastest, at the most as fit the memory budget.
 *
 * @param sharesImage whether runs at one latent code share the image; each computes its own otherwise, which many tangents make up for
 */
export function chunkFor(generator: Generator, { memoryBudget = defaultMemoryBudget }: Pick<JacobianOptions, 'memoryBudget'>, sharesImage = true): number {
  const fits = Math.min(largestChunk, Math.max(1, Math.floor(memoryBudget / tangentBytes(generator))));
  // The number of tangents is mostly a multiple of a power of two.
  return sharesImage ? 2 ** Math.floor(Math.log2(Math.max(1, Math.min(fits, chunkFloats / generator.largestActivation)))) : fits;
}

/** Bytes that one tangent of a run takes. */
export function tangentBytes({ largestActivation }: Generator): number {
  return largestActivation * 4 * activationsPerTangent;
}

function euclideanNorm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
