import { fileURLToPath } from 'node:url';
import { engineHandlers } from '../../src/engine/service/engineService';
import type { Providers } from '../../src/engine/service/providers';
import type { EngineCalls } from '../../src/shared/protocol/engineProtocol';
import type { Context, Handlers } from '../../src/shared/protocol/rpc';

/** The folder of the embedded generators. */
export const embedded = fileURLToPath(new URL('../../models/', import.meta.url));

/** The 64 px generator: d = 128, 10 layers of which 2 to 9 are edited. */
export const cat = 'afhq-cat-64';

type Params<Name extends keyof EngineCalls> = EngineCalls[Name]['params'];
type Result<Name extends keyof EngineCalls> = EngineCalls[Name]['result'];
type Progress<Name extends keyof EngineCalls> = EngineCalls[Name]['progress'];

/** The engine without a process around it. */
export class Engine {
  private readonly handlers: Handlers<EngineCalls>;

  constructor(folder = embedded, providers?: Providers) {
    this.handlers = engineHandlers(folder, providers);
  }

  async call<Name extends keyof EngineCalls>(name: Name, params: Params<Name>, onProgress?: (value: Progress<Name>) => void, signal = new AbortController().signal): Promise<Result<Name>> {
    const handler = this.handlers[name] as (params: Params<Name>, context: Context<Progress<Name>>) => Promise<Result<Name>> | Result<Name>;
    return handler(params, { signal, progress: (value) => onProgress?.(value) });
  }
}
