import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { importCheckpoint, writeGenerator } from '../../src/engine/importers/importCheckpoint';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { LivePictures } from '../../src/engine/service/livePictures';
import { costOfOutput } from '../../src/engine/doctor/networkCost';
import type { OpenGenerator } from '../../src/engine/service/openGenerators';
import { render, renderBatch } from '../../src/engine/service/rendering';
import { Samples } from '../../src/engine/service/samples';
import type { FloatTensor } from '../../src/engine/tensor';
import type { EditTerm, Frame, RenderRequest } from '../../src/shared/protocol/engineProtocol';
import type { Region } from '../../src/shared/region';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openToyFolder } from '../support/generators';
import { stylegan2Checkpoint } from '../support/stylegan2Checkpoint';

const side = 128;
const region: Region = { shape: 'box', x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
let folder: string;
let generator: Generator;
let code: FloatTensor;
let other: FloatTensor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resefa-test-'));
  await writeFile(join(folder, 'checkpoint.pkl'), stylegan2Checkpoint({ resolution: side, channelBase: 512, channelMax: 8, zDim: 16, wDim: 16, mappingLayers: 1 }));
  await writeGenerator(join(folder, 'small'), await importCheckpoint(join(folder, 'checkpoint.pkl')));
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  generator = await Generator.open(join(folder, 'small'), folder);
  [code, other] = [await generator.sample([0]), await generator.sample([1])];
});

afterEach(async () => {
  vi.restoreAllMocks();
  await generator.release();
});

type Times = Record<string, number>;

/** A generator on a machine on which each output takes so many milliseconds, whatever this one takes. */
function machine(times: Times, subject = generator) {
  let now = 0;
  const run = subject.synthesizeOutput.bind(subject);
  const runs = vi.spyOn(subject, 'synthesizeOutput').mockImplementation(async (ws, output) => {
    now += times[output]! * ws.dims[0]!;
    return run(ws, output);
  });
  return { live: new LivePictures(subject, () => now), runs, wait: (milliseconds: number) => { now += milliseconds; } };
}

/** What is shown after the pace of the machine is known. */
async function shownOn(times: Times): Promise<{ readonly live: LivePictures; readonly side: number | undefined }> {
  const { live } = machine(times);
  await lookAt(live);
  return { live, side: (await live.smaller(other))?.dims[3] };
}

/** Two whole pictures and a rest. */
async function lookAt(live: LivePictures): Promise<void> {
  await live.images(other);
  await live.rests(code, await live.images(code));
}

