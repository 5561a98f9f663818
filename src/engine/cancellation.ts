/** Raised where a long computation was asked to stop through its AbortSignal. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';

  constructor() {
    super('cancelled');
  }
}

/**
 * Lets pending events in between two blocking steps, then stops where `signal` asks for it.
 *
 * @throws CancelledError
 */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new CancelledError();
}
