import { CancelledError } from '../cancelledError';
import { UserError } from '../userError';
import { EngineStoppedError } from './engineStoppedError';

/** One call of an interface, as types: what is given, what comes back, and what is told meanwhile. */
export interface Call<Params, Result, Progress = never> {
  readonly params: Params;
  readonly result: Result;
  readonly progress: Progress;
}

/** An interface: calls by name. */
export type Calls<Interface> = { readonly [Name in keyof Interface]: Call<unknown, unknown, unknown> };

/** A way to the other side. Messages are plain data that structured cloning can take. */
export interface Port {
  /** @param transfer buffers of the message that the sender gives up */
  send(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Returns how to stop listening. */
  listen(listener: (message: unknown) => void): () => void;
}

/** What accompanies a running call. */
export interface Context<Progress> {
  /** Aborted when the caller cancels. */
  readonly signal: AbortSignal;
  readonly progress: (value: Progress) => void;
}

/** What answers the calls of an interface. */
export type Handlers<Interface extends Calls<Interface>> = {
  readonly [Name in keyof Interface]: (
    params: Interface[Name]['params'],
    context: Context<Interface[Name]['progress']>,
  ) => Promise<Interface[Name]['result']> | Interface[Name]['result'];
};

/** Checks of the parameters of each call, for a side that does not trust the other. They throw UserError. */
export type Checks<Interface extends Calls<Interface>> = { readonly [Name in keyof Interface]: (params: unknown) => Interface[Name]['params'] };

/** How a call is made. */
export interface CallOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: Progress) => void) | undefined;
  readonly transfer?: readonly ArrayBuffer[];
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'event'; readonly name: string; readonly value: unknown };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((value: never) => void) | undefined;
}

/** The calling side of an interface, and the listener to the other side's events. */
export class Client<Interface extends Calls<Interface>, Events = object> {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<keyof Events, Set<(value: never) => void>>();
  private readonly stopListening: () => void;
  private lastId = 0;
  private closedBy: Error | undefined;

  constructor(private readonly port: Port) {
    this.stopListening = port.listen((message) => { this.receive(message); });
  }

  /**
   * Calls the other side.
   *
   * @throws what the other side threw (UserError keeps its type); CancelledError once `signal` is aborted and the
   *   other side has stopped; the error given to `close`.
   */
  call<Name extends keyof Interface & string>(method: Name, params: Interface[Name]['params'], options: CallOptions<Interface[Name]['progress']> = {}): Promise<Interface[Name]['result']> {
    const { signal, onProgress, transfer } = options;
    if (this.closedBy) return Promise.reject(this.closedBy);
    if (signal?.aborted) return Promise.reject(new CancelledError());
    const id = ++this.lastId;
    const cancel = () => { this.post({ kind: 'cancel', id }); };
    const answered = new Promise<Interface[Name]['result']>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onProgress });
      this.post({ kind: 'call', id, method, params }, transfer);
    });
    signal?.addEventListener('abort', cancel, { once: true });
    return answered.finally(() => {
      this.pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    });
  }

  /** Listens to an event of the other side; returns how to stop. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const known = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, known.add(listener));
    return () => known.delete(listener);
  }

  /** The number of calls without an answer. */
  get calling(): number {
    return this.pending.size;
  }

  /** Ends the connection: every call without an answer, and every later one, is rejected with `reason`. */
  close(reason: Error): void {
    if (this.closedBy) return;
    this.closedBy = reason;
    this.stopListening();
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }

  private post(message: Message, transfer?: readonly ArrayBuffer[]): void {
    if (!this.closedBy) this.port.send(message, transfer);
  }

  private receive(received: unknown): void {
    if (!isMessage(received)) return;
    if (received.kind === 'event') {
      for (const listener of [...(this.listeners.get(received.name as keyof Events) ?? [])]) listener(received.value as never);
      return;
    }
    const pending = this.pending.get(received.id);
    if (!pending) return;
    if (received.kind === 'progress') pending.onProgress?.(received.value as never);
    if (received.kind === 'result' || received.kind === 'failure') this.pending.delete(received.id);
    if (received.kind === 'result') pending.resolve(received.value);
    if (received.kind === 'failure') pending.reject(revived(received.failure));
  }
}

