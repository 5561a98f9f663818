import { defineConfig } from 'vitest/config';
import { CountReporter } from './scripts/countReporter.mjs';
import { woffPlugin } from './scripts/woffPlugin.mjs';

// ONNX Runtime keeps native threads; a child process per file keeps their shutdown apart.
const pool = 'forks';

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    projects: [
      {
        plugins: [woffPlugin()],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/webgpu/**'],
          pool,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'webgpu',
          include: ['test/webgpu/**/*.test.ts'],
          globalSetup: ['test/webgpu/globalSetup.ts'],
          pool,
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/e2e/globalSetup.ts'],
          pool,
          // A VS Code and a browser at a time, and neither beside the unit tests: both are busy on two cores.
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // What a page shows follows a key or a click a moment later, and much later on a busy machine.
          expect: { poll: { timeout: 60_000 } },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
