import { totalmem } from 'node:os';
import type { JacobianMethod, LatentSpace } from '../../shared/directionFile';
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

/** Larger chunks gain nothing: the primal is long amortised, and the caches are long exceeded. */
const largestChunk = 32;

/** Largest activations that ONNX Runtime's arena holds for each tangent of a run, at the most: it grows by leaps, and 6 to 11 are measured. */
const activationsPerTangent = 11;

/** Takes Jacobians of one generator. The network is compiled once, whatever the number of samples. */
export class JacobianRunner {
  private constructor(
    private readonly generator: Generator,
    private readonly options: JacobianOptions,
    private readonly rowModel: RowModel,
    private readonly session: Session,
    /** Tangents of one run. */
    readonly chunk: number,
  ) {}

  /** @throws MissingRuleError when forward mode is asked for and an operator has no tangent rule. */
  static async create(generator: Generator, options: JacobianOptions): Promise<JacobianRunner> {
    const central = options.method === 'central';
    const rowModel = central ? imageRows(generator, options.readout) : tangentRows(generator, options.layers, options.readout);
    const session = await Session.create(rowModel.model, `the tangents of ${generator.description.name}`, generator.session);
    return new JacobianRunner(generator, options, rowModel, session, options.chunk ?? chunkFor(generator, options));
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
      for (let first = 0; first < this.tangents; first += this.chunk) {
        await breathe(signal);
        const count = Math.min(this.chunk, this.tangents - first);
        await store.write(first, await this.products(ws, this.basis(first, count)));
        onProgress?.({ tangentsDone: first + count, tangents: this.tangents });
      }
      await breathe(signal);
      return store;
    } catch (error) {
      await store.dispose();
      throw error;
    }
  }

  /** Jacobian-vector products: tangents [K, L, d] at `ws` [1, L, d] give [K, rows]. */
  async products(ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    return this.options.method === 'central' ? this.differences(ws, tangents) : this.forward(ws, tangents);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async forward(ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    const { latentInput } = this.generator;
    const { input, output, frozenInput } = this.rowModel;
    const primal = { data: ws.data, dims: latentInput.dims };
    const feeds: Record<string, FloatTensor> = { [input]: { data: tangents.data, dims: [tangents.dims[0]!, ...latentInput.dims] } };
    // A purely linear network needs no primal, and a network that is frozen in part takes the latent twice.
    for (const name of this.session.inputNames) if (name === latentInput.input || name === frozenInput) feeds[name] = primal;
    return (await this.session.run(feeds))[output]!.data;
  }

  /** (G(w + h t) - G(w - h t)) / 2h, with h in units of the tangent's length. */
  private async differences(ws: FloatTensor, tangents: FloatTensor): Promise<Float32Array> {
    const count = tangents.dims[0]!;
    const size = sizeOf(ws.dims);
    const products = new Float32Array(count * this.rows);
    for (let first = 0; first < count; first += this.generator.batch) {
      const group = Array.from({ length: Math.min(this.generator.batch, count - first) }, (_, n) => tangents.data.subarray((first + n) * size, (first + n + 1) * size));
      const steps = group.map((tangent) => differenceStep / Math.max(euclideanNorm(tangent) / Math.sqrt(this.movedLayers), 1e-12));
      const plus = await this.shifted(ws, group, steps);
      const minus = await this.shifted(ws, group, steps.map((step) => -step));
      for (let i = 0; i < plus.length; i++) products[first * this.rows + i] = (plus[i]! - minus[i]!) / (2 * steps[Math.floor(i / this.rows)]!);
    }
    return products;
  }

  /** Rows of the image at `ws` plus each tangent times its step. */
  private async shifted(ws: FloatTensor, tangents: readonly Float32Array[], steps: readonly number[]): Promise<Float32Array> {
    const codes = new Float32Array(tangents.length * ws.data.length);
    tangents.forEach((tangent, n) => {
      for (let i = 0; i < tangent.length; i++) codes[n * tangent.length + i] = ws.data[i]! + steps[n]! * tangent[i]!;
    });
    const { input, output } = this.rowModel;
    const feed = this.generator.latentFeed({ data: codes, dims: [tangents.length, ...ws.dims.slice(1)] }, 0, tangents.length);
    return (await this.session.run({ [input]: feed }))[output]!.data;
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

/** As many tangents as fit the memory budget. */
export function chunkFor(generator: Generator, { memoryBudget = defaultMemoryBudget }: Pick<JacobianOptions, 'memoryBudget'>): number {
  return Math.min(largestChunk, Math.max(1, Math.floor(memoryBudget / tangentBytes(generator))));
}

/** Bytes that one tangent of a run takes. */
export function tangentBytes({ largestActivation }: Generator): number {
  return largestActivation * 4 * activationsPerTangent;
}

function euclideanNorm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
