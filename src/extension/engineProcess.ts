import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { EngineCalls, EngineEvents, EngineSettings, ExecutionProvider, ProviderStatus } from '../shared/protocol/engineProtocol';
import { EngineStoppedError } from '../shared/protocol/engineStoppedError';
import { Client } from '../shared/protocol/rpc';
import type { CallOptions, Port } from '../shared/protocol/rpc';
import { reasonIn } from './startFailure';

/** Where the engine's words go. */
export interface EngineLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface EngineProcessOptions {
  /** The program that is forked. */
  readonly entry: string;
  /** Asked at every start and whenever the settings have changed. */
  readonly settings: () => EngineSettings;
  readonly log: EngineLog;
  /** The runtime; this process's own where left out. */
  readonly execPath?: string;
  /** After a process that could not be started, calls fail at once for so long instead of trying again. */
  readonly retryAfterMilliseconds?: number;
}

/** One life of the process. */
interface Run {
  readonly child: ChildProcess;
  readonly client: Client<EngineCalls, EngineEvents>;
  /** Settled when the process has taken its settings, or ended before. */
  readonly configured: Promise<void>;
  /** The last lines that it wrote to stderr. */
  readonly words: string[];
  started: boolean;
  /** What it computes on. */
  provider: ProviderStatus['provider'];
}

/** How long to wait for the last words of a process that has ended. */
const lastWordsMilliseconds = 500;
const keptWords = 50;

/**
 * The engine in a process of its own, forked at the first call.
 *
 * When the process ends by itself, the calls without an answer are rejected with EngineStoppedError, `onDidStop` is
 * told in one line what happened, and the next call starts a new process.
 */
export class EngineProcess {
  private run: Run | undefined;
  private disposed = false;
  private readonly stopListeners = new Set<(message: string, hadStarted: boolean) => void>();
  private readonly providerListeners = new Set<(status: ProviderStatus) => void>();
  /** Providers that a process ended on, until somebody says that they shall be tried again. */
  private readonly crashed = new Set<ProviderStatus['provider']>();
  private wantedProvider: ExecutionProvider | undefined;
  private failure: { readonly error: EngineStoppedError; readonly until: number } | undefined;

  constructor(private readonly options: EngineProcessOptions) {}

  /** The process that runs now. */
  get pid(): number | undefined {
    return this.run?.child.pid;
  }

  /** Listens to processes that end before their time, those that could not even be started included; returns how to stop. */
  onDidStop(listener: (message: string, hadStarted: boolean) => void): () => void {
    this.stopListeners.add(listener);
    return () => this.stopListeners.delete(listener);
  }

  /** Listens to what the engine computes on; returns how to stop. */
  onProvider(listener: (status: ProviderStatus) => void): () => void {
    this.providerListeners.add(listener);
    return () => this.providerListeners.delete(listener);
  }

  /**
   * Calls the engine, which is started where it does not run.
   *
   * @throws what the engine threw; CancelledError once `signal` is aborted; EngineStoppedError when the process ends
   *   before the answer or cannot be started.
   */
  async call<Name extends keyof EngineCalls>(method: Name, params: EngineCalls[Name]['params'], options: CallOptions<EngineCalls[Name]['progress']> = {}): Promise<EngineCalls[Name]['result']> {
    const run = this.running();
    await run.configured;
    return run.client.call(method, params, options);
  }

  /** Starts the process ahead of the first call. A failure is logged and told to the next call. */
  warmUp(): void {
    try {
      this.running();
    } catch (error) {
      this.options.log.warn(String(error));
    }
  }

  /** Hands the settings to the process, where it runs. */
  settingsChanged(): void {
    if (this.run) this.configure(this.run.client).catch(() => undefined);
  }

  /** Ends the process; the next call starts a new one, also after one that could not be started. */
  restart(reason: string): void {
    this.failure = undefined;
    this.crashed.clear();
    if (this.run) this.end(this.run, reason);
  }