/** The answering side of an interface. */
export class Server<Interface extends Calls<Interface>, Events = object> {
  private readonly running = new Map<number, AbortController>();
  private readonly stopListening: () => void;
  private disposed = false;

  /**
   * @param checks where given, every call's parameters go through its check first
   * @param onDefect told of every error that is neither a user's mistake nor a cancellation
   */
  constructor(
    private readonly port: Port,
    private readonly handlers: Handlers<Interface>,
    private readonly checks?: Checks<Interface>,
    private readonly onDefect?: (error: unknown) => void,
  ) {
    this.stopListening = port.listen((message) => { this.receive(message); });
  }

  /** Tells the other side something that it did not ask for. */
  emit<Name extends keyof Events & string>(name: Name, value: Events[Name]): void {
    this.post({ kind: 'event', name, value });
  }

  /** Cancels every running call but the one that `signal` belongs to, without a word: for a caller that has begun anew. */
  cancelOthers(signal: AbortSignal): void {
    for (const [id, controller] of this.running) {
      if (controller.signal === signal) continue;
      this.running.delete(id);
      controller.abort();
    }
  }

  /** Stops listening and telling, and cancels what runs. */
  dispose(): void {
    this.disposed = true;
    this.stopListening();
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
  }

  private post(message: Message): void {
    if (!this.disposed) this.port.send(message);
  }

  private receive(received: unknown): void {
    if (!isMessage(received)) return;
    if (received.kind === 'cancel') this.running.get(received.id)?.abort();
    if (received.kind === 'call') void this.answer(received.id, received.method, received.params);
  }

  private async answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    // A page that was loaded again counts from 1 again; nobody waits any more for what it had called before.
    this.running.get(id)?.abort();
    this.running.set(id, controller);
    const tell = (message: Message) => { if (this.running.get(id) === controller) this.post(message); };
    const context = { signal: controller.signal, progress: (value: unknown) => { tell({ kind: 'progress', id, value }); } };
    try {
      tell({ kind: 'result', id, value: await this.handle(method, params, context) });
    } catch (error) {
      if (!isExpected(error)) this.onDefect?.(error);
      this.tellFailure(error, id, tell);
    } finally {
      if (this.running.get(id) === controller) this.running.delete(id);
    }
  }

  /** Where not even a failure can be sent, the other side is gone. */
  private tellFailure(error: unknown, id: number, tell: (message: Message) => void): void {
    try {
      tell({ kind: 'failure', id, failure: failureOf(error) });
    } catch (reason) {
      this.onDefect?.(reason);
    }
  }

  private async handle(method: string, params: unknown, context: Context<unknown>): Promise<unknown> {
    if (!Object.hasOwn(this.handlers, method)) throw new Error(`there is no call ${method}`);
    const name = method as keyof Interface;
    const checked = this.checks ? this.checks[name](params) : params;
    return this.handlers[name](checked, context);
  }
}

/** Whether an error is part of normal use: a mistake of the user, a cancellation, an engine that went away. */
export function isExpected(error: unknown): boolean {
  return error instanceof UserError || error instanceof CancelledError || error instanceof EngineStoppedError;
}

const kinds = ['call', 'cancel', 'progress', 'result', 'failure', 'event'];

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const { kind, id, name, method, failure } = value as { kind: unknown; id?: unknown; name?: unknown; method?: unknown; failure?: unknown };
  if (typeof kind !== 'string' || !kinds.includes(kind)) return false;
  if (kind === 'event') return typeof name === 'string';
  return typeof id === 'number' && (kind !== 'call' || typeof method === 'string') && (kind !== 'failure' || isFailure(failure));
}

function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message, stack } = value as { name?: unknown; message?: unknown; stack?: unknown };
  return typeof name === 'string' && typeof message === 'string' && (stack === undefined || typeof stack === 'string');
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  return { name: error.name, message: error.message, ...(error.stack === undefined || isExpected(error) ? {} : { stack: error.stack }) };
}

function revived({ name, message, stack }: Failure): Error {
  if (name === 'UserError') return new UserError(message);
  if (name === 'CancelledError') return new CancelledError();
  if (name === 'EngineStoppedError') return new EngineStoppedError(message);
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
