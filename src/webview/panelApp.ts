import { CancelledError } from '../shared/cancelledError';
import type { DirectionFile, LatentSpace, Preset } from '../shared/directionFile';
import type { DiscoverUpdate, Discovered } from '../shared/protocol/engineProtocol';
import { EngineStoppedError } from '../shared/protocol/engineStoppedError';
import type { GeneratorEntry, PageCalls, PageEvents, PanelState, RegionShape, RegionState } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { Region } from '../shared/region';
import { UserError } from '../shared/userError';
import type { App } from './app';
import type { AppState, DiscoveryState, Notice, Status } from './appState';
import { History } from './model/history';
import { activeEdits, carriedAlphas, editedNames, sampleOf, visibleAlpha } from './model/panelEdits';
import { activeRegion, appended, fileNameOf, freeName, freshRegion, nextName, reshaped, restored, withRegion, without, withoutDirections } from './model/panelRegions';
import type { Regions } from './model/panelRegions';
import { PictureFeed } from './pictureFeed';

/** Directions that a discovery keeps. */
const directionCount = 8;

/** Samples in the row of other seeds, and in an exported strip beside the one of the panel. */
const otherCount = 8;
const stripOthers = 3;

/** The state is stored after this many milliseconds of rest, and without rest after so many. */
const storing = { rest: 200, longest: 2000 };

/** While samples come in, thumbnails are made anew at most this often. */
const thumbnailPause = 1500;

/** An engine that stops again this soon is not started again by itself. */
const engineRest = 10_000;

const largestSeed = 2 ** 32 - 1;

/** The page's logic: what a user does turns into calls to the extension, and their answers into state for the views. */
export class PanelApp implements App {
  private current: AppState;
  private readonly listeners: ((state: AppState, previous: AppState | undefined) => void)[] = [];
  private readonly feed: PictureFeed;
  private history: History<Regions>;
  private running: { readonly id: string; readonly controller: AbortController } | undefined;
  private opening = 0;
  private storeTimer: ReturnType<typeof setTimeout> | undefined;
  private unstoredSince = Infinity;
  private thumbnailsMade = 0;
  private engineStoppedAt = -Infinity;
  /** Regions and directions of generators that were open before in this panel. */
  private readonly left = new Map<string, Regions>();

