import { describe, expect, it, vi } from 'vitest';
import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';
import type { BatchRequest, DiscoverRequest, DiscoverUpdate, Discovered, Estimated, FollowRequest, Followed } from '../../src/shared/protocol/engineProtocol';
import type { PageCalls, PanelState } from '../../src/shared/protocol/pageProtocol';
import type { Context, Handlers } from '../../src/shared/protocol/rpc';
import type { Region } from '../../src/shared/region';
import { UserError } from '../../src/shared/userError';
import { direction, panel, ready, slow } from './fakePanel';

const boxAt = (x: number): Region => ({ shape: 'box', x, y: 0.4, width: 0.2, height: 0.2 });

const quick: Estimated = { samples: 20, samplesKnown: 0, firstSeconds: 0.3, seconds: 5, exactSeconds: 4, instant: true };

/** Directions of a region that turn a little as it moves to the right, their vectors pointing any way. */
function directionsOf(region: Region, name: string, more: { readonly grams?: 'tiles'; readonly locality?: number } = {}): DiscoveredDirection[] {
  const { x } = region as { x: number };
  const flip = Math.round(x * 100) % 2 === 0 ? 1 : -1;
  const [c, s] = [Math.cos(x), Math.sin(x)];
  return [[c, s, 0, 0], [-s, c, 0, 0]].map((vector, i) => {
    const base = direction(`${name}-${i + 1}`, vector.map((component) => flip * component));
    return {
      ...base, region,
      discovery: { ...base.discovery, rank: i + 1, eigenvalue: 10 / (i + 1), ...(more.grams ? { grams: more.grams } : {}) },
      ...(more.locality ? { metrics: { seeds: '100-107', alpha: 2, insideMse: 0.02, outsideMse: 0.02 / more.locality } } : {}),
    };
  });
}

interface LedDiscovery {
  readonly request: DiscoverRequest;
  readonly signal: AbortSignal;
  /** Tells the directions of its region, as after a sample. */
  sample(): void;
  tell(update: DiscoverUpdate): void;
  /** Ends it with measured directions. */
  finish(more?: Partial<Discovered>): void;
  fail(error: Error): void;
}

/** An engine that knows samples once a discovery has told of one, and whose discoveries the test leads. */
class FakeEngine {
  samplesKnown = 0;
  estimated = quick;
  readonly follows: FollowRequest[] = [];
  readonly estimates: unknown[] = [];
  readonly discoveries: LedDiscovery[] = [];
  readonly batches: BatchRequest[] = [];
  answer = (request: FollowRequest): Followed | undefined => (this.samplesKnown > 0 ? { directions: directionsOf(request.region, request.name, { grams: 'tiles' }), seeds: '0-19' } : undefined);

  readonly handlers: Partial<Handlers<PageCalls>> = {
    follow: (request) => {
      this.follows.push(request);
      return this.answer(request);
    },
    estimate: (request) => {
      this.estimates.push(request);
      return { ...this.estimated, samplesKnown: this.samplesKnown };
    },
    discover: (request, context) => this.discover(request, context),
    renderBatch: (request) => { this.batches.push(request); },
  };

  get thumbnails(): BatchRequest[] {
    return this.batches.filter(({ size }) => size === 128);
  }

  get latest(): LedDiscovery {
    return this.discoveries.at(-1)!;
  }

  private discover(request: DiscoverRequest, { signal, progress }: Context<DiscoverUpdate>): Promise<Discovered> {
    return new Promise((finish, fail) => {
      signal.addEventListener('abort', () => { fail(Object.assign(new Error('cancelled'), { name: 'CancelledError' })); });
      this.discoveries.push({
        request, signal, fail,
        tell: progress,
        sample: () => {
          this.samplesKnown++;
          progress({ kind: 'directions', directions: directionsOf(request.region, request.name) });
        },
        finish: (more) => {
          this.samplesKnown = 20;
          finish({ directions: directionsOf(request.region, request.name, { locality: 9 }), stopped: false, seeds: '0-19', seconds: 1, ...more });
        },
      });
    });
  }
}

