import './privacy';
import './precision';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { UserError } from '../../shared/userError';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { modelBytes } from '../onnx/modelFile';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';
import { runtimeOptions } from './providers';
import type { Provider } from './providers';

/** What sessions run on instead of the CPU, and who is told when they cannot. */
export interface Device {
  /** 'cpu' once it has been given up: it is asked at every new session. */
  readonly provider: Provider;
  /** Told in one line why a network goes on with the CPU. */
  readonly fellBack: (reason: string) => void;
}

/** How a session is run. */
export interface SessionOptions {
  /** Threads of one operator; 0 leaves the number to ONNX Runtime (one per physical core). */
  readonly threads?: number;
  /**
   * Whether threads that wait for the others go on turning (default). Faster on a quiet machine; beside a busy editor they
   * take the processor from the thread that they wait for.
   */
  readonly spinning?: boolean;
  /** Off for probing, where every value of the graph must survive; such a session runs on the CPU. */
  readonly optimize?: boolean;
  /** The CPU where left out. */
  readonly device?: Device | undefined;
  /**
   * Whether memory that was taken on the CPU is kept for the next run (default). Without, a run takes less and the network holds none
   * between runs, but the system hands out every large value anew, which may double the time.
   */
  readonly keepsMemory?: boolean;
}

/** How a network is run once. */
export interface RunOptions {
  /** Whether the caller can do with less at once: where memory may have been what was missing, TooMuchAtOnceError is thrown then. */
  readonly mayShrink?: boolean;
}

/** A run failed that may succeed with less at once: memory ran out, or a GPU failed, which rarely tells why. */
export class TooMuchAtOnceError extends UserError {}

/** An output of a network as ONNX Runtime gives it. */
export type TypedTensor = Pick<Tensor, 'data' | 'dims' | 'type'>;

/** ONNX Runtime's own lines on stderr, about failures that are reported as exceptions anyway, are switched off. */
export const quiet = { logSeverityLevel: 4 } as const;

/** What a session that does not run on the CPU needs to go on there. */
interface OnDevice {
  readonly device: Device;
  readonly model: ModelProto;
  readonly options: SessionOptions;
}

/** A model ready to run, on the CPU unless the options say otherwise. `run` blocks the calling thread while the network works. */
export class Session {
  private constructor(
    private inner: InferenceSession,
    private readonly name: string,
    private onDevice?: OnDevice,
  ) {}

  /**
   * Compiles a model. Where the device refuses it, it runs on the CPU, and the device is told.
   *
   * @throws UserError when ONNX Runtime refuses the model on the CPU as well.
   */
  static async create(model: ModelProto, name: string, options: SessionOptions = {}): Promise<Session> {
    const { device, optimize = true } = options;
    if (!device || device.provider === 'cpu' || !optimize) return new Session(await compileOnCpu(model, name, options), name);
    const { provider } = device;
    try {
      return new Session(await compile(model, provider, options), name, { device, model, options });
    } catch (error) {
      const inner = await compileOnCpu(model, name, options);
      device.fellBack(`${provider} cannot load ${name}: ${oneLine(error)}`);
      return new Session(inner, name);
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
   * @throws TooMuchAtOnceError, see RunOptions
   * @throws UserError when ONNX Runtime fails in the network.
   */
  async run(feeds: Readonly<Record<string, FloatTensor>>, options: RunOptions = {}): Promise<Record<string, FloatTensor>> {
    return Object.fromEntries(Object.entries(await this.runTyped(feeds, options)).map(([name, tensor]) => [name, toFloatTensor(tensor)]));
  }

  /**
   * The same without turning the outputs into float32.
   *
   * @throws TooMuchAtOnceError, see RunOptions
   * @throws UserError when ONNX Runtime fails in the network.
   */
  async runTyped(feeds: Readonly<Record<string, FloatTensor>>, { mayShrink = false }: RunOptions = {}): Promise<Record<string, TypedTensor>> {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]));
    const { onDevice } = this;
    return this.inner.run(tensors, quiet).catch((error: unknown) => {
      if (mayShrink && (onDevice !== undefined || isOutOfMemory(error))) throw new TooMuchAtOnceError(`ONNX Runtime cannot run ${this.name} at once: ${oneLine(error)}`);
      if (onDevice !== undefined) return this.runOnCpuInstead(tensors, onDevice, error);
      throw this.runError(error);
    });
  }

  async release(): Promise<void> {
    await this.inner.release();
  }

  /** Runs on the CPU what failed on a device, and stays there. Where it fails there too, it was not the device's fault. */
  private async runOnCpuInstead(tensors: Record<string, Tensor>, { device, model, options }: OnDevice, cause: unknown): Promise<Record<string, TypedTensor>> {
    const { provider } = device;
    const inner = this.onDevice ? await compileOnCpu(model, this.name, options) : this.inner;
    const outputs = await inner.run(tensors, quiet).catch((error: unknown) => {
      throw this.runError(error);
    });
    // Another run may have failed and moved here meanwhile.
    if (this.onDevice === undefined) {
      if (inner !== this.inner) await inner.release();
      return outputs;
    }
    const failed = this.inner;
    this.inner = inner;
    this.onDevice = undefined;
    device.fellBack(`${provider} cannot run ${this.name}: ${oneLine(cause)}`);
    await failed.release().catch(() => undefined);
    return outputs;
  }

  private runError(error: unknown): UserError {
    return new UserError(`ONNX Runtime cannot run ${this.name}: ${oneLine(error)}`);
  }
}

async function compileOnCpu(model: ModelProto, name: string, options: SessionOptions): Promise<InferenceSession> {
  return compile(model, 'cpu', options).catch((error: unknown) => {
    throw new UserError(`ONNX Runtime cannot load ${name}: ${oneLine(error)}`);
  });
}

/** Compiles a model for one provider, without a way back. Throws what ONNX Runtime throws. */
export async function compile(model: ModelProto, provider: Provider, options: SessionOptions = {}): Promise<InferenceSession> {
  return InferenceSession.create(modelBytes(model), {
    executionProviders: runtimeOptions(provider),
    graphOptimizationLevel: options.optimize === false ? 'disabled' : 'all',
    // A planned memory block comes on top of what the first run left in the arena: twice the memory, no speed.
    enableMemPattern: false,
    enableCpuMemArena: options.keepsMemory !== false,
    ...quiet,
    ...threading(options),
  });
}

/** Whether the CPU's allocator is what failed. */
function isOutOfMemory(error: unknown): boolean {
  return /bad_?alloc|bad allocation|failed to allocate|out of memory/i.test(oneLine(error));
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
