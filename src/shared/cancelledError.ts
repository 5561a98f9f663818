/** Raised where a long computation was asked to stop through its AbortSignal. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';

  constructor() {
    super('cancelled');
  }
}
