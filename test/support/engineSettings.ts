import type { EngineSettings } from '../../src/shared/protocol/engineProtocol';

/** Settings that leave everything to the engine, on the CPU and without a cache on the disk, but for what is given. */
export function engineSettings(given: Partial<EngineSettings> = {}): EngineSettings {
  return { threads: 0, memoryBudget: 0, executionProvider: 'cpu', cacheFolder: '', cacheSize: 0, ...given };
}
