import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { DiscoverRequest, DiscoverUpdate, EngineCalls } from '../../src/shared/protocol/engineProtocol';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import { Client } from '../../src/shared/protocol/rpc';
import { CancelledError } from '../../src/shared/cancelledError';
import { UserError } from '../../src/shared/userError';
import { Engine, cat } from './engineCalls';
import { engineSettings } from '../support/engineSettings';

const entry = fileURLToPath(new URL('../../dist/engine.js', import.meta.url));
const edit = { layers: [4, 5], rows: [new Float32Array(128).fill(0.1), new Float32Array(128).fill(-0.1)], alpha: 1.25 };
const picture = { generator: cat, sample: { seed: 11, psi: 0.7 }, edits: [edit], heat: true, region: { shape: 'box', x: 0.2, y: 0.4, width: 0.5, height: 0.2 } } as const;
const discovery: DiscoverRequest = { id: 'a', generator: cat, region: picture.region, name: 'eyes', preset: 'standard', space: 'w', layers: [7, 8, 9], seeds: '0-99', count: 3 };

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The engine as the extension starts it. */
function start() {
  const child = fork(entry, { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  const errors: string[] = [];
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk.toString('utf8')));
  const client = new Client<EngineCalls>({
    send: (message) => child.send(message as object),
    listen: (listener) => {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
  });
  child.on('exit', () => { client.close(new EngineStoppedError('the engine ended')); });
  return { child, client, exited: once(child, 'exit') as Promise<[code: number | null, signal: string | null]>, errors };
}

/** A discovery that takes long, and when it first tells something of a kind. */
function discover(client: Client<EngineCalls>, kind: DiscoverUpdate['kind'], signal?: AbortSignal) {
  const updates: DiscoverUpdate[] = [];
  let seen: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => { seen = resolve; });
  const result = client.call('discover', discovery, {
    signal,
    onProgress: (update) => {
      updates.push(update);
      if (update.kind === kind) seen();
    },
  });
  result.catch(() => undefined);
  return { begun, result, updates };
}

describe('the engine process', () => {
  it('answers as the engine does, with typed arrays', async () => {
    const { client } = start();
    await client.call('configure', engineSettings({ threads: 1, memoryBudget: 0 }));
    expect((await client.call('open', { generator: cat })).name).toBe(cat);
    const rendered = await client.call('render', picture);
    const inside = new Engine();
    await inside.call('configure', engineSettings({ threads: 1, memoryBudget: 0 }));
    expect(rendered).toEqual(await inside.call('render', picture));
    for (const bytes of [rendered.frame.data, rendered.heat]) {
      expect(bytes).toBeInstanceOf(Uint8Array);
      expect(Buffer.isBuffer(bytes)).toBe(false);
    }
  });

  it('tells mistakes apart from defects, and lives on after both', async () => {
    const { client, errors } = start();
    await expect(client.call('open', { generator: 'nobody' })).rejects.toThrow(UserError);
    expect(errors.join('')).toBe('');
    const defect: unknown = await client.call('render', { generator: cat } as never).catch((error: unknown) => error);
    expect(defect).not.toBeInstanceOf(UserError);
    expect((defect as Error).name).toBe('TypeError');
    expect((await client.call('render', picture)).frame.width).toBe(64);
    expect(errors.join('')).toContain('TypeError');
  });

  it('draws while it discovers, and stops when it is told to', async () => {
    const { client } = start();
    const { begun, result, updates } = discover(client, 'directions');
    await begun;
    expect((await client.call('render', picture)).frame.width).toBe(64);
    await client.call('stop', { id: 'a' });
    const { directions, stopped } = await result;
    expect(stopped).toBe(true);
    expect(directions.map(({ metrics }) => metrics !== undefined)).toEqual([true, true, true]);
    expect(updates.at(-1)).toMatchObject({ kind: 'progress', phase: 'measuring', fraction: 1 });
  });

  it('can be told to forget a discovery', async () => {
    const { client } = start();
    const controller = new AbortController();
    const { begun, result } = discover(client, 'progress', controller.signal);
    await begun;
    controller.abort();
    await expect(result).rejects.toThrow(CancelledError);
    expect((await client.call('render', picture)).frame.width).toBe(64);
  });

  it('that is killed in the middle of a discovery is noticed, and another one goes on', async () => {
    const { child, client, exited } = start();
    const { begun, result } = discover(client, 'progress');
    await begun;
    child.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);
    await expect(result).rejects.toThrow(EngineStoppedError);
    await expect(client.call('open', { generator: cat })).rejects.toThrow(EngineStoppedError);
    expect((await start().client.call('render', picture)).frame.width).toBe(64);
  });

  it.each(['at rest', 'in the middle of a discovery'])('ends when the extension goes away, %s', async (when) => {
    const { child, client, exited, errors } = start();
    await client.call('open', { generator: cat });
    if (when !== 'at rest') await discover(client, 'progress').begun;
    child.disconnect();
    expect(await exited).toEqual([0, null]);
    expect(errors.join('')).toBe('');
  });

  it('started by hand says what it is', () => {
    const { status, stderr } = spawnSync(process.execPath, [entry], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'this is the engine of the ReSeFa extension, which starts it by itself; on the command line use resefa\n']);
  });
});
