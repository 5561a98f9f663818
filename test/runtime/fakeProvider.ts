import { InferenceSession } from 'onnxruntime-node';
import { vi } from 'vitest';

type Outputs = InferenceSession.OnnxValueMapType;

/** What becomes of sessions that ask for another provider than the CPU. */
export interface FakeProvider {
  /** Throws where the provider refuses a model. */
  readonly load?: () => void;
  /** Changes what the CPU computes, or throws. */
  readonly run?: (outputs: Outputs, feeds: InferenceSession.FeedsType) => Outputs;
}

/** Plays a provider: the CPU computes for it. Ends with vi.restoreAllMocks(). Returns the sessions of the fake, by state. */
export function fakeProvider({ load, run }: FakeProvider): { made: number; released: number } {
  const count = { made: 0, released: 0 };
  const create = InferenceSession.create.bind(InferenceSession) as (model: Uint8Array, options: InferenceSession.SessionOptions) => Promise<InferenceSession>;
  const fake = async (model: Uint8Array, options: InferenceSession.SessionOptions) => {
    if (options.executionProviders?.[0] === 'cpu') return create(model, options);
    load?.();
    const session = await create(model, { ...options, executionProviders: ['cpu'] });
    count.made++;
    const [inner, release] = [session.run.bind(session) as (...args: unknown[]) => Promise<Outputs>, session.release.bind(session)];
    session.run = async (...args: unknown[]) => {
      const outputs = await inner(...args);
      return run ? run(outputs, args[0] as InferenceSession.FeedsType) : outputs;
    };
    session.release = async () => {
      count.released++;
      await release();
    };
    return session;
  };
  vi.spyOn(InferenceSession, 'create').mockImplementation(fake as typeof InferenceSession.create);
  return count;
}
