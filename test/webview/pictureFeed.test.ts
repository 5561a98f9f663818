import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { BatchRequest, Frame, RenderRequest, Rendered } from '../../src/shared/protocol/engineProtocol';
import type { PageCalls, PanelState } from '../../src/shared/protocol/pageProtocol';
import { Client, Server } from '../../src/shared/protocol/rpc';
import type { Handlers } from '../../src/shared/protocol/rpc';
import type { Region } from '../../src/shared/region';
import type { AppState } from '../../src/webview/appState';
import { PictureFeed } from '../../src/webview/pictureFeed';
import { line } from './fakePanel';

const box: Region = { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.2 };

const direction: DirectionFile = {
  format: 'resefa-direction', version: 1, name: 'd-1', generator: { name: 'cats', architecture: 'stylegan2', resolution: 1024, sha256: 'a'.repeat(64) }, latent: { space: 'w', dimensions: 2, layers: [1, 2] }, region: box,
  discovery: { seeds: '0-19', truncation: 1, preset: 'standard', jacobianResolution: 256, channels: 'rgb', tau: 1e-3, rank: 1, eigenvalue: 5 }, edit: { alpha: [-6, 6] }, vector: [1, 0],
};

const panel: PanelState = {
  version: 1, id: 'panel-1', generator: 'cats', seed: 0, psi: 0.7, space: 'w', preset: 'standard', shape: 'box', active: 0, heat: true, byLocality: false,
  regions: [{ name: 'eyes', region: box, directions: [direction], alphas: [0] }],
};

const nameOf = ({ generator, sample: { seed, psi }, edits }: RenderRequest) => `${generator} ${seed} ${psi} ${edits.map(({ alpha }) => alpha).join()}`;
const stateName = ({ generator, seed, psi, regions }: PanelState) => `${generator} ${seed} ${psi} ${regions[0]!.alphas.filter(Boolean).join()}`;
const frameOf = (text: string): Frame => ({ width: 1, height: 1, format: 'rgb', data: new TextEncoder().encode(text) });
const textOf = (frame: Frame | undefined): string => (frame ? new TextDecoder().decode(frame.data) : 'none');

/** Milliseconds that the engine takes for a picture. */
type Pace = (request: RenderRequest) => number;

/** A feed whose engine makes one picture after the other, and reduces those of a moving slider where it is told to. */
class Panel {
  readonly asked: RenderRequest[] = [];
  /** Every picture that was shown, with the state that it was shown in. */
  readonly shown: { readonly picture: string; readonly reduced: boolean; readonly state: string }[] = [];
  /** Whole pictures that were asked for as such and shown, and the state that they were shown in. */
  readonly rested: { readonly picture: string; readonly state: string }[] = [];
  readonly errors: unknown[] = [];
  /** The alphas that small pictures were asked for. */
  readonly small: (number | undefined)[] = [];
  readonly feed: PictureFeed;
  state: AppState;
  private engine: Promise<unknown> = Promise.resolve();

  constructor(pace: Pace, private readonly reduces: (request: RenderRequest) => boolean = () => true, private readonly fails: (request: RenderRequest) => boolean = () => false, makesSmall: Handlers<PageCalls>['renderBatch'] = () => undefined) {
    this.state = { panel, picture: undefined, original: undefined, heat: undefined, change: undefined, thumbnails: [], otherSamples: [] } as unknown as AppState;
    const [here, there] = line();
    const render = (request: RenderRequest) => {
      this.asked.push(request);
      const made = this.engine.then(async () => {
        await new Promise((resolve) => { setTimeout(resolve, pace(request)); });
        return this.rendered(request);
      });
      this.engine = made.catch(() => undefined);
      return made;
    };
    new Server<PageCalls>(there, { render, renderBatch: (request: BatchRequest, context: Parameters<typeof makesSmall>[1]) => {
      this.small.push(request.items[0]?.edits[0]?.alpha);
      return makesSmall(request, context);
    } } as unknown as Handlers<PageCalls>);
    this.feed = new PictureFeed(new Client(here), () => this.state, (pictures) => { this.write(pictures); }, (error) => this.errors.push(error));
  }

