import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBatch } from '../../src/engine/batch/runBatch';
import type { BatchOptions, BatchOutcome } from '../../src/engine/batch/runBatch';
import { Generator } from '../../src/engine/generators/generator';
import { JacobianRunner } from '../../src/engine/factorization/jacobian';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { modelBytes } from '../../src/engine/onnx/modelFile';
import { CancelledError } from '../../src/shared/cancelledError';
import { parsePlan } from '../../src/shared/plan';
import type { BatchUpdate } from '../../src/shared/protocol/engineProtocol';
import { linearNetwork, openFixture } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const eye = { name: 'eye', shape: 'box', x: 0.25, y: 0.375, width: 0.375, height: 0.25 };
const top = { name: 'top', shape: 'ellipse', x: 0.1, y: 0, width: 0.8, height: 0.4 };
const least = { format: 'resefa-plan', version: 1, generators: ['fixture'], regions: [eye, top], seeds: ['0-1'], preset: 'draft', count: 2 };

let fixture: OpenedGenerator;
let base: string;
let updates: BatchUpdate[] = [];

beforeAll(async () => {
  fixture = await openFixture();
});

afterAll(async () => {
  await fixture.close();
});

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'resefa-batch-'));
  cpSync(join(fixture.folder, 'fixture'), join(base, 'fixture'), { recursive: true });
  updates = [];
  return () => { rmSync(base, { recursive: true }); };
});

const out = () => join(base, 'out');

async function run(plan: object, given: Partial<BatchOptions> = {}): Promise<BatchOutcome> {
  return runBatch({
    plan: parsePlan(JSON.stringify(plan), 'p.json'),
    base,
    out: out(),
    force: false,
    embedded: join(base, 'none'),
    use: async (path, work) => {
      const generator = await Generator.open(path, base);
      return work(generator).finally(() => generator.release());
    },
    tell: (update) => { updates.push(update); },
    ...given,
  });
}

/** The contents of all files below a folder but for what batches remember. */
function contents(folder = out()): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).filter((path) => !path.startsWith('.resefa-batch'));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path)).toString('base64')]));
}

function times(): Record<string, number> {
  return Object.fromEntries(Object.keys(contents()).map((path) => [path, statSync(join(out(), path)).mtimeMs]));
}

function notes(): string[] {
  return updates.flatMap((update) => (update.kind === 'note' ? [update.text] : []));
}

function discovered(): string[] {
  return updates.flatMap((update) => (update.kind === 'discovered' ? [update.task] : []));
}

const path = (file: string) => join(out(), 'fixture', file);

