import type { EngineCalls } from '../../shared/protocol/engineProtocol';
import type { Handlers } from '../../shared/protocol/rpc';
import { fullReport } from '../doctor/report';
import { discoverPlan } from './batches';
import { Discoveries } from './discoveries';
import { exportAsArray, importFromArray, shapeOfArray } from './exchange';
import { exportFigure, exportFrames, exportPicture, exportReport, exportStrip, sizeOfFigure } from './exports';
import { generatorInfo } from './generatorInfo';
import { GramStores } from './gramStores';
import { importIntoFolder } from './imports';
import { settingsFor } from './modelSettings';
import { OpenGenerators } from './openGenerators';
import { checkHere } from './providerCheck';
import { Providers } from './providers';
import { render, renderBatch } from './rendering';

/**
 * What the engine process answers, see EngineCalls.
 *
 * @param embedded the folder of the embedded generators
 * @param providers says what generators run on
 */
export function engineHandlers(embedded: string, providers: Providers = new Providers(checkHere)): Handlers<EngineCalls> {
  const generators = new OpenGenerators(embedded, providers);
  const stores = new GramStores((problem) => { console.warn(problem); });
  const discoveries = new Discoveries(generators, stores);
  return {
    configure: (settings) => {
      generators.configure(settings);
      stores.configure(settings);
    },
    open: ({ generator }) => generators.use(generator, (opened) => generatorInfo(opened.generator)),
    examine: ({ generator }) => generators.use(generator, async (opened) => ({ report: await fullReport(opened.generator) })),
    provider: () => providers.status(),
    checkProvider: async ({ provider }) => ({ problem: await providers.problemOf(provider) }),
    suggestSettings: async ({ model }) => ({ text: await settingsFor(model) }),
    render: (request) => generators.use(request.generator, (opened) => render(opened, request)),
    renderBatch: (request, context) => generators.use(request.generator, (opened) => renderBatch(opened, request, context)),
    discover: (request, context) => discoveries.discover(request, context),
    discoverPlan: (request, context) => discoverPlan(generators, embedded, request, context),
    follow: (request) => discoveries.follow(request),
    estimate: (request) => discoveries.estimate(request),
    solveExactly: (request, context) => discoveries.solveExactly(request, context),
    rediscover: (request, context) => discoveries.rediscover(request, context),
    arrayShape: ({ path }) => shapeOfArray(path),
    importDirections: (request, context) => generators.use(request.generator, (opened) => importFromArray(opened.generator, request, context)),
    exportDirections: (request) => exportAsArray(request),
    clearCache: () => stores.clear(),
    stop: ({ id }) => { discoveries.stop(id); },
    importCheckpoint: async ({ checkpoint, folder, name }, { signal }) => ({ found: await importIntoFolder(checkpoint, folder, name, signal) }),
    strip: (request, { signal }) => generators.use(request.generator, (opened) => exportStrip(opened, request, signal)),
    figure: (request, context) => generators.use(request.generator, (opened) => exportFigure(opened, request, context)),
    figureSize: (request) => generators.use(request.generator, (opened) => sizeOfFigure(opened, request)),
    sweepFrames: (request, context) => generators.use(request.generator, (opened) => exportFrames(opened, request, context)),
    report: (request, context) => generators.use(request.generator, (opened) => exportReport(opened, request, context)),
    picture: (request) => generators.use(request.generator, (opened) => exportPicture(opened, request)),
  };
}
