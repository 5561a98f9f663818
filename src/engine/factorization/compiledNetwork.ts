import type { Generator } from '../generators/generator';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { Session } from '../runtime/session';
import type { SessionOptions } from '../runtime/session';

/** A network that is compiled when it is needed, and can give back its memory in between. */
export class CompiledNetwork {
  private opened: Promise<Session> | undefined;

  /** @param name - What the network computes, for messages. */
  constructor(private readonly model: ModelProto, private readonly name: string, private readonly options: SessionOptions) {}

  /** @throws UserError when ONNX Runtime refuses the network. */
  static async open(generator: Generator, model: ModelProto, options: SessionOptions = {}): Promise<CompiledNetwork> {
    const network = new CompiledNetwork(model, `the tangents of ${generator.description.name}`, { ...generator.session, ...options });
    await network.session();
    return network;
  }

  /** @throws UserError when ONNX Runtime refuses the network. */
  async session(): Promise<Session> {
    this.opened ??= Session.create(this.model, this.name, this.options);
    return this.opened;
  }

  /** Frees its memory; it is compiled anew when it is needed again. */
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    await (await opened)?.release();
  }
}
