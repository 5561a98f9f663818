import type { DirectionFile, LatentSpace, Preset } from '../shared/direction/directionFile';
import { visibleAlpha } from '../shared/direction/visibleAlpha';
import { largestSeed } from '../shared/numberList';
import { beginningOf, fileNameOf } from '../shared/plainFileName';
import type { StripRequest } from '../shared/protocol/engineProtocol';
import type { GeneratorEntry, PageCalls, PageEvents, PanelState, RegionShape, RegionState } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { Region } from '../shared/region';
import type { App } from './app';
import type { AppState } from './appState';
import { DirectionBoard } from './directionBoard';
import { DiscoveryFlow } from './discoveryFlow';
import { Estimator } from './estimator';
import { History } from './model/history';
import { activeEdits, editedNames, sampleOf } from './model/panelEdits';
import { activeRegion, appended, freeName, freshRegion, nextName, reshaped, restored, withRegion, without, withoutDirections } from './model/panelRegions';
import type { Regions } from './model/panelRegions';
import { PanelStore } from './panelStore';
import { PictureFeed } from './pictureFeed';
import type { Pictures } from './pictureFeed';
import { RegionFollower } from './regionFollower';

/** Samples in the row of other seeds, and in an exported strip beside the one of the panel. */
const otherCount = 8;
const stripOthers = 3;

/** Characters of a proposed file name, without its ending. */
const longestFileName = 80;

/** The page's logic: what a user does turns into calls to the extension, and their answers into state for the views. */
export class PanelApp implements App {
  private readonly store: PanelStore;
  private readonly feed: PictureFeed;
  private readonly board: DirectionBoard;
  private readonly discovery: DiscoveryFlow;
  private readonly estimator: Estimator;
  private readonly follower: RegionFollower;
  private history: History<Regions>;
  private opening = 0;
  /** Regions and directions of generators that were open before in this panel. */
  private readonly left = new Map<string, Regions>();

