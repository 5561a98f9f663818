import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineProcess } from '../../src/extension/engineProcess';
import type { EngineProcessOptions } from '../../src/extension/engineProcess';
import { CancelledError } from '../../src/shared/cancelledError';
import type { ExecutionProvider } from '../../src/shared/protocol/engineProtocol';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import { UserError } from '../../src/shared/userError';
import { engineSettings } from '../support/engineSettings';

/** An engine of the test's own: `calls[method](params, message)` answers with its return value, or throws. */
const preamble = `
const heard = [];
const reply = (kind, id, rest) => process.send({ kind, id, ...rest });
const calls = {
  configure: (params) => { heard.push(params); },
  open: () => ({ heard, pid: process.pid, electron: process.env.ELECTRON_RUN_AS_NODE }),
};
process.on('message', async (message) => {
  heard.push(message.kind === 'call' ? message.method : message.kind);
  if (message.kind !== 'call') return calls[message.kind]?.(message);
  try {
    reply('result', message.id, { value: await calls[message.method](message.params, message) });
  } catch (error) {
    reply('failure', message.id, { failure: { name: error.name, message: error.message } });
  }
});
process.on('disconnect', () => process.exit());
`;

const opened: { readonly engine: EngineProcess; readonly folder: string }[] = [];

afterEach(() => {
  for (const { engine, folder } of opened.splice(0)) {
    engine.dispose();
    rmSync(folder, { recursive: true });
  }
});

function engineOf(script: string, options: Partial<EngineProcessOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'resefa-engine-'));
  const entry = join(folder, 'engine.js');
  writeFileSync(entry, script);
  const lines: string[] = [];
  const stops: string[] = [];
  const keep = (line: string) => { lines.push(line); };
  const engine = new EngineProcess({ entry, settings: () => engineSettings({ threads: 3, memoryBudget: 1024 }), log: { info: keep, warn: keep, error: keep }, ...options });
  engine.onDidStop((message) => { stops.push(message); });
  opened.push({ engine, folder });
  const open = () => engine.call('open', { generator: 'toy' }) as unknown as Promise<{ heard: unknown[]; pid: number; electron: string }>;
  return { engine, open, lines, stops, entry };
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => { throw new Error('expected a failure'); }, (error: unknown) => error as Error);
}

const dies = 'calls.render = () => { process.kill(process.pid, "SIGKILL"); return new Promise(() => undefined); };';
const waits = 'calls.render = () => new Promise(() => undefined);';
const request = { generator: 'toy', sample: { seed: 0, psi: 1 }, edits: [], heat: false };

