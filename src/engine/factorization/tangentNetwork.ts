import { UserError } from '../../shared/userError';
import type { Generator } from '../generators/generator';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { valueInfo } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { graphOf, withGraph } from '../onnx/graphs';
import type { RunOptions, Session } from '../runtime/session';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';
import { CompiledNetwork } from './compiledNetwork';
import { inFastForm, linearRows } from './tangentModel';
import type { RowModel } from './tangentModel';

type Tensors = Readonly<Record<Value, FloatTensor>>;

/**
 * The network of a generator's tangents. On a CPU it is linear, and its factors are kept for the latent code of the last run, as far
 * as memory allows; elsewhere every run computes the image along with its tangents.
 */
export class TangentNetwork {
  /** The latent code of the last run, and the factors there. */
  private last: { readonly code: Float32Array; readonly factors: Tensors } | undefined;

  private constructor(
    private readonly generator: Generator,
    private readonly rows: RowModel,
    private readonly network: CompiledNetwork,
    /** Bytes that are kept for the latent code of the last run. */
    readonly heldBytes: number,
    /** Whether the image is computed once for each latent code, and not in each run. */
    readonly sharesImage: boolean,
    /** Computes what the tangents at one latent code are linear with. */
    private readonly fixed?: CompiledNetwork,
  ) {}

  /**
   * @param budget bytes for what is kept between runs
   * @throws UserError when ONNX Runtime refuses the network.
   */
  static async create(generator: Generator, rows: RowModel, budget: number): Promise<TangentNetwork> {
    const { provider = 'cpu' } = generator.session.device ?? {};
    const fast = provider === 'cpu' ? await TangentNetwork.createFast(generator, rows, budget).catch(unlessRefused) : undefined;
    return fast ?? new TangentNetwork(generator, rows, await CompiledNetwork.open(generator, rows.model), 0, false);
  }

  private static async createFast(generator: Generator, rows: RowModel, budget: number): Promise<TangentNetwork> {
    const linear = linearRows(rows);
    const whole = async (sharesImage: boolean) => new TangentNetwork(generator, rows, await CompiledNetwork.open(generator, inFastForm(rows.model)), 0, sharesImage);
    if (!linear) return whole(true);
    const fixed = await CompiledNetwork.open(generator, withLatentOf(linear.fixed, generator.latentInput.dims), { keepsMemory: generator.largestActivation < activations.medium });
    const { outputShapes } = await fixed.session();
    const heldBytes = 4 * outputShapes.reduce((sum, { dims }) => sum + (isKnown(dims) ? sizeOf(dims) : generator.largestActivation), 0);
    if (heldBytes > budget || isLarge(generator)) await fixed.close();
    if (heldBytes > budget) return whole(false);
    return new TangentNetwork(generator, rows, await CompiledNetwork.open(generator, inFastForm(linear.model)), heldBytes, true, fixed);
  }

  /** Jacobian-vector products: tangents [K, L, d] at `ws` [1, L, d] give [K, rows]. */
  async products(ws: FloatTensor, tangents: FloatTensor, options: RunOptions): Promise<Float32Array> {
    const { latentInput: { input, dims } } = this.generator;
    const code = { data: ws.data, dims };
    const codes = { [input]: code, ...(this.rows.frozenInput === undefined ? {} : { [this.rows.frozenInput]: code }) };
    const factors = this.fixed && await this.factorsAt(this.fixed, ws.data, codes);
    const session = await this.network.session();
    const feeds = { ...codes, ...factors, [this.rows.input]: { data: tangents.data, dims: [tangents.dims[0]!, ...dims] } };
    return (await session.run(readBy(session, feeds), options))[this.rows.output]!.data;
  }

  /** Gives back what a large network took for its runs, which ONNX Runtime does with the network only: the next run starts later. */
  async rest(): Promise<void> {
    if (!this.last || !isLarge(this.generator)) return;
    this.last = undefined;
    await this.network.close();
  }

  async release(): Promise<void> {
    await this.network.close();
    await this.fixed?.close();
    this.last = undefined;
  }

  private async factorsAt(fixed: CompiledNetwork, code: Float32Array, codes: Tensors): Promise<Tensors> {
    if (this.last && isSame(this.last.code, code)) return this.last.factors;
    await this.rest();
    this.last = undefined;
    const session = await fixed.session();
    const factors = await session.run(readBy(session, codes));
    if (isLarge(this.generator)) await fixed.close();
    this.last = { code: code.slice(), factors };
    return factors;
  }
}

/**
 * Floats of the largest activation from which on memory is worth more than the time of what is done once for each latent code: to be
 * handed out every value anew, and to compile both networks anew.
 */
const activations = { medium: 2 ** 22, large: 2 ** 24 } as const;

function isLarge({ largestActivation }: Generator): boolean {
  return largestActivation >= activations.large;
}

/** A network's inputs, all of them latent codes, with the shape of one sample: sizes of what it gives are known then. */
function withLatentOf(model: ModelProto, dims: readonly number[]): ModelProto {
  return withGraph(model, { input: graphOf(model).input.map(({ name }) => valueInfo(name, dims)) });
}

function isKnown(dims: readonly (number | string)[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number' && dim >= 0);
}

/** A linear network takes no latent code, and one of which all layers are edited takes it once. */
function readBy({ inputNames }: Session, feeds: Tensors): Tensors {
  return Object.fromEntries(inputNames.flatMap((name) => (feeds[name] ? [[name, feeds[name]] as const] : [])));
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** What ONNX Runtime refuses in one form it may take in another. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
