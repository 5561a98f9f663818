/** The engine process ended while it was computing, or could not be started. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError';
}
