/** What runs learned from, kept on the disk: replaced when it comes again, read back, exported in order, and never more than fits. */
import { expect, it } from 'vitest';
import type { RolloutBatchRecord } from '../../protocol/rollouts.ts';
import { memoryStore } from '../files/byte-store.ts';
import { exportRollouts, keepRollouts, keptSteps, rolloutsOf } from './kept-rollouts.ts';

const record = (step: number, completion = 'x'): RolloutBatchRecord => ({
  step,
  rewards: [],
  prompts: [{ text: 'p', tokens: 1 }],
  rollouts: [
    {
      ...{ row: 1, group: 0, question: 'q', gold: null, reasoning_language: null, thinking: '', content: '', rest: '' },
      ...{ completion, tokens: 1, stop: 'eos', verdicts: [], reward: 1, advantage: 0 },
    },
  ],
});

it('keeps each batch once, as it came last, and exports them in order', async () => {
  const engine = { files: memoryStore() };
  for (const step of [10, 2]) await keepRollouts(engine, 'a', record(step));
  await keepRollouts(engine, 'b', record(1));
  await keepRollouts(engine, 'a', record(2, 'looked at'));
  expect(await keptSteps(engine, 'a')).toEqual([2, 10]);
  expect((await rolloutsOf(engine, 'a', 2)).rollouts[0]!.completion).toBe('looked at');
  const lines = (await (await exportRollouts(engine, 'a')).text()).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([2, 10]);
  await expect(rolloutsOf(engine, 'a', 3)).rejects.toThrow('The answers of step 3 are not kept any more');
});

it('gives the oldest up, the sooner the larger they are', async () => {
  const engine = { files: memoryStore() };
  const large = 'x'.repeat(16 * 2 ** 20);
  for (let step = 1; step <= 17; step++) await keepRollouts(engine, 'a', record(step, step === 17 ? large : 'x'));
  expect(await keptSteps(engine, 'a'), 'red before: only their number counted').toEqual([
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
  ]);
});

/** Red before: each batch of a run that is older than all others was given up as soon as it was written. */
it('of a run that goes on, batches of other runs are given up first', async () => {
  const engine = { files: memoryStore() };
  for (let step = 1; step <= 3; step++) await keepRollouts(engine, '1', record(step));
  for (let step = 1; step <= 500; step++) await keepRollouts(engine, '2', record(step));
  for (let step = 4; step <= 8; step++) await keepRollouts(engine, '1', record(step));
  expect(await keptSteps(engine, '1')).toEqual([4, 5, 6, 7, 8]);
  expect(await keptSteps(engine, '2')).toHaveLength(495);
});