describe('a running engine process', () => {
  it('is forked at the first call, as Node, and is given its settings before anything else', async () => {
    const { engine, open } = engineOf(preamble);
    expect(engine.pid).toBeUndefined();
    const { heard, pid, electron } = await open();
    expect(heard).toEqual(['configure', engineSettings({ threads: 3, memoryBudget: 1024 }), 'open']);
    expect(engine.pid).toBe(pid);
    expect(electron).toBe('1');
    expect((await open()).pid).toBe(pid);
  });

  it('takes no option over from the process that forks it, such as a debugger\'s port', async () => {
    process.execArgv.push('--no-such-option');
    try {
      const { open } = engineOf(preamble);
      expect((await open()).pid).toBeGreaterThan(0);
    } finally {
      process.execArgv.pop();
    }
  });

  it('starts one process for calls that are made at once, and answers each', async () => {
    const { open } = engineOf(preamble);
    const pids = (await Promise.all([open(), open(), open()])).map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(1);
  });

  it('gets the settings again when they change', async () => {
    let threads = 1;
    const { engine, open } = engineOf(preamble, { settings: () => engineSettings({ threads, memoryBudget: 0 }) });
    await open();
    threads = 2;
    engine.settingsChanged();
    expect((await open()).heard).toEqual(['configure', engineSettings({ threads: 1, memoryBudget: 0 }), 'open', 'configure', engineSettings({ threads: 2, memoryBudget: 0 }), 'open']);
  });

  it('works on when the engine does not take its settings', async () => {
    const { open, lines } = engineOf(`${preamble} calls.configure = () => { throw new Error('too many threads'); };`);
    expect((await open()).pid).toBeGreaterThan(0);
    expect(lines).toContain('the engine did not take the settings: Error: too many threads');
  });

  it('passes typed arrays, progress and the errors of users', async () => {
    const { engine } = engineOf(`${preamble}
      calls.renderBatch = (params, { id }) => { for (const index of [0, 1]) reply('progress', id, { value: { index, frame: new Uint8Array([index, 7]) } }); };
      calls.stop = () => { const error = new Error('there is no discovery "a"'); error.name = 'UserError'; throw error; };`);
    const progress: unknown[] = [];
    await engine.call('renderBatch', { generator: 'toy', items: [], size: 8 }, { onProgress: (value) => progress.push(value) });
    expect(progress).toEqual([{ index: 0, frame: new Uint8Array([0, 7]) }, { index: 1, frame: new Uint8Array([1, 7]) }]);
    expect(await failureOf(engine.call('stop', { id: 'a' }))).toEqual(new UserError('there is no discovery "a"'));
  });

  it('passes cancellations on', async () => {
    const { engine } = engineOf(`${preamble}
      calls.render = () => new Promise((_, reject) => { calls.cancel = () => { const error = new Error(); error.name = 'CancelledError'; reject(error); }; });
      calls.open = () => { setTimeout(() => process.send({ kind: 'ignored' }), 0); };`);
    const controller = new AbortController();
    const failure = failureOf(engine.call('render', request, { signal: controller.signal }));
    await engine.call('open', { generator: 'toy' });
    controller.abort();
    expect(await failure).toBeInstanceOf(CancelledError);
  });

  it('writes the lines of both its outputs to the log', async () => {
    const { open, lines } = engineOf(`${preamble} calls.open = () => { console.log('to stdout'); console.error('to stderr'); };`);
    await open();
    await expect.poll(() => lines).toEqual(expect.arrayContaining(['to stdout', 'to stderr']));
  });
});

describe('what the engine computes on', () => {
  const tells = `${preamble}${dies}
    calls.open = ({ generator }) => { process.send({ kind: 'event', name: 'provider', value: { provider: generator, reasons: ['a reason'] } }); return { heard }; };`;
  const crashedIn = (heard: readonly unknown[]) => (heard[1] as { crashed?: readonly string[] }).crashed;

  it('is told to those who listen, by every process', async () => {
    const { engine, open } = engineOf(tells);
    const told: unknown[] = [];
    const stop = engine.onProvider((status) => { told.push(status); });
    await open();
    engine.restart('the engine was restarted');
    await open();
    await expect.poll(() => told).toEqual([{ provider: 'toy', reasons: ['a reason'] }, { provider: 'toy', reasons: ['a reason'] }]);
    stop();
    await open();
    expect(told).toHaveLength(2);
  });

  it('is left alone by the next process when one ended on it, until the user restarts it or chooses anew', async () => {
    let executionProvider: ExecutionProvider = 'auto';
    const { engine, open } = engineOf(tells, { settings: () => engineSettings({ executionProvider }) });
    const crash = async () => {
      await open();
      await failureOf(engine.call('render', request));
      return (await open()).heard;
    };
    expect(crashedIn(await crash())).toEqual(['toy']);
    expect(crashedIn(await crash())).toEqual(['toy']);
    engine.restart('the engine was restarted');
    expect(crashedIn((await open()).heard)).toBeUndefined();
    expect(crashedIn(await crash())).toEqual(['toy']);
    executionProvider = 'webgpu';
    engine.settingsChanged();
    expect((await open()).heard.at(-2)).toEqual(engineSettings({ executionProvider: 'webgpu' }));
  });

  it('is not to blame where it is the CPU', async () => {
    const { engine, open } = engineOf(tells);
    await engine.call('open', { generator: 'cpu' });
    await failureOf(engine.call('render', request));
    expect(crashedIn((await open()).heard)).toBeUndefined();
  });
});

