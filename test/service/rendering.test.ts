import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalityMeter } from '../../src/engine/editing/metrics';
import { Generator } from '../../src/engine/generators/generator';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { CancelledError } from '../../src/shared/cancelledError';
import type { EditTerm, Frame, PictureRequest, RenderRequest, Sample } from '../../src/shared/protocol/engineProtocol';
import { rasterize } from '../../src/shared/region';
import type { Region } from '../../src/shared/region';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openBare, openToyFolder } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat, embedded } from './engineCalls';

const [side, dimensions] = [64, 128];
const region: Region = { shape: 'ellipse', x: 0.24, y: 0.4, width: 0.5, height: 0.2 };
const sample: Sample = { seed: 4, psi: 0.7 };

/** In w: one vector on several layers. */
const shared = new Gaussian(1).tensor([dimensions], 0.2).data;
const wide: EditTerm = { layers: [2, 3, 4, 5], rows: [shared, shared, shared, shared], alpha: 1.5 };
/** In w+: a vector for each layer. */
const narrow: EditTerm = { layers: [4, 9], rows: [new Gaussian(2).tensor([dimensions], 0.2).data, new Gaussian(3).tensor([dimensions], 0.2).data], alpha: -0.75 };

let generator: Generator;
let engine: Engine;

beforeAll(async () => {
  generator = await Generator.open(cat, embedded);
  engine = new Engine();
});

afterAll(async () => {
  await generator.release();
});

const opened: OpenedGenerator[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of opened.splice(0)) await each.close();
});

async function open(opening: Promise<OpenedGenerator>): Promise<OpenedGenerator> {
  opened.push(await opening);
  return opened.at(-1)!;
}

/** The image [3, 64, 64] that edits make, computed without the service: ws + sum of alpha n. */
async function imageOf({ seed, psi }: Sample, edits: readonly EditTerm[]): Promise<Float32Array> {
  const ws = await generator.sample([seed], { psi });
  for (const { layers, rows, alpha } of edits) layers.forEach((layer, i) => { rows[i]!.forEach((value, k) => { ws.data[layer * dimensions + k]! += alpha * value; }); });
  return (await generator.synthesize(ws)).data;
}

/** -1..1 as 0..255, pixel by pixel. */
function bytesOf(image: Float32Array): Uint8Array {
  const pixels = image.length / 3;
  return Uint8Array.from(image, (_, i) => Math.round(Math.min(255, Math.max(0, (image[(i % 3) * pixels + Math.floor(i / 3)]! + 1) * 127.5))));
}

function request(more: Partial<RenderRequest> = {}): RenderRequest {
  return { generator: cat, sample, edits: [], heat: false, ...more };
}