describe('runBatch', () => {
  it('writes a folder for each generator and a set of files for each region, and a summary', async () => {
    const { result, table } = await run(least);
    expect(result).toEqual({ discovered: 2, before: 0, failed: [], edited: [], summary: join(out(), 'summary.md') });
    expect(Object.keys(contents())).toEqual(['fixture/eye-1.resefa.json', 'fixture/eye-2.resefa.json', 'fixture/top-1.resefa.json', 'fixture/top-2.resefa.json', 'summary.md']);
    expect(table).toMatch(/^fixture\/eye +2 +\d/m);
    const eigenvalue = (JSON.parse(readFileSync(path('eye-1.resefa.json'), 'utf8')) as { discovery: { eigenvalue: number } }).discovery.eigenvalue;
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toContain(`| [eye-1](fixture/eye-1.resefa.json) | ${eigenvalue.toPrecision(4)} | `);
    expect(readFileSync(join(out(), '.resefa-batch', '.gitignore'), 'utf8')).toBe('*\n');
    expect(existsSync(join(out(), '.resefa-batch', 'lock'))).toBe(false);
  });

  it('takes the Jacobians once for all regions, and gives the bytes that each of them gives alone', async () => {
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    await run(least);
    expect(jacobians).toHaveBeenCalledTimes(2);
    jacobians.mockRestore();
    const together = contents();
    for (const region of [eye, top]) {
      await run({ ...least, regions: [region] }, { out: join(base, region.name) });
      for (const n of [1, 2]) {
        const file = `fixture/${region.name}-${n}.resefa.json`;
        expect(contents(join(base, region.name))[file]).toBe(together[file]);
      }
    }
  });

  it('says in names what differs within the plan', async () => {
    cpSync(join(base, 'fixture'), join(base, 'other'), { recursive: true });
    await run({ ...least, generators: ['fixture', './other'], regions: [eye], seeds: ['0', '1,5'], spaces: ['w', 'w+'], count: 1 });
    const names = ['eye-w+-seeds0-1', 'eye-w+-seeds1_5-1', 'eye-w-seeds0-1', 'eye-w-seeds1_5-1'];
    expect(Object.keys(contents())).toEqual([...['fixture', 'other'].flatMap((folder) => names.map((name) => `${folder}/${name}.resefa.json`)), 'summary.md']);
    const direction = JSON.parse(readFileSync(path('eye-w+-seeds1_5-1.resefa.json'), 'utf8')) as object;
    expect(direction).toMatchObject({ name: 'eye-w+-seeds1_5-1', latent: { space: 'w+' }, discovery: { seeds: '1,5' } });
  });

  it('tells how far it is, and never backwards', async () => {
    const clock = vi.spyOn(performance, 'now');
    // A second for each look at the clock.
    for (let second = 0; second < 10_000; second++) clock.mockReturnValueOnce(second * 1000);
    await run(least);
    clock.mockRestore();
    const told = updates.filter((update) => update.kind === 'progress');
    expect(told.length).toBeGreaterThan(4);
    expect(told[0]).toMatchObject({ job: 'fixture', step: 'sample 1 of 2, 0 of 32 tangents', fraction: 0 });
    const fractions = told.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1, 6);
    expect(told.at(-1)!.secondsLeft).toBeCloseTo(0, 3);
    expect(updates[0]).toEqual({ kind: 'started', total: 2, done: 0 });
    expect(discovered()).toEqual(['fixture/eye', 'fixture/top']);
  });
});

