import type { EngineCalls, EngineEvents } from '../../shared/protocol/engineProtocol';
import { Server } from '../../shared/protocol/rpc';
import type { Port } from '../../shared/protocol/rpc';
import { embeddedGenerators } from '../paths';
import { engineHandlers } from './engineService';
import { answerCheck, checkInChild } from './providerCheck';
import { Providers } from './providers';

/** The extension at the other end of the channel that this process was forked with. */
const parent: Port = {
  // A message to a parent that is gone has no reader; `disconnect` ends this process.
  send: (message) => process.send?.(message, undefined, undefined, () => undefined),
  listen: (listener) => {
    process.on('message', listener);
    return () => process.off('message', listener);
  },
};

function report(error: unknown): void {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}

if (answerCheck(process.argv.slice(2))) {
  process.on('disconnect', () => process.exit());
} else if (process.send) {
  process.on('disconnect', () => process.exit());
  process.on('unhandledRejection', report);
  const providers = new Providers(checkInChild(__filename), (status) => { server.emit('provider', status); });
  const server = new Server<EngineCalls, EngineEvents>(parent, engineHandlers(embeddedGenerators(), providers), undefined, report);
} else {
  console.error('this is the engine of the ReSeFa extension, which starts it by itself; on the command line use resefa');
  process.exitCode = 2;
}