  /**
   * @param store keeps the panel's state over reloads
   * @param discoveryId makes the names of discoveries
   */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    panel: PanelState,
    generators: readonly GeneratorEntry[],
    private readonly store: (panel: PanelState) => void,
    private readonly discoveryId: () => string,
  ) {
    this.history = new History<Regions>(regionsOf(panel));
    this.current = withStatus({
      status: 'loading', notice: undefined, generators, info: undefined, panel, picture: undefined, original: undefined, heat: undefined, change: undefined,
      comparing: false, discovery: undefined, thumbnails: [], otherSamples: [], canUndo: false, canRedo: false,
    });
    this.feed = new PictureFeed(client, () => this.current, (pictures) => { this.change(pictures); }, (error) => { this.fail(error, () => { this.refresh(); }); });
    client.on('generators', (entries) => { this.change({ generators: entries }); });
    client.on('engineStopped', ({ message }) => { this.engineStopped(message); });
    client.on('openGenerator', ({ generator }) => { this.openGenerator(generator); });
    client.on('applyDirection', ({ generator, direction }) => { void this.applyDirection(generator, direction); });
  }

  get state(): AppState {
    return this.current;
  }

  subscribe(listener: (state: AppState, previous: AppState | undefined) => void): void {
    this.listeners.push(listener);
    listener(this.current, undefined);
  }

  /** Opens the generator of the state that the panel starts with. */
  begin(): void {
    if (this.current.panel.generator !== '') void this.open(this.current.panel.generator);
  }

  openGenerator(reference: string): void {
    void this.open(reference);
  }

  chooseGenerator(): void {
    this.attempt(async () => {
      const chosen = await this.client.call('chooseGenerator', {});
      if (chosen) await this.open(chosen.generator);
    });
  }

  setSeed(seed: number): void {
    this.changeSample({ seed: Math.min(Math.max(Math.round(seed), 0), largestSeed) });
  }

  setPsi(psi: number): void {
    this.changeSample({ psi });
  }

  setLabel(label: number): void {
    this.changeSample({ label });
  }

  setLayers(layers: readonly number[] | undefined): void {
    this.changePanel(layers ? { layers } : {}, layers ? [] : ['layers']);
  }

  setSpace(space: LatentSpace): void {
    this.changePanel({ space });
  }

  setPreset(preset: Preset): void {
    this.changePanel({ preset });
  }

  setSamples(samples: number | undefined): void {
    this.changePanel(samples === undefined ? {} : { samples }, samples === undefined ? ['samples'] : []);
  }

  setShape(shape: RegionShape): void {
    this.changePanel({ shape });
  }

  setRegion(region: Region | undefined): void {
    const { panel } = this.current;
    this.arrange(withRegion(panel, panel.active, (active) => reshaped(active, region)));
  }

  undo(): void {
    this.travel(this.history.undo());
  }

  redo(): void {
    this.travel(this.history.redo());
  }

  selectRegion(index: number): void {
    const { panel } = this.current;
    if (index === panel.active || !panel.regions[index]) return;
    this.rearrange({ ...regionsOf(panel), active: index });
    this.history = this.history.replacePresent(regionsOf(this.current.panel));
  }

  addRegion(name?: string, region?: Region): void {
    const { panel } = this.current;
    this.arrange(appended(panel, freshRegion(freeName(panel, name ?? nextName(panel)), region)));
  }

  renameRegion(index: number, name: string): void {
    const { panel } = this.current;
    const wished = name.trim().slice(0, 100);
    if (wished === '' || wished === panel.regions[index]?.name) return;
    this.arrange(withRegion(panel, index, (region) => ({ ...region, name: freeName(panel, wished, index) })));
  }

  removeRegion(index: number): void {
    this.arrange(without(this.current.panel, index));
  }

  useNamedRegion(name: string): void {
    const { panel, info } = this.current;
    const region = info?.regions[name];
    if (!region) return;
    const known = panel.regions.findIndex((each) => each.name === name);
    const unused = activeRegion(panel).directions.length === 0;
    if (known >= 0) this.arrange({ ...withRegion(panel, known, (each) => reshaped(each, region)), active: known });
    else if (unused) this.arrange(withRegion(panel, panel.active, () => freshRegion(name, region)));
    else this.addRegion(name, region);
  }

  discover(): void {
    void this.runDiscovery();
  }

  stopDiscovery(): void {
    const { running } = this;
    if (!running || !this.current.discovery) return;
    this.change({ discovery: { ...this.current.discovery, phase: 'stopping', secondsLeft: undefined } });
    this.attempt(() => this.client.call('stop', { id: running.id }));
  }

  cancelDiscovery(): void {
    this.running?.controller.abort();
  }

  setAlpha(direction: number, alpha: number): void {
    this.setAlphaOf(this.current.panel.active, direction, alpha);
  }

  setAlphaOf(region: number, direction: number, alpha: number): void {
    const { panel } = this.current;
    this.clearNotice();
    this.changePanel(withRegion(panel, region, (each) => ({ ...each, alphas: each.directions.map((_, i) => (i === direction ? alpha : each.alphas[i] ?? 0)) })));
    this.editsChanged();
  }

  resetEdits(): void {
    const { panel } = this.current;
    this.changePanel({ regions: panel.regions.map((region) => ({ ...region, alphas: region.alphas.map(() => 0) })) });
    this.editsChanged();
  }

  setByLocality(byLocality: boolean): void {
    this.changePanel({ byLocality });
  }

  saveDirection(index: number): void {
    const { panel } = this.current;
    const direction = activeRegion(panel).directions[index];
    if (!direction) return;
    const discovery = panel.byLocality ? { ...direction.discovery, rankedBy: 'locality' as const } : direction.discovery;
    this.attempt(async () => {
      const saved = await this.client.call('saveDirection', { direction: { ...direction, discovery } });
      if (saved) this.inform(`Saved ${saved.name} in ${saved.path}`);
    });
  }

  setHeat(heat: boolean): void {
    this.changePanel({ heat });
    this.feed.updatePicture();
  }

  setComparing(comparing: boolean): void {
    if (comparing !== this.current.comparing) this.change({ comparing });
  }

  refreshOtherSamples(): void {
    const seeds = new Set<number>();
    while (seeds.size < otherCount) seeds.add(Math.floor(Math.random() * 10_000));
    this.feed.updateOthers([...seeds]);
  }

  exportStrip(): void {
    const { panel, otherSamples } = this.current;
    const directions = panel.regions.flatMap((region) => region.directions.flatMap((direction, i) => (region.alphas[i] ? [{ direction, alpha: region.alphas[i] }] : [])));
    const first = activeRegion(panel).directions[0];
    if (directions.length === 0 && first) directions.push({ direction: first, alpha: first.edit.alpha[1] });
    if (directions.length === 0) {
      this.inform('There is nothing to sweep yet: discover directions and move a slider first');
      return;
    }
    const samples = [sampleOf(panel), ...otherSamples.filter(({ seed }) => seed !== panel.seed).slice(0, stripOthers).map(({ seed }) => sampleOf(panel, seed))];
    const fileName = `${directions.map(({ direction }) => fileNameOf(direction.name)).join('+').slice(0, 100)}.png`;
    this.attempt(async () => {
      await this.client.call('exportStrip', { generator: panel.generator, directions, samples, fileName });
    });
  }

  exportPicture(): void {
    const { panel } = this.current;
    const edits = activeEdits(panel.regions);
    const fileName = `${[`seed${String(panel.seed).padStart(4, '0')}`, ...editedNames(panel.regions).map(fileNameOf)].join('-').slice(0, 100)}.png`;
    this.attempt(async () => {
      await this.client.call('exportPicture', { generator: panel.generator, sample: sampleOf(panel), edits, fileName });
    });
  }

  dismissNotice(): void {
    this.change({ notice: undefined });
  }

  /** Makes all pictures anew. */
  private refresh(): void {
    this.clearNotice();
    this.feed.updatePicture();
    this.feed.updateThumbnails();
    this.feed.updateOthers(this.otherSeeds());
  }

  private async open(reference: string): Promise<void> {
    const { panel } = this.current;
    const turn = ++this.opening;
    this.running?.controller.abort();
    this.feed.reset();
    if (panel.generator !== reference) this.moveTo(reference);
    this.change({ info: undefined, notice: undefined, comparing: false });
    try {
      const info = await this.client.call('open', { generator: reference });
      if (turn !== this.opening) return;
      this.change({ info, panel: fitting(this.current.panel, info) });
      this.storeSoon();
      this.refresh();
    } catch (error) {
      if (turn === this.opening) this.fail(error, () => { void this.open(reference); });
    }
  }

  /** Leaves the directions of one generator behind and takes up those of another; shapes of regions go along. */
  private moveTo(generator: string): void {
    const { panel } = this.current;
    this.left.set(panel.generator, regionsOf(panel));
    const regions = this.left.get(generator) ?? withoutDirections(panel);
    this.history = new History<Regions>(regions);
    this.changePanel({ ...regions, generator }, ['layers', 'label']);
    this.noteHistory();
  }

  private async applyDirection(generator: string, direction: DirectionFile): Promise<void> {
    if (generator !== this.current.panel.generator || !this.current.info) await this.open(generator);
    const { panel } = this.current;
    if (panel.generator !== generator) return;
    const region: RegionState = { name: freeName(panel, direction.name), region: direction.region, directions: [direction], alphas: [visibleAlpha(direction)] };
    const unused = panel.regions.length === 1 && !panel.regions[0]!.region && panel.regions[0]!.directions.length === 0;
    this.arrange(unused ? { regions: [region], active: 0 } : appended(panel, region));
  }

  private async runDiscovery(): Promise<void> {
    const { panel, info } = this.current;
    const { name, region } = activeRegion(panel);
    if (!region || !info || this.running) return;
    const before = activeRegion(panel);
    const target = panel.active;
    const running = { id: this.discoveryId(), controller: new AbortController() };
    this.running = running;
    this.change({ notice: undefined, discovery: startOf(target) });
    const request = {
      id: running.id, generator: panel.generator, region, name: fileNameOf(name), preset: panel.preset, space: panel.space, layers: panel.layers ?? info.editLayers, count: directionCount,
      ...(panel.samples === undefined ? {} : { seeds: panel.samples === 1 ? '0' : `0-${panel.samples - 1}` }),
      ...(panel.label === undefined ? {} : { label: panel.label }),
    };
    let improving = false;
    try {
      const found = await this.client.call('discover', request, {
        signal: running.controller.signal,
        onProgress: (update) => {
          if (this.running !== running || running.controller.signal.aborted) return;
          this.follow(update, before.name, improving);
          improving ||= update.kind === 'directions';
        },
      });
      this.finish(found, before.name, improving);
    } catch (error) {
      this.giveUp(error, before);
    } finally {
      if (this.running === running) this.running = undefined;
      this.change({ discovery: undefined });
    }
  }

  private follow(update: DiscoverUpdate, name: string, improving: boolean): void {
    const { discovery } = this.current;
    if (update.kind === 'note') this.change({ notice: { kind: 'warning', text: update.text, actions: [] } });
    if (update.kind === 'progress' && discovery) {
      const phase = discovery.phase === 'stopping' ? 'stopping' : update.phase;
      this.change({ discovery: { ...discovery, ...progressOf(update), phase } });
    }
    if (update.kind === 'directions') {
      this.takeDirections(name, update.directions, improving);
      if (performance.now() - this.thumbnailsMade > thumbnailPause) this.makeThumbnails();
    }
  }

  private finish({ directions, stopped, seeds }: Discovered, name: string, improving: boolean): void {
    this.takeDirections(name, directions, improving);
    this.makeThumbnails();
    if (stopped) this.inform(`Stopped early: these directions are from the seeds ${seeds}`);
  }

  /** Goes back to the directions of before. */
  private giveUp(error: unknown, before: RegionState): void {
    this.putDirections(before.name, before.directions, before.alphas);
    this.makeThumbnails();
    if (error instanceof CancelledError) this.inform(before.directions.length > 0 ? 'Cancelled: the directions of before are back' : 'Cancelled');
    else this.fail(error, () => { this.discover(); }, 'Discover again');
  }

  private takeDirections(name: string, directions: readonly DirectionFile[], improving: boolean): void {
    const region = this.current.panel.regions.find((each) => each.name === name);
    if (region) this.putDirections(name, directions, improving ? carriedAlphas(region, directions) : directions.map(() => 0));
  }

  private putDirections(name: string, directions: readonly DirectionFile[], alphas: readonly number[]): void {
    const { panel } = this.current;
    const index = panel.regions.findIndex((each) => each.name === name);
    if (index < 0) return;
    const edited = panel.regions[index]!.alphas.some((alpha) => alpha !== 0) || alphas.some((alpha) => alpha !== 0);
    this.changePanel(withRegion(panel, index, (region) => ({ ...region, directions, alphas })));
    if (edited) this.editsChanged();
  }

  private makeThumbnails(): void {
    this.thumbnailsMade = performance.now();
    this.feed.updateThumbnails();
  }

  /** A new arrangement of the regions, as a step that can be undone. */
  private arrange(regions: Regions): void {
    this.clearNotice();
    this.rearrange(regions);
    this.history = this.history.push(regionsOf(this.current.panel));
    this.noteHistory();
  }

  private rearrange(regions: Regions): void {
    const { panel } = this.current;
    const edited = editedNames(panel.regions).join() !== editedNames(regions.regions).join();
    const otherDirections = activeRegion(panel).directions !== activeRegion(regions).directions;
    this.changePanel(regions);
    if (edited) this.editsChanged();
    else if (editedNames(regions.regions).length > 0) this.feed.updatePicture();
    if (otherDirections) this.makeThumbnails();
  }

  private travel(history: History<Regions>): void {
    if (history === this.history) return;
    this.history = history;
    this.rearrange(restored(history.present, this.current.panel));
    this.noteHistory();
  }

  private noteHistory(): void {
    this.change({ canUndo: this.history.canUndo, canRedo: this.history.canRedo });
  }

  private changeSample(change: Partial<Pick<PanelState, 'seed' | 'psi' | 'label'>>): void {
    this.clearNotice();
    this.changePanel(change);
    this.feed.updatePicture();
    this.feed.updateThumbnails();
    if (change.seed === undefined) this.feed.updateOthers(this.otherSeeds());
  }

  private editsChanged(): void {
    this.feed.updatePicture();
    this.feed.updateOthers(this.otherSeeds());
  }

  private otherSeeds(): readonly number[] {
    const { otherSamples } = this.current;
    return otherSamples.length > 0 ? otherSamples.map(({ seed }) => seed) : Array.from({ length: otherCount }, (_, i) => i + 1);
  }

  private engineStopped(message: string): void {
    const { discovery } = this.current;
    const again = performance.now() - this.engineStoppedAt < engineRest;
    this.engineStoppedAt = performance.now();
    const lost = discovery ? 'Nothing is lost but the discovery that ran.' : 'Nothing is lost.';
    if (again) {
      this.change({ notice: { kind: 'error', text: `${sentence(message)} ${lost}`, actions: [{ label: 'Start it again', run: () => { this.refresh(); } }, this.logAction()] } });
      return;
    }
    const actions = discovery ? [{ label: 'Discover again', run: () => { this.discover(); } }] : [{ label: 'Go on', run: () => { this.refresh(); } }];
    this.change({ notice: { kind: 'error', text: `${sentence(message)} It has been started again. ${lost}`, actions: [...actions, this.logAction()] } });
    this.feed.updatePicture();
  }

  /** Shows why something did not work, and a button to try it again. */
  private fail(error: unknown, retry: () => void, label = 'Try again'): void {
    // The event that comes with it says more.
    if (error instanceof EngineStoppedError && performance.now() - this.engineStoppedAt < engineRest) return;
    if (error instanceof CancelledError) return;
    const text = error instanceof Error ? error.message : String(error);
    const known = error instanceof UserError || error instanceof EngineStoppedError;
    this.change({ notice: { kind: 'error', text: known ? sentence(text) : `This should not have happened: ${text}`, actions: [{ label, run: retry }, ...(known ? [] : [this.logAction()])] } });
  }

  private attempt(action: () => Promise<unknown>): void {
    action().catch((error: unknown) => { this.fail(error, () => { this.attempt(action); }); });
  }

  private inform(text: string): void {
    if (this.current.notice?.kind !== 'error') this.change({ notice: { kind: 'info', text, actions: [] } });
  }

  private clearNotice(): void {
    if (this.current.notice) this.change({ notice: undefined });
  }

  private logAction(): Notice['actions'][number] {
    return { label: 'Show log', run: () => { this.attempt(() => this.client.call('showLog', {})); } };
  }

  private changePanel(change: Partial<PanelState>, remove: readonly (keyof PanelState)[] = []): void {
    const panel = { ...this.current.panel, ...change };
    for (const key of remove) Reflect.deleteProperty(panel, key);
    this.change({ panel });
    this.storeSoon();
  }

  private storeSoon(): void {
    const now = performance.now();
    this.unstoredSince = Math.min(this.unstoredSince, now);
    clearTimeout(this.storeTimer);
    this.storeTimer = setTimeout(() => {
      this.unstoredSince = Infinity;
      this.store(this.current.panel);
    }, Math.min(storing.rest, Math.max(0, this.unstoredSince + storing.longest - now)));
  }

  private change(change: Partial<AppState>): void {
    const previous = this.current;
    this.current = withStatus({ ...previous, ...change });
    for (const listener of this.listeners) listener(this.current, previous);
  }
}