describe('a picture', () => {
  it.each([
    ['without edits', []],
    ['of an edit in w', [wide]],
    ['of an edit in w+', [narrow]],
    ['of edits that add up', [wide, narrow]],
  ])('%s is what the generator makes of it', async (_, edits) => {
    const { frame, ...rest } = await engine.call('render', request({ edits }));
    expect(rest).toEqual({});
    expect([frame.width, frame.height, frame.format]).toEqual([side, side, 'rgb']);
    const expected = bytesOf(await imageOf(sample, edits));
    expect(differenceOf(frame.data, expected).largest).toBeLessThanOrEqual(1);
    // Halves may be rounded either way; nothing else.
    expect(differenceOf(frame.data, expected).within(0)).toBeGreaterThan(0.999);
  });

  it('is another one for another seed or truncation', async () => {
    const pictures = await Promise.all([sample, { ...sample, seed: 5 }, { ...sample, psi: 1 }, sample].map(async (each) => (await engine.call('render', request({ sample: each }))).frame.data));
    expect(pictures[3]).toEqual(pictures[0]);
    expect(pictures[1]).not.toEqual(pictures[0]);
    expect(pictures[2]).not.toEqual(pictures[0]);
  });

  it('leaves no trace of an edit behind', async () => {
    const before = await engine.call('render', request());
    await engine.call('render', request({ edits: [wide] }));
    expect(await engine.call('render', request())).toEqual(before);
  });

  it('costs one forward pass while a slider moves, and none at rest', async () => {
    const fresh = new Engine();
    const synthesize = vi.spyOn(Generator.prototype, 'synthesize');
    for (const alpha of [0.1, 0.2, 0.3, 0.4]) await fresh.call('render', request({ edits: [{ ...wide, alpha }], region, heat: true }));
    expect(synthesize).toHaveBeenCalledTimes(5);
    await fresh.call('render', request({ edits: [{ ...wide, alpha: 0 }], region, heat: true }));
    await fresh.call('render', request());
    expect(synthesize).toHaveBeenCalledTimes(5);
  });

  it('of so small a generator comes in time under a moving slider, measured', async () => {
    const resting = request({ edits: [wide], region, heat: true });
    expect(await engine.call('render', { ...resting, live: true })).toEqual(await engine.call('render', resting));
  });

  it('of more than 256 px is a WebP file', async () => {
    const weight = Float32Array.from({ length: 2 * 3 * 320 * 320 }, (_, i) => 0.3 * Math.sin((i % 320) / 40));
    const { folder } = await open(openBare(linearNetwork({ input: ['N', 2], resolution: 320 }, weight)));
    const large = { generator: `${folder}/toy.onnx`, sample: { seed: 1, psi: 1 }, edits: [], heat: false };
    const { frame } = await engine.call('render', large);
    expect([frame.width, frame.height, frame.format]).toEqual([320, 320, 'webp']);
    expect(frame.data.length).toBeLessThan(320 * 320 * 3 / 4);
    const { data, info } = await sharp(frame.data).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([320, 320, 3]);
    expect((await sharp(frame.data).metadata()).format).toBe('webp');
    const exact = await opened[0]!.generator.synthesize(await opened[0]!.generator.sample([1]));
    expect(differenceOf(data, bytesOf(exact.data)).mean).toBeLessThan(0.02);
  });

  it.each([
    ['w is z itself', false, true],
    ['the mean of w is not known', true, false],
  ])('is truncated where that means something: %s', async (_, mapped, truncates) => {
    const g = new GraphBuilder();
    g.output('w', g.mul(2, g.input('z', ['N', 2])), ['N', 2]);
    const { folder } = await open(openToyFolder({
      synthesis: linearNetwork({ input: ['N', 1, 2], resolution: 2 }, new Gaussian(9).tensor([2, 3 * 4], 0.3).data),
      ...(mapped ? { mapping: g.build('mapping') } : {}),
      description: { resolution: 2, w_dim: 2, layers: [{ index: 0, name: 'all', resolution: 2 }] },
    }));
    const toy = `${folder}/toy`;
    expect((await engine.call('open', { generator: toy })).truncates).toBe(truncates);
    const [whole, none] = await Promise.all([1, 0].map(async (psi) => (await engine.call('render', { generator: toy, sample: { seed: 1, psi }, edits: [], heat: false })).frame.data));
    expect(new Set(whole).size).toBeGreaterThan(1);
    // The picture of w = 0 is grey.
    expect(none).toEqual(truncates ? new Uint8Array(12).fill(128) : whole);
  });
});

describe('the change of a picture', () => {
  it('is what the meter of the directions measures', async () => {
    const edit = { layers: wide.layers, rows: wide.rows };
    const meter = await LocalityMeter.create(generator, region);
    const expected = await meter.change(edit, 1.5);
    const changes: { inside: number; outside: number }[] = [];
    for (const seed of [100, 101, 102, 103, 104, 105, 106, 107]) {
      for (const alpha of [1.5, -1.5]) changes.push((await engine.call('render', request({ sample: { seed, psi: 0.7 }, edits: [{ ...edit, alpha }], region }))).change!);
    }
    const mean = (pick: (change: { inside: number; outside: number }) => number) => changes.reduce((sum, change) => sum + pick(change), 0) / changes.length;
    expect(mean(({ inside }) => inside) / expected.insideMse).toBeCloseTo(1, 4);
    expect(mean(({ outside }) => outside) / expected.outsideMse).toBeCloseTo(1, 4);
    expect(expected.insideMse / expected.outsideMse).not.toBeCloseTo(1, 1);
  });

  it('is the mean square over each side of the region', async () => {
    const { change } = await engine.call('render', request({ edits: [wide, narrow], region }));
    const [after, before, mask] = [await imageOf(sample, [wide, narrow]), await imageOf(sample, []), rasterize(region, side, side)];
    const mean = (inside: number) => {
      const squares = [...after].flatMap((value, i) => (mask[i % mask.length] === inside ? [(value - before[i]!) ** 2] : []));
      return squares.reduce((sum, square) => sum + square, 0) / squares.length;
    };
    expect(change!.inside / mean(1)).toBeCloseTo(1, 4);
    expect(change!.outside / mean(0)).toBeCloseTo(1, 4);
  });

  it('is nothing without edits, and on a side without pixels', async () => {
    expect((await engine.call('render', request({ region }))).change).toEqual({ inside: 0, outside: 0 });
    const speck: Region = { shape: 'box', x: 0.5, y: 0.5, width: 0.001, height: 0.001 };
    const { change } = await engine.call('render', request({ edits: [wide], region: speck }));
    expect(change!.inside).toBe(0);
    expect(change!.outside).toBeGreaterThan(0);
  });
});