  /**
   * @param keep takes what the panel comes back with after a reload
   * @param discoveryId makes the names of discoveries
   */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    panel: PanelState,
    generators: readonly GeneratorEntry[],
    keep: (panel: PanelState) => void,
    discoveryId: () => string,
  ) {
    const store = new PanelStore(panel, generators, keep, () => client.call('showLog', {}));
    this.store = store;
    this.history = new History<Regions>(regionsOf(panel));
    this.feed = new PictureFeed(client, () => store.state, (pictures) => { this.takePictures(pictures); }, (error) => { store.fail(error, () => { this.refresh(); }); });
    this.board = new DirectionBoard(store, () => { this.editsFollow(); });
    this.discovery = new DiscoveryFlow(client, store, this.board, {
      makeThumbnails: () => { this.feed.updateThumbnails(); },
      samplesCame: (elsewhere) => { this.samplesCame(elsewhere); },
      ended: (how) => { this.discoveryEnded(how); },
    }, discoveryId);
    this.estimator = new Estimator(client, store, () => this.follower.drawing);
    this.follower = new RegionFollower(client, store, this.board, this.discovery, this.estimator, () => { this.makeSmallPictures(); });
    client.on('generators', (entries) => { store.change({ generators: entries }); });
    client.on('engineStopped', ({ message, hadStarted }) => { this.engineStopped(message, hadStarted); });
    client.on('cacheCleared', () => { this.estimator.settingsChanged(); });
    client.on('applyDirection', ({ generator, direction }) => { void this.applyDirection(generator, direction); });
  }

  get state(): AppState {
    return this.store.state;
  }

  subscribe(listener: (state: AppState, previous: AppState | undefined) => void): void {
    this.store.subscribe(listener);
  }

  /** Opens the generator of the state that the panel starts with. */
  begin(): void {
    if (this.state.panel.generator !== '') void this.open(this.state.panel.generator);
  }

  openGenerator(reference: string): void {
    void this.open(reference);
  }

  chooseGenerator(): void {
    this.store.attempt(async () => {
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
    this.settingsChanged();
  }

  setLayers(layers: readonly number[] | undefined): void {
    this.changeSettings(layers ? { layers } : {}, layers ? [] : ['layers']);
  }

  setSpace(space: LatentSpace): void {
    this.changeSettings({ space });
  }

  setPreset(preset: Preset): void {
    this.changeSettings({ preset });
  }

  setSamples(samples: number | undefined): void {
    this.changeSettings(samples === undefined ? {} : { samples }, samples === undefined ? ['samples'] : []);
  }

  setShape(shape: RegionShape): void {
    this.store.changePanel({ shape });
  }

  setRegion(region: Region | undefined): void {
    const { panel } = this.state;
    this.arrange(withRegion(panel, panel.active, (active) => reshaped(active, region)));
  }

  drawRegion(region: Region | undefined): void {
    this.follower.draw(region);
  }

  leaveRegion(): void {
    if (this.follower.drawing) this.follower.rested();
  }

  setFollowing(on: boolean): void {
    this.store.changePanel(on ? {} : { follow: false }, on ? ['follow'] : []);
    if (on) this.follower.rested();
    else this.follower.reset();
  }

  undo(): void {
    this.travel((history) => history.undo());
  }

  redo(): void {
    this.travel((history) => history.redo());
  }

  selectRegion(index: number): void {
    const { panel } = this.state;
    if (index === panel.active || !panel.regions[index]) return;
    this.rearrange({ ...regionsOf(panel), active: index });
  }

  addRegion(name?: string, region?: Region): void {
    const { panel } = this.state;
    this.arrange(appended(panel, freshRegion(freeName(panel, name ?? nextName(panel)), region)));
  }

  renameRegion(index: number, name: string): void {
    const { panel } = this.state;
    const [wished, present] = [name.trim().slice(0, 100), panel.regions[index]?.name];
    if (wished === '' || wished === present) return;
    const free = freeName(panel, wished, index);
    if (present !== undefined) this.discovery.regionRenamed(present, free);
    this.arrange(withRegion(panel, index, (region) => ({ ...region, name: free })));
  }

  removeRegion(index: number): void {
    if (this.discovery.region === this.state.panel.regions[index]?.name) this.discovery.abandon();
    this.arrange(without(this.state.panel, index));
  }

  useNamedRegion(name: string): void {
    const { panel, info } = this.state;
    const region = info?.regions[name];
    if (!region) return;
    const known = panel.regions.findIndex((each) => each.name === name);
    const unused = activeRegion(panel).directions.length === 0;
    if (known >= 0) this.arrange({ ...withRegion(panel, known, (each) => reshaped(each, region)), active: known });
    else if (unused) this.arrange(withRegion(panel, panel.active, () => freshRegion(name, region)));
    else this.addRegion(name, region);
  }

  discover(): void {
    this.follower.cancelPlan();
    void this.discovery.start();
  }

  stopDiscovery(): void {
    this.discovery.stop();
  }

  cancelDiscovery(): void {
    this.discovery.cancel();
  }

  setAlpha(direction: number, alpha: number): void {
    this.setAlphaOf(this.state.panel.active, direction, alpha);
  }

  setAlphaOf(region: number, direction: number, alpha: number): void {
    const { panel } = this.state;
    this.store.clearError();
    this.store.changePanel(withRegion(panel, region, (each) => ({ ...each, alphas: each.directions.map((_, i) => (i === direction ? alpha : each.alphas[i] ?? 0)) })));
    this.editsChanged();
  }

  release(): void {
    this.feed.release();
  }

  resetEdits(): void {
    const { panel } = this.state;
    this.store.changePanel({ regions: panel.regions.map((region) => ({ ...region, alphas: region.alphas.map(() => 0) })) });
    this.editsChanged();
  }

  setByLocality(byLocality: boolean): void {
    this.store.changePanel({ byLocality });
    this.board.settle();
  }

  holdCards(held: boolean): void {
    this.board.hold(held);
  }

  saveDirection(index: number): void {
    const { panel } = this.state;
    const direction = activeRegion(panel).directions[index];
    if (!direction) return;
    const saved = panel.byLocality && direction.discovery ? { ...direction, discovery: { ...direction.discovery, rankedBy: 'locality' as const } } : direction;
    this.store.attempt(async () => {
      // The extension tells where it went, and offers to open it.
      await this.client.call('saveDirection', { generator: panel.generator, direction: saved });
    });
  }

  setHeat(heat: boolean): void {
    this.store.changePanel({ heat });
    this.feed.updatePicture();
  }

  setComparing(comparing: boolean): void {
    if (comparing !== this.state.comparing) this.store.change({ comparing });
  }

  refreshOtherSamples(): void {
    const seeds = new Set<number>();
    while (seeds.size < otherCount) seeds.add(Math.floor(Math.random() * 10_000));
    this.feed.updateOthers([...seeds]);
  }

  exportStrip(): void {
    const strip = this.sweptEdits();
    if (!strip) return;
    const fileName = `${beginningOf(strip.directions.map(({ direction }) => fileNameOf(direction.name, 'direction')).join('+'), longestFileName)}.png`;
    this.store.attempt(async () => {
      await this.client.call('exportStrip', { ...strip, fileName });
    });
  }

  exportAnimation(): void {
    const strip = this.sweptEdits();
    if (!strip) return;
    this.store.attempt(async () => {
      await this.client.call('exportAnimation', strip);
    });
  }

  /** The edits at hand, or the first direction where no slider is off 0, on some samples; a notice where there is nothing. */
  private sweptEdits(): StripRequest | undefined {
    const { panel, otherSamples } = this.state;
    const directions = panel.regions.flatMap((region) => region.directions.flatMap((direction, i) => (region.alphas[i] ? [{ direction, alpha: region.alphas[i] }] : [])));
    const first = activeRegion(panel).directions[0];
    if (directions.length === 0 && first) directions.push({ direction: first, alpha: first.edit.alpha[1] });
    if (directions.length === 0) {
      this.store.inform('There is nothing to sweep yet: discover directions and move a slider first');
      return undefined;
    }
    const samples = [sampleOf(panel), ...otherSamples.filter(({ seed }) => seed !== panel.seed).slice(0, stripOthers).map(({ seed }) => sampleOf(panel, seed))];
    return { generator: panel.generator, directions, samples };
  }

  exportPicture(): void {
    const { panel } = this.state;
    const edits = activeEdits(panel.regions);
    const fileName = `${beginningOf([`seed${String(panel.seed).padStart(4, '0')}`, ...editedNames(panel.regions).map((name) => fileNameOf(name, 'direction'))].join('-'), longestFileName)}.png`;
    this.store.attempt(async () => {
      await this.client.call('exportPicture', { generator: panel.generator, sample: sampleOf(panel), edits, fileName });
    });
  }

  dismissNotice(): void {
    this.store.change({ notice: undefined });
  }

  /** Makes all pictures anew. */
  private refresh(): void {
    this.store.clearNotice();
    this.feed.updatePicture();
    this.feed.updateThumbnails();
    this.feed.updateOthers(this.otherSeeds());
  }

  private async open(reference: string): Promise<void> {
    const { panel } = this.state;
    const turn = ++this.opening;
    this.discovery.abandon();
    this.follower.reset();
    this.estimator.forget();
    this.feed.reset();
    if (panel.generator !== reference) this.moveTo(reference);
    this.store.change({ info: undefined, notice: undefined, comparing: false });
    try {
      const info = await this.client.call('open', { generator: reference });
      if (turn !== this.opening) return;
      this.store.change({ info });
      this.store.changePanel(...fitting(this.state.panel, info));
      this.refresh();
    } catch (error) {
      if (turn === this.opening) this.store.fail(error, () => { void this.open(reference); });
    }
  }

  /** Leaves the directions of one generator behind and takes up those of another; shapes of regions go along. */
  private moveTo(generator: string): void {
    const { panel } = this.state;
    this.left.set(panel.generator, regionsOf(panel));
    const regions = this.left.get(generator) ?? withoutDirections(panel);
    this.history = new History<Regions>(regions);
    this.store.changePanel({ ...regions, generator }, ['layers', 'label']);
    this.noteHistory();
  }

  private async applyDirection(generator: string, direction: DirectionFile): Promise<void> {
    if (generator !== this.state.panel.generator || !this.state.info) await this.open(generator);
    const { panel } = this.state;
    if (panel.generator !== generator) return;
    const region: RegionState = { name: freeName(panel, direction.name), ...(direction.region ? { region: direction.region } : {}), directions: [direction], alphas: [visibleAlpha(direction)] };
    const unused = panel.regions.length === 1 && !panel.regions[0]!.region && panel.regions[0]!.directions.length === 0;
    this.arrange(unused ? { regions: [region], active: 0 } : appended(panel, region));
  }

  /** A new arrangement of the regions, as a step that can be undone. */
  private arrange(regions: Regions): void {
    this.history = this.historyOfNow().push(regions);
    this.rearrange(regions);
    this.noteHistory();
  }

  /** The history with what has come to the regions since their last arrangement: directions, sliders, another active one. */
  private historyOfNow(): History<Regions> {
    return this.history.replacePresent(regionsOf(this.state.panel));
  }

  private rearrange(regions: Regions): void {
    this.store.clearNotice();
    const { panel } = this.state;
    const edited = editedNames(panel.regions).join() !== editedNames(regions.regions).join();
    const otherDirections = activeRegion(panel).directions !== activeRegion(regions).directions;
    this.store.changePanel(regions);
    this.discovery.regionsChanged();
    this.follower.rested();
    if (edited) this.editsChanged();
    else if (editedNames(regions.regions).length > 0) this.feed.updatePicture();
    if (otherDirections) this.feed.updateThumbnails();
  }

  private travel(step: (history: History<Regions>) => History<Regions>): void {
    if (this.discovery.region !== undefined && !hasRegion(step(this.historyOfNow()).present, this.discovery.region)) this.discovery.abandon();
    this.history = step(this.historyOfNow());
    this.rearrange(restored(this.history.present, this.state.panel));
    this.noteHistory();
  }

  private noteHistory(): void {
    this.store.change({ canUndo: this.history.canUndo, canRedo: this.history.canRedo });
  }

  private changeSample(change: Partial<Pick<PanelState, 'seed' | 'psi' | 'label'>>): void {
    this.store.clearError();
    this.store.changePanel(change);
    this.feed.updatePicture();
    this.feed.updateThumbnails();
    if (change.seed === undefined) this.feed.updateOthers(this.otherSeeds());
  }

  /** Whatever directions depend on beside the region has changed. */
  private changeSettings(change: Partial<PanelState>, remove: readonly (keyof PanelState)[] = []): void {
    this.store.changePanel(change, remove);
    this.settingsChanged();
  }

  private settingsChanged(): void {
    this.follower.settingsChanged();
    this.estimator.settingsChanged();
  }

  private takePictures(pictures: Partial<Pictures>): void {
    const first = this.state.picture === undefined && pictures.picture !== undefined;
    this.store.change(pictures);
    if (first) void this.estimator.ask().then((estimated) => { if (estimated) this.follower.begin(estimated); });
  }

  private samplesCame(elsewhere: boolean): void {
    if (elsewhere || this.follower.drawing) this.follower.samplesCame();
    else this.follower.samplesKnown();
  }

  /** What was cancelled or stopped is not to begin by itself again. */
  private discoveryEnded(how: 'finished' | 'stopped' | 'given up'): void {
    if (how !== 'given up' && !this.follower.drawing) this.follower.rested(how === 'finished');
    this.estimator.soon();
  }

  /** Other directions have come behind sliders that are off 0. While the region is drawn the small pictures stand still. */
  private editsFollow(): void {
    this.feed.updatePicture();
    if (!this.state.following) this.feed.updateOthers(this.otherSeeds());
  }

  private makeSmallPictures(): void {
    this.feed.updateThumbnails();
    if (editedNames(this.state.panel.regions).length > 0) this.feed.updateOthers(this.otherSeeds());
  }

  private editsChanged(): void {
    this.feed.updatePicture();
    this.feed.updateOthers(this.otherSeeds());
  }

  private otherSeeds(): readonly number[] {
    const { otherSamples } = this.state;
    return otherSamples.length > 0 ? otherSamples.map(({ seed }) => seed) : Array.from({ length: otherCount }, (_, i) => i + 1);
  }

  private engineStopped(message: string, hadStarted: boolean): void {
    const discovering = this.state.status === 'discovering';
    const restarts = this.store.tellEngineStopped(message, hadStarted, (anew) => {
      if (!anew) return [{ label: 'Start it again', run: () => { this.refresh(); } }];
      return discovering ? [{ label: 'Discover again', run: () => { this.discover(); } }] : [{ label: 'Go on', run: () => { this.refresh(); } }];
    });
    // A picture starts it anew, but not for ever.
    if (!restarts) return;
    this.feed.updatePicture();
    this.estimator.soon();
  }
}

function hasRegion({ regions }: Regions, wanted: string): boolean {
  return regions.some(({ name }) => name === wanted);
}

function regionsOf({ regions, active }: PanelState): Regions {
  return { regions, active };
}

/** Settings that another generator does not have fall back to its own. */
function fitting(panel: PanelState, info: NonNullable<AppState['info']>): [change: Partial<PanelState>, remove: (keyof PanelState)[]] {
  const layersFit = panel.layers?.every((layer) => layer < info.layers.length) ?? true;
  const change = { space: info.hasLayers ? panel.space : 'w', ...(info.classes > 0 ? { label: Math.min(panel.label ?? 0, info.classes - 1) } : {}) } as const;
  return [change, [...(layersFit ? [] : ['layers' as const]), ...(info.classes > 0 ? [] : ['label' as const])]];
}
