import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { Session, TooMuchAtOnceError } from '../../src/engine/runtime/session';
import { userErrorOf } from '../support/userErrors';
import { fakeProvider } from './fakeProvider';

/** y = 2 x, [N, 2] */
function doubling() {
  const g = new GraphBuilder();
  g.output('y', g.mul(g.input('x', ['N', 2]), 2), ['N', 2]);
  return g.build('doubling');
}

function gpu() {
  const reasons: string[] = [];
  const device = { provider: 'webgpu' as 'webgpu' | 'cpu', fellBack: (reason: string) => { reasons.push(reason); } };
  return { reasons, device };
}

const feeds = { x: { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] } };
const doubled = [2, 4, 6, 8];

const outOfMemory = () => { throw new Error('VK_ERROR_OUT_OF_DEVICE_MEMORY\n at somewhere'); };

afterEach(() => vi.restoreAllMocks());

describe('a session on a device', () => {
  it('runs there, and tells nothing', async () => {
    const count = fakeProvider({});
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    expect([...(await session.run(feeds)).y!.data]).toEqual(doubled);
    await session.release();
    expect(count).toEqual({ made: 1, released: 1 });
    expect(reasons).toEqual([]);
  });

  it('is made for the CPU where the device refuses the model', async () => {
    const count = fakeProvider({ load: () => { throw new Error('no such\noperator'); } });
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    expect([...(await session.run(feeds)).y!.data]).toEqual(doubled);
    expect(count.made).toBe(0);
    expect(reasons).toEqual(['webgpu cannot load doubling: no such operator']);
  });

  it('does not blame the device for a model that the CPU refuses as well', async () => {
    fakeProvider({ load: () => { throw new Error('no'); } });
    const { device, reasons } = gpu();
    const g = new GraphBuilder();
    g.output('y', g.node('NoSuchOperator', [g.input('x', [2])]), [2]);
    expect(await userErrorOf(() => Session.create(g.build('odd'), 'odd', { device }))).toMatch(/^ONNX Runtime cannot load odd: .*NoSuchOperator/);
    expect(reasons).toEqual([]);
  });

  it('goes on with the CPU after a run that failed, for good', async () => {
    const count = fakeProvider({ run: outOfMemory });
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    for (let i = 0; i < 2; i++) expect([...(await session.run(feeds)).y!.data]).toEqual(doubled);
    expect(count).toEqual({ made: 1, released: 1 });
    expect(reasons).toEqual(['webgpu cannot run doubling: VK_ERROR_OUT_OF_DEVICE_MEMORY at somewhere']);
  });

  it('moves once where several runs fail together', async () => {
    const count = fakeProvider({ run: outOfMemory });
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    const results = await Promise.all(Array.from({ length: 4 }, () => session.run(feeds)));
    expect(results.map(({ y }) => [...y!.data])).toEqual(Array.from({ length: 4 }, () => doubled));
    expect(count.released).toBe(1);
    expect(reasons).toHaveLength(1);
    const made = vi.spyOn(InferenceSession, 'create').mock.results.map(({ value }) => value as Promise<InferenceSession>);
    const isOpen = async (inner: InferenceSession) => inner.run({ x: new Tensor('float32', Float32Array.of(1, 2), [1, 2]) }).then(() => true, () => false);
    // A released session runs no more; that of the provider fails in any case.
    expect((await Promise.all(made.map(async (inner) => isOpen(await inner)))).filter((open) => open)).toHaveLength(1);
  });

  it('does not blame the device for feeds that the CPU refuses as well', async () => {
    fakeProvider({});
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    const odd = { x: { data: new Float32Array(3), dims: [1, 3] } };
    expect(await userErrorOf(() => session.run(odd))).toMatch(/^ONNX Runtime cannot run doubling: /);
    expect(reasons).toEqual([]);
    expect([...(await session.run(feeds)).y!.data]).toEqual(doubled);
  });

  it('asks for less at once where the caller can do with less, and stays', async () => {
    fakeProvider({ run: (outputs, { x }) => (x!.dims[0]! > 1 ? outOfMemory() : outputs) });
    const { device, reasons } = gpu();
    const session = await Session.create(doubling(), 'doubling', { device });
    const error: unknown = await session.run(feeds, { mayShrink: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TooMuchAtOnceError);
    expect(await userErrorOf(() => Promise.reject(error as Error))).toBe('ONNX Runtime cannot run doubling at once: VK_ERROR_OUT_OF_DEVICE_MEMORY at somewhere');
    expect([...(await session.run({ x: { data: Float32Array.of(5, 6), dims: [1, 2] } }, { mayShrink: true })).y!.data]).toEqual([10, 12]);
    expect(reasons).toEqual([]);
  });

  it('runs on the CPU once the device was given up, and for probing', async () => {
    const count = fakeProvider({});
    const { device } = gpu();
    await Session.create(doubling(), 'doubling', { device, optimize: false });
    device.provider = 'cpu';
    await Session.create(doubling(), 'doubling', { device });
    expect(count.made).toBe(0);
  });
});

describe('a session on the CPU', () => {
  it('asks for less at once where memory runs out, and only then', async () => {
    const g = new GraphBuilder();
    g.output('y', g.sumOver(g.expand(g.input('x', ['N', 1]), [1, 2 ** 48]), [1]), ['N', 1]);
    const session = await Session.create(g.build('vast'), 'vast');
    const vast = { x: { data: new Float32Array(1), dims: [1, 1] } };
    await expect(session.run(vast, { mayShrink: true })).rejects.toThrow(TooMuchAtOnceError);
    expect(await userErrorOf(() => session.run(vast))).toMatch(/^ONNX Runtime cannot run vast: /);
    const other = await Session.create(doubling(), 'doubling');
    await expect(other.run({ x: { data: new Float32Array(3), dims: [1, 3] } }, { mayShrink: true })).rejects.not.toThrow(TooMuchAtOnceError);
  });
});
