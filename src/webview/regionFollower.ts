import type { Estimated, FollowRequest, Followed } from '../shared/protocol/engineProtocol';
import { LatestWins } from '../shared/protocol/latestWins';
import type { PageCalls, PageEvents, PanelState, RegionState } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import type { Region } from '../shared/region';
import { UserError } from '../shared/userError';
import type { DirectionBoard } from './directionBoard';
import type { DiscoveryFlow } from './discoveryFlow';
import type { Estimator } from './estimator';
import { isQuick } from './model/estimate';
import { activeRegion } from './model/panelRegions';
import { sameRegion } from './model/regionTools';
import { regionRequest, settingsFit, settingsKey } from './model/requests';
import type { PanelStore } from './panelStore';

/** A region that has directions rests for so many milliseconds before they are measured: the next drag would only break it off. */
const restBeforeMeasuring = 300;

/** While samples come in, the small pictures follow at most this often, in milliseconds. */
const picturePause = 1500;

/** A region whose directions are asked for. */
interface Wish {
  readonly request: FollowRequest;
  /** Of the region. */
  readonly name: string;
  /** Of the settings. */
  readonly key: string;
  /** What comes when the directions are there and the region rests: a discovery, pictures alone, or pictures if it is their time. */
  readonly then: 'discover' | 'rest' | 'pictures';
}

/**
 * Directions that follow the region. While it is drawn, and wherever it has come to rest, they are solved anew from the
 * samples that are known; at rest a discovery begins by itself where it is quick, which completes and measures them.
 */
export class RegionFollower {
  private readonly asking: LatestWins<Wish, Followed | undefined>;
  private drawn: { readonly region: Region | undefined } | undefined;
  private newest: Wish | undefined;
  /** The settings under which nothing is known. */
  private nothingFor = '';
  /** Counts the times that the region was at rest: what was planned for an earlier one is off. */
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private picturesMade = -Infinity;