type App = Awaited<ReturnType<typeof ready>>['app'];

async function setUp(engine = new FakeEngine(), state: PanelState = panel) {
  const set = await ready(engine.handlers, state);
  return { ...set, engine };
}

/** A panel whose only region has been discovered by itself. */
async function discovered(state: PanelState = panel) {
  const set = await setUp(new FakeEngine(), state);
  set.app.setRegion(boxAt(0.1));
  await began(set.engine, 1);
  set.engine.latest.sample();
  set.engine.latest.finish();
  await vi.waitFor(() => { expect(set.app.state.discovery).toBeUndefined(); });
  expect(region(set.app).directions).toHaveLength(2);
  return set;
}

const region = (app: App, index = app.state.panel.active) => app.state.panel.regions[index]!;
const shownX = (app: App) => (region(app).directions[0]?.region as { x: number } | undefined)?.x;
const measured = (app: App) => region(app).directions.every(({ metrics }) => metrics);
const began = (engine: FakeEngine, count: number) => vi.waitFor(() => { expect(engine.discoveries).toHaveLength(count); });
const pause = (milliseconds: number) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** Moves the region from one place to another and lets go there, unless it is to stay in the hand. */
async function drag(app: App, from: number, to: number, letGo = true): Promise<void> {
  const steps = 30;
  for (let i = 1; i <= steps; i++) {
    app.drawRegion(boxAt(from + ((to - from) * i) / steps));
    if (i % 10 === 0) await pause(2);
  }
  if (letGo) app.setRegion(boxAt(to));
}

describe('a region that is drawn where nothing is known', () => {
  it('is discovered by itself where that is quick, without a bar', async () => {
    const { app, engine } = await setUp();
    await drag(app, 0, 0.1);
    await began(engine, 1);
    expect(engine.latest.request).toMatchObject({ region: boxAt(0.1), name: 'region-1', preset: 'standard', count: 8 });
    expect(app.state).toMatchObject({ status: 'ready', discovery: { quiet: true, region: 0 } });
    engine.latest.sample();
    await vi.waitFor(() => { expect(region(app).directions).toHaveLength(2); });
    expect(app.state.status).toBe('ready');
    engine.latest.finish();
    await vi.waitFor(() => { expect(app.state.discovery).toBeUndefined(); });
    expect(measured(app)).toBe(true);
    expect(app.state.notice).toBeUndefined();
    await pause(400);
    expect(engine.discoveries).toHaveLength(1);
  });

  it('is asked for once while it is drawn, not at every move', async () => {
    const { app, engine } = await setUp();
    await drag(app, 0, 0.1, false);
    await vi.waitFor(() => { expect(engine.follows.length).toBeGreaterThan(0); });
    await pause(20);
    const asked = engine.follows.length;
    expect(asked).toBeLessThan(5);
    await drag(app, 0.1, 0.3, false);
    await pause(20);
    expect(engine.follows).toHaveLength(asked);
  });

  it('waits for Discover where that takes long, which says how long', async () => {
    const engine = new FakeEngine();
    engine.estimated = slow;
    const { app } = await setUp(engine);
    await vi.waitFor(() => { expect(app.state.estimate).toEqual(slow); });
    expect(engine.estimates[0]).toEqual({ generator: 'cats', preset: 'standard', space: 'w', layers: [1, 2], count: 8 });
    app.setRegion(boxAt(0.1));
    await vi.waitFor(() => { expect(app.state.following).toBe(false); });
    await pause(30);
    expect(engine.discoveries).toHaveLength(0);
  });

  it('is not told of as waiting for Discover until it is known whether a discovery begins by itself', async () => {
    let answer: (estimated: Estimated) => void = () => undefined;
    const { app } = await ready({ estimate: () => new Promise<Estimated>((resolve) => { answer = resolve; }) });
    for (const x of [0.1, 0.2]) {
      app.setRegion(boxAt(x));
      expect(app.state.following).toBe(true);
      await vi.waitFor(() => { answer(slow); expect(app.state.following).toBe(false); });
    }
    expect(app.state.discovery).toBeUndefined();
  });

  it('waits for Discover where an estimate cannot be had, without a word', async () => {
    const engine = new FakeEngine();
    const { app } = await ready({ ...engine.handlers, estimate: () => { throw new UserError('no'); } });
    app.setRegion(boxAt(0.1));
    await pause(50);
    expect(engine.discoveries).toHaveLength(0);
    expect(app.state).toMatchObject({ notice: undefined, following: false });
  });

  it('is told of where the discovery says what is wrong with it, beside Discover', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    engine.latest.fail(new UserError('the region covers the whole image: draw it smaller'));
    await vi.waitFor(() => { expect(app.state.notice).toEqual({ kind: 'info', text: 'the region covers the whole image: draw it smaller', actions: [] }); });
    expect(app.state.status).toBe('ready');
    await pause(50);
    expect(engine.discoveries).toHaveLength(1);
  });

  it('is not waited for by a discovery that begins by itself when it is cleared or its generator goes', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    app.setRegion(undefined);
    await vi.waitFor(() => { expect(engine.latest.signal.aborted).toBe(true); });
    app.undo();
    await began(engine, 2);
    app.openGenerator('dogs');
    await vi.waitFor(() => { expect(engine.latest.signal.aborted).toBe(true); });
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    await pause(50);
    expect(app.state).toMatchObject({ discovery: undefined, following: false, panel: { regions: [{ directions: [] }] } });
    expect(engine.discoveries).toHaveLength(2);
  });
});

