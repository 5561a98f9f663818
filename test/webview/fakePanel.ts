import { expect, vi } from 'vitest';
import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';
import type { DiscoverRequest, DiscoverUpdate, Discovered, Estimated, Frame, GeneratorInfo, RenderRequest } from '../../src/shared/protocol/engineProtocol';
import type { PageCalls, PageEvents, PanelState } from '../../src/shared/protocol/pageProtocol';
import { Client, Server } from '../../src/shared/protocol/rpc';
import type { Context, Handlers, Port } from '../../src/shared/protocol/rpc';
import type { Region } from '../../src/shared/region';
import { PanelApp } from '../../src/webview/panelApp';

export const box: Region = { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.2 };
export const ellipse: Region = { ...box, shape: 'ellipse' };

export const info: GeneratorInfo = {
  name: 'cats', architecture: 'stylegan2', resolution: 64, dimensions: 4, hasLayers: true, classes: 0, truncates: true, sha256: 'a'.repeat(64), editLayers: [1, 2], regions: { eyes: box },
  layers: [0, 1, 2].map((index) => ({ index, name: `layer${index}`, resolution: 8 })),
};

export const panel: PanelState = {
  version: 1, id: 'panel-1', generator: 'cats', seed: 0, psi: 0.7, space: 'w', preset: 'standard', shape: 'box', regions: [{ name: 'region 1', directions: [], alphas: [] }], active: 0, heat: false, byLocality: false,
};

export function direction(name: string, vector: number[] = [1, 0, 0, 0]): DiscoveredDirection {
  return {
    format: 'resefa-direction', version: 1, name, generator: { name: 'cats', architecture: 'stylegan2', resolution: 64, sha256: info.sha256 }, latent: { space: 'w', dimensions: 4, layers: [1, 2] }, region: box,
    discovery: { seeds: '0-19', truncation: 1, preset: 'standard', jacobianResolution: 64, channels: 'rgb', tau: 1e-3, rank: 1, eigenvalue: 5 }, edit: { alpha: [-6, 6] }, vector,
  };
}

/** A picture that says what it is of. */
export const frameOf = (text: string): Frame => ({ width: 1, height: 1, format: 'rgb', data: new TextEncoder().encode(text) });
export const textOf = (frame: Frame | undefined): string => (frame ? new TextDecoder().decode(frame.data) : 'none');
export const nameOf = ({ sample, edits }: Pick<RenderRequest, 'sample' | 'edits'>) => `seed ${sample.seed}${edits.map(({ alpha }) => ` ${alpha}`).join('')}`;

/** Two ends of one line. Messages arrive later and as copies, as between processes. */
export function line(): [Port, Port] {
  const ends = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()] as const;
  const port = (mine: 0 | 1): Port => ({
    send: (message) => {
      const copy = structuredClone(message);
      setTimeout(() => { for (const listener of ends[mine === 0 ? 1 : 0]) listener(copy); }, 0);
    },
    listen: (listener) => {
      ends[mine].add(listener);
      return () => ends[mine].delete(listener);
    },
  });
  return [port(0), port(1)];
}

type DiscoverHandler = (request: DiscoverRequest, context: Context<DiscoverUpdate>) => Promise<Discovered>;

/** What a discovery takes that nobody begins without being asked. */
export const slow: Estimated = { samples: 20, samplesKnown: 0, firstSeconds: 120, seconds: 2400, exactSeconds: 4, instant: true };

/** A panel whose extension answers as told. */
export function setUp(overrides: Partial<Handlers<PageCalls>> = {}, state: PanelState = panel) {
  const [here, there] = line();
  const rendered: RenderRequest[] = [];
  const stored: PanelState[] = [];
  const handlers: Handlers<PageCalls> = {
    keep: () => undefined,
    start: () => ({ state, generators: [] }),
    open: () => info,
    render: (request) => {
      rendered.push(request);
      return { frame: frameOf(nameOf(request)), ...(request.region ? { change: { inside: 0.02, outside: 0.001 } } : {}) };
    },
    renderBatch: ({ items }, { progress }) => { items.forEach((item, index) => { progress({ index, frame: frameOf(nameOf(item)) }); }); },
    discover: () => Promise.resolve({ directions: [direction('d-1'), direction('d-2')], stopped: false, seeds: '0-19', seconds: 1 }),
    stop: () => undefined,
    follow: () => undefined,
    estimate: () => slow,
    saveDirection: () => ({ name: 'd-1', path: 'directions/cats/d-1.resefa.json' }),
    exportStrip: () => undefined,
    exportAnimation: () => undefined,
    exportPicture: () => undefined,
    chooseGenerator: () => undefined,
    showLog: () => undefined,
    ...overrides,
  };
  const server = new Server<PageCalls, PageEvents>(there, handlers);
  let discoveries = 0;
  const app = new PanelApp(new Client<PageCalls, PageEvents>(here), state, [], (kept) => { stored.push(kept); }, () => `discovery-${++discoveries}`);
  app.begin();
  return { app, server, rendered, stored };
}

export async function ready(overrides: Partial<Handlers<PageCalls>> = {}, state: PanelState = panel) {
  const set = setUp(overrides, state);
  await vi.waitFor(() => { expect(set.app.state.status).toBe('ready'); });
  return set;
}

/** A discovery that the test leads. */
export function leadDiscovery() {
  let lead: { progress: (update: DiscoverUpdate) => void; finish: (found: Discovered) => void; fail: (error: Error) => void; request: DiscoverRequest } | undefined;
  const discover: DiscoverHandler = (request, { progress, signal }) =>
    new Promise((finish, fail) => {
      signal.addEventListener('abort', () => { fail(Object.assign(new Error('cancelled'), { name: 'CancelledError' })); });
      lead = { progress, finish, fail, request };
    });
  return { discover, lead: () => vi.waitUntil(() => lead) };
}