  change(change: Partial<PanelState>): void {
    this.state = { ...this.state, panel: { ...this.state.panel, ...change } };
    if (change.generator !== undefined) this.feed.reset();
    this.feed.updatePicture();
  }

  slide(alpha: number): void {
    this.change({ regions: [{ ...panel.regions[0]!, alphas: [alpha] }] });
  }

  private write(pictures: Partial<AppState>): void {
    const { picture } = pictures;
    this.state = { ...this.state, ...pictures };
    if (!picture) return;
    const text = textOf(picture);
    const [name, state] = [text.replace(/^(small|rested) /, ''), stateName(this.state.panel)];
    this.shown.push({ picture: name, reduced: text.startsWith('small '), state });
    if (text.startsWith('rested ')) this.rested.push({ picture: name, state });
  }

  private rendered(request: RenderRequest): Rendered {
    if (this.fails(request)) throw new Error('no picture');
    if (request.live && this.reduces(request)) return { frame: frameOf(`small ${nameOf(request)}`), reduced: true };
    const alpha = request.edits[0]?.alpha ?? 0;
    return { frame: frameOf(`${request.live ? '' : 'rested '}${nameOf(request)}`), ...(request.region ? { change: { inside: alpha, outside: 0 } } : {}), ...(request.heat ? { heat: Uint8Array.of(alpha) } : {}) };
  }
}

/** Live pictures take 30 ms, whole ones 600. */
const slow: Pace = ({ live }) => (live ? 30 : 600);

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** A panel that has been looked at for a while. */
async function atRest(...options: ConstructorParameters<typeof Panel>): Promise<Panel> {
  const opened = new Panel(...options);
  opened.change({});
  await pass(5000);
  opened.asked.length = 0;
  opened.shown.length = 0;
  return opened;
}

