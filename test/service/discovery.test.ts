import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { accumulateGrams, directionFile, directionsOf, measureDirections, niceAlpha, planDiscovery } from '../../src/engine/factorization/discover';
import type { DiscoveryState } from '../../src/engine/factorization/discover';
import * as discoverModule from '../../src/engine/factorization/discover';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { CancelledError } from '../../src/shared/cancelledError';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import type { DiscoverRequest, DiscoverUpdate, Discovered } from '../../src/shared/protocol/engineProtocol';
import type { Region } from '../../src/shared/region';
import { openBare, openFixture, toyNetwork } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';
import { engineSettings } from '../support/engineSettings';

vi.mock(import('../../src/engine/factorization/discover'), async (original) => {
  const module = await original();
  return { ...module, directionsOf: vi.fn(module.directionsOf) };
});

const region: Region = { shape: 'box', x: 0.25, y: 0.375, width: 0.375, height: 0.25 };

let fixture: OpenedGenerator;
let reference: string;
let engine: Engine;

beforeAll(async () => {
  fixture = await openFixture();
  reference = join(fixture.folder, 'fixture');
  engine = new Engine();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await engine.call('clearCache', {});
});

afterAll(async () => {
  await fixture.close();
});

type Kind<Name> = Extract<DiscoverUpdate, { kind: Name }>;

/** A discovery, what it told, and how to end it. */
class Run {
  readonly updates: DiscoverUpdate[] = [];
  readonly controller = new AbortController();
  readonly result: Promise<Discovered>;

  constructor(private readonly request: DiscoverRequest, follow: (update: DiscoverUpdate) => void = () => undefined) {
    const onProgress = (update: DiscoverUpdate) => {
      this.updates.push(update);
      follow(update);
    };
    this.result = engine.call('discover', request, onProgress, this.controller.signal);
    this.result.catch(() => undefined);
  }

  stop(): void {
    void engine.call('stop', { id: this.request.id });
  }

  all<Name extends DiscoverUpdate['kind']>(kind: Name): Kind<Name>[] {
    return this.updates.filter((update): update is Kind<Name> => update.kind === kind);
  }
}

function request(more: Partial<DiscoverRequest> = {}): DiscoverRequest {
  return { id: 'mine', generator: reference, region, name: 'brow', preset: 'draft', space: 'w', layers: [3, 4, 5, 6], count: 3, ...more };
}

/** On the embedded generator a sample has 128 tangents, sixteen in a chunk. */
const [tangentsPerChunk, chunksPerSample] = [16, 8];

function embeddedRequest(more: Partial<DiscoverRequest> = {}): DiscoverRequest {
  return request({ generator: cat, seeds: '0-5', layers: [7, 8, 9], preset: 'standard', ...more });
}

const isMeasured = ({ metrics }: DirectionFile) => metrics !== undefined;
const measuredIn = (files: readonly DirectionFile[]) => files.filter(isMeasured).length;

