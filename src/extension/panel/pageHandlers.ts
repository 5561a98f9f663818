import { basename } from 'node:path';
import type { DiscoverUpdate, GeneratorInfo } from '../../shared/protocol/engineProtocol';
import type { PageCalls, PanelState } from '../../shared/protocol/pageProtocol';
import type { Handlers } from '../../shared/protocol/rpc';
import { openJob } from '../export/exportJob';
import { openExportPage } from '../export/exportPages';
import { chooseGenerator } from '../generators/chooseGenerator';
import { reached } from '../milestones';
import type { Services } from '../services';
import { requireOpenable } from '../workspace/openable';
import { exportPng } from './exportPng';
import { saveDirection } from './saveDirection';

/** The panel that a page is in. */
export interface PageOwner {
  /** @param signal of the call itself; whatever else the page has called is nobody's any more */
  start(signal: AbortSignal): Promise<PageCalls['start']['result']>;
  /** Keeps the page's state. */
  keep(state: PanelState): void;
  /** Told of every generator that the page has opened. */
  opened(reference: string, info: GeneratorInfo): void;
}

/** What answers the page: the engine, for the most part. */
export function pageHandlers(owner: PageOwner, services: Services): Handlers<PageCalls> {
  const { engine, log, work } = services;
  return {
    start: (_params, { signal }) => owner.start(signal),
    keep: ({ state }) => { owner.keep(state); },
    open: async ({ generator }, { signal }) => {
      requireOpenable(generator);
      const info = await work.during(`opening ${basename(generator)}`, () => engine.call('open', { generator }, { signal }));
      owner.opened(generator, info);
      return info;
    },
    render: (params, { signal }) => {
      requireOpenable(params.generator);
      if (params.edits.length > 0) reached('edited');
      return work.during('rendering', () => engine.call('render', params, { signal }));
    },
    renderBatch: (params, { signal, progress }) => {
      requireOpenable(params.generator);
      return work.during('rendering', () => engine.call('renderBatch', params, { signal, onProgress: progress }));
    },
    discover: async (params, { signal, progress }) => {
      requireOpenable(params.generator);
      const discovered = await work.during(`discovering ${params.name}`, (tell) => {
        const onProgress = (update: DiscoverUpdate) => {
          if (update.kind === 'progress') tell(progressText(params.name, update));
          progress(update);
        };
        return engine.call('discover', params, { signal, onProgress });
      });
      reached('discovered');
      return discovered;
    },
    stop: (params, { signal }) => engine.call('stop', params, { signal }),
    follow: (params, { signal }) => {
      requireOpenable(params.generator);
      return engine.call('follow', params, { signal });
    },
    estimate: (params, { signal }) => {
      requireOpenable(params.generator);
      return work.during(`timing ${basename(params.generator)}`, () => engine.call('estimate', params, { signal }));
    },
    saveDirection: async ({ generator, direction }) => {
      requireOpenable(generator);
      const saved = await saveDirection(generator, direction, services);
      if (saved) reached('saved');
      return saved;
    },
    exportStrip: ({ fileName, ...request }, { signal }) => {
      requireOpenable(request.generator);
      return exportPng(fileName, () => work.during('exporting a strip', () => engine.call('strip', request, { signal })));
    },
    exportAnimation: async (edits, { signal }) => { openExportPage(await openJob({ edits }, services, signal), services); },
    exportPicture: ({ fileName, ...request }, { signal }) => {
      requireOpenable(request.generator);
      return exportPng(fileName, () => work.during('exporting a picture', () => engine.call('picture', request, { signal })));
    },
    chooseGenerator: async () => {
      const generator = await chooseGenerator(services);
      return generator === undefined ? undefined : { generator };
    },
    showLog: () => { log.show(); },
  };
}

function progressText(name: string, { phase, samplesDone, samples }: Extract<DiscoverUpdate, { kind: 'progress' }>): string {
  return phase === 'measuring' ? `measuring directions of ${name}` : `discovering ${name}, ${samplesDone} of ${samples} samples`;
}
