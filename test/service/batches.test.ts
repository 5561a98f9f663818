import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/shared/cancelledError';
import type { BatchUpdate, DiscoverPlanRequest } from '../../src/shared/protocol/engineProtocol';
import { userErrorOf } from '../support/userErrors';
import { Engine, cat } from './engineCalls';

const plan = { format: 'resefa-plan', version: 1, generators: [cat], regions: ['eyes', 'mouth'], preset: 'draft', count: 2 };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resefa-batches-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function request(out: string, given: Partial<DiscoverPlanRequest> = {}): DiscoverPlanRequest {
  return { plan: JSON.stringify(plan), name: 'p.json', base: folder, out: join(folder, out), force: false, ...given };
}

describe('discoverPlan', () => {
  it('discovers what a plan asks for while other calls are answered', async () => {
    const engine = new Engine();
    const updates: BatchUpdate[] = [];
    let ended = false;
    let rendered: Promise<boolean> | undefined;
    const result = await engine.call('discoverPlan', request('out'), (update) => {
      updates.push(update);
      if (update.kind === 'progress') rendered ??= engine.call('render', { generator: cat, sample: { seed: 0, psi: 0.7 }, edits: [], heat: false }).then(() => ended);
    });
    ended = true;
    expect(await rendered).toBe(false);
    expect(result).toEqual({ discovered: 2, before: 0, failed: [], edited: [], summary: join(folder, 'out', 'summary.md') });
    expect(updates[0]).toEqual({ kind: 'started', total: 2, done: 0 });
    expect(updates.filter(({ kind }) => kind === 'discovered')).toEqual([
      { kind: 'discovered', task: `${cat}/eyes`, files: 2, done: 1, total: 2 },
      { kind: 'discovered', task: `${cat}/mouth`, files: 2, done: 2, total: 2 },
    ]);
    expect(readdirSync(join(folder, 'out', cat)).sort()).toEqual(['eyes-1.resefa.json', 'eyes-2.resefa.json', 'mouth-1.resefa.json', 'mouth-2.resefa.json']);
  });

  it('can be cancelled, and goes on', async () => {
    const engine = new Engine();
    const controller = new AbortController();
    const stopping = engine.call('discoverPlan', request('stopped'), ({ kind }) => { if (kind === 'discovered') controller.abort(); }, controller.signal);
    await expect(stopping).rejects.toThrow(CancelledError);
    expect(await engine.call('discoverPlan', request('stopped'))).toMatchObject({ discovered: 1, before: 1 });
  });

  it('refuses a broken plan with the place, and a folder that cannot be written, and leaves nothing', async () => {
    const engine = new Engine();
    writeFileSync(join(folder, 'file'), '');
    expect(await userErrorOf(() => engine.call('discoverPlan', request('bad', { plan: '{}' })))).toBe('p.json: "format" is missing: it must be "resefa-plan"');
    expect(await userErrorOf(() => engine.call('discoverPlan', request('file/bad')))).toMatch(/^cannot write .*file\/bad: a part of the path is a file, not a folder$/);
    expect(existsSync(join(folder, 'bad'))).toBe(false);
  });
});
