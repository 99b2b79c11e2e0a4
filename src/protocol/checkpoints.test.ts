/** When checkpoints are made, and how many of them are there at the end. */
import { expect, it } from 'vitest';
import { checkpointsKept, isCheckpoint } from './checkpoints.ts';

it.each([
  [{ save_steps: 10 }, 30, [10, 20], 2],
  [{ save_steps: 10 }, 29, [10, 20], 2],
  [{ save_steps: 1, save_total_limit: 3 }, 6, [1, 2, 3, 4, 5], 3],
  [{ save_steps: 0 }, 30, [], 0],
  [{}, 120, [], 0],
  [{}, 5000, [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500], 5],
  [{ save_steps: 10 }, 0, [], 0],
])('%j over %i steps', (settings, steps, made, kept) => {
  const all = Array.from({ length: steps + 1 }, (_, i) => i);
  expect(all.filter((step) => isCheckpoint(settings, step, steps))).toEqual(made);
  expect(checkpointsKept(settings, steps)).toBe(kept);
});
