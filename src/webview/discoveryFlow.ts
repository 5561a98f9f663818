import { CancelledError } from '../shared/cancelledError';
import type { DirectionFile } from '../shared/direction/directionFile';
import type { DiscoverUpdate, Discovered } from '../shared/protocol/engineProtocol';
import type { PageCalls, PageEvents, RegionState } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { Region } from '../shared/region';
import { UserError } from '../shared/userError';
import type { DiscoveryState } from './appState';
import type { DirectionBoard } from './directionBoard';
import { activeRegion } from './model/panelRegions';
import { sameRegion } from './model/regionTools';
import { regionRequest, settingsKey } from './model/requests';
import type { PanelStore } from './panelStore';

/** While samples come in, thumbnails are made anew at most this often, in milliseconds. */
const thumbnailPause = 1500;

/** The progress of a discovery that was asked for stays for at least so many milliseconds, so that it can be seen. */
const leastShown = 400;

/** A discovery on its way. */
interface RunningDiscovery {
  readonly id: string;
  readonly controller: AbortController;
  /** The region that it is for, which may be renamed meanwhile, and what was known of it before. */
  name: string;
  readonly before: RegionState;
  /** The outline of the region when it began, and the settings. */
  readonly outline: Region;
  readonly settings: string;
  /** Whether it has begun by itself. */
  quiet: boolean;
  /** When it was first seen, in milliseconds. */
  shownAt: number;
  /** Whether it has shown directions already. */
  improving: boolean;
  /** What the user should know of it. */
  note?: string;
}

/** What follows from what a discovery finds. */
interface Effects {
  makeThumbnails(): void;
  /** It has samples; `elsewhere` where the region has another outline by now. */
  samplesCame(elsewhere: boolean): void;
  /** It has ended; `given up` where it has left nothing. */
  ended(how: 'finished' | 'stopped' | 'given up'): void;
}

/** Discoveries: at most one at a time, for one of the regions. */
export class DiscoveryFlow {
  private running: RunningDiscovery | undefined;
  private thumbnailsMade = -Infinity;

