import type { Reporter } from 'vitest/node';

export declare class CountReporter implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']>;
}