describe('while a slider moves', () => {
  it('shows reduced pictures and asks for no whole one, and for that when it rests', async () => {
    const page = await atRest(slow);
    for (let alpha = 1; alpha <= 20; alpha++) {
      page.slide(alpha);
      await pass(50);
    }
    expect(page.shown.map(({ picture }) => picture)).toEqual(Array.from({ length: 20 }, (_, i) => `cats 0 0.7 ${i + 1}`));
    expect(page.shown.every(({ reduced }) => reduced)).toBe(true);
    expect(page.asked.every(({ live }) => live)).toBe(true);
    await pass(2000);
    expect(page.shown.at(-1)).toEqual({ picture: 'cats 0 0.7 20', reduced: false, state: 'cats 0 0.7 20' });
    expect(page.asked.filter(({ live }) => !live)).toHaveLength(1);
  });

  it('asks for the whole picture a moment after the last change, and at once when it is let go', async () => {
    for (const [release, least, most] of [[false, 120, 300], [true, 30, 50]] as const) {
      const page = await atRest(slow);
      page.slide(1);
      if (release) page.feed.release();
      await pass(least - 1);
      expect(page.asked.filter(({ live }) => !live)).toHaveLength(0);
      await pass(most - least + 1);
      expect(page.asked.filter(({ live }) => !live)).toHaveLength(1);
    }
  });

  it('is let go after it has rested: the whole picture is then asked for at once, and once', async () => {
    const page = await atRest(slow);
    page.slide(1);
    await pass(60);
    page.feed.release();
    await pass(10);
    expect(page.asked.map(({ live }) => live)).toEqual([true, undefined]);
    await pass(3000);
    expect(page.asked).toHaveLength(2);
  });

  it('that is taken up again is not let go any more', async () => {
    const page = await atRest(slow);
    page.slide(1);
    page.feed.release();
    page.slide(2);
    await pass(115);
    expect(page.asked.map(({ live }) => live)).toEqual([true, true]);
  });

  it('shows the latest place before it asks for the whole picture, however slow that is', async () => {
    const page = await atRest(({ live }) => (live ? 400 : 600));
    page.slide(1);
    await pass(50);
    page.slide(2);
    await pass(3000);
    expect(page.asked.map(({ live }) => live)).toEqual([true, true, undefined]);
  });

  it('leaves time to move on after a look at a reduced picture that took long', async () => {
    const page = await atRest(({ live }) => (live ? 400 : 600));
    page.slide(1);
    await pass(400 + 100);
    expect(page.asked.map(({ live }) => live)).toEqual([true]);
    page.slide(2);
    await pass(400 + 150);
    expect(page.asked.map(({ live }) => live)).toEqual([true, true, undefined]);
  });

  it('asks once where the picture that comes in time is the whole one', async () => {
    const page = await atRest(() => 10, () => false);
    page.slide(1);
    page.feed.release();
    await pass(2000);
    expect(page.asked.map(({ live }) => live)).toEqual([true]);
    expect(page.shown).toEqual([{ picture: 'cats 0 0.7 1', reduced: false, state: 'cats 0 0.7 1' }]);
  });

  it('drops a whole picture that it has left behind, and shows the next reduced one right after it', async () => {
    const page = await atRest(slow);
    page.slide(1);
    page.feed.release();
    await pass(100);
    page.slide(2);
    await pass(640);
    expect(page.shown).toEqual([{ picture: 'cats 0 0.7 1', reduced: true, state: 'cats 0 0.7 1' }, { picture: 'cats 0 0.7 2', reduced: true, state: 'cats 0 0.7 2' }]);
  });

  it('leaves the heat map and the change of the last whole picture where they are', async () => {
    const page = await atRest(slow);
    page.slide(4);
    await pass(2000);
    expect(page.state).toMatchObject({ heat: Uint8Array.of(4), change: { inside: 4 } });
    page.slide(5);
    await pass(50);
    expect(page.shown.at(-1)).toMatchObject({ picture: 'cats 0 0.7 5', reduced: true });
    expect(page.state).toMatchObject({ heat: Uint8Array.of(4), change: { inside: 4 } });
    await pass(2000);
    expect(page.state).toMatchObject({ heat: Uint8Array.of(5), change: { inside: 5 } });
    page.slide(0);
    await pass(50);
    expect(page.shown.at(-1)).toMatchObject({ picture: 'cats 0 0.7 ', reduced: true });
    expect([page.state.heat, page.state.change]).toEqual([undefined, undefined]);
  });

  it('takes them from another seed’s picture, and its original', async () => {
    const page = await atRest(slow);
    page.slide(4);
    await pass(2000);
    expect(textOf(page.state.original)).toBe('rested cats 0 0.7 ');
    page.change({ seed: 1 });
    await pass(50);
    expect(page.shown.at(-1)).toMatchObject({ picture: 'cats 1 0.7 4', reduced: true });
    expect([page.state.heat, page.state.change, page.state.original]).toEqual([undefined, undefined, undefined]);
    await pass(3000);
    expect(textOf(page.state.original)).toBe('rested cats 1 0.7 ');
  });

  it('takes a reduced picture for no original, and fetches that only at rest', async () => {
    const page = await atRest(slow);
    for (let psi = 10; psi < 20; psi++) {
      page.change({ psi });
      await pass(50);
    }
    expect(page.asked.every(({ live }) => live)).toBe(true);
    expect(page.shown).toHaveLength(10);
    expect(page.state.original).toBeUndefined();
    await pass(2000);
    expect(textOf(page.state.original)).toBe('rested cats 0 19 ');
  });

  it('asks for small pictures when the whole one is there, or cannot be made', async () => {
    const page = await atRest(slow, () => true, ({ edits }) => edits[0]?.alpha === 3);
    for (const alpha of [1, 2]) {
      page.slide(alpha);
      page.feed.updateOthers([7]);
      await pass(600);
    }
    expect(page.small).toEqual([]);
    await pass(400);
    expect(page.shown.at(-1)).toMatchObject({ picture: 'cats 0 0.7 2', reduced: false });
    await pass(10);
    expect(page.small).toEqual([2]);
    page.slide(3);
    page.feed.updateOthers([7]);
    await pass(2000);
    expect(page.small).toEqual([2, 3]);
  });

  it('is not told of a picture of before that could not be made', async () => {
    const page = await atRest(slow, () => true, ({ edits }) => edits[0]?.alpha === 1);
    page.slide(1);
    page.slide(2);
    await pass(3000);
    expect(page.errors).toEqual([]);
    expect(page.shown.at(-1)).toMatchObject({ picture: 'cats 0 0.7 2', reduced: false });
    page.slide(1);
    await pass(3000);
    expect(page.errors).toHaveLength(1);
  });
});