describe('under a moving slider', () => {
  it.each<[string, Times, number | undefined]>([
    ['the whole picture where it comes in time', { image_32: 10, image_64: 30, image: 90 }, undefined],
    ['the largest that comes in time', { image_32: 31, image_64: 120, image: 320 }, 64],
    ['a smaller one where that takes too long', { image_32: 60, image_64: 270, image: 700 }, 32],
    ['a smaller one where that takes longer than it promised', { image_32: 40, image_64: 400, image: 320 }, 32],
    ['a larger one where it takes less time than it promised', { image_32: 20, image_64: 100, image: 450 }, 64],
    ['the smallest where all take too long', { image_32: 300, image_64: 1150, image: 3000 }, 32],
    ['the whole one where a smaller one takes nearly as long', { image_32: 100, image_64: 170, image: 200 }, undefined],
  ])('there is %s', async (_, times, expected) => {
    expect((await shownOn(times)).side).toBe(expected);
  });

  it('the network of the right size is compiled before the slider moves, and no more than one stays', async () => {
    const compiled = new Set<string>();
    const [prepare, release] = [generator.prepareOutput.bind(generator), generator.releaseOutput.bind(generator)];
    const prepared = vi.spyOn(generator, 'prepareOutput').mockImplementation((output) => { compiled.add(output); return prepare(output); });
    vi.spyOn(generator, 'releaseOutput').mockImplementation((output) => { compiled.delete(output); return release(output); });
    const { live } = machine({ image_32: 20, image_64: 400, image: 320 });
    await lookAt(live);
    expect([...compiled].sort()).toEqual(['image', 'image_32']);
    prepared.mockClear();
    await live.smaller(code);
    expect(new Set(prepared.mock.calls.flat())).toEqual(new Set(['image_32']));
  });

  it('work ahead makes way for what is asked for, and goes on at the next rest', async () => {
    const { live, runs } = machine({ image_32: 31, image_64: 120, image: 320 });
    await live.images(code);
    const ahead = live.rests(code, await live.images(code));
    await live.first(false, () => Promise.resolve());
    await ahead;
    expect(runs.mock.calls.map(([, output]) => output)).toEqual(['image', 'image']);
    await live.rests(code, await live.images(code));
    expect(new Set(runs.mock.calls.map(([, output]) => output))).toContain('image_64');
  });

  it('work ahead that has begun makes way after its next step', async () => {
    const { live, runs } = machine({ image_32: 31, image_64: 120, image: 320 });
    await live.images(code);
    const prepare = generator.prepareOutput.bind(generator);
    vi.spyOn(generator, 'prepareOutput').mockImplementation((output) => {
      if (output === 'image_64') void live.first(true, () => Promise.resolve());
      return prepare(output);
    });
    await live.rests(code, await live.images(code));
    expect(runs.mock.calls.map(([, output]) => output)).toEqual(['image', 'image']);
  });

  it('pictures that lag behind do not put off work ahead', async () => {
    const { live, runs } = machine({ image_32: 31, image_64: 120, image: 320 });
    await live.images(code);
    const ahead = live.rests(code, await live.images(code));
    await live.images(other);
    await ahead;
    expect(runs.mock.calls.map(([, output]) => output)).toContain('image_64');
  });

  it('nothing is done ahead for a generator that was closed', async () => {
    const { live, runs } = machine({ image_32: 31, image_64: 120, image: 320 });
    await live.images(code);
    const ahead = live.rests(code, await live.images(code));
    live.close();
    await ahead;
    await live.rests(code, await live.images(code));
    expect(runs.mock.calls.map(([, output]) => output)).toEqual(['image', 'image', 'image']);
  });

  it('the size does not go up and down with every frame', async () => {
    const times: Times = { image_32: 31, image_64: 120, image: 320 };
    const { live } = machine(times);
    await lookAt(live);
    const sides = new Set<number | undefined>();
    for (const image_64 of [110, 200, 130, 220, 120, 210]) {
      times.image_64 = image_64;
      sides.add((await live.smaller(other))?.dims[3]);
      await live.rests(code, await live.images(code));
    }
    expect([...sides]).toEqual([64]);
  });

  it('there is the whole picture where the network has no others, or these cannot be run', async () => {
    const { live, runs } = machine({ image_32: 31, image_64: 120, image: 320 });
    await lookAt(live);
    runs.mockRejectedValueOnce(new Error('out of memory'));
    expect(await live.smaller(code)).toBeUndefined();
    expect(await live.smaller(code)).toBeUndefined();
    const weight = new Gaussian(1).tensor([2, 3 * 64 ** 2], 0.3).data;
    const toy = await openToyFolder({ synthesis: linearNetwork({ input: ['N', 1, 2], resolution: 64 }, weight), description: { resolution: 64, w_dim: 2, layers: [{ index: 0, name: 'all', resolution: 64 }] } });
    try {
      let now = 0;
      const bare = new LivePictures(toy.generator, () => (now += 1000));
      const ws = await toy.generator.sample([0]);
      await bare.images(ws);
      await bare.images(ws);
      expect(await bare.smaller(ws)).toBeUndefined();
    } finally {
      await toy.close();
    }
  });
});

describe('an output whose pixels are no blocks of the picture', () => {
  it('is passed over', async () => {
    const g = new GraphBuilder();
    const ws = g.input('ws', ['N', 1, 2]);
    for (const [name, pixels] of [['image_64', 64], ['image', 96]] as const) {
      const flat = g.matmul(g.reshape(ws, [-1, 2]), g.weight('weight', new Gaussian(pixels).tensor([2, 3 * pixels ** 2]).data, [2, 3 * pixels ** 2]));
      g.output(name, g.reshape(flat, [-1, 3, pixels, pixels]), ['N', 3, pixels, pixels]);
    }
    const toy = await openToyFolder({ synthesis: g.build('odd sizes'), description: { resolution: 96, w_dim: 2, layers: [{ index: 0, name: 'all', resolution: 96 }] } });
    const { live } = machine({ image_64: 30, image: 700 }, toy.generator);
    const latent = await toy.generator.sample([0]);
    for (let i = 0; i < 2; i++) await live.rests(latent, await live.images(latent));
    expect(await live.smaller(latent)).toBeUndefined();
    await toy.close();
  });
});