describe('directions', () => {
  it('follow the region while it is dragged, one request at a time, and end where it ends', async () => {
    const { app, engine } = await discovered();
    engine.follows.length = 0;
    const seen = new Set<number | undefined>();
    app.subscribe(() => seen.add(shownX(app)));
    await drag(app, 0.1, 0.4);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    expect(engine.follows.length).toBeLessThan(15);
    expect(seen.size).toBeGreaterThan(2);
    expect(region(app).directions.map(({ discovery }) => discovery!.grams)).toEqual(['tiles', 'tiles']);
    expect(app.state.panel.regions[0]!.region).toEqual(boxAt(0.4));
  });

  it('carry a slider along, which points the same way all the time: the picture follows', async () => {
    const { app, rendered } = await discovered();
    app.setAlpha(0, 2);
    const [first] = region(app).directions;
    await drag(app, 0.1, 0.4);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    expect(region(app).alphas).toEqual([2, 0]);
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(dot(first!.vector as number[], region(app).directions[0]!.vector as number[])).toBeGreaterThan(0.9);
    await vi.waitFor(() => { expect(Array.from(rendered.at(-1)!.edits[0]!.rows[0]!)).toEqual(Array.from(Float32Array.from(region(app).directions[0]!.vector as number[]))); });
    expect(rendered.at(-1)!.edits[0]!.alpha).toBe(2);
  });

  it('leave the small pictures alone until the region rests', async () => {
    const { app, engine } = await discovered();
    app.setAlpha(0, 2);
    await pause(350);
    engine.batches.length = 0;
    await drag(app, 0.1, 0.4, false);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    await pause(350);
    expect(engine.batches).toEqual([]);
    app.setRegion(boxAt(0.4));
    await vi.waitFor(() => { expect(engine.thumbnails.length).toBeGreaterThan(0); });
    await vi.waitFor(() => { expect(engine.batches.some(({ size }) => size !== 128)).toBe(true); });
  });

  it('are completed and measured when the region has come to rest', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.4);
    await began(engine, 2);
    expect(engine.latest.request.region).toEqual(boxAt(0.4));
    expect(app.state).toMatchObject({ status: 'ready', discovery: { quiet: true } });
    engine.latest.finish();
    await vi.waitFor(() => { expect(measured(app)).toBe(true); });
    expect(shownX(app)).toBe(0.4);
  });

  it('stay when the next drag breaks that off', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.3);
    await began(engine, 2);
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.3); });
    await drag(app, 0.3, 0.35, false);
    await vi.waitFor(() => { expect(engine.discoveries[1]!.signal.aborted).toBe(true); });
    expect(app.state.discovery).toBeUndefined();
    expect(app.state.notice).toBeUndefined();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.35); });
    await pause(400);
    expect(engine.discoveries).toHaveLength(2);
    app.setRegion(boxAt(0.35));
    await began(engine, 3);
  });

  it('are on their way all the time until they are measured, also where a drag breaks a measurement off', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.3);
    await began(engine, 2);
    const onTheirWay: boolean[] = [];
    app.subscribe(({ following, discovery }) => { onTheirWay.push(following || discovery !== undefined); });
    await drag(app, 0.3, 0.4);
    await began(engine, 3);
    expect(new Set(onTheirWay)).toEqual(new Set([true]));
    engine.latest.finish();
    await vi.waitFor(() => { expect(app.state).toMatchObject({ following: false, discovery: undefined }); });
    expect(measured(app)).toBe(true);
  });

  it('go back with a drag that is given up, and with a step that is undone', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.4, false);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    app.leaveRegion();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    expect(app.state.canUndo).toBe(true);
    await drag(app, 0.1, 0.5);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.5); });
    app.undo();
    expect(region(app).region).toEqual(boxAt(0.1));
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    app.redo();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.5); });
    expect(engine.follows.at(-1)!.region).toEqual(boxAt(0.5));
  });

  it('of a region that is not active any more are left as they are', async () => {
    const { app, engine } = await discovered();
    app.addRegion('other', boxAt(0.7));
    app.selectRegion(0);
    await pause(30);
    expect(engine.follows.at(-1)!.name).toBe('other');
    expect([shownX(app), measured(app)]).toEqual([0.1, true]);
    expect(region(app, 1).directions).toEqual([]);
    app.selectRegion(1);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.7); });
    await began(engine, 2);
    expect(engine.latest.request).toMatchObject({ name: 'other', region: boxAt(0.7) });
  });

  it('go on to be found where the region gets another name, or another one is looked at', async () => {
    const { app, engine } = await discovered();
    app.addRegion('other', boxAt(0.7));
    await began(engine, 2);
    app.selectRegion(0);
    app.renameRegion(1, 'renamed');
    await pause(20);
    expect(engine.latest.signal.aborted).toBe(false);
    expect(app.state.discovery).toMatchObject({ region: 1, quiet: true });
    engine.latest.finish();
    await vi.waitFor(() => { expect(region(app, 1)).toMatchObject({ name: 'renamed', directions: [{ metrics: {} }, { metrics: {} }] }); });
    expect([shownX(app), measured(app)]).toEqual([0.1, true]);
  });

  it('that arrive after the region was removed are nobody\'s', async () => {
    const { app, engine } = await discovered();
    app.addRegion('other', boxAt(0.7));
    app.drawRegion(boxAt(0.75));
    app.removeRegion(1);
    await pause(30);
    expect(app.state.panel.regions).toHaveLength(1);
    expect([shownX(app), measured(app)]).toEqual([0.1, true]);
    expect(engine.discoveries).toHaveLength(1);
  });

  it('do not follow where the user does not want it, and do again', async () => {
    const { app, engine, stored } = await discovered();
    app.setFollowing(false);
    await vi.waitFor(() => { expect(stored.at(-1)).toMatchObject({ follow: false }); });
    engine.follows.length = 0;
    await drag(app, 0.1, 0.4);
    await pause(50);
    expect(engine.follows).toEqual([]);
    expect([shownX(app), engine.discoveries.length]).toEqual([0.1, 1]);
    expect(app.state.following).toBe(false);
    app.setFollowing(true);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    await began(engine, 2);
    expect('follow' in app.state.panel).toBe(false);
  });

  it('survive an engine that cannot solve, and are asked for again where the next region may do', async () => {
    const { app, engine } = await discovered();
    const { answer } = engine;
    engine.answer = () => { throw new UserError('nothing in the region changes'); };
    await drag(app, 0.1, 0.2, false);
    await pause(20);
    expect(app.state.notice).toBeUndefined();
    engine.answer = answer;
    await drag(app, 0.2, 0.3, false);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.3); });
    engine.answer = () => { throw new Error('a defect'); };
    await drag(app, 0.3, 0.4, false);
    await pause(20);
    const asked = engine.follows.length;
    await drag(app, 0.4, 0.5, false);
    await pause(20);
    expect(engine.follows).toHaveLength(asked);
    expect(app.state.notice).toBeUndefined();
  });

  it('of a region without any come from what is known of earlier times', async () => {
    const engine = new FakeEngine();
    engine.samplesKnown = 20;
    engine.estimated = slow;
    const { app } = await setUp(engine, { ...panel, regions: [{ name: 'a', region: boxAt(0.2), directions: [], alphas: [] }] });
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.2); });
    await pause(30);
    expect(engine.discoveries).toHaveLength(0);
  });
});