  /** @param makePictures makes the small pictures that stood still while the region was drawn */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    private readonly store: PanelStore,
    private readonly board: DirectionBoard,
    private readonly discovery: DiscoveryFlow,
    private readonly estimator: Estimator,
    private readonly makePictures: () => void,
  ) {
    this.asking = new LatestWins(({ request }) => this.client.call('follow', request), (followed, wish) => { this.take(followed, wish); }, (error, wish) => { this.failed(error, wish); });
  }

  /** Whether the region is being drawn. */
  get drawing(): boolean {
    return this.drawn !== undefined;
  }

  /** How the active region is while it is being drawn. */
  draw(region: Region | undefined): void {
    if (!this.drawn) this.beginAnew();
    this.drawn = { region };
    if (region) this.ask(region, 'rest');
  }

  /**
   * The active region has come to rest, or another one is active.
   *
   * @param discovers whether a discovery may begin by itself
   */
  rested(discovers = true): void {
    this.drawn = undefined;
    const { panel, info } = this.store.state;
    const { region } = activeRegion(panel);
    if (!region || !info || !isOn(panel) || this.isSettled) this.settle();
    else if (!this.discovery.isQuietlyFor(region)) {
      this.beginAnew();
      if (!this.ask(region, discovers ? 'discover' : 'rest')) this.rest(discovers);
    }
  }

  /** A discovery has samples: something is known now. */
  samplesKnown(): void {
    this.nothingFor = '';
  }

  /** A running discovery, which is for another outline of the region, has one more sample. */
  samplesCame(): void {
    this.samplesKnown();
    const { region } = this.drawn ?? activeRegion(this.store.state.panel);
    if (region && (this.drawn || !this.isSettled)) this.ask(region, 'pictures');
  }

  /** The generator has been opened; samples may be known from an earlier time. */
  begin({ samplesKnown }: Estimated): void {
    const { region, directions } = activeRegion(this.store.state.panel);
    if (samplesKnown > 0 && region && directions.length === 0 && !this.drawn && this.discovery.region === undefined) this.ask(region, 'rest');
  }

  /** What was asked for is of other settings; a discovery that had begun by itself begins anew. */
  settingsChanged(): void {
    const wasDiscovering = this.discovery.isQuiet;
    this.reset();
    if (wasDiscovering) this.planDiscovery(restBeforeMeasuring);
  }

  /** Breaks off what has begun by itself; what is shown stays. */
  breakOff(): void {
    this.cancelPlan();
    this.discovery.breakOff();
  }

  /** Nothing begins by itself any more but what is asked for from now on. */
  cancelPlan(): void {
    this.turn++;
    clearTimeout(this.timer);
    this.say(false);
  }

  /** Forgets everything, for another generator or other settings, or because directions are not to follow any more. */
  reset(): void {
    this.breakOff();
    this.asking.reset();
    this.newest = undefined;
    this.drawn = undefined;
    this.nothingFor = '';
  }

  /** Breaks off what has begun by itself for the sake of what begins now: better directions are still to come, and nothing is to look as if they were not. */
  private beginAnew(): void {
    this.turn++;
    clearTimeout(this.timer);
    this.say(isOn(this.store.state.panel));
    this.discovery.breakOff();
  }

  /** Whether the directions on show are of the region as it is, and final. */
  private get isSettled(): boolean {
    const region = activeRegion(this.store.state.panel);
    return suits(region) && !this.board.isProvisional(region);
  }

  private settle(): void {
    this.cancelPlan();
    this.asking.reset();
    this.newest = undefined;
  }

  /** Asks for the directions of a region; returns whether there is a point. */
  private ask(region: Region, then: Wish['then']): boolean {
    const { panel, info } = this.store.state;
    if (!info || !isOn(panel) || !settingsFit(panel)) return false;
    const key = settingsKey(panel, info);
    if (key === this.nothingFor) return false;
    const { name } = activeRegion(panel);
    this.newest = { request: regionRequest(panel, info, name, region), name, key, then };
    this.say(true);
    this.asking.request(this.newest);
    return true;
  }

  private take(followed: Followed | undefined, wish: Wish): void {
    const { panel } = this.store.state;
    if (!followed) this.nothingFor = wish.key;
    else if (activeRegion(panel).name === wish.name) this.board.show(wish.name, followed.directions, { provisional: true });
    this.answered(wish);
  }

  /** A mistake, such as a region that covers all of the picture, is told by the discovery that comes when the region rests. */
  private failed(error: unknown, wish: Wish): void {
    if (!(error instanceof UserError)) this.nothingFor = wish.key;
    this.answered(wish);
  }

  /** The last one that was asked for is there. */
  private answered(wish: Wish): void {
    if (wish !== this.newest || this.drawn) return;
    if (wish.then === 'pictures') {
      this.say(false);
      if (performance.now() - this.picturesMade > picturePause) this.renew();
    } else this.rest(wish.then === 'discover');
  }

  private rest(discovers: boolean): void {
    const active = activeRegion(this.store.state.panel);
    if (this.board.isProvisional(active)) this.renew();
    if (discovers) this.planDiscovery(suits(active) ? restBeforeMeasuring : 0);
    else this.say(false);
  }

  private renew(): void {
    this.picturesMade = performance.now();
    this.makePictures();
  }

  private planDiscovery(wait: number): void {
    const turn = ++this.turn;
    clearTimeout(this.timer);
    this.say(true);
    this.timer = setTimeout(() => void this.discoverQuietly(turn), wait);
  }

  /** What it takes is asked for each time: what was known may be gone. */
  private async discoverQuietly(turn: number): Promise<void> {
    const estimated = this.mayDiscover ? await this.estimator.ask() : undefined;
    if (turn !== this.turn) return;
    if (estimated && isQuick(estimated) && this.mayDiscover) void this.discovery.start(true);
    this.say(false);
  }

  private get mayDiscover(): boolean {
    return isOn(this.store.state.panel) && !this.isSettled && this.discovery.region === undefined;
  }

  private say(following: boolean): void {
    if (this.store.state.following !== following) this.store.change({ following });
  }
}

/** Whether directions follow the region; they do unless the user says otherwise. */
export function isOn({ follow = true }: PanelState): boolean {
  return follow;
}

/** Whether a region's directions are of its outline. */
function suits({ region, directions }: RegionState): boolean {
  return directions.length > 0 && sameRegion(directions[0]!.region, region);
}
