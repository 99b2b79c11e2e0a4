import { defineConfig } from 'vitest/config';

/** Two projects: `unit` needs no GPU; `gpu` runs on Dawn's Node bindings over a software Vulkan adapter (see src/headless/adapter.ts). */
export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], exclude: ['src/**/*.gpu.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts', 'e2e/parity/**/*.gpu.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          pool: 'forks',
        },
      },
    ],
  },
});
