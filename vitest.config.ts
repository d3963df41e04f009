import { defineConfig } from 'vitest/config';

// In CI each run also leaves a summary that .ci/run adds up.
const summary = ['json', { outputFile: `.cache/test-results/${process.pid}.json` }] as const;

// One project per kind of proof. Integration tests own real processes and free ports, and wait for them most of their time.
export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', [...summary]] : ['default'],
    projects: [
      {
        test: {
          name: 'fast',
          // No module keeps state, so files share their worker and what it has loaded: half the processor time.
          isolate: false,
          include: ['test/{unit,property,component,contract,infra}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
