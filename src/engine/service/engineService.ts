import type { EngineCalls } from '../../shared/protocol/engineProtocol';
import type { Handlers } from '../../shared/protocol/rpc';
import { fullReport } from '../doctor/report';
import { Discoveries } from './discoveries';
import { exportPicture, exportStrip } from './exports';
import { generatorInfo } from './generatorInfo';
import { importIntoFolder } from './imports';
import { settingsFor } from './modelSettings';
import { OpenGenerators } from './openGenerators';
import { render, renderBatch } from './rendering';

/**
 * What the engine process answers, see EngineCalls.
 *
 * @param embedded the folder of the embedded generators
 */
export function engineHandlers(embedded: string): Handlers<EngineCalls> {
  const generators = new OpenGenerators(embedded);
  const discoveries = new Discoveries(generators);
  return {
    configure: (settings) => { generators.configure(settings); },
    open: ({ generator }) => generators.use(generator, (opened) => generatorInfo(opened.generator)),
    examine: ({ generator }) => generators.use(generator, async (opened) => ({ report: await fullReport(opened.generator) })),
    suggestSettings: async ({ model }) => ({ text: await settingsFor(model) }),
    render: (request) => generators.use(request.generator, (opened) => render(opened, request)),
    renderBatch: (request, context) => generators.use(request.generator, (opened) => renderBatch(opened, request, context)),
    discover: (request, context) => discoveries.discover(request, context),
    follow: () => undefined,
    estimate: () => { throw new Error('not there yet'); },
    solveExactly: () => { throw new Error('not there yet'); },
    clearCache: () => undefined,
    stop: ({ id }) => { discoveries.stop(id); },
    importCheckpoint: async ({ checkpoint, folder, name }, { signal }) => ({ found: await importIntoFolder(checkpoint, folder, name, signal) }),
    strip: (request, { signal }) => generators.use(request.generator, (opened) => exportStrip(opened, request, signal)),
    picture: (request) => generators.use(request.generator, (opened) => exportPicture(opened, request)),
  };
}