describe('a smaller picture', () => {
  const times = { image_32: 31, image_64: 120, image: 320 };

  it('is what the network gives, in the colours of the last whole picture', async () => {
    const { live } = await shownOn(times);
    const small = (await live.smaller(code))!;
    const [raw, whole] = [await generator.synthesizeOutput(code, 'image_64'), await generator.synthesize(code)];
    for (let channel = 0; channel < 3; channel++) {
      const plane = small.data.subarray(channel * 64 ** 2, (channel + 1) * 64 ** 2);
      const before = raw.data.subarray(channel * 64 ** 2, (channel + 1) * 64 ** 2);
      // 64 x 64 means of 2 x 2 pixels.
      const averaged = Float32Array.from(plane, (_, i) => {
        const at = channel * side ** 2 + Math.floor(i / 64) * 2 * side + (i % 64) * 2;
        return (whole.data[at]! + whole.data[at + 1]! + whole.data[at + side]! + whole.data[at + side + 1]!) / 4;
      });
      expect(meanOf(plane)).toBeCloseTo(meanOf(averaged), 4);
      expect(deviationOf(plane)).toBeCloseTo(deviationOf(averaged), 4);
      expect(correlation(plane, before)).toBeCloseTo(1, 5);
    }
  });

  it('takes the colours of another sample where its whole picture has been seen', async () => {
    const { live } = await shownOn(times);
    const before = (await live.smaller(other))!.data.slice();
    await live.rests(other, await live.images(other));
    const after = (await live.smaller(other))!;
    const whole = await generator.synthesize(other);
    expect(meanOf(after.data)).toBeCloseTo(meanOf(whole.data), 3);
    expect(Math.abs(meanOf(before) - meanOf(whole.data))).toBeGreaterThan(1e-3);
  });
});

describe('what is rendered', () => {
  const edit: EditTerm = { layers: [2, 3], rows: [new Float32Array(16).fill(0.1), new Float32Array(16).fill(0.1)], alpha: 1 };
  const request = (more: Partial<RenderRequest> = {}): RenderRequest => ({ generator: 'small', sample: { seed: 0, psi: 1 }, edits: [edit], heat: true, region, ...more });
  const openedOn = (live: LivePictures): OpenGenerator => ({ generator, live, samples: new Samples(generator, (codes) => live.images(codes)) });

  it('is reduced and not measured under a moving slider, and whole and measured at rest', async () => {
    const { live } = await shownOn({ image_32: 31, image_64: 120, image: 320 });
    const opened = openedOn(live);
    const moving = await render(opened, request({ live: true }));
    expect([moving.frame.width, moving.frame.height]).toEqual([64, 64]);
    expect({ ...moving, frame: 0 }).toEqual({ frame: 0, reduced: true });
    const resting = await render(opened, request());
    expect([resting.frame.width, resting.reduced, resting.heat?.length]).toEqual([side, undefined, side ** 2]);
    expect(resting.change!.inside).toBeGreaterThan(0);
    expect(await render(opened, request({ live: false }))).toEqual(resting);
  });

  it('is the whole picture under a moving slider where that comes in time or is known', async () => {
    const quick = openedOn((await shownOn({ image_32: 1, image_64: 2, image: 3 })).live);
    expect(await render(quick, request({ live: true }))).toEqual(await render(quick, request()));
    vi.restoreAllMocks();
    const slow = openedOn((await shownOn({ image_32: 31, image_64: 120, image: 320 })).live);
    expect((await render(slow, request({ live: true, edits: [] }))).reduced).toBe(true);
    const known = await render(slow, request({ edits: [] }));
    expect(await render(slow, request({ live: true, edits: [] }))).toEqual(known);
  });

  it('is refused alike while a slider moves', async () => {
    const { live } = await shownOn({ image_32: 31, image_64: 120, image: 320 });
    await expect(render(openedOn(live), request({ live: true, edits: [{ ...edit, layers: [2, 30] }] }))).rejects.toThrow('layer 30');
    await expect(render(openedOn(live), request({ live: true, sample: { seed: -1, psi: 1 } }))).rejects.toThrow('the seed');
  });

  it.each([[5, 8], [25, 2], [700, 1]])('is in groups of as many small pictures as are made in 60 ms: at %i ms each %i', async (milliseconds, group) => {
    const { live, runs, wait } = machine({ image_32: 1, image_64: 2, image: milliseconds });
    for (let k = 0; k < 3; k++) await live.images(code);
    runs.mockClear();
    wait(2000);
    const frames: Frame[] = [];
    const items = Array.from({ length: 20 }, (_, seed) => ({ sample: { seed, psi: 1 }, edits: [edit] }));
    await renderBatch(openedOn(live), { generator: 'small', items, size: 32 }, { signal: new AbortController().signal, progress: ({ frame }) => frames.push(frame) });
    expect(frames).toHaveLength(20);
    const sizes = runs.mock.calls.map(([ws]) => ws.dims[0]!);
    expect(Math.max(...sizes)).toBe(group);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(20);
  });

  it('waits with small pictures until the one that somebody waits for has left', async () => {
    const { live } = machine({ image_32: 1, image_64: 2, image: 3 });
    const opened = openedOn(live);
    const order: string[] = [];
    let leave: () => void = () => undefined;
    const left = live.first(false, () => new Promise<void>((resolve) => { leave = resolve; })).then(() => order.push('picture'));
    const batch = renderBatch(opened, { generator: 'small', items: [{ sample: { seed: 3, psi: 1 }, edits: [] }], size: 32 }, { signal: new AbortController().signal, progress: () => order.push('small') });
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    leave();
    await Promise.all([left, batch]);
    expect(order).toEqual(['picture', 'small']);
  });

  it('waits with small pictures that are slow until the slider stands still, and not with quick ones', async () => {
    for (const [milliseconds, waits] of [[700, true], [5, false]] as const) {
      vi.restoreAllMocks();
      const { live, wait } = machine({ image_32: 1, image_64: 2, image: milliseconds });
      for (let k = 0; k < 3; k++) await live.images(code);
      await live.first(true, () => Promise.resolve());
      let done = false;
      const batch = renderBatch(openedOn(live), { generator: 'small', items: [{ sample: { seed: 3, psi: 1 }, edits: [] }], size: 32 }, { signal: new AbortController().signal, progress: () => { done = true; } });
      await new Promise((resolve) => { setTimeout(resolve, 250); });
      expect(done).toBe(!waits);
      wait(2000);
      await batch;
      expect(done).toBe(true);
    }
  });
});