describe('the order of the cards', () => {
  const [a, b] = [direction('a', [1, 0, 0, 0]), direction('b', [0, 1, 0, 0])];
  const withValue = (file: DiscoveredDirection, eigenvalue: number): DiscoveredDirection => ({ ...file, discovery: { ...file.discovery, eigenvalue } });

  it('waits for the pointer to leave, and takes sliders and pictures along', async () => {
    const engine = new FakeEngine();
    const { app } = await setUp(engine, { ...panel, regions: [{ name: 'a', region: boxAt(0.1), directions: [withValue(a, 5), withValue(b, 4)], alphas: [2, 0] }] });
    engine.samplesKnown = 1;
    engine.answer = () => ({ directions: [withValue(b, 9), withValue(a, 5)], seeds: '0' });
    await vi.waitFor(() => { expect(app.state.thumbnails).toHaveLength(2); });
    const pictures = app.state.thumbnails;
    app.holdCards(true);
    app.drawRegion(boxAt(0.2));
    await vi.waitFor(() => { expect(region(app).directions.map(({ discovery }) => discovery!.eigenvalue)).toEqual([5, 9]); });
    expect(region(app)).toMatchObject({ directions: [{ name: 'a' }, { name: 'b' }], alphas: [2, 0] });
    app.holdCards(false);
    expect(region(app)).toMatchObject({ directions: [{ name: 'b' }, { name: 'a' }], alphas: [0, 2] });
    expect(app.state.thumbnails).toEqual([pictures[1], pictures[0]]);
  });

  it('by locality is not that of the eigenvalues, which comes back with it', async () => {
    const engine = new FakeEngine();
    const { app } = await setUp(engine, { ...panel, byLocality: true, regions: [{ name: 'a', region: boxAt(0.1), directions: [withValue(a, 5), withValue(b, 4)], alphas: [2, 0] }] });
    engine.samplesKnown = 1;
    engine.answer = () => ({ directions: [withValue(b, 9), withValue(a, 5)], seeds: '0' });
    app.drawRegion(boxAt(0.2));
    await vi.waitFor(() => { expect(region(app)).toMatchObject({ directions: [{ name: 'a' }, { name: 'b', discovery: { eigenvalue: 9 } }] }); });
    app.setByLocality(false);
    expect(region(app)).toMatchObject({ directions: [{ name: 'b' }, { name: 'a' }], alphas: [0, 2] });
  });
});

