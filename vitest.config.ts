import { defineConfig } from 'vitest/config';

/** Limits only end what hangs: on a busy machine, vitest's own second for a poll and five for a test are guesses. */
const poll = { timeout: 50_000 };
const testTimeout = 300_000;

/**
 * Three projects: `unit` needs no GPU; `gpu` and `scale` run on Dawn's Node bindings over a software Vulkan adapter (see src/headless/adapter.ts).
 * `scale` is what `npm run check:scale` runs beside other commands, at gpt-oss-20b's true shape; `npm test` leaves it out.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'lab/*/*.test.ts', 'scripts/*/*.test.ts'],
          exclude: ['**/*.gpu.test.ts', 'lab/true-shape/**'],
          testTimeout,
          expect: { poll },
        },
      },
      {
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts', 'e2e/parity/**/*.gpu.test.ts'],
          testTimeout,
          expect: { poll },
          hookTimeout: 120_000,
          fileParallelism: false,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'scale',
          include: ['lab/true-shape/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          pool: 'forks',
        },
      },
    ],
  },
});