describe('thumbnails', () => {
  const [first, second] = ['first', 'second'].map((name): DirectionFile => ({ ...direction, name }));

  /** A feed whose thumbnails the test makes one by one; each says which direction of the batch it is of. */
  function atBatch() {
    const batches: { readonly frames: (from: number, to: number) => void }[] = [];
    const page = new Panel(() => 1, () => false, () => false, ({ items }, { progress }) => new Promise((resolve) => {
      const frames = (from: number, to: number) => {
        for (let index = from; index < to; index++) progress({ index, frame: frameOf(`${Math.floor(index / 3)} of ${batches.length}`) });
        if (to === items.length) resolve(undefined);
      };
      batches.push({ frames });
    }));
    page.change({ regions: [{ name: 'eyes', region: box, directions: [first!, second!], alphas: [0, 0] }] });
    const shown = () => page.state.thumbnails.map(({ frames: [frame] }) => textOf(frame));
    return { page, batches, shown };
  }

  it('go to the card that they were made for when cards change places meanwhile', async () => {
    const { page, batches, shown } = atBatch();
    page.feed.updateThumbnails();
    await pass(500);
    const [one, two] = page.state.thumbnails;
    page.state = { ...page.state, thumbnails: [two!, one!] };
    batches[0]!.frames(0, 3);
    await pass(50);
    expect(shown()).toEqual(['none', '0 of 1']);
    page.state = { ...page.state, thumbnails: [...page.state.thumbnails].reverse() };
    batches[0]!.frames(3, 6);
    await pass(50);
    expect(shown()).toEqual(['0 of 1', '1 of 1']);
  });

  it('stay until there are new ones of the same region, and go with their region', async () => {
    const { page, batches, shown } = atBatch();
    page.feed.updateThumbnails();
    await pass(500);
    batches[0]!.frames(0, 6);
    await pass(50);
    page.feed.updateThumbnails();
    expect(shown()).toEqual(['0 of 1', '1 of 1']);
    page.change({ regions: [{ name: 'mouth', region: box, directions: [second!, first!], alphas: [0, 0] }] });
    page.feed.updateThumbnails();
    expect(shown()).toEqual(['none', 'none']);
  });
});

/** Uniform in 0..1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('whatever happens in whatever order', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('no stale picture is shown, and at last the whole one (%i)', async (seed) => {
    const random = randomNumbers(seed);
    const upTo = (most: number) => Math.floor(random() * most);
    const reducing = random() < 0.8;
    const page = new Panel(({ live }) => (live ? 1 + upTo(80) : 20 + upTo(500)), () => reducing && random() < 0.9);
    page.change({});
    const states = [stateName(page.state.panel)];
    for (let step = 1; step <= 80; step++) {
      const what = random();
      if (what < 0.7) page.slide(step);
      else if (what < 0.8) page.change({ psi: step });
      else if (what < 0.9) page.change({ seed: step });
      else if (what < 0.93) page.change({ generator: `cats-${step}` });
      else page.feed.release();
      states.push(stateName(page.state.panel));
      await pass(random() < 0.1 ? upTo(1500) : upTo(60));
    }
    await pass(10_000);
    const order = page.shown.map(({ picture }) => states.indexOf(picture));
    expect(Math.min(...order)).toBeGreaterThanOrEqual(0);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const face = (state: string) => state.split(' ').slice(0, 2).join(' ');
    expect(page.shown.map(({ picture }) => face(picture))).toEqual(page.shown.map(({ state }) => face(state)));
    expect(page.rested.map(({ picture }) => picture)).toEqual(page.rested.map(({ state }) => state));
    expect(page.shown.at(-1)).toEqual({ picture: states.at(-1), reduced: false, state: states.at(-1) });
    expect(textOf(page.state.original).replace('rested ', '')).toMatch(new RegExp(`^${face(states.at(-1)!)} `));
    expect(page.errors).toEqual([]);
  });
});