describe('an engine process that ends', () => {
  it('rejects what it was doing with the signal, tells it once, and starts anew', async () => {
    const { engine, open, stops } = engineOf(`${preamble}${dies}`);
    const first = await open();
    const failures = await Promise.all([failureOf(engine.call('render', request)), failureOf(engine.call('render', request))]);
    const message = 'the engine process ended unexpectedly (signal SIGKILL)';
    expect(failures).toEqual([new EngineStoppedError(message), new EngineStoppedError(message)]);
    expect(stops).toEqual([message]);
    expect(engine.pid).toBeUndefined();
    const second = await open();
    expect(second.pid).not.toBe(first.pid);
    expect(second.heard).toEqual(['configure', engineSettings({ threads: 3, memoryBudget: 1024 }), 'open']);
  });

  it('says its exit code', async () => {
    const { engine, open, stops } = engineOf(`${preamble} calls.render = () => process.exit(7);`);
    await open();
    expect((await failureOf(engine.call('render', request))).message).toBe('the engine process ended unexpectedly (code 7)');
    expect(stops).toHaveLength(1);
  });

  it('is noticed while it has nothing to do', async () => {
    const { open, stops } = engineOf(preamble);
    process.kill((await open()).pid, 'SIGKILL');
    await expect.poll(() => stops).toEqual(['the engine process ended unexpectedly (signal SIGKILL)']);
    expect((await open()).pid).toBeGreaterThan(0);
  });

  it('is ended by a restart, which the calls are told', async () => {
    const { engine, open, stops } = engineOf(`${preamble}${waits}`);
    const first = await open();
    const failure = failureOf(engine.call('render', request));
    await open();
    engine.restart('the engine was restarted');
    expect(await failure).toEqual(new EngineStoppedError('the engine was restarted'));
    const second = await open();
    expect(second.pid).not.toBe(first.pid);
    expect(stops).toEqual(['the engine was restarted']);
    await expect.poll(() => isAlive(first.pid)).toBe(false);
  });

  it('is ended by disposal, after which nothing starts', async () => {
    const { engine, open, stops } = engineOf(`${preamble}${waits}`);
    const { pid } = await open();
    const failure = failureOf(engine.call('render', request));
    await open();
    engine.dispose();
    expect(await failure).toEqual(new EngineStoppedError('the engine process was shut down'));
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(await failureOf(open())).toEqual(new EngineStoppedError('the engine process was shut down'));
    expect(stops).toEqual([]);
  });
});

describe('an engine process that cannot be started', () => {
  it('gives the reason that it wrote before it ended', async () => {
    const { open, stops } = engineOf('require("./native.node");');
    const { message } = await failureOf(open());
    expect(message).toMatch(/^the engine process cannot be started: Cannot find module '.\/native.node'/);
    expect(stops).toEqual([message]);
  });

  it('gives the exit code of one that wrote nothing', async () => {
    const { open } = engineOf('process.exit(3);');
    expect(await failureOf(open())).toEqual(new EngineStoppedError('the engine process cannot be started: code 3'));
  });

  it('names a runtime that is missing', async () => {
    const { open, stops } = engineOf(preamble, { execPath: '/nowhere/node' });
    expect((await failureOf(open())).message).toMatch(/^the engine process cannot be started: .*\/nowhere\/node ENOENT/);
    expect(stops).toHaveLength(1);
  });

  it('is not tried again at once', async () => {
    const { open, stops, lines } = engineOf('process.exit(3);', { retryAfterMilliseconds: 60_000 });
    for (let attempt = 0; attempt < 5; attempt++) await failureOf(open());
    expect(stops).toHaveLength(1);
    expect(lines.filter((line) => line.endsWith('starts'))).toHaveLength(1);
  });

  it('is tried again after a while', async () => {
    const { open, entry } = engineOf('process.exit(3);', { retryAfterMilliseconds: 0 });
    await failureOf(open());
    writeFileSync(entry, preamble);
    expect((await open()).pid).toBeGreaterThan(0);
  });

  it('is tried again when the user restarts it', async () => {
    const { engine, open, entry } = engineOf('process.exit(3);', { retryAfterMilliseconds: 60_000 });
    await failureOf(open());
    writeFileSync(entry, preamble);
    engine.restart('the engine was restarted');
    expect((await open()).pid).toBeGreaterThan(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