describe('running again', () => {
  it('repeats nothing and touches nothing', async () => {
    await run(least);
    const before = times();
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    expect((await run(least)).result).toMatchObject({ discovered: 0, before: 2, failed: [], edited: [] });
    expect(jacobians).not.toHaveBeenCalled();
    jacobians.mockRestore();
    expect(times()).toEqual(before);
  });

  it('makes a file again that was deleted, and leaves the others', async () => {
    await run(least);
    const [before, all] = [times(), contents()];
    rmSync(path('top-2.resefa.json'));
    await run(least);
    expect(contents()).toEqual(all);
    expect({ ...times(), 'fixture/top-2.resefa.json': 0 }).toEqual({ ...before, 'fixture/top-2.resefa.json': 0 });
  });

  it('never overwrites a file that was edited, until it is told to', async () => {
    await run(least);
    const all = contents();
    appendFileSync(path('eye-2.resefa.json'), '\n');
    rmSync(path('eye-1.resefa.json'));
    const edited = readFileSync(path('eye-2.resefa.json'), 'utf8');
    for (const discoveredNow of [1, 0]) {
      expect((await run(least)).result).toMatchObject({ discovered: discoveredNow, edited: ['fixture/eye-2.resefa.json'] });
      expect(readFileSync(path('eye-2.resefa.json'), 'utf8')).toBe(edited);
      expect(contents()['fixture/eye-1.resefa.json']).toBe(all['fixture/eye-1.resefa.json']);
    }
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toContain('- `fixture/eye-2.resefa.json`');
    expect((await run({ ...least, psi: 0.5 })).result.edited).toEqual(['fixture/eye-2.resefa.json']);
    await run(least);
    expect((await run(least, { force: true })).result).toMatchObject({ discovered: 1, before: 1, edited: [] });
    expect(contents()).toEqual(all);
  });

  it('leaves a file of its name that it did not write', async () => {
    mkdirSync(join(out(), 'fixture'), { recursive: true });
    writeFileSync(path('eye-1.resefa.json'), 'mine');
    writeFileSync(join(out(), 'summary.md'), '# My notes\n');
    const { result } = await run(least);
    expect(result).toMatchObject({ discovered: 2, edited: ['fixture/eye-1.resefa.json'] });
    expect(result.summary).toBeUndefined();
    expect(notes()).toContain('summary.md is not one of ours, so that it was left as it is');
    expect(readFileSync(path('eye-1.resefa.json'), 'utf8')).toBe('mine');
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toBe('# My notes\n');
  });

  it('repeats what has changed, and no more', async () => {
    await run(least);
    await run({ ...least, regions: [eye, { ...top, height: 0.5 }] });
    expect(discovered()).toEqual(['fixture/eye', 'fixture/top', 'fixture/top']);
    const before = times();
    updates = [];
    await run({ ...least, regions: [eye, { ...top, height: 0.5 }, { ...eye, name: 'third', x: 0.5 }] });
    expect(discovered()).toEqual(['fixture/third']);
    expect(times()).toMatchObject(Object.fromEntries(Object.entries(before).filter(([file]) => file !== 'summary.md')));
    updates = [];
    // The order of keys in the plan makes no difference.
    await run({ ...least, regions: [Object.fromEntries(Object.entries(eye).reverse())] });
    expect(discovered()).toEqual([]);
    await run({ ...least, regions: [eye], tau: 0.5 });
    expect(discovered()).toEqual(['fixture/eye']);
  });

  it('says which files of an earlier discovery are left', async () => {
    await run(least);
    await run({ ...least, count: 1 });
    expect(readFileSync(join(out(), 'summary.md'), 'utf8')).toContain('## Left by earlier discoveries\n\n- `fixture/eye-2.resefa.json`\n- `fixture/top-2.resefa.json`');
  });

  it('notices that a generator is another one', async () => {
    await run(least);
    const description = JSON.parse(readFileSync(join(base, 'fixture', 'generator.json'), 'utf8')) as { w_avg: number[] };
    writeFileSync(join(base, 'fixture', 'generator.json'), JSON.stringify({ ...description, w_avg: description.w_avg.map((value) => value + 0.1) }));
    expect((await run(least)).result).toMatchObject({ discovered: 2, before: 0 });
  });

  it.each([['no JSON', '{'], ['another format', '{"format":"x"}'], ['another shape', '{"format":"resefa-batch","version":1,"tasks":{"fixture/eye":7}}'], ['nothing', '']])('discovers everything again where what is remembered is %s, and finds the same', async (_, text) => {
    await run({ ...least, regions: [eye] });
    const [before, all] = [times(), contents()];
    writeFileSync(join(out(), '.resefa-batch', 'state.json'), text);
    updates = [];
    expect((await run({ ...least, regions: [eye] })).result).toMatchObject({ discovered: 1, edited: [] });
    expect(notes()).toEqual([expect.stringMatching(/^what was remembered of earlier runs cannot be read, so everything is discovered again: /)]);
    expect(contents()).toEqual(all);
    expect(times()).toEqual(before);
    expect((await run({ ...least, regions: [eye] })).result).toMatchObject({ discovered: 0, before: 1 });
  });
});