  /** @param newId makes the names of discoveries */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    private readonly store: PanelStore,
    private readonly board: DirectionBoard,
    private readonly effects: Effects,
    private readonly newId: () => string,
  ) {}

  /**
   * Discovers directions for the active region. One that is asked for takes the place of one that began by itself, or is
   * that one where it is for the same.
   *
   * @param quiet whether it begins by itself
   */
  async start(quiet = false): Promise<void> {
    const { panel, info } = this.store.state;
    const before = activeRegion(panel);
    const { name, region } = before;
    if (!region || !info || (this.running && (quiet || !this.running.quiet))) return;
    if (this.running && this.isQuietlyFor(region)) {
      this.show(this.running);
      return;
    }
    this.breakOff();
    const running: RunningDiscovery = { id: this.newId(), controller: new AbortController(), name, before, outline: region, settings: settingsKey(panel, info), quiet, shownAt: performance.now(), improving: false };
    const { signal } = running.controller;
    this.running = running;
    this.store.change({ discovery: startOf(panel.active, quiet), ...(quiet ? {} : { notice: undefined }) });
    const onProgress = (update: DiscoverUpdate) => { if (!signal.aborted) this.follow(update, running); };
    try {
      const found = await this.client.call('discover', { ...regionRequest(panel, info, name, region), id: running.id }, { signal, onProgress });
      if (this.running === running) await this.finish(found, running);
    } catch (error) {
      if (this.running === running) this.giveUp(error, running);
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

  /** Ends a discovery that has begun by itself, at once and without a word. What it has shown stays. */
  breakOff(): void {
    if (!this.running?.quiet) return;
    this.running.controller.abort();
    this.end();
  }

  /** The name of the region that a discovery runs for. */
  get region(): string | undefined {
    return this.running?.name;
  }

  /** Whether one runs that has begun by itself. */
  get isQuiet(): boolean {
    return this.running?.quiet === true;
  }

  /** Whether one that has begun by itself runs for the active region with this outline, and for the present settings. */
  isQuietlyFor(outline: Region): boolean {
    const { panel, info } = this.store.state;
    const { running } = this;
    return running?.quiet === true && info !== undefined && running.name === activeRegion(panel).name && sameRegion(running.outline, outline) && running.settings === settingsKey(panel, info);
  }

  regionRenamed(from: string, to: string): void {
    if (this.running?.name === from) this.running.name = to;
  }

  /** The regions have been rearranged: a discovery stays with its region, and ends where that is gone; one that has begun by itself, where that has changed. */
  regionsChanged(): void {
    const { discovery, panel } = this.store.state;
    if (!discovery || !this.running) return;
    const region = panel.regions.findIndex(({ name }) => name === this.region);
    if (region < 0) this.abandon();
    else if (this.running.quiet && !sameRegion(panel.regions[region]!.region, this.running.outline)) this.breakOff();
    else if (region !== discovery.region) this.store.change({ discovery: { ...discovery, region } });
  }

  /** Makes one that has begun by itself one that was asked for. */
  private show(running: RunningDiscovery): void {
    const { discovery } = this.store.state;
    running.quiet = false;
    running.shownAt = performance.now();
    this.store.change({ notice: noticeOf(running), ...(discovery ? { discovery: { ...discovery, quiet: false } } : {}) });
  }

  private follow(update: DiscoverUpdate, running: RunningDiscovery): void {
    const { discovery } = this.store.state;
    if (update.kind === 'note') {
      running.note = update.text;
      if (!running.quiet) this.store.change({ notice: noticeOf(running) });
    }
    if (update.kind === 'progress' && discovery) {
      const phase = discovery.phase === 'stopping' ? 'stopping' : update.phase;
      this.store.change({ discovery: { ...discovery, ...progressOf(update), phase } });
    }
    if (update.kind === 'directions') {
      this.take(update.directions, running);
      if (performance.now() - this.thumbnailsMade > thumbnailPause) this.makeThumbnails();
    }
  }

  private async finish({ directions, stopped, seeds }: Discovered, running: RunningDiscovery): Promise<void> {
    this.take(directions, running, true);
    this.makeThumbnails();
    if (!running.quiet && stopped) this.store.inform(`Stopped early: these directions are from the seeds ${seeds}`);
    const unseen = running.quiet ? 0 : leastShown - (performance.now() - running.shownAt);
    if (unseen > 0) await new Promise((resolve) => { setTimeout(resolve, unseen); });
    if (this.running !== running) return;
    this.end();
    this.effects.ended(stopped ? 'stopped' : 'finished');
  }

  private giveUp(error: unknown, running: RunningDiscovery): void {
    if (running.quiet) {
      this.end();
      if (error instanceof UserError) this.store.inform(error.message);
      return;
    }
    const back = this.putBack(running) && running.before.directions.length > 0;
    this.makeThumbnails();
    this.end();
    if (error instanceof CancelledError) this.store.inform(back ? 'Cancelled: the directions of before are back' : 'Cancelled');
    else this.store.fail(error, () => { void this.start(); }, 'Discover again');
    this.effects.ended('given up');
  }

  private end(): void {
    this.running = undefined;
    this.store.change({ discovery: undefined });
  }

  /** Directions of an earlier outline do not replace those that have followed the region since. */
  private take(directions: readonly DirectionFile[], running: RunningDiscovery, final = false): void {
    const region = this.regionOf(running);
    if (region && !this.board.isAhead(region, running.outline)) {
      this.board.show(running.name, directions, { provisional: running.quiet && !final, strict: final && !running.quiet });
      running.improving = true;
    }
    this.effects.samplesCame(region !== undefined && !sameRegion(region.region, running.outline));
  }

  /** Returns whether the directions of before are there: not where others have followed the region since. */
  private putBack(running: RunningDiscovery): boolean {
    const region = this.regionOf(running);
    if (!region || this.board.isAhead(region, running.outline)) return false;
    if (running.improving) this.board.putBack(running.name, running.before);
    return true;
  }

  private regionOf({ name }: RunningDiscovery): RegionState | undefined {
    return this.store.state.panel.regions.find((each) => each.name === name);
  }

  private makeThumbnails(): void {
    this.thumbnailsMade = performance.now();
    this.effects.makeThumbnails();
  }
}

function noticeOf({ note }: RunningDiscovery) {
  return note === undefined ? undefined : { kind: 'warning', text: note, actions: [] } as const;
}

function startOf(region: number, quiet: boolean): DiscoveryState {
  return { region, quiet, phase: 'starting', samplesDone: 0, samples: 0, tangentsDone: 0, tangents: 0, fraction: 0, secondsLeft: undefined };
}

function progressOf({ samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft }: Extract<DiscoverUpdate, { kind: 'progress' }>): Omit<DiscoveryState, 'phase' | 'region' | 'quiet'> {
  return { samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft };
}
