import { defineConfig } from 'vitest/config';
import { CountReporter } from './scripts/countReporter.mjs';
import { woffPlugin } from './scripts/woffPlugin.mjs';

export default defineConfig({
  plugins: [woffPlugin()],
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    // ONNX Runtime keeps native threads; a child process per file keeps their shutdown apart.
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new CountReporter()],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