describe('a run that was cancelled', () => {
  /** Runs until something is told, and no further. */
  async function until(plan: object, when: (update: BatchUpdate) => boolean): Promise<void> {
    const controller = new AbortController();
    const tell = (update: BatchUpdate) => { if (when(update)) controller.abort(); };
    await expect(run(plan, { tell, signal: controller.signal })).rejects.toThrow(CancelledError);
  }

  it('goes on with the next sample, and gives the same bytes', async () => {
    const plan = { ...least, seeds: ['0-3'] };
    await run(plan, { out: join(base, 'whole') });
    vi.spyOn(performance, 'now').mockImplementation((() => { let time = 0; return () => (time += 1000); })());
    await until(plan, (update) => update.kind === 'progress' && update.step.startsWith('sample 3'));
    vi.restoreAllMocks();
    expect(contents()).toEqual({});
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    await run(plan);
    expect(jacobians).toHaveBeenCalledTimes(2);
    jacobians.mockRestore();
    expect(contents()).toEqual(contents(join(base, 'whole')));
    expect(readdirSync(join(out(), '.resefa-batch', 'sums', 'fixture'))).toEqual([]);
  });

  it('keeps the regions that were done, and needs no samples for the others', async () => {
    await run(least, { out: join(base, 'whole') });
    await until(least, (update) => update.kind === 'discovered');
    expect(Object.keys(contents())).toEqual(['fixture/eye-1.resefa.json', 'fixture/eye-2.resefa.json']);
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    expect((await run(least)).result).toMatchObject({ discovered: 1, before: 1 });
    expect(jacobians).not.toHaveBeenCalled();
    jacobians.mockRestore();
    expect(contents()).toEqual(contents(join(base, 'whole')));
  });

  it.each(['cut', 'flipped'])('takes all samples where what was kept is %s', async (damage) => {
    await run(least, { out: join(base, 'whole') });
    await until(least, (update) => update.kind === 'discovered');
    const sums = join(out(), '.resefa-batch', 'sums', 'fixture', 'w-seeds0-1.sums');
    const bytes = readFileSync(sums);
    writeFileSync(sums, damage === 'cut' ? bytes.subarray(0, 4000) : bytes.map((byte, i) => (i === 4000 ? byte ^ 1 : byte)));
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    await run(least);
    expect(jacobians).toHaveBeenCalledTimes(2);
    jacobians.mockRestore();
    expect(contents()).toEqual(contents(join(base, 'whole')));
  });

  it('does not go on with the sums of other settings', async () => {
    await until(least, (update) => update.kind === 'discovered');
    const jacobians = vi.spyOn(JacobianRunner.prototype, 'jacobian');
    await run({ ...least, psi: 0.5 });
    expect(jacobians).toHaveBeenCalledTimes(2);
    jacobians.mockRestore();
    await run({ ...least, psi: 0.5 }, { out: join(base, 'whole') });
    expect(contents()).toEqual(contents(join(base, 'whole')));
  });
});