describe('Discover', () => {
  it('shows a discovery that has begun by itself for the same, instead of beginning another', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    engine.latest.tell({ kind: 'note', text: 'by central differences' });
    engine.latest.sample();
    await vi.waitFor(() => { expect(region(app).directions).toHaveLength(2); });
    expect(app.state.notice).toBeUndefined();
    app.discover();
    expect(app.state).toMatchObject({ status: 'discovering', discovery: { quiet: false }, notice: { kind: 'warning', text: 'by central differences' } });
    engine.latest.finish();
    await vi.waitFor(() => { expect(measured(app)).toBe(true); });
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(engine.discoveries).toHaveLength(1);
  });

  it('is cancelled back to what was there before the discovery had begun by itself', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    engine.latest.sample();
    await vi.waitFor(() => { expect(region(app).directions).toHaveLength(2); });
    app.discover();
    app.cancelDiscovery();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    await pause(50);
    expect(region(app).directions).toEqual([]);
    expect(engine.discoveries).toHaveLength(1);
  });

  it('takes the place of one that has begun by itself for something else', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.4);
    await began(engine, 2);
    app.addRegion('other', undefined);
    app.selectRegion(1);
    app.useNamedRegion('eyes');
    app.discover();
    await vi.waitFor(() => { expect(engine.latest.request.name).toBe('eyes'); });
    expect(engine.discoveries[1]!.signal.aborted).toBe(true);
    expect(app.state.discovery).toMatchObject({ quiet: false });
  });

  it('goes before a discovery that was about to begin by itself', async () => {
    const { app, engine } = await discovered();
    await drag(app, 0.1, 0.4);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.4); });
    app.discover();
    await began(engine, 2);
    await pause(400);
    expect(engine.discoveries).toHaveLength(2);
    expect(app.state).toMatchObject({ status: 'discovering', discovery: { quiet: false } });
  });
});