describe('the heat map', () => {
  it('is the root mean square over the channels, 255 for half the range', async () => {
    const strong = { ...wide, alpha: 4 };
    const { heat, change } = await engine.call('render', request({ edits: [strong], heat: true }));
    expect(change).toBeUndefined();
    const [after, before] = [await imageOf(sample, [strong]), await imageOf(sample, [])];
    const pixels = side * side;
    const expected = Uint8Array.from({ length: pixels }, (_, p) => {
      const squares = [0, 1, 2].map((channel) => (after[channel * pixels + p]! - before[channel * pixels + p]!) ** 2);
      return Math.round(Math.min(255, 255 * Math.sqrt((squares[0]! + squares[1]! + squares[2]!) / 3)));
    });
    expect(differenceOf(heat!, expected).largest).toBeLessThanOrEqual(1);
    expect(Math.max(...expected)).toBeGreaterThan(128);
    expect(Math.min(...expected)).toBeLessThan(64);
  });

  it('is clamped, and in the range of the generator', async () => {
    const weight = Float32Array.from({ length: 3 * 4 }, (_, i) => [10, 127.5, 300, 0][i % 4]!);
    const { folder } = await open(openToyFolder({
      synthesis: linearNetwork({ input: ['N', 1, 1], resolution: 2 }, weight),
      description: { resolution: 2, w_dim: 1, layers: [{ index: 0, name: 'all', resolution: 2 }], value_range: [0, 255] },
    }));
    const edit = { layers: [0], rows: [Float32Array.of(1)], alpha: 1 };
    const { heat, change } = await engine.call('render', { generator: `${folder}/toy`, sample: { seed: 0, psi: 1 }, edits: [edit], heat: true, region: { shape: 'box', x: 0, y: 0, width: 1, height: 0.5 } });
    expect([...heat!]).toEqual([20, 255, 255, 0]);
    expect(change!.inside).toBeCloseTo(((20 / 255) ** 2 + 1) / 2, 5);
    expect(change!.outside).toBeCloseTo((600 / 255) ** 2 / 2, 4);
  });
});