function regionsOf({ regions, active }: PanelState): Regions {
  return { regions, active };
}

function withStatus(state: AppState): AppState {
  return { ...state, status: statusOf(state) };
}

function statusOf({ discovery, notice, panel, info, picture }: AppState): Status {
  if (discovery) return 'discovering';
  if (notice?.kind === 'error') return 'error';
  if (panel.generator === '') return 'empty';
  return info && picture ? 'ready' : 'loading';
}

/** Settings that another generator does not have fall back to its own. */
function fitting(panel: PanelState, info: NonNullable<AppState['info']>): PanelState {
  const { layers, label, ...rest } = panel;
  const fits = layers?.every((layer) => layer < info.layers.length) ?? false;
  return {
    ...rest,
    ...(fits && layers ? { layers } : {}),
    ...(info.classes > 0 ? { label: Math.min(label ?? 0, info.classes - 1) } : {}),
    space: info.hasLayers ? panel.space : 'w',
  };
}

function startOf(region: number): DiscoveryState {
  return { region, phase: 'starting', samplesDone: 0, samples: 0, tangentsDone: 0, tangents: 0, fraction: 0, secondsLeft: undefined };
}

function progressOf({ samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft }: Extract<DiscoverUpdate, { kind: 'progress' }>): Omit<DiscoveryState, 'phase' | 'region'> {
  return { samplesDone, samples, tangentsDone, tangents, fraction, secondsLeft };
}

/** A one-line message as a sentence: first letter large, a full stop at the end. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
