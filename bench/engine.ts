import { embeddedGenerators } from '../src/engine/paths';
import { engineHandlers } from '../src/engine/service/engineService';
import type { EngineCalls } from '../src/shared/protocol/engineProtocol';
import type { Context, Handlers } from '../src/shared/protocol/rpc';

type Name = keyof EngineCalls;

/** The engine as the panel knows it, without a process around it. */
export class Engine {
  private readonly handlers: Handlers<EngineCalls> = engineHandlers(embeddedGenerators());

  async call<N extends Name>(name: N, params: EngineCalls[N]['params'], onProgress?: (value: EngineCalls[N]['progress']) => void): Promise<EngineCalls[N]['result']> {
    const handler = this.handlers[name] as (params: EngineCalls[N]['params'], context: Context<EngineCalls[N]['progress']>) => Promise<EngineCalls[N]['result']> | EngineCalls[N]['result'];
    return handler(params, { signal: new AbortController().signal, progress: (value) => onProgress?.(value) });
  }
}
