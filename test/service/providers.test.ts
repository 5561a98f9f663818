import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Provider } from '../../src/engine/runtime/providers';
import type { CheckReport } from '../../src/engine/runtime/selfCheck';
import { checkInChild } from '../../src/engine/service/providerCheck';
import { Providers } from '../../src/engine/service/providers';
import type { Machine } from '../../src/engine/service/providers';
import type { ProviderStatus } from '../../src/shared/protocol/engineProtocol';

/** A machine with providers that a test speaks for. */
function machine(reports: Partial<Record<Provider, CheckReport | Promise<CheckReport>>>, changes: Partial<Machine> = {}) {
  const [told, checked]: [ProviderStatus[], string[]] = [[], []];
  const check = (provider: Provider, timed: boolean) => {
    checked.push(`${provider}${timed ? ', timed' : ''}`);
    return Promise.resolve(reports[provider] ?? { problem: `${provider}: broken` });
  };
  const known: Machine = { built: ['cpu', 'webgpu', 'cuda'], candidates: ['cuda', 'webgpu'], obstacle: () => undefined, stillWorks: () => Promise.resolve(true), ...changes };
  return { told, checked, providers: new Providers(check, (status) => told.push(status), known) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('auto', () => {
  it('takes the first that is right and clearly faster, and says why not those before it', async () => {
    const { told, checked, providers } = machine({ cuda: { problem: 'cuda: its libraries are not installed' }, webgpu: { speed: 8 } });
    providers.want({ executionProvider: 'auto' });
    expect((await providers.device())?.provider).toBe('webgpu');
    expect(checked).toEqual(['cuda, timed', 'webgpu, timed']);
    expect(told).toEqual([{ provider: 'webgpu', reasons: ['cuda: its libraries are not installed'] }]);
  });

  it('takes the CPU where nothing else is fast', async () => {
    const { told, providers } = machine({ cuda: { speed: 1.2 }, webgpu: { speed: 1 / 1234 } });
    providers.want({ executionProvider: 'auto' });
    expect(await providers.device()).toBeUndefined();
    expect(told).toEqual([{ provider: 'cpu', reasons: ['cuda is hardly faster than the CPU here (1.2 times as fast)', 'webgpu is 1200 times slower than the CPU here, as drivers without a GPU are'] }]);
  });

  it.each([[1.49, 'cpu'], [1.5, 'cuda'], [0.25, 'cpu']])('at %d times the speed of the CPU takes %s', async (speed, provider) => {
    const { told, providers } = machine({ cuda: { speed } }, { candidates: ['cuda'] });
    providers.want({ executionProvider: 'auto' });
    await providers.device();
    expect(told[0]?.provider).toBe(provider);
    if (speed === 0.25) expect(told[0]?.reasons).toEqual(['cuda is 4.0 times slower than the CPU here']);
  });

  it('tries nothing where there is nothing, and nothing that lacks its hardware', async () => {
    const none = machine({}, { candidates: [] });
    none.providers.want({ executionProvider: 'auto' });
    await none.providers.device();
    const without = machine({ webgpu: { speed: 5 } }, { obstacle: (provider) => (provider === 'cuda' ? 'there is no NVIDIA GPU here' : undefined) });
    without.providers.want({ executionProvider: 'auto' });
    await without.providers.device();
    expect([none.checked, without.checked]).toEqual([[], ['webgpu, timed']]);
    expect(none.told).toEqual([{ provider: 'cpu', reasons: [] }]);
    expect(without.told).toEqual([{ provider: 'webgpu', reasons: ['cuda: there is no NVIDIA GPU here'] }]);
  });
});

describe('a provider that was chosen', () => {
  it('is taken where it is right, however fast, without timing it', async () => {
    const { told, checked, providers } = machine({ webgpu: {} }, { obstacle: () => 'there is no GPU here' });
    providers.want({ executionProvider: 'webgpu' });
    expect((await providers.device())?.provider).toBe('webgpu');
    expect(checked).toEqual(['webgpu']);
    expect(told).toEqual([{ provider: 'webgpu', reasons: [] }]);
  });

  it('makes way for the CPU where it is wrong, which is news', async () => {
    const problem = 'webgpu: its Conv is wrong: an error of 0.01';
    const { told, providers } = machine({ webgpu: { problem } });
    providers.want({ executionProvider: 'webgpu' });
    expect(await providers.device()).toBeUndefined();
    expect(told).toEqual([{ provider: 'cpu', reasons: [problem], notice: problem }]);
  });

  it('is not tried where ONNX Runtime does not have it', async () => {
    const { told, checked, providers } = machine({});
    providers.want({ executionProvider: 'coreml' });
    await providers.device();
    expect(checked).toEqual([]);
    expect(told[0]?.notice).toBe('coreml: not on this platform; choose auto or cpu or webgpu or cuda');
    expect(await providers.problemOf('directml')).toMatch(/^directml: not on this platform/);
  });

  it('is a reason, not a failure, where its check cannot be made', async () => {
    const { told, providers } = machine({ cuda: Promise.reject(new Error('no more\nprocesses')) });
    providers.want({ executionProvider: 'cuda' });
    expect(await providers.device()).toBeUndefined();
    expect(told[0]?.reasons).toEqual(['cuda: no more processes']);
  });

  it('may be the CPU, which needs no check', async () => {
    const { told, checked, providers } = machine({});
    providers.want({ executionProvider: 'cpu' });
    expect(await providers.device()).toBeUndefined();
    expect(checked).toEqual([]);
    expect(told).toEqual([{ provider: 'cpu', reasons: [] }]);
  });
});

describe('the choice', () => {
  it('is made once for a setting, when it is first needed', async () => {
    const { told, checked, providers } = machine({ cuda: { speed: 9 }, webgpu: {} });
    expect(providers.want({ executionProvider: 'auto' })).toBe(true);
    expect(checked).toEqual([]);
    await Promise.all([providers.device(), providers.device()]);
    expect(providers.want({ executionProvider: 'auto', crashed: [] })).toBe(false);
    await providers.device();
    expect(checked).toEqual(['cuda, timed']);
    expect(providers.want({ executionProvider: 'webgpu' })).toBe(true);
    await providers.device();
    expect(told.map(({ provider }) => provider)).toEqual(['cuda', 'webgpu']);
  });

  it('is not told any more once another setting has come', async () => {
    let finish: (report: CheckReport) => void = () => undefined;
    const { told, providers } = machine({ cuda: new Promise<CheckReport>((resolve) => { finish = resolve; }), webgpu: {} });
    providers.want({ executionProvider: 'auto' });
    const slow = providers.device();
    providers.want({ executionProvider: 'webgpu' });
    const device = await providers.device();
    finish({ speed: 9 });
    (await slow)?.fellBack('cuda cannot run a network: gone');
    expect(told).toEqual([{ provider: 'webgpu', reasons: [] }]);
    expect(device?.provider).toBe('webgpu');
  });

  it('leaves alone what an earlier engine process ended on, also where it was chosen', async () => {
    const reason = 'cuda: the engine process ended while it computed on it; ReSeFa: Restart Engine tries it again';
    const { told, checked, providers } = machine({ cuda: { speed: 9 }, webgpu: { speed: 9 } });
    providers.want({ executionProvider: 'auto', crashed: ['cuda'] });
    await providers.device();
    expect(providers.want({ executionProvider: 'cuda', crashed: ['cuda'] })).toBe(true);
    await providers.device();
    expect(checked).toEqual(['webgpu, timed']);
    expect(told).toEqual([{ provider: 'webgpu', reasons: [reason], notice: reason }, { provider: 'cpu', reasons: [reason], notice: reason }]);
    expect(providers.want({ executionProvider: 'cuda' })).toBe(true);
    expect((await providers.device())?.provider).toBe('cuda');
  });
});

describe('a provider that fails during work', () => {
  it('is news, once for each reason, and stays where it still works', async () => {
    const { told, providers } = machine({ webgpu: {} });
    providers.want({ executionProvider: 'webgpu' });
    const device = await providers.device();
    for (let i = 0; i < 2; i++) device!.fellBack('webgpu cannot run the tangents: out of memory');
    await settled();
    expect(device!.provider).toBe('webgpu');
    expect((await providers.device())?.provider).toBe('webgpu');
    const reasons = ['webgpu cannot run the tangents: out of memory'];
    expect(told.slice(1)).toEqual([{ provider: 'webgpu', reasons, notice: `${reasons[0]}; it goes on with the CPU` }]);
  });

  it('is given up where it does not work at all any more', async () => {
    const { told, providers } = machine({ webgpu: {} }, { stillWorks: () => Promise.resolve(false) });
    providers.want({ executionProvider: 'webgpu' });
    const device = await providers.device();
    device!.fellBack('webgpu cannot run the tangents: device lost');
    await settled();
    expect(device!.provider).toBe('cpu');
    expect(await providers.device()).toBeUndefined();
    expect(told.map(({ provider }) => provider)).toEqual(['webgpu', 'webgpu', 'cpu']);
    expect(told.at(-1)).not.toHaveProperty('notice');
    expect(told.at(-1)!.reasons).toEqual(['webgpu cannot run the tangents: device lost']);
  });
});

describe('a check in a process of its own', () => {
  let folder: string;

  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'resefa-test-')); });
  afterAll(async () => rm(folder, { recursive: true }));

  async function checkOf(program: string, milliseconds?: number): Promise<CheckReport> {
    const entry = join(folder, 'entry.js');
    await writeFile(entry, program);
    return checkInChild(entry, milliseconds)('cuda', true);
  }

  it('gives what the process found, asked for the provider and whether to time it', async () => {
    const program = "process.send({ speed: process.argv.slice(2).join(' ') === '--check-provider cuda timed' ? 7 : 0 }, () => process.exit());";
    expect(await checkOf(program)).toEqual({ speed: 7 });
  });

  it('survives a driver that crashes', async () => {
    expect(await checkOf("process.kill(process.pid, 'SIGSEGV'); setInterval(() => 0, 1000);")).toEqual({ problem: 'cuda: its check ended with SIGSEGV' });
  });

  it('survives a driver that hangs', async () => {
    expect(await checkOf('for (;;);', 300)).toEqual({ problem: 'cuda: its check did not end within 0.3 seconds' });
  });

  it('says which library the loader missed, which only stderr tells', async () => {
    const program = "console.error('Failed to load library /x.so with error: libcudart.so.12: cannot open shared object file: No such file'); process.send({ problem: 'Failed to load shared library' }, () => process.exit());";
    expect(await checkOf(program)).toEqual({ problem: 'cuda: libcudart.so.12 is missing; install CUDA 12' });
  });

  it('is a reason where the program does not answer', async () => {
    expect(await checkOf('process.exit(3);')).toEqual({ problem: 'cuda: its check ended with code 3' });
  });
});
