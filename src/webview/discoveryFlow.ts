import { CancelledError } from '../shared/cancelledError';
import type { DirectionFile } from '../shared/directionFile';
import type { DiscoverRequest, DiscoverUpdate, Discovered, GeneratorInfo } from '../shared/protocol/engineProtocol';
import type { PageCalls, PageEvents, PanelState, RegionState } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { Region } from '../shared/region';
import type { DiscoveryState } from './appState';
import { carriedAlphas } from './model/panelEdits';
import { activeRegion, fileNameOf, withRegion } from './model/panelRegions';
import type { PanelStore } from './panelStore';

/** Directions that a discovery keeps. */
const directionCount = 8;

/** While samples come in, thumbnails are made anew at most this often, in milliseconds. */
const thumbnailPause = 1500;

/** A discovery on its way. */
interface RunningDiscovery {
  readonly id: string;
  readonly controller: AbortController;
  /** The region that it is for, which may be renamed meanwhile, and what was known of it before. */
  name: string;
  readonly before: RegionState;
  /** Whether it has shown directions already. */
  improving: boolean;
}

/** What follows from other directions. */
interface Effects {
  editsChanged(): void;
  makeThumbnails(): void;
}

/** Discoveries: at most one at a time, for one of the regions. */
export class DiscoveryFlow {
  private running: RunningDiscovery | undefined;
  private thumbnailsMade = -Infinity;

  /** @param newId makes the names of discoveries */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    private readonly store: PanelStore,
    private readonly effects: Effects,
    private readonly newId: () => string,
  ) {}

  /** Discovers directions for the active region. */
  async start(): Promise<void> {
    const { panel, info } = this.store.state;
    const before = activeRegion(panel);
    const { name, region } = before;
    if (!region || !info || this.running) return;
    const running: RunningDiscovery = { id: this.newId(), controller: new AbortController(), name, before, improving: false };
    const { signal } = running.controller;
    this.running = running;
    this.store.change({ notice: undefined, discovery: startOf(panel.active) });
    const onProgress = (update: DiscoverUpdate) => { if (!signal.aborted) this.follow(update, running); };
    try {
      const found = await this.client.call('discover', requestOf(running.id, panel, info, name, region), { signal, onProgress });
      if (this.running === running) this.finish(found, running);
    } catch (error) {
      if (this.running === running) this.giveUp(error, running);
    } finally {
      if (this.running === running) this.end();
    }
  }

  /** Ends the discovery and keeps what there is. */
  stop(): void {
    const { running } = this;
    const { discovery } = this.store.state;
    if (!running || !discovery) return;
    this.store.change({ discovery: { ...discovery, phase: 'stopping', secondsLeft: undefined } });
    this.store.attempt(() => this.client.call('stop', { id: running.id }));
  }

  /** Ends the discovery; what was there before comes back. */
  cancel(): void {
    this.running?.controller.abort();
  }

  /** The same without waiting for the engine: what the discovery is for goes away. */
  abandon(): void {
    const { running } = this;
    if (!running) return;
    running.controller.abort();
    this.putBack(running);
    this.end();
  }

  /** The name of the region that a discovery runs for. */
  get region(): string | undefined {
    return this.running?.name;
  }

  regionRenamed(from: string, to: string): void {
    if (this.running?.name === from) this.running.name = to;
  }

  /** The regions have been rearranged: a discovery stays with its region, and ends where that is gone. */
  regionsChanged(): void {
    const { discovery, panel } = this.store.state;
    if (!discovery || !this.running) return;
    const region = panel.regions.findIndex(({ name }) => name === this.region);
    if (region < 0) this.abandon();
    else if (region !== discovery.region) this.store.change({ discovery: { ...discovery, region } });
  }

  private follow(update: DiscoverUpdate, running: RunningDiscovery): void {
    const { discovery } = this.store.state;
    if (update.kind === 'note') this.store.change({ notice: { kind: 'warning', text: update.text, actions: [] } });
    if (update.kind === 'progress' && discovery) {
      const phase = discovery.phase === 'stopping' ? 'stopping' : update.phase;
      this.store.change({ discovery: { ...discovery, ...progressOf(update), phase } });
    }
    if (update.kind === 'directions') {
      this.takeDirections(update.directions, running);
      if (performance.now() - this.thumbnailsMade > thumbnailPause) this.makeThumbnails();
    }
  }

  private finish({ directions, stopped, seeds }: Discovered, running: RunningDiscovery): void {
    this.takeDirections(directions, running);
    this.makeThumbnails();
    if (stopped) this.store.inform(`Stopped early: these directions are from the seeds ${seeds}`);
  }

  private giveUp(error: unknown, running: RunningDiscovery): void {
    this.putBack(running);
    this.makeThumbnails();
    if (error instanceof CancelledError) this.store.inform(running.before.directions.length > 0 ? 'Cancelled: the directions of before are back' : 'Cancelled');
    else this.store.fail(error, () => { void this.start(); }, 'Discover again');
  }

  private end(): void {
    this.running = undefined;
    this.store.change({ discovery: undefined });
  }

  private takeDirections(directions: readonly DirectionFile[], running: RunningDiscovery): void {
    const region = this.store.state.panel.regions.find(({ name }) => name === running.name);
    if (region) this.putDirections(running.name, directions, running.improving ? carriedAlphas(region, directions) : directions.map(() => 0));
    running.improving = true;
  }

  private putBack({ name, before, improving }: RunningDiscovery): void {
    if (improving) this.putDirections(name, before.directions, before.alphas);
  }

  private putDirections(name: string, directions: readonly DirectionFile[], alphas: readonly number[]): void {
    const { panel } = this.store.state;
    const index = panel.regions.findIndex((each) => each.name === name);
    if (index < 0) return;
    const edited = panel.regions[index]!.alphas.some((alpha) => alpha !== 0) || alphas.some((alpha) => alpha !== 0);
    this.store.changePanel(withRegion(panel, index, (region) => ({ ...region, directions, alphas })));
    if (edited) this.effects.editsChanged();
  }

  private makeThumbnails(): void {
    this.thumbnailsMade = performance.now();
    this.effects.makeThumbnails();
  }
}

function requestOf(id: string, panel: PanelState, info: GeneratorInfo, name: string, region: Region): DiscoverRequest {
  const { generator, preset, space, layers = info.editLayers, samples, label } = panel;
  return {
    id, generator, region, name: fileNameOf(name), preset, space, layers, count: directionCount,
    ...(samples === undefined ? {} : { seeds: samples === 1 ? '0' : `0-${samples - 1}` }),
    ...(label === undefined ? {} : { label }),
  };
}

function startOf(region: number): DiscoveryState {
  return { region, phase: 'starting', samplesDone: 0, samples: 0, tangentsDone: 0, tangents: 0, fraction: 0, secondsLeft: undefined };
}

function progressOf({ samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft }: Extract<DiscoverUpdate, { kind: 'progress' }>): Omit<DiscoveryState, 'phase' | 'region'> {
  return { samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft };
}