describe('a discovery', () => {
  it.each([['w', 'draft'], ['w+', 'draft'], ['w', 'official']] as const)('finds what its parts find: %s, %s', async (space, preset) => {
    const run = new Run(request({ space, preset, seeds: '4,9', count: 4 }));
    const { directions, stopped, seeds, seconds } = await run.result;
    const { generator } = fixture;
    const plan = planDiscovery(generator, { region, preset, space, seeds: [4, 9], layers: [3, 4, 5, 6] });
    let state: DiscoveryState | undefined;
    for await (state of accumulateGrams(generator, plan));
    const measured = await measureDirections(generator, plan, state!, await directionsOf(state!, plan, 4), 'eigenvalue');
    expect(directions).toEqual(measured.map((direction, i) => directionFile(`brow-${i + 1}`, generator, plan, [4, 9], direction, 'eigenvalue')));
    expect(directions).toHaveLength(4);
    expect([stopped, seeds]).toEqual([false, '4,9']);
    expect(seconds).toBeGreaterThan(0);
  });

  it('takes the samples of the preset where none are said', async () => {
    const { seeds, directions } = await new Run(request()).result;
    expect(seeds).toBe('0-1');
    expect(directions[0]!.discovery).toMatchObject({ seeds: '0-1', preset: 'draft' });
  });

  it('shows directions after the first sample, and each as it is measured', async () => {
    const run = new Run(request({ seeds: '0-2' }));
    const { directions } = await run.result;
    const files = run.all('directions').map((update) => update.directions);
    expect(files[0]!.map(({ discovery }) => discovery.seeds)).toEqual(['0', '0', '0']);
    expect(files.map(measuredIn)).toEqual([...files.slice(3).map(() => 0), 1, 2, 3]);
    for (const each of files) expect(each.map(({ name }) => name)).toEqual(['brow-1', 'brow-2', 'brow-3']);
    const solved = files.filter((each) => measuredIn(each) === 0).at(-1)!;
    expect(solved.map(({ discovery }) => discovery.seeds)).toEqual(['0-2', '0-2', '0-2']);
    expect(solved.map(({ vector }) => vector)).toEqual(directions.map(({ vector }) => vector));
    expect(files.at(-1)).toEqual(directions);
    // Measured from the front, the others still without metrics.
    expect(files.at(-2)!.map(isMeasured)).toEqual([true, true, false]);
  });

  it('shows directions that are not measured with a range to try', async () => {
    const run = new Run(request());
    const { directions } = await run.result;
    run.all('directions')[0]!.directions.forEach((file, i) => {
      const [least, most] = file.edit.alpha;
      expect(least).toBe(-most);
      expect(niceAlpha(most)).toBe(most);
      // To first order; the network is not linear.
      expect(most / directions[i]!.edit.alpha[1]).toBeGreaterThan(0.3);
      expect(most / directions[i]!.edit.alpha[1]).toBeLessThan(3);
      expect(formatDirection(parseDirection(formatDirection(file), 'x'))).toBe(formatDirection(file));
    });
  });

  it('tells where it stands', async () => {
    const run = new Run(embeddedRequest({ seeds: '0-3', count: 2 }));
    await run.result;
    const told = run.all('progress');
    const phases = told.map(({ phase }) => phase);
    expect(phases).toEqual([...phases.filter((phase) => phase === 'sampling'), ...phases.filter((phase) => phase === 'measuring')]);
    expect(new Set(phases).size).toBe(2);
    for (const progress of told) {
      expect(progress).toMatchObject({ samples: 4, tangents: 128 });
      expect(progress.secondsLeft).toBeGreaterThanOrEqual(0);
      expect(progress.fraction).toBeGreaterThan(0);
      if (progress.phase === 'sampling') expect(progress.tangentsDone % tangentsPerChunk).toBe(0);
      else expect(progress.samplesDone).toBe(4);
    }
    for (const key of ['fraction', 'samplesDone', 'secondsElapsed'] as const) {
      const values = told.map((progress) => progress[key]);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    expect(told.at(-1)).toMatchObject({ fraction: 1, secondsLeft: 0 });
    expect(told.find(({ phase }) => phase === 'measuring')!.fraction).toBeLessThan(0.95);
  });

  it('does not spend its time on solving', async () => {
    // Every solution takes as long as everything before it: a fifth of the time allows for no second one but the last.
    const began = performance.now();
    const solve = vi.mocked(discoverModule.directionsOf);
    const exact = solve.getMockImplementation()!;
    const states: (readonly number[])[] = [];
    solve.mockImplementation((state, ...rest) => {
      const end = 2 * performance.now() - began;
      while (performance.now() < end);
      states.push(state.seeds);
      return exact(state, ...rest);
    });
    await new Run(request({ seeds: '0-3' })).result;
    solve.mockImplementation(exact);
    expect(states).toEqual([[0], [0, 1, 2, 3]]);
  });

  it('lets pictures through', async () => {
    const finished: string[] = [];
    const pictures: Promise<unknown>[] = [];
    const run = new Run(embeddedRequest(), ({ kind }) => {
      if (kind !== 'directions' || pictures.length > 0) return;
      for (const seed of [1, 2]) pictures.push(engine.call('render', { generator: cat, sample: { seed, psi: 1 }, edits: [], heat: false }).then(() => finished.push('picture')));
    });
    await run.result.then(() => finished.push('discovery'));
    await Promise.all(pictures);
    expect(finished).toEqual(['picture', 'picture', 'discovery']);
  });

  it('may run beside another one', async () => {
    const [alone, ...both] = await Promise.all([new Run(request()).result, new Run(request({ id: 'a' })).result, new Run(request({ id: 'b', seeds: '5' })).result]);
    expect(both[0].directions.map(formatDirection)).toEqual(alone.directions.map(formatDirection));
    expect(both[1].seeds).toBe('5');
  });

  it('keeps to the memory of the settings', async () => {
    const create = vi.spyOn(JacobianRunner, 'create');
    await new Run(request({ seeds: '0' })).result;
    await engine.call('configure', engineSettings({ threads: 0, memoryBudget: 2 ** 26 }));
    await new Run(request({ seeds: '1' })).result;
    await engine.call('configure', engineSettings({ threads: 0, memoryBudget: 0 }));
    expect(create.mock.calls.map(([, { memoryBudget }]) => memoryBudget)).toEqual([undefined, 2 ** 26]);
  });
});

/** Runs of tangents since the beginning of the test. */
function countChunks(): { readonly count: () => number; readonly until: (count: number) => Promise<void> } {
  const products = vi.spyOn(JacobianRunner.prototype, 'products');
  const count = () => products.mock.calls.length;
  const until = async (wanted: number) => {
    while (count() < wanted) await new Promise((resolve) => setImmediate(resolve));
  };
  return { count, until };
}

describe('stop', () => {
  it('in the middle of a sample leaves that one out, and measures', async () => {
    const chunks = countChunks();
    const run = new Run(embeddedRequest());
    await chunks.until(chunksPerSample + 2);
    run.stop();
    const { directions, stopped, seeds } = await run.result;
    expect(chunks.count()).toBeLessThan(2 * chunksPerSample);
    expect([stopped, seeds]).toEqual([true, '0']);
    expect(directions.map(({ discovery }) => discovery.seeds)).toEqual(['0', '0', '0']);
    expect(measuredIn(directions)).toBe(3);
  });

  it('keeps the samples that are finished, and solves for all of them', async () => {
    const chunks = countChunks();
    const run = new Run(embeddedRequest({ seeds: '3,5,7,9' }));
    await chunks.until(2 * chunksPerSample + 3);
    run.stop();
    const { directions, stopped, seeds } = await run.result;
    expect([stopped, seeds]).toEqual([true, '3,5']);
    const two = await new Run(embeddedRequest({ seeds: '3,5' })).result;
    // The held-out samples are those of the whole plan, which are the same here.
    expect(directions).toEqual(two.directions);
  });

  it('before the first sample is finished finishes that one', async () => {
    const chunks = countChunks();
    const run = new Run(embeddedRequest());
    await chunks.until(1);
    run.stop();
    const { directions, stopped, seeds } = await run.result;
    expect(chunks.count()).toBe(chunksPerSample);
    expect([stopped, seeds, measuredIn(directions)]).toEqual([true, '0', 3]);
  });

  it('before anything has begun finishes the first sample as well', async () => {
    const run = new Run(request({ seeds: '0-3' }));
    run.stop();
    expect(await run.result).toMatchObject({ stopped: true, seeds: '0' });
  });

  it('that leaves nothing out has not stopped anything', async () => {
    const run = new Run(request({ seeds: '6' }));
    run.stop();
    expect(await run.result).toMatchObject({ stopped: false, seeds: '6' });
  });

  it('while directions are measured leaves the rest unmeasured', async () => {
    const run: Run = new Run(request({ count: 5 }), (update) => {
      if (update.kind === 'directions' && measuredIn(update.directions) === 2) run.stop();
    });
    const { directions, stopped, seeds } = await run.result;
    expect(directions.map(isMeasured)).toEqual([true, true, false, false, false]);
    expect([stopped, seeds]).toEqual([true, '0-1']);
    expect(run.all('directions').at(-1)!.directions).toEqual(directions);
  });

  it('twice ends the samples and then the measurements', async () => {
    const run: Run = new Run(request({ seeds: '0-3', count: 5 }), (update) => {
      if (update.kind === 'directions') run.stop();
    });
    // Told synchronously, the first time with nothing measured, then with one direction.
    const { directions, stopped, seeds } = await run.result;
    expect([stopped, seeds, measuredIn(directions)]).toEqual([true, '0', 1]);
  });

  it('of a discovery that is not known, or has ended, is no mistake', async () => {
    expect(await engine.call('stop', { id: 'nobody' })).toBeUndefined();
    const run = new Run(request());
    await run.result;
    run.stop();
    expect((await new Run(request()).result).stopped).toBe(false);
  });

  it('leaves other discoveries alone', async () => {
    const [mine, other] = [new Run(request({ seeds: '0-3' })), new Run(request({ id: 'other', seeds: '0-3' }))];
    mine.stop();
    expect((await mine.result).seeds).toBe('0');
    expect(await other.result).toMatchObject({ stopped: false, seeds: '0-3' });
  });
});

describe('cancelling', () => {
  it('ends a discovery in the middle of a sample', async () => {
    const chunks = countChunks();
    const run = new Run(embeddedRequest());
    await chunks.until(chunksPerSample + 2);
    run.controller.abort();
    await expect(run.result).rejects.toThrow(CancelledError);
    expect(chunks.count()).toBeLessThan(2 * chunksPerSample);
  });

  it('ends a discovery that measures', async () => {
    const run: Run = new Run(request(), (update) => {
      if (update.kind === 'directions' && measuredIn(update.directions) === 1) run.controller.abort();
    });
    await expect(run.result).rejects.toThrow(CancelledError);
    expect(measuredIn(run.all('directions').at(-1)!.directions)).toBe(1);
  });

  it('ends a discovery that was stopped', async () => {
    const run: Run = new Run(request({ seeds: '0-3' }), (update) => {
      if (update.kind !== 'directions') return;
      run.stop();
      run.controller.abort();
    });
    await expect(run.result).rejects.toThrow(CancelledError);
  });

  it('leaves the engine as it was', async () => {
    const before = await new Run(request()).result;
    await engine.call('clearCache', {});
    const run = new Run(embeddedRequest());
    run.controller.abort();
    await expect(run.result).rejects.toThrow(CancelledError);
    expect((await new Run(request()).result).directions).toEqual(before.directions);
  });
});

describe('a generator with an operator that has no tangent rule', () => {
  it('is discovered by central differences, which is told first', async () => {
    const pixels = Float32Array.from({ length: 8 * 3 * 16 * 16 }, (_, i) => Math.sin(i * i + 1));
    const opened = await openBare(toyNetwork({
      input: [1, 8],
      inputName: 'z',
      resolution: 16,
      // The determinant of one number is that number.
      body: (g, z) => g.node('Det', [g.reshape(g.matmul(g.node('Tanh', [z]), g.weight('weight', pixels, [8, 768])), [768, 1, 1])]),
    }));
    const run = new Run(request({ generator: join(opened.folder, 'toy.onnx'), layers: [0], seeds: '0,1' }));
    const { directions, seeds } = await run.result;
    await opened.close();
    expect(run.updates[0]).toEqual({ kind: 'note', text: expect.stringMatching(/^No tangent rule for Det \(node .*; using central differences instead$/) as string });
    expect(run.all('note')).toHaveLength(1);
    expect(directions[0]!.discovery).toMatchObject({ jacobian: 'central', seeds: '0-1' });
    expect([seeds, measuredIn(directions)]).toEqual(['0-1', 3]);
  });
});

describe('a discovery that cannot be', () => {
  it.each([
    ['no layer', { layers: [] }, 'no layer is to be edited; choose at least one'],
    ['a layer too many', { layers: [3, 8] }, 'layer 8 is to be edited; the generator generator has layers 0 to 7'],
    ['half a layer', { layers: [0.5] }, /^layer 0.5 is to be edited/],
    ['no direction', { count: 0 }, 'the number of directions: must be a whole number from 1 to 1000, not 0'],
    ['seeds that are none', { seeds: '5-1' }, 'the samples: the range 5-1 runs backwards; write 1-5'],
    ['a region outside', { region: { ...region, x: 0.9 } }, /goes beyond the right edge/],
    ['a region of no shape', { region: { shape: 'star' } as unknown as Region }, /^the region: "shape" must be/],
    ['a region without pixels', { region: { ...region, width: 1e-4 } }, /the region covers no pixel at 32x32/],
    ['a region of everything', { region: { shape: 'box', x: 0, y: 0, width: 1, height: 1 } }, /the region covers the whole image/],
    ['official in w+', { preset: 'official', space: 'w+' }, /^the preset official/],
    ['a class of a generator that has none', { label: 1 }, /has no classes/],
    ['no generator', { generator: 'nobody' }, /^there is no generator "nobody"/],
  ] as const)('is refused: %s', async (_, more, message) => {
    const run = new Run(request(more));
    const error = await userErrorOf(() => run.result);
    if (typeof message === 'string') expect(error).toBe(message);
    else expect(error).toMatch(message);
    expect(run.all('directions')).toEqual([]);
  });
});