describe('a discovery that was asked for', () => {
  /** One is running for the region at 0.1, where nothing was known before. */
  async function running() {
    const set = await setUp();
    set.engine.estimated = slow;
    set.app.setRegion(boxAt(0.1));
    await vi.waitFor(() => { expect(set.app.state.following).toBe(false); });
    set.app.discover();
    await began(set.engine, 1);
    return set;
  }

  it('goes on while the region is dragged; its samples serve the region where it is now', async () => {
    const { app, engine } = await running();
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    await drag(app, 0.1, 0.3);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.3); });
    expect(app.state.status).toBe('discovering');
    expect(engine.latest.signal.aborted).toBe(false);
    const asked = engine.follows.length;
    engine.latest.sample();
    await vi.waitFor(() => { expect(engine.follows.length).toBeGreaterThan(asked); });
    await pause(20);
    expect(shownX(app)).toBe(0.3);
    engine.estimated = quick;
    engine.latest.finish();
    await began(engine, 2);
    expect(shownX(app)).toBe(0.3);
    expect(engine.latest.request.region).toEqual(boxAt(0.3));
    expect(app.state.discovery).toMatchObject({ quiet: true });
  });

  it('shows what it has where nothing was known while the region was dragged, and then what the region has become', async () => {
    const { app, engine } = await running();
    await drag(app, 0.1, 0.3);
    await pause(20);
    expect(region(app).directions).toEqual([]);
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.3); });
    expect(app.state.status).toBe('discovering');
  });

  it('is not lost where its region and the settings have changed meanwhile', async () => {
    const { app, engine } = await running();
    engine.answer = ({ preset }) => (preset === 'standard' ? { directions: directionsOf(boxAt(0.3), 'r'), seeds: '0' } : undefined);
    app.setPreset('exact');
    await drag(app, 0.1, 0.3);
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    engine.latest.finish();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect([shownX(app), measured(app)]).toEqual([0.1, true]);
  });

  it('is cancelled without a loss of what has followed since', async () => {
    const { app, engine } = await running();
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    await drag(app, 0.1, 0.3);
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.3); });
    app.cancelDiscovery();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(shownX(app)).toBe(0.3);
    expect(app.state.notice?.text).toBe('Cancelled');
  });

  it('keeps what there is when it is stopped, and nothing begins by itself after that', async () => {
    const { app, engine } = await running();
    engine.latest.sample();
    await vi.waitFor(() => { expect(shownX(app)).toBe(0.1); });
    engine.estimated = quick;
    app.stopDiscovery();
    engine.latest.finish({ stopped: true, seeds: '0' });
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    await pause(400);
    expect(engine.discoveries).toHaveLength(1);
    expect(shownX(app)).toBe(0.1);
  });

  it('orders its directions strictly in the end', async () => {
    const { app, engine } = await running();
    const [first, second] = directionsOf(boxAt(0.1), 'r');
    const valued = (file: DiscoveredDirection, eigenvalue: number): DiscoveredDirection => ({ ...file, discovery: { ...file.discovery, eigenvalue } });
    engine.latest.tell({ kind: 'directions', directions: [valued(first!, 5), valued(second!, 4.9)] });
    await vi.waitFor(() => { expect(region(app).directions).toHaveLength(2); });
    engine.latest.tell({ kind: 'directions', directions: [valued(second!, 5.1), valued(first!, 5)] });
    await vi.waitFor(() => { expect(region(app).directions.map(({ discovery }) => discovery!.eigenvalue)).toEqual([5, 5.1]); });
    engine.latest.finish({ directions: [valued(second!, 5.2), valued(first!, 5)] });
    await vi.waitFor(() => { expect(region(app).directions.map(({ discovery }) => discovery!.eigenvalue)).toEqual([5.2, 5]); });
  });
});

