import './privacy';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { UserError } from '../../shared/userError';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { modelBytes } from '../onnx/modelFile';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';

/** How a session is run. */
export interface SessionOptions {
  /** Threads of one operator; 0 leaves the number to ONNX Runtime (one per physical core). */
  readonly threads?: number;
  /**
   * Whether threads that wait for the others go on turning (default). Faster on a quiet machine; beside a busy editor they
   * take the processor from the thread that they wait for.
   */
  readonly spinning?: boolean;
  /** Off for probing, where every value of the graph must survive. */
  readonly optimize?: boolean;
}

/** An output of a network as ONNX Runtime gives it. */
export type TypedTensor = Pick<Tensor, 'data' | 'dims' | 'type'>;

/** ONNX Runtime's own lines on stderr, about failures that are reported as exceptions anyway, are switched off. */
export const quiet = { logSeverityLevel: 4 } as const;

/** A model ready to run on the CPU. `run` blocks the calling thread while the network works. */
export class Session {
  private constructor(
    private readonly inner: InferenceSession,
    private readonly name: string,
  ) {}

  /**
   * Compiles a model.
   *
   * @throws UserError when ONNX Runtime refuses the model.
   */
  static async create(model: ModelProto, name: string, options: SessionOptions = {}): Promise<Session> {
    const settings: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      graphOptimizationLevel: options.optimize === false ? 'disabled' : 'all',
      // A planned memory block comes on top of what the first run left in the arena: twice the memory, no speed.
      enableMemPattern: false,
      ...quiet,
      ...threading(options),
    };
    try {
      return new Session(await InferenceSession.create(modelBytes(model), settings), name);
    } catch (error) {
      throw new UserError(`ONNX Runtime cannot load ${name}: ${oneLine(error)}`);
    }
  }

  get inputNames(): readonly string[] {
    return this.inner.inputNames;
  }

  /** The shape of each output as far as it is known before a run: sizes, and names for sizes that are free. */
  get outputShapes(): readonly { readonly name: string; readonly dims: readonly (number | string)[] }[] {
    return this.inner.outputMetadata.map((info) => ({ name: info.name, dims: info.isTensor ? info.shape : [''] }));
  }

  /**
   * Runs the network. Outputs are float32, or int64 turned into numbers where the graph computes shapes.
   *
   * @throws UserError when ONNX Runtime fails in the network.
   */
  async run(feeds: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>> {
    return Object.fromEntries(Object.entries(await this.runTyped(feeds)).map(([name, tensor]) => [name, toFloatTensor(tensor)]));
  }

  /**
   * The same without turning the outputs into float32.
   *
   * @throws UserError when ONNX Runtime fails in the network.
   */
  async runTyped(feeds: Readonly<Record<string, FloatTensor>>): Promise<Record<string, TypedTensor>> {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]));
    return this.inner.run(tensors, quiet).catch((error: unknown) => {
      throw new UserError(`ONNX Runtime cannot run ${this.name}: ${oneLine(error)}`);
    });
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}

/** How ONNX Runtime spreads the work of one operator. */
export function threading({ threads, spinning = true }: SessionOptions): InferenceSession.SessionOptions {
  return {
    ...(spinning ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
    ...(threads ? { intraOpNumThreads: threads } : {}),
  };
}

/** The numbers of an output as float32; no copy where they are. */
export function toFloatTensor({ data, dims }: TypedTensor): FloatTensor {
  if (data instanceof Float32Array) return { data, dims };
  const numbers = new Float32Array(sizeOf(dims));
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(data[i]);
  return { data: numbers, dims };
}

/** The first sentence of an exception, without line breaks, and without the place in ONNX Runtime's sources that raised it. */
export function oneLine(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
  return text.replace(/\/onnxruntime_src\/\S+:\d+ .*?\) (?=[A-Z])/, '').slice(0, 300);
}