describe('many small pictures', () => {
  async function batch(items: readonly PictureRequest[], size: number): Promise<{ index: number; frame: Frame }[]> {
    const frames: { index: number; frame: Frame }[] = [];
    expect(await engine.call('renderBatch', { generator: cat, items, size }, (each) => frames.push(each))).toBeUndefined();
    return frames;
  }

  const items = Array.from({ length: 19 }, (_, i): PictureRequest => ({ sample: { seed: i % 5, psi: 0.7 }, edits: [[], [wide], [{ ...narrow, alpha: i / 10 }]][i % 3]! }));

  it('come in the order of the items, each as it is alone', async () => {
    const frames = await batch(items, side);
    expect(frames.map(({ index }) => index)).toEqual(items.map((_, i) => i));
    for (const [i, { frame }] of frames.entries()) {
      const alone = await engine.call('render', request(items[i]));
      expect([frame.width, frame.height, frame.format]).toEqual([side, side, 'rgb']);
      expect(differenceOf(frame.data, alone.frame.data).largest).toBeLessThanOrEqual(1);
    }
  });

  it('are reduced to the size that is asked for', async () => {
    const [small] = await batch([items[1]!], 16);
    expect([small!.frame.width, small!.frame.height, small!.frame.data.length]).toEqual([16, 16, 16 * 16 * 3]);
    const { frame } = await engine.call('render', request(items[1]));
    const reduced = await sharp(frame.data, { raw: { width: side, height: side, channels: 3 } }).resize(16, 16, { kernel: 'lanczos3' }).raw().toBuffer();
    expect(differenceOf(small!.frame.data, reduced).largest).toBeLessThanOrEqual(2);
  });

  it('are never enlarged', async () => {
    const [frame] = await batch([items[0]!], 500);
    expect([frame!.frame.width, frame!.frame.height]).toEqual([side, side]);
  });

  it('take what is known of an unedited sample', async () => {
    const fresh = new Engine();
    await fresh.call('render', request());
    const synthesize = vi.spyOn(Generator.prototype, 'synthesize');
    await fresh.call('renderBatch', { generator: cat, items: [{ sample, edits: [] }, { sample, edits: [wide] }, { sample, edits: [] }], size: 32 });
    expect(synthesize.mock.calls.map(([ws]) => ws.dims[0])).toEqual([1]);
  });

  it('may be none', async () => {
    expect(await batch([], 64)).toEqual([]);
  });

  it('end where the caller cancels', async () => {
    const controller = new AbortController();
    const frames: number[] = [];
    const call = engine.call('renderBatch', { generator: cat, items, size: 32 }, ({ index }) => {
      frames.push(index);
      controller.abort();
    }, controller.signal);
    await expect(call).rejects.toThrow(CancelledError);
    expect(frames.length).toBeLessThan(items.length);
  });

  it('refuse a size that is none', async () => {
    expect(await userErrorOf(() => batch(items, 0))).toBe('the size of the pictures: must be a whole number of at least 1, not 0');
  });
});

describe('an edit that does not fit the generator', () => {
  it.each([
    ['a layer too many', { ...wide, layers: [2, 3, 4, 10] }, 'an edit is for layer 10; the generator afhq-cat-64 has layers 0 to 9'],
    ['half a layer', { ...wide, layers: [2, 3, 4, 4.5] }, 'an edit is for layer 4.5; the generator afhq-cat-64 has layers 0 to 9'],
    ['too few vectors', { ...wide, rows: [shared] }, 'an edit has 1 vectors for 4 layers; expected one for each'],
    ['short vectors', { ...wide, rows: wide.layers.map(() => new Float32Array(64)) }, 'an edit has vectors of 64 numbers; the generator afhq-cat-64 takes 128'],
    ['a vector with a hole', { ...wide, rows: [shared, shared, shared, new Float32Array(dimensions).fill(NaN, 5, 6)] }, /numbers that are not finite/],
    ['no alpha', { ...wide, alpha: NaN }, 'an edit has the alpha NaN; expected a finite number'],
    ['an endless alpha', { ...wide, alpha: Infinity }, 'an edit has the alpha Infinity; expected a finite number'],
    ['alpha 0 but no layer', { ...wide, alpha: 0, layers: [2, 3, 4, 11] }, /layer 11/],
  ])('is refused: %s', async (_, edit, message) => {
    const [alone, among] = await Promise.all([
      userErrorOf(() => engine.call('render', request({ edits: [edit] }))),
      userErrorOf(() => engine.call('renderBatch', { generator: cat, items: [{ sample, edits: [narrow, edit] }], size: 64 })),
    ]);
    if (typeof message === 'string') expect(alone).toBe(message);
    else expect(alone).toMatch(message);
    expect(among).toBe(alone);
  });
});

describe('a sample that is none', () => {
  it.each([
    [{ seed: -1, psi: 1 }, 'the seed: must be a whole number from 0 to 4294967295, not -1'],
    [{ seed: 0.5, psi: 1 }, 'the seed: must be a whole number from 0 to 4294967295, not 0.5'],
    [{ seed: 2 ** 32, psi: 1 }, 'the seed: must be a whole number from 0 to 4294967295, not 4294967296'],
    [{ seed: 0, psi: NaN }, 'the truncation psi: must be a number from -2 to 2, not NaN'],
    [{ seed: 0, psi: 3 }, 'the truncation psi: must be a number from -2 to 2, not 3'],
    [{ seed: 0, psi: 1, label: 1 }, 'the generator afhq-cat-64 has no classes: leave the class out'],
  ])('is refused: %j', async (bad, message) => {
    expect(await userErrorOf(() => engine.call('render', request({ sample: bad })))).toBe(message);
    expect(await userErrorOf(() => engine.call('render', request({ sample: bad, edits: [wide] })))).toBe(message);
  });
});
