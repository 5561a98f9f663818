import { CancelledError } from '../shared/cancelledError';

/**
 * Lets pending events in between two blocking steps, then stops where `signal` asks for it.
 *
 * @throws CancelledError
 */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw new CancelledError();
}