  /** Ends the process for good. */
  dispose(): void {
    this.disposed = true;
    this.stopListeners.clear();
    this.providerListeners.clear();
    if (this.run) this.end(this.run, 'the engine process was shut down');
  }

  private running(): Run {
    if (this.disposed) throw new EngineStoppedError('the engine process was shut down');
    if (this.failure && Date.now() < this.failure.until) throw this.failure.error;
    this.run ??= this.start();
    return this.run;
  }

  private start(): Run {
    const { entry, execPath, log } = this.options;
    const child = fork(entry, [], {
      cwd: dirname(entry),
      serialization: 'advanced',
      execArgv: [],
      // Under VS Code the runtime is Electron's binary, which this turns into Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(execPath === undefined ? {} : { execPath }),
    });
    const client = new Client<EngineCalls, EngineEvents>(portTo(child));
    const run: Run = { child, client, configured: this.configure(client), words: [], started: false, provider: 'cpu' };
    client.on('provider', (status) => {
      run.provider = status.provider;
      for (const listener of this.providerListeners) listener(status);
    });
    // Whoever calls is told of a failure; here it is only noted that there was none.
    run.configured.then(() => { run.started = true; }, () => undefined);
    this.watch(run);
    log.info(`the engine process ${child.pid ?? ''} starts`);
    return run;
  }

  /** An engine that does not take the settings works without them. Rejected when the process ends. */
  private async configure(client: Run['client']): Promise<void> {
    const settings = this.options.settings();
    if (settings.executionProvider !== this.wantedProvider) this.crashed.clear();
    this.wantedProvider = settings.executionProvider;
    try {
      await client.call('configure', { ...settings, ...(this.crashed.size > 0 ? { crashed: [...this.crashed] } : {}) });
    } catch (error) {
      if (error instanceof EngineStoppedError) throw error;
      this.options.log.error(`the engine did not take the settings: ${String(error)}`);
    }
  }

  private watch(run: Run): void {
    const { child, words } = run;
    onLine(child.stdout, (line) => { this.options.log.info(line); });
    onLine(child.stderr, (line) => {
      this.options.log.warn(line);
      words.push(line);
      if (words.length > keptWords) words.shift();
    });
    child.on('error', (error) => {
      this.options.log.warn(error.message);
      if (child.pid === undefined) this.fail(run, error.message);
    });
    child.once('exit', (code, signal) => {
      const cause = signal === null ? `code ${code ?? 'unknown'}` : `signal ${signal}`;
      const ended = () => { this.ended(run, cause); };
      const timer = setTimeout(ended, lastWordsMilliseconds);
      child.once('close', () => {
        clearTimeout(timer);
        ended();
      });
    });
  }

  private ended(run: Run, cause: string): void {
    if (this.run !== run) return;
    if (run.started && run.provider !== 'cpu') this.crashed.add(run.provider);
    if (run.started) this.end(run, `the engine process ended unexpectedly (${cause})`);
    else this.fail(run, reasonIn(run.words) ?? cause);
  }

  private fail(run: Run, reason: string): void {
    const message = `the engine process cannot be started: ${reason}`;
    this.failure = { error: new EngineStoppedError(message), until: Date.now() + (this.options.retryAfterMilliseconds ?? 3000) };
    this.end(run, message);
  }

  private end(run: Run, message: string): void {
    this.run = undefined;
    this.options.log.info(message);
    run.client.close(new EngineStoppedError(message));
    // It owns nothing that needs closing, and a computation would keep it from hearing anything milder.
    run.child.kill('SIGKILL');
    for (const listener of this.stopListeners) listener(message, run.started);
  }
}

function portTo(child: ChildProcess): Port {
  return {
    send: (message) => {
      // The exit of a process that is gone is told on its own.
      if (child.connected) child.send(message as object, () => undefined);
    },
    listen: (listener) => {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
  };
}

function onLine(stream: Readable | null, listener: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', listener);
}