describe('what cannot be discovered', () => {
  it('is told, and the rest is done', async () => {
    const plan = { ...least, generators: ['nowhere', { generator: 'fixture', class: 1, name: 'labelled' }, 'fixture'], regions: [eye, 'beak', { ...eye, name: 'dot', width: 0.001 }] };
    const { result, table } = await run(plan);
    expect(result).toMatchObject({ discovered: 1, before: 0 });
    expect(Object.fromEntries(result.failed.map(({ task, reason }) => [task, reason]))).toEqual({
      'nowhere/eye': expect.stringMatching(/^there is no generator "nowhere"; expected a path relative to the plan's folder/) as string,
      'nowhere/beak': expect.any(String) as string,
      'nowhere/dot': expect.any(String) as string,
      'labelled/eye': 'the generator generator has no classes: leave the class out',
      'labelled/beak': expect.any(String) as string,
      'labelled/dot': expect.any(String) as string,
      'fixture/beak': expect.stringMatching(/^p\.json: there is no region "beak"/) as string,
      'fixture/dot': expect.stringMatching(/^the region covers no pixel at 32x32/) as string,
    });
    expect(table).toMatch(/^fixture\/dot +failed/m);
    const summary = readFileSync(join(out(), 'summary.md'), 'utf8');
    expect(summary).toContain('- `nowhere/eye`, `nowhere/beak`, `nowhere/dot`: there is no generator "nowhere"');
    expect(summary).not.toContain(base);
    expect(notes()).toContainEqual(expect.stringMatching(/^nowhere\/eye and 2 more failed: /));
  });

  it('is what cannot be written, too', async () => {
    mkdirSync(out());
    writeFileSync(join(out(), 'fixture'), 'a file where the folder of the generator would be');
    const { result } = await run({ ...least, regions: [eye] });
    expect(result).toMatchObject({ discovered: 0, edited: [], failed: [{ task: 'fixture/eye', reason: expect.stringMatching(/^cannot write .*eye-1\.resefa\.json: a part of the path is a file, not a folder$/) as string }] });
  });

  it('keeps its samples where only a region fails that could be tried again', async () => {
    // Nothing outside the region changes: the pixels of the lower half are constant.
    const weight = Float32Array.from({ length: 4 * 3 * 16 * 16 }, (_, i) => (i % 256 < 128 ? Math.sin(i * i) : 0));
    writeFileSync(join(base, 'half.onnx'), modelBytes(linearNetwork({ input: ['N', 4], resolution: 16 }, weight)));
    const half = { name: 'half', shape: 'box', x: 0, y: 0, width: 1, height: 0.5 };
    const plan = { ...least, generators: ['half.onnx'], regions: [half, { ...half, name: 'quarter', height: 0.25 }] };
    for (const counts of [{ discovered: 1, before: 0 }, { discovered: 0, before: 1 }]) {
      const { result } = await run(plan);
      expect(result).toMatchObject({ ...counts, failed: [{ task: 'half/half', reason: expect.stringMatching(/^nothing outside the region changes/) as string }] });
    }
    expect(Object.keys(contents())).toContain('half/quarter-2.resefa.json');
  });

  it('falls back to central differences where an operator has no tangent rule, and says so', async () => {
    const g = new GraphBuilder();
    const flat = g.matmul(g.input('z', ['N', 4]), g.weight('weight', Float32Array.from({ length: 4 * 48 }, (_, i) => Math.sin(i * i + 1)), [4, 48]));
    const same = g.node('Det', [g.node('Reshape', [flat, g.ints([-1, 48, 1, 1])])]);
    g.output('image', g.node('Reshape', [same, g.ints([-1, 3, 4, 4])]), ['N', 3, 4, 4]);
    writeFileSync(join(base, 'det.onnx'), modelBytes(g.build('det')));
    const plan = { ...least, generators: ['det.onnx'], regions: [{ ...eye, width: 0.5 }] };
    expect((await run(plan)).result.discovered).toBe(1);
    expect(notes()).toContainEqual(expect.stringMatching(/^det: .*Det.*using central differences instead$/));
    expect(readFileSync(join(out(), 'det', 'eye-1.resefa.json'), 'utf8')).toContain('"jacobian": "central"');
    expect((await run(plan)).result).toMatchObject({ discovered: 0, before: 1 });
  });
});

describe('two batches for one folder', () => {
  it('do not work at once', async () => {
    let problem = '';
    const again = async () => { problem = await userErrorOf(() => run(least)); };
    const meanwhile: Promise<void>[] = [];
    await run(least, { tell: (update) => { if (update.kind === 'started') meanwhile.push(again()); } });
    await Promise.all(meanwhile);
    expect(problem).toMatch(/^another batch writes into .*out: wait for it or stop it$/);
  });

  it('of which one was killed do not keep the other from working', async () => {
    mkdirSync(join(out(), '.resefa-batch'), { recursive: true });
    // No process has this number.
    writeFileSync(join(out(), '.resefa-batch', 'lock'), `${2 ** 22 + 1} ${(await import('node:os')).hostname()}\n`);
    expect((await run(least)).result.discovered).toBe(2);
  });

  it('remember both', async () => {
    await run({ ...least, regions: [eye] });
    await run({ ...least, regions: [top] });
    expect((await run(least)).result).toMatchObject({ discovered: 0, before: 2 });
  });
});
