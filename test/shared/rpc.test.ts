import { afterEach, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../src/shared/cancelledError';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import { Client, Server } from '../../src/shared/protocol/rpc';
import type { Call, Checks, Context, Handlers, Port } from '../../src/shared/protocol/rpc';
import { UserError } from '../../src/shared/userError';

interface Kitchen {
  readonly add: Call<{ readonly a: number; readonly b: number }, number>;
  readonly count: Call<{ readonly to: number }, string, number>;
  readonly wait: Call<{ readonly name: string }, string>;
  readonly fail: Call<{ readonly how: string }, never>;
}

interface Bells {
  readonly ring: { readonly times: number };
  readonly silence: undefined;
}

/** A port of the test's own: messages arrive at once, as structured clones, and can be looked at. */
class TestPort implements Port {
  private readonly listeners = new Set<(message: unknown) => void>();
  readonly sent: unknown[] = [];
  readonly transferred: unknown[] = [];
  other: TestPort | undefined;
  broken: Error | undefined;

  send(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    if (this.broken) throw this.broken;
    const copy: unknown = structuredClone(message, { transfer: [...(transfer ?? [])] });
    this.sent.push(copy);
    this.transferred.push(transfer);
    this.other?.deliver(copy);
  }

  listen(listener: (message: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  deliver(message: unknown): void {
    for (const listener of this.listeners) listener(message);
  }

  get listening(): number {
    return this.listeners.size;
  }
}

/** Ports that are connected with each other. */
function connection(): { here: TestPort; there: TestPort } {
  const [here, there] = [new TestPort(), new TestPort()];
  [here.other, there.other] = [there, here];
  return { here, there };
}

class Oddity extends Error {
  override readonly name = 'Oddity';
}

const failures: Record<string, unknown> = {
  user: new UserError('the pan is too hot'),
  cancelled: new CancelledError(),
  stopped: new EngineStoppedError('the stove went out'),
  defect: new Oddity('no such pan'),
  text: 'just words',
};

function setUp(checks?: Checks<Kitchen>) {
  const { here, there } = connection();
  const contexts: Context<never>[] = [];
  const finish = new Map<string, (value: string) => void>();
  const handlers: Handlers<Kitchen> = {
    add: ({ a, b }) => a + b,
    count: async ({ to }, context) => {
      contexts.push(context);
      for (let i = 1; i <= to; i++) {
        await Promise.resolve();
        context.progress(i);
      }
      return 'done';
    },
    wait: ({ name }, context) => {
      contexts.push(context);
      return new Promise((resolve, reject) => {
        finish.set(name, resolve);
        context.signal.addEventListener('abort', () => { reject(new CancelledError()); });
      });
    },
    fail: ({ how }) => { throw failures[how]; },
  };
  const defects: unknown[] = [];
  const server = new Server<Kitchen, Bells>(there, handlers, checks, (error) => defects.push(error));
  const client = new Client<Kitchen, Bells>(here);
  return { here, there, server, client, contexts, finish, defects };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => { throw new Error('it did not fail'); }, (error: unknown) => error as Error);
}

/** Lets everything that is on its way arrive. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const unhandled: unknown[] = [];
const note = (error: unknown) => { unhandled.push(error); };
process.on('unhandledRejection', note);

afterEach(async () => {
  vi.restoreAllMocks();
  await settle();
  expect(unhandled.splice(0)).toEqual([]);
});

describe('a call', () => {
  it('is answered', async () => {
    const { client } = setUp();
    expect(await client.call('add', { a: 2, b: 3 })).toBe(5);
    expect(client.calling).toBe(0);
  });

  it('is answered with its own result, whatever finishes first', async () => {
    const { client, finish } = setUp();
    const [first, second] = [client.call('wait', { name: 'first' }), client.call('wait', { name: 'second' })];
    expect(client.calling).toBe(2);
    finish.get('second')!('2');
    expect(await second).toBe('2');
    finish.get('first')!('1');
    expect(await first).toBe('1');
  });

  it('tells its progress in order, to itself alone', async () => {
    const { client } = setUp();
    const [mine, others]: [number[], number[]] = [[], []];
    const calls = [client.call('count', { to: 3 }, { onProgress: (value) => mine.push(value) }), client.call('count', { to: 1 }, { onProgress: (value) => others.push(value) })];
    expect(await Promise.all(calls)).toEqual(['done', 'done']);
    expect(mine).toEqual([1, 2, 3]);
    expect(others).toEqual([1]);
  });

  it('tells nothing after its answer', async () => {
    const { client, contexts, there } = setUp();
    const progress: number[] = [];
    await client.call('count', { to: 1 }, { onProgress: (value) => progress.push(value) });
    const { length } = there.sent;
    contexts[0]!.progress(2 as never);
    expect(there.sent).toHaveLength(length);
    expect(progress).toEqual([1]);
  });

  it('gives its buffers away where asked to', async () => {
    const { client, here } = setUp();
    const buffer = new ArrayBuffer(8);
    await client.call('add', { a: 1, b: 1 }, { transfer: [buffer] });
    expect(here.transferred).toEqual([[buffer]]);
    expect(buffer.byteLength).toBe(0);
  });

  it('fails where it cannot be sent, and is forgotten', async () => {
    const { client, here } = setUp();
    here.broken = new Error('the wire is cut');
    expect(await errorOf(client.call('add', { a: 1, b: 1 }))).toBe(here.broken);
    expect(client.calling).toBe(0);
  });
});

describe('a failure', () => {
  it.each([
    ['user', UserError, 'the pan is too hot'],
    ['cancelled', CancelledError, 'cancelled'],
    ['stopped', EngineStoppedError, 'the stove went out'],
  ])('that is part of normal use keeps its type: %s', async (how, type, message) => {
    const { client, defects, there } = setUp();
    const error = await errorOf(client.call('fail', { how }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toBe(message);
    expect(defects).toEqual([]);
    expect(JSON.stringify(there.sent)).not.toContain('stack');
  });

  it('that is a defect keeps its name and place, and is reported', async () => {
    const { client, defects } = setUp();
    const error = await errorOf(client.call('fail', { how: 'defect' }));
    expect([error.name, error.message]).toEqual(['Oddity', 'no such pan']);
    expect(error).not.toBeInstanceOf(UserError);
    expect(error.stack).toBe((failures.defect as Error).stack);
    expect(defects).toEqual([failures.defect]);
  });

  it('that is no error is told as text', async () => {
    const { client, defects } = setUp();
    expect((await errorOf(client.call('fail', { how: 'text' }))).message).toBe('just words');
    expect(defects).toEqual(['just words']);
  });

  it('is what becomes of a result that cannot be sent', async () => {
    const { here, there } = connection();
    const defects: unknown[] = [];
    new Server<Kitchen>(there, { add: () => (() => 1) as unknown as number } as unknown as Handlers<Kitchen>, undefined, (error) => defects.push(error));
    const error = await errorOf(new Client<Kitchen>(here).call('add', { a: 1, b: 1 }));
    expect(error.name).toBe('DataCloneError');
    expect(defects).toHaveLength(1);
  });

  it('that cannot be sent either is reported and harms nobody', async () => {
    const { client, there, defects } = setUp();
    there.broken = new Error('the wire is cut');
    void client.call('add', { a: 1, b: 1 });
    await settle();
    expect(defects).toEqual([there.broken, there.broken]);
  });
});

describe('a call of something that is no call', () => {
  it.each(['bake', 'constructor', '__proto__', 'toString', 'hasOwnProperty', ''])('fails: %j', async (name) => {
    const { client, defects } = setUp();
    const error = await errorOf(client.call(name as 'add', { a: 1, b: 2 }));
    expect(error.message).toBe(`there is no call ${name}`);
    expect(defects).toHaveLength(1);
  });

  it('fails before it is checked', async () => {
    const check = (params: unknown) => params as never;
    const { client } = setUp({ add: check, count: check, wait: check, fail: check });
    expect((await errorOf(client.call('constructor' as 'add', { a: 1, b: 2 }))).message).toBe('there is no call constructor');
  });
});

describe('cancelling', () => {
  it('reaches the handler, whose end is the end of the call', async () => {
    const { client, contexts } = setUp();
    const controller = new AbortController();
    const call = client.call('wait', { name: 'a' }, { signal: controller.signal });
    expect(contexts[0]!.signal.aborted).toBe(false);
    controller.abort();
    expect(contexts[0]!.signal.aborted).toBe(true);
    expect(await errorOf(call)).toBeInstanceOf(CancelledError);
  });

  it('leaves other calls alone', async () => {
    const { client, contexts, finish } = setUp();
    const controller = new AbortController();
    const cancelled = client.call('wait', { name: 'a' }, { signal: controller.signal });
    const other = client.call('wait', { name: 'b' });
    controller.abort();
    await errorOf(cancelled);
    expect(contexts[1]!.signal.aborted).toBe(false);
    finish.get('b')!('there');
    expect(await other).toBe('there');
  });

  it('before the call sends nothing', async () => {
    const { client, here } = setUp();
    expect(await errorOf(client.call('add', { a: 1, b: 2 }, { signal: AbortSignal.abort() }))).toBeInstanceOf(CancelledError);
    expect(here.sent).toEqual([]);
  });

  it('after the answer sends nothing', async () => {
    const { client, here } = setUp();
    const controller = new AbortController();
    await client.call('add', { a: 1, b: 2 }, { signal: controller.signal });
    controller.abort();
    expect(here.sent).toHaveLength(1);
  });

  it('does not turn a result that came all the same into a failure', async () => {
    const { client } = setUp();
    const controller = new AbortController();
    const call = client.call('count', { to: 1 }, { signal: controller.signal });
    controller.abort();
    expect(await call).toBe('done');
  });
});

describe('an event', () => {
  it('reaches all who listen to it, until they stop', () => {
    const { client, server } = setUp();
    const [first, second]: [number[], number[]] = [[], []];
    const stop = client.on('ring', ({ times }) => first.push(times));
    client.on('ring', ({ times }) => second.push(times));
    server.emit('ring', { times: 1 });
    stop();
    server.emit('ring', { times: 2 });
    server.emit('silence', undefined);
    expect(first).toEqual([1]);
    expect(second).toEqual([1, 2]);
  });

  it('reaches nobody who begins to listen because of it', () => {
    const { client, server } = setUp();
    const heard: number[] = [];
    client.on('ring', () => { client.on('ring', ({ times }) => heard.push(times)); });
    server.emit('ring', { times: 1 });
    expect(heard).toEqual([]);
  });
});

describe('closing the client', () => {
  it('fails every call without an answer, and every later one, with the reason', async () => {
    const { client, here } = setUp();
    const reason = new EngineStoppedError('gone');
    const call = client.call('wait', { name: 'a' });
    client.close(reason);
    expect(await errorOf(call)).toBe(reason);
    expect(await errorOf(client.call('add', { a: 1, b: 2 }))).toBe(reason);
    expect(client.calling).toBe(0);
    expect(here.listening).toBe(0);
    expect(here.sent).toHaveLength(1);
  });

  it('keeps the first reason, and cancels nothing any more', async () => {
    const { client, here } = setUp();
    const controller = new AbortController();
    const call = client.call('wait', { name: 'a' }, { signal: controller.signal });
    client.close(new Error('first'));
    client.close(new Error('second'));
    controller.abort();
    expect((await errorOf(call)).message).toBe('first');
    expect(here.sent).toHaveLength(1);
  });
});

describe('disposing of the server', () => {
  it('cancels what runs, answers nothing and hears nothing', async () => {
    const { client, server, contexts, there, finish } = setUp();
    const forever = [client.call('wait', { name: 'a' }), client.call('add', { a: 1, b: 2 })];
    for (const call of forever) call.catch(() => undefined);
    server.dispose();
    expect(contexts[0]!.signal.aborted).toBe(true);
    expect(there.listening).toBe(0);
    finish.get('a')!('late');
    server.emit('ring', { times: 1 });
    await settle();
    expect(there.sent).toEqual([]);
  });
});

describe('parameters', () => {
  const accept = (params: unknown) => params as never;

  it('are what their check makes of them', async () => {
    const { client } = setUp({ add: (params) => ({ a: Number((params as { a: unknown }).a), b: 10 }), count: accept, wait: accept, fail: accept });
    expect(await client.call('add', { a: '7' as unknown as number, b: 1 })).toBe(17);
  });

  it('that a check refuses never reach the handler', async () => {
    const { client, contexts, defects } = setUp({ add: accept, count: () => { throw new UserError('count to less'); }, wait: accept, fail: accept });
    const error = await errorOf(client.call('count', { to: 1e9 }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe('count to less');
    expect(contexts).toEqual([]);
    expect(defects).toEqual([]);
  });
});

describe('a message that is none', () => {
  const noMessages: unknown[] = [
    undefined, null, 0, 'call', [], {}, { kind: 'call' }, { kind: 'call', id: '1', method: 'add' }, { kind: 'call', id: 1 }, { kind: 'call', id: 1, method: 7 },
    { kind: 'cancel' }, { kind: 'dance', id: 1 }, { kind: ['call'], id: 1, method: 'add' }, { kind: 'event' }, { kind: 'event', name: 3 }, { kind: 'toString', id: 1 },
    { kind: 'failure', id: 1 }, { kind: 'failure', id: 1, failure: null }, { kind: 'failure', id: 1, failure: { name: 'Error' } },
    { kind: 'failure', id: 1, failure: { name: 'Error', message: 'x', stack: 3 } }, { kind: 'result', id: 99 }, { kind: 'cancel', id: 99 },
  ];

  it.each(noMessages.map((message) => [message]))('is ignored on both sides: %j', async (message) => {
    const { client, here, there, finish, defects } = setUp();
    const call = client.call('wait', { name: 'a' });
    here.deliver(message);
    there.deliver(message);
    await settle();
    expect(client.calling).toBe(1);
    finish.get('a')!('fine');
    expect(await call).toBe('fine');
    expect(there.sent).toHaveLength(1);
    expect(defects).toEqual([]);
  });
});

describe('a caller that starts anew and counts from the beginning again', () => {
  it('gets its own answers, and what ran before is cancelled', async () => {
    const { client, here, contexts, finish } = setUp();
    client.call('wait', { name: 'before' }).catch(() => undefined);
    client.close(new Error('reloaded'));
    const again = new Client<Kitchen, Bells>(here);
    const call = again.call('wait', { name: 'after' });
    expect(contexts[0]!.signal.aborted).toBe(true);
    await settle();
    expect(again.calling).toBe(1);
    const controller = new AbortController();
    const other = again.call('wait', { name: 'other' }, { signal: controller.signal });
    finish.get('after')!('mine');
    expect(await call).toBe('mine');
    controller.abort();
    expect(await errorOf(other)).toBeInstanceOf(CancelledError);
  });

  it('can have all of the earlier calls cancelled at once, and hears nothing of them', async () => {
    const { client, server, contexts, finish, here } = setUp();
    for (const name of ['one', 'two', 'three']) client.call('wait', { name }).catch(() => undefined);
    client.close(new Error('reloaded'));
    const heard: unknown[] = [];
    here.listen((message) => heard.push(message));
    server.cancelOthers(contexts[1]!.signal);
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
    for (const name of ['one', 'two', 'three']) finish.get(name)!(name);
    await settle();
    expect(heard).toEqual([{ kind: 'result', id: 2, value: 'two' }]);
  });
});