describe('other settings', () => {
  it('begin a discovery anew that had begun by itself, once they are at rest', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    app.setPreset('draft');
    expect(app.state.discovery).toBeUndefined();
    await vi.waitFor(() => { expect(engine.discoveries[0]!.signal.aborted).toBe(true); });
    await began(engine, 2);
    expect(engine.latest.request.preset).toBe('draft');
  });

  it('end it where they take long', async () => {
    const { app, engine } = await setUp();
    app.setRegion(boxAt(0.1));
    await began(engine, 1);
    engine.estimated = slow;
    app.setSamples(400);
    await vi.waitFor(() => { expect(app.state.estimate).toEqual(slow); });
    await pause(50);
    expect(engine.estimates.at(-1)).toMatchObject({ seeds: '0-399' });
    expect(engine.discoveries).toHaveLength(1);
  });

  it('leave directions alone that are there, and are asked for with the next move', async () => {
    const { app, engine } = await discovered();
    engine.follows.length = 0;
    app.setPreset('exact');
    await pause(50);
    expect(engine.follows).toEqual([]);
    expect(app.state.estimate).toBeUndefined();
    await drag(app, 0.1, 0.2, false);
    await vi.waitFor(() => { expect(engine.follows.at(-1)).toMatchObject({ preset: 'exact', region: boxAt(0.2) }); });
  });

  it('are estimated once they are at rest, and not while a region is drawn', async () => {
    const { app, engine } = await discovered();
    engine.estimates.length = 0;
    for (const samples of [4, 40, 400]) app.setSamples(samples);
    app.drawRegion(boxAt(0.2));
    await pause(400);
    expect(engine.estimates).toEqual([]);
    app.leaveRegion();
    await vi.waitFor(() => { expect(engine.estimates[0]).toMatchObject({ seeds: '0-399' }); });
  });

  it('that do not go together are not asked for', async () => {
    const { app, engine } = await discovered({ ...panel, space: 'w' });
    app.setSpace('w+');
    app.setPreset('official');
    engine.estimates.length = 0;
    engine.follows.length = 0;
    await drag(app, 0.1, 0.2);
    await pause(400);
    expect([engine.estimates, engine.follows, engine.discoveries.length]).toEqual([[], [], 1]);
  });
});

it('an engine that stopped, or forgot, is asked again what a discovery takes', async () => {
  const { app, engine, server } = await discovered();
  await vi.waitFor(() => { expect(app.state.estimate?.samplesKnown).toBe(20); });
  engine.samplesKnown = 0;
  server.emit('cacheCleared', {});
  await vi.waitFor(() => { expect(app.state.estimate?.samplesKnown).toBe(0); });
  const asked = engine.estimates.length;
  server.emit('engineStopped', { message: 'gone', hadStarted: true });
  await vi.waitFor(() => { expect(engine.estimates.length).toBeGreaterThan(asked); });
});