describe('the cost of an output', () => {
  it('counts the products of its own part of the network, and the numbers that are passed on', () => {
    const g = new GraphBuilder();
    const weight = (name: string, dims: number[]) => g.weight(name, new Float32Array(dims.reduce((a, b) => a * b)), dims);
    const x = g.input('x', ['N', 4]);
    const dense = g.matmul(x, weight('dense', [4, 128]));
    const convolved = g.node('Conv', [g.reshape(dense, [-1, 2, 8, 8]), weight('kernel', [3, 2, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    g.output('small', convolved, ['N', 3, 8, 8]);
    g.output('large', g.node('ConvTranspose', [convolved, weight('spread', [3, 5, 4, 4])], { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] }), ['N', 5, 16, 16]);
    const model = g.build('costs');
    const shapes = new Map<string, readonly number[]>([['x', [1, 4]]]);
    for (const { opType, output } of model.graph!.node) {
      const dims = { MatMul: [1, 128], Reshape: [1, 2, 8, 8], Conv: [1, 3, 8, 8], ConvTranspose: [1, 5, 16, 16] }[opType];
      if (dims) shapes.set(output[0]!, dims);
    }
    for (const { name } of model.graph!.output) shapes.set(name, name === 'small' ? [1, 3, 8, 8] : [1, 5, 16, 16]);
    const [small, large] = [costOfOutput(model, 'small', shapes), costOfOutput(model, 'large', shapes)];
    const products = 4 * 128 + 192 * 2 * 9;
    expect(small).toBeGreaterThanOrEqual(products + 30 * (128 + 192));
    expect(small).toBeLessThanOrEqual(products + 30 * (128 + 128 + 192 + 192 + 8));
    const more = large - small;
    expect(more).toBeGreaterThanOrEqual(192 * 5 * 16 + 30 * 1280);
    expect(more).toBeLessThanOrEqual(192 * 5 * 16 + 30 * 2 * 1280);
  });
});

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: Float32Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function correlation(a: Float32Array, b: Float32Array): number {
  const [ma, mb] = [meanOf(a), meanOf(b)];
  return a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0) / a.length / deviationOf(a) / deviationOf(b);
}
